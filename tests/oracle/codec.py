"""Frozen dataclasses to JSON and back."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Made = TypeVar("Made")


def to_json(value: Any, *, full: bool = False) -> Any:
    """Return the JSON of a value; `full` writes down what has its default value too."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_json(getattr(value, field.name), full=full)
            for field in fields(value)
            if full or getattr(value, field.name) != _default(field)
        }
    if isinstance(value, tuple | list):
        return [to_json(item, full=full) for item in value]
    if isinstance(value, Mapping):
        return {key: to_json(item, full=full) for key, item in value.items()}
    return value


def from_json(kind: type[Made], data: Any) -> Made:
    """Return the value of a dataclass. Errors: TypeError for a field that it does not have."""
    known: Any = kind  # the checker calls no type[...] hashable
    hints = _hints(known)
    unknown = data.keys() - hints.keys()
    if unknown:
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**{key: _decoded(hints[key], item) for key, item in data.items()})


@cache
def _hints(kind: type[Any]) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _default(field: "Field[Any]") -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _decoded(hint: Any, data: Any) -> Any:
    if data is None:
        return () if get_origin(hint) is tuple else None
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        (hint,) = [one for one in arguments if one is not type(None)]
        return _decoded(hint, data)
    if origin is tuple:
        return tuple(_decoded(arguments[0], item) for item in data)
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return from_json(hint, data)
    if isinstance(data, Mapping) and len(arguments) > 1:
        return {key: _decoded(arguments[1], item) for key, item in data.items()}
    return data
