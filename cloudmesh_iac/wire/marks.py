"""The marks that Pulumi puts on values: objects with a signature key, and sentinels for unknowns.

Source: sdk/go/common/resource/properties.go and sdk/python/lib/pulumi/runtime/rpc.py.
"""

from collections.abc import Callable, Mapping

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Reference,
    Secret,
    Value,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a word of the format, nothing secret
OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# Engines send typed unknowns; the Python SDK knows and sends the string one only.
UNKNOWNS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)

Marked = Secret | OutputValue | Reference | Asset | Archive


def mark(value: Marked) -> dict[str, Value]:
    """Return the object that stands for a marked value; what is inside it is still to be coded."""
    match value:
        case Secret():
            return {SIGNATURE: SECRET, "value": value.value}
        case OutputValue():
            fields: dict[str, Value] = {
                SIGNATURE: OUTPUT_VALUE,
                "secret": value.is_secret,
                "dependencies": tuple(str(urn) for urn in value.dependencies),
            }
            return fields if value.value == UNKNOWN else {**fields, "value": value.value}
        case Reference():
            given = {} if value.id is None else {"id": value.id}
            return {SIGNATURE: REFERENCE, "urn": str(value.urn), **given}
        case Asset():
            return {SIGNATURE: ASSET, value.kind.value: value.content, **_hash(value.sha256)}
        case Archive():
            if value.kind is None:
                content: dict[str, Value] = {"assets": dict(value.members)}
            else:
                content = {value.kind.value: value.content}
            return {SIGNATURE: ARCHIVE, **content, **_hash(value.sha256)}


def unmark(fields: dict[str, Value]) -> Value:
    """Return the value that an object with a signature stands for; others are left as they are."""
    signature = fields.get(SIGNATURE)
    read = _READERS.get(signature) if isinstance(signature, str) else None
    value = read(fields) if read is not None else None
    return fields if value is None else value


def _hash(sha256: str) -> dict[str, Value]:
    return {"hash": sha256} if sha256 else {}


def _secret(fields: Mapping[str, Value]) -> Value:
    return Secret(fields["value"]) if "value" in fields else None  # still encrypted


def _output_value(fields: Mapping[str, Value]) -> Value:
    dependencies = fields.get("dependencies")
    return OutputValue(
        fields.get("value", UNKNOWN),
        is_secret=fields.get("secret") is True,
        dependencies=tuple(
            Urn(urn)
            for urn in (dependencies if isinstance(dependencies, tuple) else ())
            if isinstance(urn, str)
        ),
    )


def _reference(fields: Mapping[str, Value]) -> Value:
    urn = fields.get("urn")
    return Reference(Urn(urn), fields.get("id")) if isinstance(urn, str) else None


def _asset(fields: Mapping[str, Value]) -> Value:
    kind, content = _content(fields)
    return Asset(kind or AssetKind.TEXT, content, _text(fields, "hash"))


def _archive(fields: Mapping[str, Value]) -> Value:
    kind, content = _content(fields)
    members = fields.get("assets")
    named = members if isinstance(members, Mapping) else {}
    return Archive(
        kind,
        content,
        # An object on the wire has no order: sorted, so that the same archive is the same value.
        tuple(
            (name, member)
            for name, member in sorted(named.items())
            if isinstance(member, Asset | Archive)
        ),
        _text(fields, "hash"),
    )


def _content(fields: Mapping[str, Value]) -> tuple[AssetKind | None, str]:
    for kind in AssetKind:
        if kind in fields:
            return kind, _text(fields, kind)
    return None, ""


def _text(fields: Mapping[str, Value], key: str) -> str:
    text = fields.get(key)
    return text if isinstance(text, str) else ""


_READERS: Mapping[str, Callable[[Mapping[str, Value]], Value]] = {
    SECRET: _secret,
    OUTPUT_VALUE: _output_value,
    REFERENCE: _reference,
    ASSET: _asset,
    ARCHIVE: _archive,
}
