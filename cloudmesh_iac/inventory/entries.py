"""What do the lines of an inventory say? YAML, JSON and the earlier blocks, as texts with lines.

Nothing is taken for a number here: `52:54:00:11:22:33` would be one in YAML.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

_CFG_LINE = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*(?:[:=]|\s)\s*(.*?)\s*")
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Said:
    """A value as it is written, and its line (the first is 1)."""

    value: "Value"
    line: int


Value: TypeAlias = "str | tuple[Said, ...] | Mapping[str, Said]"


@dataclass(frozen=True, slots=True)
class Entry:
    """One machine: its keys, and the line that it begins with."""

    line: int
    values: Mapping[str, Said]


@dataclass(slots=True)
class Entries:
    """All machines of a file, what it says of all of them, and what is wrong with its form."""

    machines: list[Entry] = field(default_factory=list)
    common: Mapping[str, Said] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_blocks(text: str) -> Entries:
    """Read lines of an attribute and its value; an empty line is between two machines."""
    found = Entries()
    values: dict[str, Said] = {}
    for number, line in enumerate((*text.splitlines(), ""), start=1):
        stripped = line.strip()
        if stripped.startswith("#"):
            continue
        if not stripped:
            if values:
                found.machines.append(Entry(next(iter(values.values())).line, values))
            values = {}
            continue
        match = _CFG_LINE.fullmatch(line)
        if match is None or not match[2]:
            found.problems.append((number, "it is no attribute with a value, as in `cpus: 8`"))
        elif match[1] in values:
            found.problems.append((number, f"{match[1]} is said twice of one machine"))
        else:
            values[match[1]] = Said(match[2].strip("\"'"), number)
    return found


def read_document(text: str, *, is_json: bool) -> Entries:
    """Read YAML or JSON: a list of machines, or a mapping with the list below `machines`."""
    found = Entries()
    try:
        if is_json:
            json.loads(text)
            text = text.replace("\t", " ")  # JSON has no raw tabs in its texts, YAML none outside
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except json.JSONDecodeError as error:
        found.problems.append((error.lineno, f"it is no JSON: {error.msg}"))
        return found
    except yaml.MarkedYAMLError as error:  # its own words would quote the line, passwords too
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        found.problems.append((line, f"it is no YAML: {error.problem or error.context}"))
        return found
    except yaml.YAMLError:
        found.problems.append((1, "it is no text that YAML knows"))
        return found
    if root is None:
        return found
    said = _said(root, found.problems)
    match said.value:
        case tuple():
            _take(said, found)
        case str():
            found.problems.append((said.line, "it is no list of machines"))
        case values if "machines" in values:
            found.common = {key: one for key, one in values.items() if key != "machines"}
            _take(values["machines"], found)
        case values:  # its mappings are machines, by their names
            found.common = {
                key: one for key, one in values.items() if not isinstance(one.value, Mapping)
            }
            _take(said, found)
    return found


def _take(said: Said, found: Entries) -> None:
    """Take each machine of a list, or of a mapping by name."""
    match said.value:
        case tuple() as ones:
            named: Iterator[tuple[str | None, Said]] = ((None, one) for one in ones)
        case str():
            found.problems.append((said.line, "machines: it is no list"))
            return
        case values:
            if not any(isinstance(one.value, Mapping) for one in values.values()):
                found.problems.append((said.line, "there is no list of machines: `machines:`"))
                return
            named = iter(values.items())
    for name, one in named:
        if not isinstance(one.value, Mapping):
            found.problems.append((one.line, "a machine is a mapping, as in `{name: i01}`"))
            continue
        own = {} if name is None else {"name": Said(name, one.line)}
        found.machines.append(Entry(one.line, {**own, **one.value}))


def _said(node: yaml.Node, problems: list[tuple[int, str]]) -> Said:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Said(tuple(_said(one, problems) for one in node.value), line)
    if not isinstance(node, yaml.MappingNode):
        return Said("" if node.tag == _NULL else str(node.value), line)
    values: dict[str, Said] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in values:
            problems.append((key.start_mark.line + 1, f"{name} is said twice"))
        elif value.tag != _NULL:
            values[name] = Said(_said(value, problems).value, key.start_mark.line + 1)
    return Said(values, line)
