"""Change a YAML text so that it says something else, and leave the rest of it as it is.

Comments, order, quotes and blank lines of what does not change are those of the person who wrote
them. What is written anew is written so that readers of YAML 1.1 and 1.2 agree about its type.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

Document: TypeAlias = dict[str, Any]

_COLON = re.compile(r"[ \t]*:")
# A text that looks like this, and that YAML 1.1 takes for a text, needs no quotes in any version.
_WORD = re.compile(r"[A-Za-z/][A-Za-z0-9_./@+:=-]*")
_BOOLS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_FIRST_INDENT = re.compile(r"^( +)[^\s#-]", re.MULTILINE)
_ENDLESS = 1 << 30  # no line is broken
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


_Edits: TypeAlias = "list[_Edit] | None"  # None: it cannot be done piece by piece


def read_yaml(text: str) -> Document:
    """Return what a text says; nothing for an empty one.

    Errors: ValueError for what is no YAML, or no mapping.
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    if document is not None and not isinstance(document, dict):
        raise ValueError("it is no mapping")
    return document or {}


def changed_yaml(text: str, wanted: Document) -> str:
    """Return the text, changed to say what is wanted.

    Errors: ValueError for a text that has to be changed by hand: one with anchors or doubled keys.
    """
    if text and not text.endswith("\n"):
        text += "\r\n" if "\r\n" in text else "\n"
    old = read_yaml(text)
    if any(isinstance(one, yaml.AnchorToken | yaml.AliasToken) for one in yaml.scan(text)):
        raise ValueError("it has anchors (`&name`)")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    writer = _Writer(text)
    if root is None:
        changed = text + writer.block(wanted, "").removeprefix(writer.line_break) + "\n"
    else:
        changed = _applied(text, writer.edits_of(root, old, wanted) or writer.anew(root, wanted))
    if read_yaml(changed) != wanted:
        raise ValueError("it says something in a way that is not known here")
    return changed


def _applied(text: str, edits: Sequence[_Edit]) -> str:
    # from the end on; of two at one place the inner one, which was found first, stands first
    ordered = sorted(edits, key=lambda one: (one.start, one.end))
    for edit in ordered[::-1]:
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


class _Writer:
    """Finds the places of one text that have to change."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.line_break = "\r\n" if "\r\n" in text else "\n"
        indent = _FIRST_INDENT.search(text)
        self._step = indent[1] if indent else _INDENT

    def edits_of(self, node: yaml.Node, old: Any, wanted: Any) -> _Edits:
        """Return what has to change inside of a block; None when the whole has to be written."""
        if isinstance(node, yaml.CollectionNode) and (node.flow_style or not wanted):
            return None
        if isinstance(node, yaml.MappingNode) and isinstance(wanted, dict):
            return self._in_mapping(node, old, wanted)
        if isinstance(node, yaml.SequenceNode) and isinstance(wanted, list):
            return self._in_sequence(node, old, wanted)
        return None

    def anew(self, root: yaml.Node, wanted: Document) -> list[_Edit]:
        start, end = root.start_mark.index, self._end(root)
        if not wanted:
            return [_Edit(start, self._next_line(end), "")]
        return [_Edit(start, end, self.block(wanted, "").removeprefix(self.line_break))]

    def block(self, value: Any, indent: str) -> str:
        """Return a value as it stands behind a colon or a dash, with the space before it."""
        if isinstance(value, Mapping) and value:
            lines = [
                f"{_flow(key)}:{self.block(item, indent + self._step)}"
                for key, item in value.items()
            ]
        elif isinstance(value, list) and value:
            lines = [f"- {_flow(item)}" for item in value]
        else:
            return f" {_flow(value)}"
        return "".join(f"{self.line_break}{indent}{line}" for line in lines)

    def _in_mapping(self, node: yaml.MappingNode, old: Document, wanted: Document) -> _Edits:
        if len(node.value) != len(old):
            raise ValueError("a key stands in it twice")
        edits: list[_Edit] = []
        pairs = zip(node.value, old.items(), strict=True)
        for (key_node, value_node), (key, before) in pairs:
            if key not in wanted:
                found = self._without(key_node, value_node)
            elif _is_same(before, wanted[key]):
                continue
            else:
                found = self.edits_of(value_node, before, wanted[key])
                found = self._value(key_node, value_node, wanted[key]) if found is None else found
            if found is None:
                return None
            edits += found
        added = {key: value for key, value in wanted.items() if key not in old}
        return (
            [*edits, *self._behind(node, self.block(added, self._indent(node)))] if added else edits
        )

    def _in_sequence(self, node: yaml.SequenceNode, old: list[Any], wanted: list[Any]) -> _Edits:
        if len(wanted) < len(old):
            return None
        edits: list[_Edit] = []
        for item, before, after in zip(node.value, old, wanted, strict=False):
            if not _is_same(before, after):
                whole = [_Edit(item.start_mark.index, self._end(item), _flow(after))]
                edits += self.edits_of(item, before, after) or whole
        added = wanted[len(old) :]
        return (
            [*edits, *self._behind(node, self.block(added, self._indent(node)))] if added else edits
        )

    def _value(self, key: yaml.Node, node: yaml.Node, wanted: Any) -> _Edits:
        colon = _COLON.match(self._text, key.end_mark.index)
        if colon is None:
            return None
        body = self.block(wanted, self._indent(key) + self._step)
        return [_Edit(colon.end(), self._end(node), body)]

    def _without(self, key: yaml.Node, node: yaml.Node) -> _Edits:
        """Take away the lines of a key; what is said above them may be about more, and stays."""
        start = key.start_mark.index - key.start_mark.column
        if self._text[start : key.start_mark.index].strip(" "):
            return None
        return [_Edit(start, self._next_line(self._end(node)), "")]

    def _behind(self, node: yaml.Node, lines: str) -> Iterator[_Edit]:
        place = self._next_line(self._end(node))
        yield _Edit(place, place, lines.removeprefix(self.line_break) + self.line_break)

    def _end(self, node: yaml.Node) -> int:
        """Return where the last character of a node stands; blank lines and comments are behind."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        start, end = node.start_mark.index, node.end_mark.index
        return start + len(self._text[start:end].rstrip())

    def _next_line(self, place: int) -> int:
        return self._text.index("\n", place) + 1

    def _indent(self, node: yaml.Node) -> str:
        return " " * int(node.start_mark.column)


def _is_same(left: Any, right: Any) -> bool:
    return left == right and repr(left) == repr(right)


def _flow(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_flow(key)}: {_flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str):
        return value if _is_plain(value) else _dumped(value, '"')
    return _dumped(value, None)


def _is_plain(text: str) -> bool:
    if not _WORD.fullmatch(text) or text.endswith(":") or text.lower() in _BOOLS:
        return False
    return bool(yaml.safe_load(text) == text)


def _dumped(value: Any, style: str | None) -> str:
    text: str = yaml.safe_dump(value, default_style=style, allow_unicode=True, width=_ENDLESS)
    return text.removesuffix("...\n").strip()
