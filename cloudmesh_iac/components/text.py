"""A command made of a template and values, which remembers where each value comes from."""

import string
from dataclasses import dataclass
from typing import Any

import pulumi

from cloudmesh_iac.errors import ExperimentError


@dataclass(frozen=True)
class Text:
    """A template whose places are numbered, plain values, and values of other resources.

    Plain values belong to what a job is; values of other resources (a host name) only say where
    it runs: they are used by a new run and are never a reason to run again.
    """

    template: str
    arguments: dict[str, str]
    placement: dict[str, pulumi.Output[Any]]


def fmt(template: str, *values: Any, **named: Any) -> Text:
    """Put values into a template: `fmt("ior -t {} -o {}:/scratch", size, server.hostnames[0])`.

    Places are `{}`, `{0}` or `{name}`, with a format as in `str.format` for plain values
    (`{:.3f}`). Errors: ExperimentError for a place without a value, a value without a place, and a
    format that does not fit its value.
    """
    pieces: list[str] = []
    arguments: dict[str, str] = {}
    placement: dict[str, pulumi.Output[Any]] = {}
    used: set[str] = set()
    position = 0
    for literal, written, spec, conversion in _places(template):
        pieces.append(literal.replace("{", "{{").replace("}", "}}"))
        if written is None:
            continue
        field = written or str(position)
        position += not written
        value = _value(template, field, values, named=named)
        used.add(str(int(field)) if field.isdecimal() else field)
        number = str(len(arguments) + len(placement))
        pieces.append(f"{{{number}}}")
        if not isinstance(value, pulumi.Output):
            arguments[number] = _written(value, spec or "", conversion)
        elif spec or conversion:
            raise ExperimentError(
                f"fmt: {template!r}: a value of another resource takes no format",
                hint="format it with .apply(...)",
            )
        else:
            placement[number] = value
    unused = [str(index) for index in range(len(values)) if str(index) not in used]
    unused += [name for name in named if name not in used]
    if unused:
        raise ExperimentError(f"fmt: {template!r} has no place for value {', '.join(unused)}")
    return Text("".join(pieces), arguments, placement)


def _places(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(template))
    except ValueError as error:
        raise ExperimentError(
            f"fmt: {template!r}: {error}", hint="write {{ and }} for braces that are no place"
        ) from error


def _written(value: Any, spec: str, conversion: str | None) -> str:
    if isinstance(value, pulumi.Resource):
        raise ExperimentError(
            f"fmt: {type(value).__name__} is a resource, not a value", hint="name an output of it"
        )
    try:
        return format(string.Formatter().convert_field(value, conversion), spec)
    except (ValueError, TypeError) as error:
        raise ExperimentError(f"fmt: {value!r} cannot be written so: {error}") from error


def _value(template: str, field: str, values: tuple[Any, ...], *, named: dict[str, Any]) -> Any:
    if field.isdecimal() and int(field) < len(values):
        return values[int(field)]
    if field in named:
        return named[field]
    raise ExperimentError(f"fmt: {template!r} wants a value for {{{field}}}")
