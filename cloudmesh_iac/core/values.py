"""Property values, with the marks that Pulumi puts on them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

from cloudmesh_iac.core.urns import Urn


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that will only be known after a change was carried out, or nobody here may know.

    `seal` is a keyed digest of a secret that cannot be read here: it tells that one from others.
    """

    seal: str = field(default="", compare=False, repr=False)


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not be shown; a secret unknown is Secret(UNKNOWN)."""

    value: "Value"

    def __repr__(self) -> str:
        return "Secret(...)"


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource used as a value; `id` is None for a component."""

    urn: Urn
    id: "Value" = None


@dataclass(frozen=True, slots=True)
class OutputValue:
    """A value with the resources that it comes from; sent to remote components only."""

    value: "Value"
    is_secret: bool
    dependencies: tuple[Urn, ...]


class AssetKind(StrEnum):
    TEXT = "text"
    PATH = "path"
    URI = "uri"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file, a text, or what stands at an address; `sha256` is the digest of what it holds."""

    kind: AssetKind
    content: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Archive:
    """A folder or archive file (`path`, `uri`), or named members (`assets`).

    `sha256` is the digest of the archive file, else of a tar file of all that is in it.
    """

    kind: AssetKind | None
    content: str
    members: tuple[tuple[str, "Asset | Archive"], ...] = ()
    sha256: str = ""


Value: TypeAlias = (
    "bool | int | float | str | Unknown | Secret | Reference | OutputValue | Asset | Archive"
    " | tuple[Value, ...] | Mapping[str, Value] | None"
)
_Text = TypeVar("_Text", bound=str)
Properties: TypeAlias = Mapping[str, Value]


# Most values are of these types, and hold nothing: to ask for that first takes a third of the time.
PLAIN_TYPES: frozenset[type] = frozenset({str, int, float, bool, type(None)})


def children(value: Value) -> Iterator[Value]:
    """Yield the values directly inside a value."""
    if isinstance(value, tuple):
        yield from value
    elif isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, Secret | OutputValue):
        yield value.value
    elif isinstance(value, Reference):
        yield value.id


def has_unknown(value: Value) -> bool:
    if type(value) in PLAIN_TYPES:
        return False
    return isinstance(value, Unknown) or any(has_unknown(child) for child in children(value))


def may_be_anything(value: Value) -> bool:
    """Say whether something in it is not known, and nothing tells it from other values."""
    if isinstance(value, Unknown):
        return not value.seal
    return any(may_be_anything(child) for child in children(value))


def has_secret(value: Value) -> bool:
    if type(value) in PLAIN_TYPES:
        return False
    if isinstance(value, Secret) or (isinstance(value, OutputValue) and value.is_secret):
        return True
    return any(has_secret(child) for child in children(value))


def secret_keys(properties: Properties) -> frozenset[str]:
    """Return the top-level keys whose values hold a secret."""
    return frozenset(key for key, value in properties.items() if has_secret(value))


def marked(properties: Properties, secrets: Collection[str]) -> dict[str, Value]:
    """Mark the values of these keys as secret, where they hold no secret yet."""
    return {
        key: Secret(value) if key in secrets and not has_secret(value) else value
        for key, value in properties.items()
    }


def without_secrets(value: Value) -> Value:
    """Return the value with every secret mark taken off, at any depth."""
    if isinstance(value, Secret):
        return without_secrets(value.value)
    if isinstance(value, OutputValue):
        return without_secrets(value.value)
    if isinstance(value, tuple):
        return tuple(without_secrets(item) for item in value)
    if isinstance(value, Mapping):
        return {key: without_secrets(item) for key, item in value.items()}
    return value


def without_output_values(value: Value) -> Value:
    """Return the value as the engine knows it: outputs become secrets, unknowns or plain values."""
    if isinstance(value, OutputValue):
        inner = without_output_values(value.value)
        return Secret(inner) if value.is_secret else inner
    if isinstance(value, Secret):
        return Secret(without_output_values(value.value))
    if isinstance(value, tuple):
        return tuple(without_output_values(item) for item in value)
    if isinstance(value, Mapping):
        return {key: without_output_values(item) for key, item in value.items()}
    return value


def bare(value: Value) -> Value:
    """Return the value without the marks around it; what is inside keeps its own."""
    while isinstance(value, Secret | OutputValue):
        value = value.value
    return value


def is_same(left: Value, right: Value) -> bool:
    """Compare as Pulumi does: `4` equals `4.0`, `True` does not equal `1`, marks do not count.

    Of assets and archives only what they hold counts.
    """
    left, right = bare(left), bare(right)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(
            is_same(item, right[key]) for key, item in left.items()
        )
    if isinstance(left, Asset | Archive) and isinstance(right, Asset | Archive):
        return _holds_the_same(left, right)
    return left == right


def _holds_the_same(left: Asset | Archive, right: Asset | Archive) -> bool:
    """What they hold counts, not where it is; without both digests, where it is has to do."""
    if type(left) is not type(right):
        return False
    if left.sha256 and right.sha256:
        return left.sha256 == right.sha256
    if isinstance(left, Archive) and isinstance(right, Archive):
        inside, other = dict(left.members), dict(right.members)
        if inside.keys() != other.keys():
            return False
        if not all(_holds_the_same(one, other[name]) for name, one in inside.items()):
            return False
    return (left.kind, left.content) == (right.kind, right.content)


def is_identical(left: Value, right: Value) -> bool:
    """Compare like `is_same`, but the same parts have to be secret too."""
    return is_same(left, right) and set(_secret_places(left)) == set(_secret_places(right))


def _secret_places(
    value: Value, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, Secret):
        yield place
        yield from _secret_places(value.value, place)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _secret_places(item, (*place, key))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _secret_places(item, (*place, number))


def changed_keys(
    old: Properties, new: Properties, same: Callable[[Value, Value], bool] = is_same
) -> tuple[str, ...]:
    """Return the top-level keys whose values differ, in the order of the new ones, gone keys last.

    A key that is absent and a key whose value is None are the same.
    """
    keys = [*new, *(key for key in old if key not in new)]
    return tuple(key for key in keys if not same(old.get(key), new.get(key)))


def distinct(keys: Iterable[_Text]) -> tuple[_Text, ...]:
    """Return each key once, in the order of its first appearance."""
    seen: dict[_Text, None] = {}
    for key in keys:
        seen.setdefault(key)
    return tuple(seen)
