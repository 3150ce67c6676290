"""The server's own few pages: what went wrong, in words, without traces."""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse, Response

STYLE = """
:root { color-scheme: light dark; }
body { font: 1.05rem/1.6 system-ui, sans-serif; margin: 0 1.5rem; }
body { display: grid; place-items: center; min-height: 90vh; }
main { max-width: 32rem; }
h1 { font-size: 1.4rem; }
code { opacity: .7; }
"""

#: Status, headline, and what to do next.
_WORDS = {
    "missing": (404, "There is nothing here", "The address may be old or mistyped. The study room is one step back."),
    "method": (405, "That is not how this page works", "Go back to the study room and try it from there."),
    "host": (
        421,
        "This is not the address I answer to",
        "Open the address that studybot printed when it started. To reach it by a name of your own, set HOST to it.",
    ),
    "size": (413, "That is more than I can take at once", "Please send a shorter text. What you typed was not stored."),
    "trouble": (
        500,
        "Something went wrong on our side",
        "Nothing you typed is at fault. Please try again in a moment.",
    ),
    "starting": (
        503,
        "Just a moment, I am starting",
        "This page will be ready in a few seconds. Please load it again.",
    ),
}


def page(kind: str, reference: str = "") -> Response:
    """One of the pages; `reference` helps an organiser find the event in the log."""
    status, headline, advice = _WORDS[kind]
    trace = f"<p><code>reference {escape(reference)}</code></p>" if reference else ""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{headline}</title><link rel="stylesheet" href="/pages.css"></head>'
        f"<body><main><h1>{headline}</h1><p>{advice}</p>{trace}"
        '<p><a href="/">Back to the start</a></p></main></body></html>'
    )
    return HTMLResponse(body, status)
