"""What does an openrc file say? It is read, never run.

Source: OpenStack's "Set environment variables using the OpenStack RC file".
"""

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

_LINE = re.compile(r"\s*(?:export\s+)?(OS_[A-Z0-9_]+)=(.*)")
_RUNS = re.compile(r"\$\(|`|\$\{?[A-Za-z_]")


def read_openrc(file: Path) -> Mapping[str, str]:
    """Return the variables that the file sets, OS_ and what follows.

    A value that would have to be worked out (`$(...)`, another variable) is left out: the file
    asks for a password that way. Errors: ValueError for a file that cannot be read.
    """
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read") from error
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        value = _value(match[2])
        if value is not None:
            found[match[1]] = value
    return found


def _value(written: str) -> str | None:
    is_literal = written.startswith("'") and written.count("'") > 1
    if _RUNS.search(written) and not is_literal:
        return None
    try:
        words = shlex.split(written, comments=True)
    except ValueError:
        return None
    return words[0] if words else ""
