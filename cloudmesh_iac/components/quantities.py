"""Read times and sizes as people write them."""

import re
from datetime import timedelta

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_MEBIBYTES = {"k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0 * 1024}
_NUMBER = r"\d{1,9}"  # longer ones are typing errors, and overflow
_CLOCK = re.compile(rf"(?:({_NUMBER})-)?({_NUMBER})(?::({_NUMBER}))?(?::({_NUMBER}))?")
_SHORT = re.compile(rf"({_NUMBER}(?:\.\d+)?)\s*(s|min|m|h|d)")
_SIZE = re.compile(rf"({_NUMBER}(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?)?", re.IGNORECASE)


def parse_walltime(text: str | int | timedelta) -> int:
    """Return seconds.

    Takes what Slurm takes (`20`, `20:00`, `1:20:00`, `1-12`, `1-12:30:00`; a lone number is
    minutes), `90s`, `20m`, `8h`, `2d`, and a timedelta. Errors: ValueError.
    Source: sbatch manual, --time.
    """
    if isinstance(text, timedelta):
        return _positive(int(text.total_seconds()), str(text))
    written = str(text).strip().lower()
    if short := _SHORT.fullmatch(written):
        return _positive(round(float(short[1]) * _SECONDS[short[2]]), written)
    clock = _CLOCK.fullmatch(written)
    if clock is None:
        raise ValueError(f"{text!r} is no time; write 00:20:00, 20m or 2h")
    return _positive(_clock_seconds(clock), written)


def _clock_seconds(clock: re.Match[str]) -> int:
    days, first, second, third = (int(part) if part else 0 for part in clock.groups())
    if clock[1] is not None:  # days-hours[:minutes[:seconds]]
        return ((days * 24 + first) * 60 + second) * 60 + third
    if clock[4] is not None:  # hours:minutes:seconds
        return (first * 60 + second) * 60 + third
    return first * 60 + second  # minutes[:seconds]


def _positive(seconds: int, written: str) -> int:
    if seconds <= 0:
        raise ValueError(f"{written!r} is no time that a job could run")
    return seconds


def parse_memory(text: str | int) -> int:
    """Return MiB (2**20 bytes). Takes `4 GiB`, `4G`, `512M`; a lone number is MiB.

    Errors: ValueError.
    """
    size = _SIZE.fullmatch(str(text).strip())
    if size is None:
        raise ValueError(f"{text!r} is no size; write 4 GiB or 512 MiB")
    mebibytes = float(size[1]) * _MEBIBYTES[(size[2] or "m").lower()]
    if mebibytes < 1:
        raise ValueError(f"{text!r} is less than a job needs")
    return round(mebibytes)
