"""What does the setting `pulumi:autonaming` say about names that providers make up?"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cloudmesh_iac.core.naming import NamingMode, NamingRule, NamingRules
from cloudmesh_iac.core.packages import package_of
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.errors import UsageProblem

KEY = "pulumi:autonaming"
_ORGANIZATION = "organization"
_SETTING = re.compile(r"\$\{config\.([^}]+)\}")
_LOOK = "see the names of resources in docs/settings.md"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mode: Literal["default", "verbatim", "disabled"] | None = None
    pattern: str | None = None
    enforce: bool | None = None

    @property
    def is_empty(self) -> bool:
        return self.mode is None and self.pattern is None and self.enforce is None

    @property
    def problem(self) -> str:
        if self.mode is not None and not (self.pattern is None and self.enforce is None):
            return "`mode` does not go with `pattern` and `enforce`: leave one of them out"
        if self.enforce is not None and self.pattern is None:
            return "`enforce` needs a `pattern`"
        return ""


class _Package(_Entry):
    resources: dict[str, _Entry] = {}


class _Section(_Entry):
    providers: dict[str, _Package] = {}


def naming_rules(
    values: Mapping[str, str], stack: StackId, *, unreadable: Collection[str] = ()
) -> NamingRules:
    """Return the rules of a stack, given its settings; `unreadable` are secret ones without a key.

    Errors: UsageProblem that names everything that is wrong at once.
    """
    text = values.get(KEY)
    if text is None:
        return NamingRules()
    if KEY in unreadable:
        raise UsageProblem(f"{KEY} is encrypted, and there is no passphrase", hint=_LOOK)
    section = _parsed(text)
    problems = [
        *_problems(section),
        *_unknown_settings(section, values, stack, unreadable=unreadable),
    ]
    if problems:
        raise UsageProblem("\n".join(problems), hint=_LOOK)
    return _rules(section, _Words(values, stack))


def _parsed(text: str) -> _Section:
    try:
        return _Section.model_validate(json.loads(text))
    except ValidationError as error:
        lines = [f"{KEY}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise UsageProblem("\n".join(lines), hint=_LOOK) from error
    except ValueError as error:
        raise UsageProblem(f"{KEY} is no map of rules", hint=_LOOK) from error


def _entries(section: _Section) -> Iterator[tuple[str, _Entry]]:
    """Yield every entry with the place where it stands."""
    yield KEY, section
    for package, its in section.providers.items():
        yield f"{KEY}: providers.{package}", its
        for type_, entry in its.resources.items():
            yield f"{KEY}: providers.{package}.resources.{type_}", entry


def _problems(section: _Section) -> Iterator[str]:
    for place, entry in _entries(section):
        if entry.problem:
            yield f"{place}: {entry.problem}"
    for package, its in section.providers.items():
        for type_, entry in its.resources.items():
            place = f"{KEY}: providers.{package}.resources.{type_}"
            if entry.is_empty:
                yield f"{place}: say a `mode` or a `pattern`"
            if package_of(type_) != package:
                yield f"{place}: this type is of the package {package_of(type_)}"


def _unknown_settings(
    section: _Section,
    values: Mapping[str, str],
    stack: StackId,
    *,
    unreadable: Collection[str],
) -> Iterator[str]:
    for place, entry in _entries(section):
        for name in _SETTING.findall(entry.pattern or ""):
            key = f"{stack.project}:{name}"
            if key not in values:
                yield f"{place}: the stack has no setting {name}: `cmx config set {name} VALUE`"
            elif key in unreadable:
                yield f"{place}: the setting {name} is encrypted, and there is no passphrase"


class _Words:
    """What a pattern may name of its stack."""

    def __init__(self, values: Mapping[str, str], stack: StackId) -> None:
        self._values = values
        self._stack = stack

    def in_(self, pattern: str) -> str:
        stack = self._stack
        known = {"organization": _ORGANIZATION, "project": stack.project, "stack": stack.name}
        for name, word in known.items():
            pattern = pattern.replace(f"${{{name}}}", word)
        return _SETTING.sub(lambda found: self._values[f"{stack.project}:{found[1]}"], pattern)


def _rules(section: _Section, words: _Words) -> NamingRules:
    default = _rule(section, words, is_expected=False)
    packages: dict[str, NamingRule | None] = {}
    types: dict[ResourceType, NamingRule | None] = {}
    for package, its in section.providers.items():
        packages[package] = _rule(section if its.is_empty else its, words, is_expected=True)
        for type_, entry in its.resources.items():
            types[ResourceType(type_)] = _rule(entry, words, is_expected=True)
    return NamingRules(default, packages, types)


def _rule(entry: _Entry, words: _Words, *, is_expected: bool) -> NamingRule | None:
    if entry.pattern is not None:
        mode = NamingMode.ENFORCE if entry.enforce else NamingMode.PROPOSE
        pattern = words.in_(entry.pattern)
        return NamingRule(mode, pattern, is_expected=is_expected or bool(entry.enforce))
    match entry.mode:
        case "verbatim":
            return NamingRule(NamingMode.ENFORCE, "${name}", is_expected=is_expected)
        case "disabled":
            return NamingRule(NamingMode.DISABLED, is_expected=is_expected)
        case _:
            return None
