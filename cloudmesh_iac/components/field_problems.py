"""What can be wrong with the fields of a job?"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from cloudmesh_iac.core.near_names import nearest

PLACEMENT = "placement"
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_WORD = re.compile(r"[^\s\"'\\;]+")  # options of a script's header are not quoted by everybody


def bad_counts(counts: Mapping[str, Any], *, least: int) -> list[str]:
    return [
        f"{name} is {count!r}, not a whole number from {least} up"
        for name, count in counts.items()
        if type(count) is not int or count < least
    ]


def bad_texts(texts: Mapping[str, Any]) -> list[str]:
    """Say which names a scheduler could not take: empty, with spaces or with quotes."""
    return [
        f"{name} is {text!r}, not a name"
        for name, text in texts.items()
        if text is not None and not (isinstance(text, str) and _WORD.fullmatch(text))
    ]


def bad_lists(lists: Mapping[str, Any]) -> list[str]:
    """A text is a sequence too, of its letters: nobody means that."""
    return [
        f"{name} is a text, not a list of texts"
        for name, value in lists.items()
        if isinstance(value, str)
    ]


def bad_directives(lines: Any) -> list[str]:
    """Each is one line of the script's header: what does not begin with # would be run."""
    if isinstance(lines, str):
        return []
    return [
        f"directive {line!r} is not one line that begins with #"
        for line in lines
        if not (isinstance(line, str) and line.startswith("#") and line.isprintable())
    ]


def bad_secret_names(secrets: Mapping[str, Any]) -> list[str]:
    return [
        f"a secret cannot be called {name!r}: it becomes the name of a file"
        for name in secrets
        if not _FILE.fullmatch(str(name))
    ]


def bad_triggers(triggers: Any, *, known: Collection[str]) -> list[str]:
    if isinstance(triggers, str):
        return []
    names = [*known, PLACEMENT]
    wrong = [each for each in triggers if isinstance(each, str) and each not in names]
    return [f"rerun_on has {each!r}, which is no limit{_meant(each, names)}" for each in wrong]


def unknown_fields(given: Collection[str], *, known: Collection[str]) -> list[str]:
    return [
        f"there is no field {name!r}{_meant(name, known)}" for name in given if name not in known
    ]


def _meant(name: str, known: Collection[str]) -> str:
    near = nearest(name, known)
    return "" if near is None else f" (did you mean {near!r}?)"
