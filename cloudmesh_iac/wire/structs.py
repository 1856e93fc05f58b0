"""Values as protobuf Structs, the form in which programs and plugins exchange them."""

import math
from collections.abc import Mapping

from google.protobuf.struct_pb2 import NULL_VALUE, Struct
from google.protobuf.struct_pb2 import Value as WireValue

from cloudmesh_iac.core.values import UNKNOWN, Properties, Unknown, Value, without_secrets
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.wire.marks import SIGNATURE, UNKNOWN_TEXT, UNKNOWNS, Marked, mark, unmark

_MOST_EXACT = 2**53  # beyond it, a double skips whole numbers


def from_struct(struct: Struct) -> dict[str, Value]:
    """Read a Struct; whole numbers become integers, lists tuples.

    The keys come sorted: a protobuf map has another order in each process.
    Errors: ExperimentError for a number that is infinite or none at all.
    """
    fields = struct.fields
    return {key: _read(fields[key]) for key in sorted(fields)}


def to_struct(properties: Properties, *, keep_secrets: bool = True) -> Struct:
    """Write a Struct. Without `keep_secrets` it has bare values only: neither secrets nor outputs.

    Integers beyond 2**53 lose their last digits: a number on the wire is a double.
    """
    struct = Struct()
    # Field by field: Struct.update and json_format cost several times as much.
    for key, value in properties.items():
        _write(value if keep_secrets else without_secrets(value), struct.fields[key])
    return struct


def _read(wire: WireValue) -> Value:
    kind = wire.WhichOneof("kind")
    if kind == "string_value":
        text = wire.string_value
        return UNKNOWN if text in UNKNOWNS else text
    if kind == "number_value":
        return _read_number(wire.number_value)
    if kind == "bool_value":
        return wire.bool_value
    return _read_many(wire, kind)


def _read_many(wire: WireValue, kind: str | None) -> Value:
    if kind == "list_value":
        return tuple([_read(item) for item in wire.list_value.values])
    if kind == "struct_value":
        fields = from_struct(wire.struct_value)
        return unmark(fields) if SIGNATURE in fields else fields
    return None


def _read_number(double: float) -> int | float:
    if double.is_integer():
        return int(double) if abs(double) <= _MOST_EXACT else double
    if not math.isfinite(double):
        raise ExperimentError(
            f"a property of the program holds the number {double}",
            hint="give a finite number: state, plans and providers know no others",
        )
    return double


def _write(value: Value, wire: WireValue) -> None:
    # The order is that of how often each kind is met; a bool is an int, so it comes first.
    if isinstance(value, str):
        wire.string_value = value
    elif isinstance(value, bool):
        wire.bool_value = value
    elif isinstance(value, int | float):
        wire.number_value = value
    elif value is None:
        wire.null_value = NULL_VALUE
    elif isinstance(value, Unknown):
        wire.string_value = UNKNOWN_TEXT
    else:
        _write_many(value, wire)


def _write_many(value: tuple[Value, ...] | Mapping[str, Value] | Marked, wire: WireValue) -> None:
    if isinstance(value, tuple):
        items = wire.list_value.values
        wire.list_value.SetInParent()  # an empty list is a list too
        for item in value:
            _write(item, items.add())
    else:
        fields = wire.struct_value.fields
        wire.struct_value.SetInParent()
        inside = value if isinstance(value, Mapping) else mark(value)
        for key, item in inside.items():
            _write(item, fields[key])
