"""The one web server: it tells whether the bot is well, guards the door, and mounts what adapters hand it."""

from bot.web.server import build_app, serve

__all__ = ["build_app", "serve"]
