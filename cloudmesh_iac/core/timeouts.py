"""How long the changes of a resource may take, as `custom_timeouts` says it."""

import re
from dataclasses import dataclass

_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for each kind of change; None leaves it to the provider."""

    create_s: float | None = None
    update_s: float | None = None
    delete_s: float | None = None
    read_s: float | None = None


NO_TIMEOUTS = Timeouts()


def parse_duration_s(text: str) -> float | None:
    """Read a duration as Pulumi writes it: `10m`, `1h30m`, `1.5h`; nothing and zero are no limit.

    Errors: ValueError.
    """
    if text in {"", "0"}:
        return None
    end, seconds = 0, 0.0
    while end < len(text):
        part = _PART.match(text, end)
        if part is None:
            raise ValueError(f"{text!r} is no duration: write it like 10m or 1h30m")
        seconds += float(part[1]) * _SECONDS[part[2]]
        end = part.end()
    return seconds or None
