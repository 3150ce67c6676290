"""Pictures on Slack: a file of the bot's own, shown by an image block in the message itself, so that private words can
carry one, too, and a message with a picture is found and changed like any other.

The file is shared with nobody. Slack takes it in by three calls (files.getUploadURLExternal, the upload,
files.completeUploadExternal) and looks at it afterwards; before that is done, it refuses blocks that name it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from adapters.slack_chat.calls import Calls
from bot.domain.errors import NotNow, Refused
from bot.domain.outgoing import Picture
from bot.domain.refs import SpaceRef

Json = dict[str, Any]

log = logging.getLogger(__name__)

#: So long, one after the other, a file is given to be looked at by Slack.
PAUSES = (0.1, 0.3, 0.6, 1.0, 1.5)
#: The limit of Slack's manual for the words of an image block.
_MOST_ALT = 2000


class Uploads:
    """Brings pictures to Slack."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def block(self, space: SpaceRef, picture: Picture | None) -> list[Json]:
        """The block that shows a picture; none where Slack does not take it, and then the text, which says the same,
        stands alone. Never fails."""
        if picture is None:
            return []
        try:
            file = await self._bring(space, picture)
        except (NotNow, Refused) as error:
            log.warning("slack_takes_no_picture", extra={"why": str(error)})
            return []
        return [{"type": "image", "slack_file": {"id": file}, "alt_text": picture.alt[:_MOST_ALT]}]

    async def _bring(self, space: SpaceRef, picture: Picture) -> str:
        told: dict[str, str | int] = {"filename": picture.name, "length": len(picture.png), "alt_txt": picture.alt}
        place = await self._calls.read(space, "files.getUploadURLExternal", **told)
        await self._calls.upload(str(place["upload_url"]), picture.png)
        file = str(place["file_id"])
        await self._calls.write(space, "files.completeUploadExternal", files=[{"id": file, "title": picture.name}])
        for pause in PAUSES:
            if await self._is_ready(space, file):
                return file
            await asyncio.sleep(pause)
        raise NotNow("Slack did not finish with a file in time")

    async def _is_ready(self, space: SpaceRef, file: str) -> bool:
        """Slack knows what kind of file it is once it has looked at it."""
        told = (await self._calls.read(space, "files.info", file=file)).get("file") or {}
        return bool(told.get("mimetype"))
