"""What differs between two values, and where? Noise is no difference: order of keys, 4 and 4.0."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from cloudmesh_iac.core.values import (
    Archive,
    Asset,
    AssetKind,
    Secret,
    Value,
    has_unknown,
    is_same,
    may_be_anything,
)
from cloudmesh_iac.views.values_text import LONGEST, SECRET, shorten, value_text
from cloudmesh_iac.views.words import one_line

_CONTEXT = 16  # characters kept before the place where two long texts part
_LINES = 20
_NAMES = ("name", "key", "id", "urn")  # by which items of a list are told apart


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
        yield _between_texts(key, old, new)
    elif isinstance(old, Asset | Archive) and isinstance(new, Asset | Archive):
        yield from _between_contents(key, old, new)
    else:
        yield _shown(key, old, new)


def _shown(key: str, old: Value, new: Value) -> Difference:
    if isinstance(old, Secret) and (may_be_anything(old) or has_unknown(new)):
        return Difference(one_line(key), words="this secret may have changed", is_secret=True)
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
    """Compare items that have a name by it; others by their place, as far as they kept it.

    Behind an item that was put in, every other one stands at another place: that is no difference.
    """
    name = next((one for one in _NAMES if _has_names(old, one) and _has_names(new, one)), None)
    if name is not None:
        yield from _between_named(key, _by_name(old, name), _by_name(new, name), name=name)
        return
    before, after = [*map(value_text, old)], [*map(value_text, new)]
    parts = _parts(before, after)
    if all(i - j == k - m for _, i, j, k, m in parts) and len(old) == len(new):
        for place, (was, is_) in enumerate(zip(old, new, strict=True)):
            if not is_same(was, is_):
                yield from differences(f"{key}[{place}]", was, is_)
    elif sorted(before) == sorted(after):
        yield _reordered(key, len(new))
    else:
        lines = [f"- {text}" for _, i, j, _, _ in parts for text in before[i:j]]
        lines += [f"+ {text}" for _, _, _, k, m in parts for text in after[k:m]]
        # two secrets look the same: then the length is what is told
        yield Difference(one_line(key), lines=tuple(lines) or (f"+ {len(new)} items",))


def _parts(before: Sequence[str], after: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return [opcode for opcode in matcher.get_opcodes() if opcode[0] != "equal"]


def _has_names(items: tuple[Value, ...], name: str) -> bool:
    """Say whether each item is a map with a name of its own."""
    names = [item.get(name) if isinstance(item, Mapping) else None for item in items]
    return all(isinstance(one, str) and one for one in names) and len({*names}) == len(names)


def _by_name(items: tuple[Value, ...], name: str) -> dict[str, Value]:
    return {str(item[name]): item for item in items if isinstance(item, Mapping)}


def _between_named(
    key: str, old: Mapping[str, Value], new: Mapping[str, Value], *, name: str
) -> Iterator[Difference]:
    names = [*new, *(one for one in old if one not in new)]
    differ = [one for one in names if not is_same(old.get(one), new.get(one))]
    for one in differ:
        yield from differences(f"{key}[{name}={one}]", old.get(one), new.get(one))
    if not differ and [*old] != [*new]:
        yield _reordered(key, len(new))


def _reordered(key: str, items: int) -> Difference:
    return Difference(one_line(key), words=f"the order of its {items} items changes")


def _shortened(old: str, new: str) -> tuple[str, str]:
    """Cut two texts so that the place where they part stays visible."""
    if max(len(old), len(new)) <= LONGEST:
        return old, new
    same = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        same += 1
    start = max(0, same - _CONTEXT)
    head = "..." if start else ""
    return shorten(head + old[start:]), shorten(head + new[start:])


def _between_texts(key: str, old: str, new: str) -> Difference:
    if old.splitlines() == new.splitlines():
        return Difference(one_line(key), words="only its line breaks change")
    return Difference(one_line(key), lines=tuple(_line_diff(old, new)))


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
