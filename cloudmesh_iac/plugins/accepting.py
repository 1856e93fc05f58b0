"""What can a plugin take, and what becomes of values on the way to it and back?

Source: pkg/resource/plugin/provider_plugin.go and rpc.go of Pulumi's engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from google.protobuf.struct_pb2 import Struct

from cloudmesh_iac.core.urns import name_of, type_of
from cloudmesh_iac.core.values import (
    UNKNOWN,
    OutputValue,
    Properties,
    Reference,
    Secret,
    Unknown,
    Value,
    has_secret,
)
from cloudmesh_iac.errors import CmxError, ExperimentError
from cloudmesh_iac.wire.marks import REFERENCE, SECRET, SIGNATURE
from cloudmesh_iac.wire.structs import from_struct, to_struct


@dataclass(frozen=True, slots=True)
class Accepts:
    """What a plugin has said that it understands."""

    secrets: bool = False
    resources: bool = False
    outputs: bool = False
    previews: bool = False
    naming: bool = False  # rules for the names that it makes up


def sent(properties: Properties, accepts: Accepts) -> Struct:
    """Return the properties without the marks that the plugin does not understand."""
    return to_struct({key: _bare(value, accepts) for key, value in properties.items()})


def received(struct: Struct) -> dict[str, Value]:
    """Read what a plugin sent. Errors: CmxError for numbers that are none."""
    try:
        properties = from_struct(struct)
    except ExperimentError as error:
        raise CmxError("it sent a number that is infinite or none at all") from error
    return {key: _mended(value) for key, value in properties.items()}


def secret_again(outputs: Properties, inputs: Properties) -> dict[str, Value]:
    """Mark each output as secret whose input of the same name holds a secret.

    A plugin that knows no secrets sends them back in clear; objects are compared inside.
    """
    marked = dict(outputs)
    for key, value in inputs.items():
        if key in outputs and has_secret(value):
            marked[key] = _secret_again(outputs[key], value)
    return marked


def all_secret(properties: Properties) -> dict[str, Value]:
    """Return the properties with each of them secret."""
    return {
        key: value if isinstance(value, Secret) else Secret(value)
        for key, value in properties.items()
    }


EVERYTHING = Accepts(secrets=True, resources=True, outputs=True, previews=True)


def _secret_again(output: Value, given: Value) -> Value:
    if isinstance(output, Mapping) and isinstance(given, Mapping):
        return secret_again(output, given)
    return output if isinstance(output, Secret) else Secret(output)


def _bare(value: Value, accepts: Accepts) -> Value:
    match value:
        case Secret():
            inner = _bare(value.value, accepts)
            return Secret(inner) if accepts.secrets else inner
        case OutputValue():
            return _bare_output(value, accepts)
        case Reference():
            return _bare_reference(value, accepts)
        case tuple():
            return tuple([_bare(item, accepts) for item in value])
        case Mapping():
            return {key: _bare(item, accepts) for key, item in value.items()}
        case _:
            return value


def _bare_output(output: OutputValue, accepts: Accepts) -> Value:
    inner = _bare(output.value, accepts)
    if accepts.outputs:
        return OutputValue(inner, output.is_secret, output.dependencies)
    return Secret(inner) if output.is_secret and accepts.secrets else inner


def _bare_reference(reference: Reference, accepts: Accepts) -> Value:
    """In full, as Pulumi's engine writes it; an id that is not known yet is empty there."""
    urn, id_ = reference.urn, reference.id
    if not accepts.resources:
        return str(urn) if id_ is None else _bare(id_, accepts)
    named = {SIGNATURE: REFERENCE, "urn": urn, "name": name_of(urn), "type": type_of(urn)}
    if id_ is None:
        return named
    return {**named, "id": "" if isinstance(id_, Unknown) else id_}


def _mended(value: Value) -> Value:
    """Return what is meant.

    Bridged plugins send secrets without a value for what is empty: nothing, but secret. An empty id
    in a reference is one that is not known yet.
    """
    if isinstance(value, Reference):
        return Reference(value.urn, UNKNOWN) if value.id == "" else value
    if isinstance(value, Secret | OutputValue):
        return replace(value, value=_mended(value.value))
    if isinstance(value, tuple):
        return tuple([_mended(item) for item in value])
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return Secret(None)
        return {key: _mended(item) for key, item in value.items()}
    return value
