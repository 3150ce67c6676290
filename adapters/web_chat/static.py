"""Style, script and icons, read once and served from memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.responses import Response

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


class Static:
    """The files of a folder by name."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in _TYPES}

    def addresses(self) -> dict[str, str]:
        """Where each file lies. The address changes with the content, so that a browser may keep what it has."""
        return {name: f"/static/{name}?v={_mark(content)}" for name, content in self._files.items()}

    def response(self, name: str) -> Response:
        """One file, or 404."""
        content = self._files.get(name)
        if content is None:
            return Response(status_code=404)
        kind = _TYPES[Path(name).suffix]
        return Response(content, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _mark(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]
