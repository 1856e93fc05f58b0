"""What can a setting hold? Texts, encrypted texts, and both inside of lists and maps.

An encrypted text stands as `{"secure": text}`, as Pulumi writes it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from cloudmesh_iac.core.paths import Part, Path

SECURE = "secure"


def is_secure(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {SECURE} and isinstance(value[SECURE], str)


def encrypted(value: Any) -> Iterator[str]:
    """Return the encrypted texts inside a value."""
    if is_secure(value):
        yield value[SECURE]
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from encrypted(item)


def with_encrypted(value: Any, change: Callable[[str], object]) -> Any:
    """Return the value with something else in place of each encrypted text."""
    if is_secure(value):
        return change(value[SECURE])
    if isinstance(value, Mapping):
        return {key: with_encrypted(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [with_encrypted(item, change) for item in value]
    return value


def text_of(value: object) -> str:
    """Return a setting as programs get it: a text, or JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, date):  # YAML has them, JSON does not
        return value.isoformat()
    return json.dumps(value, default=str)


def typed(text: str) -> bool | int | str:
    """Return what Pulumi makes of a text that is put inside of a setting."""
    if text in {"true", "false"}:
        return text == "true"
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdecimal() and (text == "0" or text[0] != "0")
    return int(text) if is_number and abs(int(text)) < 1 << 63 else text


def put(old: Any, path: Path, value: object, *, is_inside: bool = False) -> Any:
    """Return `old` with the value at the path; a setting that is a text gives way to a container.

    Errors: ValueError for a path through something deeper that has no inside.
    """
    if not path:
        return value
    step, rest = path[0], path[1:]
    if old is None or not (is_inside or _is_container(old)):
        old = [] if isinstance(step, int) else {}
    if isinstance(step, int) and isinstance(old, list):
        if step > len(old):
            raise ValueError(f"has {len(old)} items there, and no place {step}")
        before = old[step] if step < len(old) else None
        return [*old[:step], put(before, rest, value, is_inside=True), *old[step + 1 :]]
    if isinstance(step, int) or not isinstance(old, dict) or is_secure(old):
        raise ValueError(f"has no place {step!r} there")
    result = {**old, step: put(old.get(step), rest, value, is_inside=True)}
    if is_secure(result):
        raise ValueError(f"would look encrypted with a {SECURE!r} alone")
    return result


def at(value: Any, path: Path) -> Any:
    """Return what stands at a path. Errors: KeyError where there is nothing."""
    for step in path:
        if not _has(value, step):
            raise KeyError(step)
        value = value[step]
    return value


def without(value: Any, path: Path) -> Any:
    """Return the value with nothing at the path. Errors: KeyError where there is nothing."""
    step, rest = path[0], path[1:]
    if not _has(value, step):
        raise KeyError(step)
    changed = value.copy()
    if rest:
        changed[step] = without(value[step], rest)
    else:
        del changed[step]
    return changed


def _is_container(value: object) -> bool:
    return isinstance(value, list | dict) and not is_secure(value)


def _has(value: Any, step: Part) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and not is_secure(value) and step in value
