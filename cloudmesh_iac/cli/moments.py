"""Which moment is meant by `now`, `+4h`, `14:00`, `tomorrow 9:00` or `2026-12-01 10:00`?"""

import re
from datetime import UTC, datetime, timedelta

from cloudmesh_iac.cli.asking import seconds_of
from cloudmesh_iac.core.metal import Window
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.views.times import span_text

_DAYS = {"today": 0, "tomorrow": 1}
_DAYS_OF = re.compile(r"(\d+)d(.*)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_LONGEST = timedelta(days=36_525)  # a century: what is longer is a slip, and has no date in the end
_HINT = "write now, +4h, 14:00, 'tomorrow 9:00' or '2026-12-01 10:00'"


def moment_of(text: str, *, now: datetime) -> datetime:
    """Return a time in UTC; what names no zone is in that of `now`. Errors: UsageProblem.

    A lone time of day is the next one; `now` is the minute that has begun.
    """
    words = text.strip()
    if words == "now":
        return _whole(now)
    if words.startswith("+"):
        return _whole(now) + span_of(words[1:])
    try:
        found = _on_a_day(words, now) or datetime.fromisoformat(words)
    except ValueError as error:
        raise UsageProblem(f"{text!r} is no time", hint=_HINT) from error
    found = found if found.tzinfo else found.replace(tzinfo=now.tzinfo)
    if abs(found - now) > _LONGEST:
        raise UsageProblem(f"{text!r} is more than a century away", hint=_HINT)
    return found.astimezone(UTC)


def span_of(text: str) -> timedelta:
    """Return how long `4h`, `1h30m` or `2d` are, at most a century.

    A number alone is refused: nobody means seconds of a machine. Errors: UsageProblem.
    """
    words = text.strip()
    if words.isdecimal() and int(words):
        raise UsageProblem(f"{text!r} says no unit", hint=f"write {words}h, {words}m or {words}d")
    days = _DAYS_OF.fullmatch(words)
    rest = days[2] if days else words
    seconds = (int(days[1]) * 86_400 if days else 0) + (seconds_of(rest) if rest else 0)
    if seconds <= 0:
        raise UsageProblem(f"{text!r} is no length of time", hint="write it as 4h, 90m or 2d")
    if seconds > _LONGEST.total_seconds():
        raise UsageProblem(f"{text!r} is longer than a century", hint="write it as 4h, 90m or 2d")
    return timedelta(seconds=seconds)


def later(time: datetime, by: timedelta, *, now: datetime) -> datetime:
    """Return a time that much later. Errors: UsageProblem for one more than a century from now."""
    if time - now > _LONGEST - by:
        raise UsageProblem("it would end more than a century from now", hint="write 4h or 2d")
    return time + by


def window_of(
    start: str | None, end: str | None, lasts: str | None, *, now: datetime, otherwise: str = "1d"
) -> Window:
    """Return the window from `start` (else now) to `end`, or as long as `lasts` says.

    `+4h` and a lone time of day as an end count from the start. Errors: UsageProblem for one that
    ends before it begins, or both an end and a length.
    """
    if end is not None and lasts is not None:
        raise UsageProblem("say --end or --for, not both")
    begins = moment_of(start or "now", now=now)
    if end is None:
        ends = begins + span_of(lasts or otherwise)
    else:
        ends = moment_of(end, now=begins.astimezone(now.tzinfo))
    if ends <= begins:
        raise UsageProblem(
            f"it would end at {ends:%Y-%m-%d %H:%M} UTC, before it begins", hint=_HINT
        )
    return Window(begins, ends)


def window_text(window: Window, now: datetime) -> str:
    """Say a window in the zone of `now`."""
    return f"from {span_text(window, now)} {window.end.astimezone(now.tzinfo):%Z}"


def _whole(time: datetime) -> datetime:
    return time.replace(second=0, microsecond=0).astimezone(UTC)


def _on_a_day(words: str, now: datetime) -> datetime | None:
    """Return a time of day: `14:00`, `tomorrow 9:00`. None for anything else."""
    day, _, clock = words.rpartition(" ")
    match = _CLOCK.fullmatch(clock)
    if match is None or day not in {"", *_DAYS}:
        return None
    found = now.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
    if not day:
        return found if found > now else found + timedelta(days=1)
    return found + timedelta(days=_DAYS[day])
