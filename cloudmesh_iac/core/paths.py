"""Paths into properties, as Pulumi writes them: `a.nested`, `list[0]`, `map["a.b"]`, `every.*`."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from cloudmesh_iac.core.values import Properties, Secret, Value

Part: TypeAlias = str | int
Path: TypeAlias = tuple[Part, ...]

EVERY = "*"
_PLAIN = re.compile(r"[A-Za-z0-9_]*")


def parse_path(text: str) -> Path:
    """Errors: ValueError for a path that is not closed or has an empty part."""
    parts: list[Part] = []
    rest = text
    while rest:
        if rest.startswith('["'):
            name, rest = _quoted(rest[2:], text)
            parts.append(name)
        elif rest.startswith("["):
            index, found, rest = rest[1:].partition("]")
            if not found or not (index.isdecimal() or index == EVERY):
                raise ValueError(f"{text!r} is no path: [{index}")
            parts.append(EVERY if index == EVERY else int(index))
        else:
            name, rest = _plain(rest)
            if not name:
                raise ValueError(f"{text!r} is no path: a part is empty")
            parts.append(name)
        rest = rest.removeprefix(".")
    if not parts:
        raise ValueError("an empty path")
    return tuple(parts)


def path_text(path: Path) -> str:
    """Write a path as `parse_path` reads it; a name that is not plain stands in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            quoted = part.replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


def _plain(rest: str) -> tuple[str, str]:
    ends = [place for mark in ".[" if (place := rest.find(mark)) >= 0]
    end = min(ends, default=len(rest))
    return rest[:end], rest[end:]


def _quoted(rest: str, text: str) -> tuple[str, str]:
    name = ""
    while rest and rest[0] != '"':
        if rest.startswith('\\"'):
            name, rest = name + '"', rest[2:]
        else:
            name, rest = name + rest[0], rest[1:]
    if not rest.startswith('"]'):
        raise ValueError(f"{text!r} is no path: a name is not closed")
    return name, rest[2:]


def contains(path: Path, other: Path) -> bool:
    """Say whether `other` is what `path` names, or lies inside it."""
    if len(other) < len(path):
        return False
    return all(mine in (EVERY, theirs) for mine, theirs in zip(path, other, strict=False))


def with_ignored(paths: Iterable[str], old: Properties, new: Properties) -> Properties:
    """Put the old values back at every one of these paths. Errors: ValueError for what is none."""
    for path in paths:
        new = with_old_at(parse_path(path), old, new)
    return new


def with_old_at(path: Path, old: Properties, new: Properties) -> Properties:
    """Put the old value back where a path leads; where it leads nowhere nothing changes."""
    result = _reset(path, old, new)
    return result if isinstance(result, Mapping) else new


def _reset(path: Path, old: Value, new: Value) -> Value:
    """Return `new` with the old value at the path; secrets are looked into and kept."""
    plain = old.value if isinstance(old, Secret) else old
    if isinstance(new, Secret):
        return Secret(_reset(path, plain, new.value))
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        result = _reset_index(key, rest, old=plain, new=new)
    elif key == EVERY:
        result = _reset_every(rest, old=plain, new=new)
    else:
        result = _reset_key(key, rest, old=plain, new=new)
    return Secret(result) if isinstance(old, Secret) and result is not new else result


def _reset_index(index: int, rest: Path, *, old: Value, new: Value) -> Value:
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return new
    if index >= len(old) or index >= len(new):
        return new
    item = _reset(rest, old[index], new[index]) if rest else old[index]
    return (*new[:index], item, *new[index + 1 :])


def _reset_every(rest: Path, *, old: Value, new: Value) -> Value:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if not rest:
            return old
        return {
            key: _reset(rest, old[key], item) if key in old else item for key, item in new.items()
        }
    if isinstance(old, tuple) and isinstance(new, tuple):
        shared = min(len(old), len(new))
        items = [
            _reset(rest, before, after) if rest else before
            for before, after in zip(old[:shared], new[:shared], strict=True)
        ]
        return (*items, *new[shared:])
    return new


def _reset_key(key: str, rest: Path, *, old: Value, new: Value) -> Value:
    if not isinstance(new, Mapping):
        return new
    before = old if isinstance(old, Mapping) else {}
    if rest:
        if key not in before or key not in new:
            return new
        return {**new, key: _reset(rest, before[key], new[key])}
    if key in before:
        return {**new, key: before[key]}
    return {name: item for name, item in new.items() if name != key}
