"""How does a time look in the zone of whoever reads it, that of their `now`?"""

from datetime import datetime

from cloudmesh_iac.core.metal import Window


def local_time(time: datetime, now: datetime) -> str:
    """Return a time to the minute: `2026-12-01 10:00`."""
    return f"{time.astimezone(now.tzinfo):%Y-%m-%d %H:%M}"


def span_text(window: Window, now: datetime) -> str:
    """Return both ends of a window: `2026-12-01 10:00 to 2026-12-01 14:00`."""
    return f"{local_time(window.start, now)} to {local_time(window.end, now)}"
