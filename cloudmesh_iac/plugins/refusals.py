"""What does an error of a plugin mean: did something happen, is there half an object?"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any as PackedMessage
from google.protobuf.message import DecodeError

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.wire.protos import provider_pb2, status_pb2

_DETAILS = "grpc-status-details-bin"
_CODE = grpc.StatusCode
# What Pulumi takes for "nobody knows", and what says only that no answer has come.
# How a library that many plugins use writes down several errors, or one.
_COUNTED = re.compile(r"\d+ errors? occurred:\s*")
_NO_ERROR = ". last error: %!s(<nil>)"
_WHAT_IT_DID = re.compile(r"^(creating|reading|updating|deleting) urn:\S+: ")
_ITEM = re.compile(r"^\s*\* ", re.MULTILINE)
_UNCERTAIN = frozenset(
    {_CODE.INTERNAL, _CODE.DATA_LOSS, _CODE.UNKNOWN}
    | {_CODE.UNAVAILABLE, _CODE.CANCELLED, _CODE.DEADLINE_EXCEEDED}
)


@dataclass(frozen=True, slots=True)
class Half:
    """An object that exists and is not ready."""

    state: provider_pb2.ErrorResourceInitFailed

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(map(plain_words, self.state.reasons)) or ("it is not ready",)


def is_unimplemented(error: grpc.RpcError) -> bool:
    return _code(error) is _CODE.UNIMPLEMENTED


def is_late(error: grpc.RpcError) -> bool:
    return _code(error) is _CODE.DEADLINE_EXCEEDED


def is_lost(error: grpc.RpcError) -> bool:
    """Say whether no answer came because nobody is there any more."""
    return _code(error) is _CODE.UNAVAILABLE


def to_failure(error: grpc.RpcError, *, changes: bool) -> Failure:
    """Return the plugin's own sentence; `changes` says that the call could have changed things."""
    certain = not (changes and _code(error) in _UNCERTAIN)
    return Failure(_words(error), is_certain=certain)


def plain_words(text: str) -> str:
    """Return a sentence of a plugin on one line, without its counting of errors.

    Nor with what some of them say of an error that is none.
    """
    text = _WHAT_IT_DID.sub("", text.replace(_NO_ERROR, ""))
    if not _COUNTED.search(text):
        return text.strip()
    before, *errors = _ITEM.split(_COUNTED.sub("\n", text))
    said = "; ".join(" ".join(error.split()) for error in errors)
    return f"{before.strip()} {said}".strip()


def half_made(error: grpc.RpcError) -> Half | None:
    """Return the object that a failed create, update or read has left."""
    for detail in _details(error):
        state = provider_pb2.ErrorResourceInitFailed()
        if detail.Unpack(state):
            return Half(state)
    return None


def missing_keys(error: grpc.RpcError) -> list[tuple[str, str]]:
    """Return the settings that a plugin asks for, by name, each with what it is."""
    for detail in _details(error):
        keys = provider_pb2.ConfigureErrorMissingKeys()
        if detail.Unpack(keys):
            return [(key.name, key.description) for key in keys.missingKeys]
    return []


def _code(error: grpc.RpcError) -> grpc.StatusCode:
    return error.code()


def _words(error: grpc.RpcError) -> str:
    return plain_words(error.details() or "") or f"it said only {_code(error).name}"


def _details(error: grpc.RpcError) -> Iterator[PackedMessage]:
    for item in error.trailing_metadata() or ():
        if item.key == _DETAILS:
            status = status_pb2.Status()
            with suppress(DecodeError):
                status.ParseFromString(item.value)
            yield from status.details
