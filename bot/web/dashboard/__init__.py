"""The dashboard: what one member may see of group and self, in the browser. It works without a script."""

from bot.web.dashboard.routes import dashboard_app

__all__ = ["dashboard_app"]
