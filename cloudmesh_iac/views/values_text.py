"""How does a value, and a difference of two values, look?"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from cloudmesh_iac.core.values import (
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Reference,
    Secret,
    Unknown,
    Value,
    is_same,
)
from cloudmesh_iac.views.words import one_line, title

SECRET = "[secret]"  # noqa: S105 - what stands in the place of one
UNKNOWN_TEXT = "(known after up)"
NOT_SET = "(not set)"

_EXACT = 2.0**53
_LONGEST = 60
_CONTEXT = 16  # characters kept before the place where two long texts part
_LINES = 20
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%^*[]$~")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs; `lines` is the line diff of two texts of several lines.

    `words` say it of a field that looks the same, because only what it stands for has changed.
    """

    key: str
    old: str = ""
    new: str = ""
    lines: tuple[str, ...] = ()
    is_secret: bool = False
    words: str = ""


def value_text(value: Value) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each kind of value
    """Return one line for a value, at full length."""
    match value:
        case None:
            return NOT_SET
        case bool():
            return "true" if value else "false"
        case float():
            return number_text(value)
        case int():
            return str(value)
        case str():
            return _string(value)
        case Unknown():
            return UNKNOWN_TEXT
        case Secret():
            return SECRET
        case OutputValue():
            return SECRET if value.is_secret else value_text(value.value)
        case Reference():
            return title(value.urn)
        case Asset() | Archive():
            return _asset(value)
        case tuple():
            return f"[{', '.join(value_text(item) for item in value)}]"
        case Mapping():
            pairs = (f"{one_line(key)}: {value_text(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"


def number_text(number: float) -> str:
    """Whole doubles are shown as integers: all numbers are doubles on Pulumi's wire."""
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else repr(number)


def differences(key: str, old: Value, new: Value) -> Iterator[Difference]:
    """Yield what differs inside one field, down to the keys of its mappings."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in [*new, *(name for name in old if name not in new)]:
            if not is_same(old.get(name), new.get(name)):
                inner = f"{key}[{name}]" if name.isdecimal() else f"{key}.{name}"
                yield from differences(inner, old.get(name), new.get(name))
    elif isinstance(old, tuple) and isinstance(new, tuple):
        yield from _between_lists(key, old, new)
    elif isinstance(old, str) and isinstance(new, str) and ("\n" in old or "\n" in new):
        yield Difference(one_line(key), lines=tuple(_line_diff(old, new)))
    elif isinstance(old, Asset | Archive) and isinstance(new, Asset | Archive):
        yield from _between_contents(key, old, new)
    else:
        yield _shown(key, old, new)


def _shown(key: str, old: Value, new: Value) -> Difference:
    before, after = _shortened(value_text(old), value_text(new))
    return Difference(one_line(key), before, after, is_secret=SECRET in {before, after})


def _between_contents(key: str, old: Asset | Archive, new: Asset | Archive) -> Iterator[Difference]:
    """Two texts, or archives of named members, are compared; of files it is known that they differ.

    The digests that say so are for machines.
    """
    if isinstance(old, Asset) and isinstance(new, Asset) and old.kind is new.kind is AssetKind.TEXT:
        yield from differences(key, old.content, new.content)
    elif isinstance(old, Archive) and isinstance(new, Archive) and old.kind is new.kind is None:
        yield from differences(key, dict(old.members), dict(new.members))
    elif (type(old), old.kind, old.content) == (type(new), new.kind, new.content):
        place = one_line(new.content)
        said = f"the file {place}" if isinstance(new, Asset) else f"what is in {place}"
        said = f"what stands at {place}" if new.kind is AssetKind.URI else said
        yield Difference(one_line(key), words=f"{said} has changed")
    else:
        yield _shown(key, old, new)


def _between_lists(
    key: str, old: tuple[Value, ...], new: tuple[Value, ...]
) -> Iterator[Difference]:
    """Name the place of an item that differs; of a longer or shorter list only what came and went.

    Behind an item that was put in, every other one stands at another place: that is no difference.
    """
    if len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            if not is_same(before, after):
                yield from differences(f"{key}[{place}]", before, after)
        return
    gone, came = [*map(value_text, old)], [*map(value_text, new)]
    matcher = SequenceMatcher(None, gone, came, autojunk=False)
    parts = [opcode for opcode in matcher.get_opcodes() if opcode[0] != "equal"]
    lines = [f"- {text}" for _, i, j, _, _ in parts for text in gone[i:j]]
    lines += [f"+ {text}" for _, _, _, k, m in parts for text in came[k:m]]
    # two secrets look the same: then the length is what is told
    yield Difference(one_line(key), lines=tuple(lines) or (f"+ {len(new)} items",))


def _string(text: str) -> str:
    if text and _PLAIN.issuperset(text):
        return text
    return one_line(json.dumps(text, ensure_ascii=False))


def _asset(value: Asset | Archive) -> str:
    if value.kind is AssetKind.TEXT:
        return f"text of {len(value.content.splitlines())} lines"
    if value.kind is None:
        return f"archive of {len(getattr(value, 'members', ()))} members"
    return _string(value.content)


def shorten(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _shortened(old: str, new: str) -> tuple[str, str]:
    """Cut two texts so that the place where they part stays visible."""
    if max(len(old), len(new)) <= _LONGEST:
        return old, new
    same = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        same += 1
    start = max(0, same - _CONTEXT)
    head = "..." if start else ""
    return shorten(head + old[start:]), shorten(head + new[start:])


def _line_diff(old: str, new: str) -> Iterator[str]:
    before, after = old.splitlines(), new.splitlines()
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from _equal(before[i:j])
        else:
            yield from (f"- {one_line(line)}" for line in before[i:j])
            yield from (f"+ {one_line(line)}" for line in after[k:m])


def _equal(same: list[str]) -> Iterator[str]:
    """Keep a line on both sides of a longer stretch that is the same."""
    if len(same) <= 3:
        yield from (f"  {one_line(line)}" for line in same)
    else:
        yield f"  {one_line(same[0])}"
        yield f"  ... {len(same) - 2} lines the same"
        yield f"  {one_line(same[-1])}"


def cut_lines(diff: tuple[str, ...], *, full: bool) -> tuple[str, ...]:
    if full or len(diff) <= _LINES:
        return diff
    return (*diff[:_LINES], f"... {len(diff) - _LINES} more lines")
