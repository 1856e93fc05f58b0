"""How far is a running job, by what it writes into its log itself?

Two forms of the earlier tools are read: `# cloudmesh status=running progress=50 pid=123`, and
the marks `#CLOUDMESH: status, start, DATE` and `#CLOUDMESH: status, finished, DATE`. The last line
counts. It only informs: how a job stands and ends is the scheduler's to say.
"""

import os
import re
from pathlib import Path

_LOOKED_AT = 64 * 1024  # bytes at the end of the log
_LINE = re.compile(rb"^#\s*cloudmesh\s+(?:\S+=\S*\s+)*?progress=(\d{1,3})\b", re.MULTILINE)
_MARK = re.compile(rb"^#\s*CLOUDMESH:\s*status,\s*(start|finished)\b", re.MULTILINE)
_WHOLE = 100


def parse_progress(log: bytes) -> int | None:
    """Return per cent, from 0 to 100; None where no line says any."""
    said = [(found.start(), int(found[1])) for found in _LINE.finditer(log)]
    said += [
        (found.start(), 0 if found[1] == b"start" else _WHOLE) for found in _MARK.finditer(log)
    ]
    known = [(at, percent) for at, percent in said if percent <= _WHOLE]
    return max(known)[1] if known else None


def read_progress(log: Path) -> int | None:
    """Read the end of a log; None where there is none, or where it cannot be read now."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOOKED_AT))
            return parse_progress(file.read())
    except OSError:
        return None
