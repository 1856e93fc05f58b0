"""Which hosts does this person's OpenSSH know by name? Only names are read: ssh reads the rest.

Source: ssh_config(5), Host and Include.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

_LINE = re.compile(r"\s*(\w+)(?:\s*=\s*|\s+)(.*)")
_PATTERN = frozenset("*?!")
_DEEPEST = 16  # files that include each other; OpenSSH ends there too


def ssh_hosts(home: Path) -> tuple[str, ...]:
    """Return the names that `Host` lines give, each once; a pattern is no name.

    What cannot be read says nothing.
    """
    folder = home / ".ssh"
    return tuple(dict.fromkeys(_hosts_in(folder / "config", folder, _DEEPEST)))


def _hosts_in(file: Path, folder: Path, depth: int) -> Iterator[str]:
    for keyword, words in _lines(file):
        if keyword == "host":
            yield from (word for word in words if not _PATTERN & set(word))
        elif keyword == "include" and depth:
            for word in words:
                for included in _included(word, folder):
                    yield from _hosts_in(included, folder, depth - 1)


def _lines(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Return keywords in small letters, each with its words; blanks or `=` stand between them."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError):
        return
    for found in filter(None, map(_LINE.match, text.splitlines())):
        try:
            yield found[1].lower(), shlex.split(found[2], comments=True)
        except ValueError:
            continue  # a quote without its end: ssh will say so


def _included(word: str, folder: Path) -> list[Path]:
    """A relative path begins in ~/.ssh, and may be a pattern of files."""
    place = folder.parent / word[2:] if word.startswith("~/") else folder / word
    try:
        return sorted(Path(place.anchor).glob(str(place.relative_to(place.anchor))))
    except (ValueError, NotImplementedError):
        return []
