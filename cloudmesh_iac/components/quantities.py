"""Read times, sizes, signals and the like as people write them."""

import re
from collections.abc import Mapping
from datetime import timedelta

_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_MEBIBYTES = {"k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0 * 1024}
_NUMBER = r"\d{1,9}"  # longer ones are typing errors, and overflow
_CLOCK = re.compile(rf"(?:({_NUMBER})-)?({_NUMBER})(?::({_NUMBER}))?(?::({_NUMBER}))?")
_SHORT = re.compile(rf"({_NUMBER}(?:\.\d+)?)\s*(s|min|m|h|d)")
_SIZE = re.compile(rf"({_NUMBER}(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?)?", re.IGNORECASE)

_SIGNAL = re.compile(rf"(B:)?(?:SIG)?([A-Z]+[0-9]?|[0-9]{{1,2}})(?:@({_NUMBER}))?")
_SIGNALS = {
    *("ABRT", "ALRM", "CONT", "HUP", "INT", "KILL", "QUIT", "STOP", "TERM", "TSTP", "TTIN"),
    *("TTOU", "URG", "USR1", "USR2", "XCPU"),
}
_EVENTS = {
    *("ALL", "BEGIN", "END", "FAIL", "REQUEUE", "STAGE_OUT", "INVALID_DEPEND", "TIME_LIMIT"),
    *("TIME_LIMIT_50", "TIME_LIMIT_80", "TIME_LIMIT_90"),
}
_LICENCE = re.compile(rf"[A-Za-z0-9._@-]+(?::{_NUMBER})?")
_CLUSTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAIL = re.compile(r"[^\s,:;\"'\\]+@[^\s,:;\"'\\]+")


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


def parse_cluster(name: str) -> str:
    """Return the name of one cluster. Errors: ValueError, for several and `all` too."""
    if str(name) == "all" or not _CLUSTER.fullmatch(str(name)):
        raise ValueError(f"{name!r} is no name of one cluster")
    return str(name)


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


def parse_signal(text: str) -> str:
    """Return a signal in Slurm's form, `B:USR1@120`.

    The number is how many seconds before the end of the walltime it comes; Slurm's own is 60. With
    `B:` the command gets it, without only what was started with srun. Errors: ValueError.
    Source: sbatch manual, --signal.
    """
    found = _SIGNAL.fullmatch(text.strip().upper())
    if found is None or not (found[2].isdecimal() or found[2] in _SIGNALS):
        raise ValueError(f"{text!r} is no signal; write USR1@120 or B:TERM@60")
    return f"{found[1] or ''}{found[2]}" + (f"@{int(found[3])}" if found[3] else "")


def parse_notify(text: str) -> str:
    """Return `EVENT,EVENT:address`; events in Slurm's words, END and FAIL where none is named.

    Takes `me@example.org`, `end,fail` (to the account's own address), `begin,end:me@example.org`.
    Errors: ValueError. Source: sbatch manual, --mail-type.
    """
    first, colon, address = text.strip().partition(":")
    if not colon and "@" in first:
        first, address = "", first
    events = [event.strip().upper() for event in first.split(",") if event.strip()]
    unknown = [event for event in events if event not in _EVENTS]
    if unknown:
        known = ", ".join(sorted(_EVENTS)).lower()
        raise ValueError(f"{unknown[0].lower()!r} is no event; there are {known}")
    if (address or not events) and not _MAIL.fullmatch(address.strip()):
        raise ValueError(f"{text!r} names no mail address; write end,fail:me@example.org")
    return f"{','.join(events or ['END', 'FAIL'])}:{address.strip()}".rstrip(":")


def parse_licenses(licenses: str | Mapping[str, int]) -> str:
    """Return `matlab:2,ansys`: names with how many of each. Errors: ValueError."""
    if isinstance(licenses, Mapping):
        parts = [f"{name}:{number}" for name, number in licenses.items()]
    else:
        parts = [part.strip() for part in licenses.split(",")]
    wrong = [part for part in parts if not _LICENCE.fullmatch(part)]
    if wrong or not parts:
        raise ValueError(f"{wrong[0] if wrong else ''!r} is no licence; write matlab:2,ansys")
    return ",".join(parts)
