"""Templates and static files of the dashboard, read once and kept in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.responses import HTMLResponse, Response

from bot import texts
from bot.domain.pictures import DayMark, days_shown, months_begin
from bot.domain.question_health import signs
from bot.domain.standings import Period, score10
from bot.markdown import render
from bot.services.dashboard import PREFIX
from bot.templates import templates
from bot.web.dashboard import words

HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
#: Stricter than the server's own: a link in the address bar is told to nobody, and nothing is fetched by a script.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Pages:
    """Renders pages."""

    def __init__(self) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted((HERE / "static").iterdir())}
        self._templates = templates(HERE / "templates")
        self._templates.globals.update(
            words=words,
            signs=signs,
            score10=score10,
            texts=texts,
            periods=tuple(Period),
            marks=tuple(DayMark),
            days_shown=days_shown,
            months_begin=months_begin,
            markdown=render,
            prefix=PREFIX,
            static=self._addresses(),
        )

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """One page."""
        return HTMLResponse(self._templates.get_template(template).render(**values), status, HEADERS)

    def static(self, name: str) -> Response | None:
        """One file; its address changes with its content, so a browser may keep it."""
        content = self._files.get(name)
        if content is None:
            return None
        return Response(content, media_type=_TYPES[Path(name).suffix], headers=_FOR_EVER)

    def _addresses(self) -> Mapping[str, str]:
        return {
            name: f"{PREFIX}/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
            for name, content in self._files.items()
        }
