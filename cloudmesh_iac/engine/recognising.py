"""Which secrets of a published state does the program say now? Nobody can read them there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Protocol, TypeAlias, runtime_checkable

from cloudmesh_iac.core.records import Record, StackId
from cloudmesh_iac.core.values import Properties, Secret, Unknown, Value, children

Digest: TypeAlias = Callable[[Value], str | None]
"""Returns what two secrets are told apart by; None for what is not known."""


@runtime_checkable
class KeepsSeals(Protocol):
    """A store with digests in the place of secrets."""

    def digest(self, stack: StackId) -> Digest:
        """Return how the digests of a stack are made; nothing in it has one without their key."""
        ...


class Recogniser:
    """Opens what is sealed with what the program says: equal digests are equal secrets."""

    def __init__(self, digest: Digest) -> None:
        self._digest = digest

    def opened(self, record: Record, said: Properties) -> Record:
        """Return the record with each secret known that stands anywhere in what is said.

        One that is still sealed then is none of these.
        """
        trigger = record.options.replacement_trigger
        if not any(map(_has_seal, (record.inputs, record.outputs, trigger))):
            return record
        known = {self._digest(value): value for value in _parts(said)}
        return replace(
            record,
            inputs=_properties(record.inputs, known),
            outputs=_properties(record.outputs, known),
            options=replace(record.options, replacement_trigger=_opened(trigger, known)),
        )


def recogniser_of(store: object, stack: StackId) -> Recogniser | None:
    """Return who opens what a store has sealed; None where it keeps secrets, and not seals."""
    return Recogniser(store.digest(stack)) if isinstance(store, KeepsSeals) else None


def _has_seal(value: Value) -> bool:
    if isinstance(value, Unknown):
        return bool(value.seal)
    return any(map(_has_seal, children(value)))


def _parts(value: Value) -> Iterator[Value]:
    yield value
    for child in children(value):
        yield from _parts(child)


def _properties(properties: Properties, known: Mapping[str | None, Value]) -> Properties:
    return {key: _opened(value, known) for key, value in properties.items()}


def _opened(value: Value, known: Mapping[str | None, Value]) -> Value:
    match value:
        case Unknown():
            return known.get(value.seal, value) if value.seal else value
        case Secret():
            inner = _opened(value.value, known)
            return inner if isinstance(inner, Secret) else Secret(inner)
        case tuple():
            return tuple(_opened(item, known) for item in value)
        case Mapping():
            return _properties(value, known)
        case _:
            return value
