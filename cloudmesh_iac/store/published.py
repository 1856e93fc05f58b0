"""A snapshot without secrets, for who makes previews and may see no state: the checks of a fork.

In the place of each secret stands a keyed digest, or nothing where the key is missing. Read back,
secrets are unknown, as in a state whose passphrase is not at hand; who has the key can tell them
apart.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from cloudmesh_iac.core.chain import Chain
from cloudmesh_iac.core.journal import HistoryEntry, UpdateStarted
from cloudmesh_iac.core.locks import Held, Holder, StopRequest
from cloudmesh_iac.core.records import Snapshot, StackId, StackSummary
from cloudmesh_iac.core.renaming import with_new_names
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports.state import Writing
from cloudmesh_iac.engine.recognising import Digest
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.store.chains import entries_of
from cloudmesh_iac.store.sealing import has_plain, hide, hide_but, seal
from cloudmesh_iac.wire.plain import dump_json, from_json
from cloudmesh_iac.wire.records import (
    intent_from_json,
    intent_to_json,
    parameters_from_json,
    parameters_to_json,
    record_from_json,
    record_to_json,
)

_DIGEST = "hmac-sha256:"
_KNOWN_TEXT = "the key of the digests of a published state"
Digests: TypeAlias = Callable[[StackId, str], Digest]
"""Returns who makes the digests of a stack with such a seed key."""


def _no_digests(_stack: StackId, _seed_key: str) -> Digest:
    return lambda _: None


class PublishedState(BaseModel):
    """What a file of it holds. The seed key is no secret: names and tokens come of it.

    `key_digest` is the digest of a known text: who makes another one of it has another key.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal["cmx-state"] = "cmx-state"
    version: Literal[1] = 1
    project: str
    stack: str
    serial: int
    seed_key: str
    key_digest: str = ""
    program: str
    program_digest: str
    parameters: list[dict[str, Any]]
    creations: dict[str, int]
    records: list[dict[str, Any]]
    intents: list[dict[str, Any]]


def published_text(snapshot: Snapshot, digest: Digest) -> str:
    """Return a file's text; the same snapshot and key give the same bytes.

    `digest` gives None where two secrets cannot be told apart.
    """

    def without_secrets(text: str) -> Any:
        sealed = seal(text, lambda secret: _stands_for(digest(from_json(secret))))
        assert not has_plain(sealed)
        return json.loads(sealed)

    told = PublishedState(
        project=snapshot.stack.project,
        stack=snapshot.stack.name,
        serial=snapshot.serial,
        seed_key=snapshot.seed_key,
        key_digest=digest(_KNOWN_TEXT) or "",
        program=snapshot.program,
        program_digest=snapshot.program_digest,
        parameters=json.loads(parameters_to_json(snapshot.parameters)),
        creations=dict(sorted(snapshot.creations.items())),
        records=[without_secrets(record_to_json(record)) for record in snapshot.records],
        intents=[without_secrets(intent_to_json(intent)) for intent in snapshot.intents],
    )
    return json.dumps(told.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"


def read_published(text: str | bytes, name: str, digests: Digests = _no_digests) -> Snapshot:
    """Return a snapshot whose secrets are unknown; `name` is where the text comes from.

    They have seals where `digests` have the key that the published ones were made with.

    Errors: UsageProblem for anything else than a published state of this version.
    """
    try:
        told = PublishedState.model_validate_json(text)
        stack = StackId(told.project, told.stack)
        opened = _opened_with(told, digests(stack, told.seed_key))
        return Snapshot(
            stack,
            told.serial,
            records=with_new_names([record_from_json(opened(one)) for one in told.records]),
            intents=tuple([intent_from_json(opened(one)) for one in told.intents]),
            parameters=parameters_from_json(dump_json(told.parameters)),
            creations={Urn(urn): number for urn, number in told.creations.items()},
            seed_key=told.seed_key,
            program=told.program,
            program_digest=told.program_digest,
            is_sealed=True,
        )
    except (ValidationError, ValueError) as error:
        raise UsageProblem(
            f"{name} is no published state of this version: {_first(error)}",
            subject=name,
            hint="`cmx state publish --output FILE` writes one",
        ) from error


def _stands_for(digest: str | None) -> str:
    return "" if digest is None else f"{_DIGEST}{digest}"


def _opened_with(told: PublishedState, digest: Digest) -> Callable[[Mapping[str, Any]], str]:
    """Who has another key would take every secret for another one: then they are just unknown."""
    if not told.key_digest or digest(_KNOWN_TEXT) != told.key_digest:
        return lambda record: hide(dump_json(record))
    return lambda record: hide_but(dump_json(record), lambda text: text.removeprefix(_DIGEST))


def _first(error: ValidationError | ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    one = error.errors()[0]
    place = ".".join(str(part) for part in one["loc"])
    return f"{place or 'it'}: {one['msg']}"


class PublishedStore:
    """Satisfies `engine.ports.state.Store` for previews, and KeepsSeals.

    There is nothing to write to.
    """

    def __init__(
        self,
        snapshots: Sequence[Snapshot],
        *,
        new_key: Callable[[], str],
        digests: Digests = _no_digests,
    ) -> None:
        self._snapshots = {one.stack: one for one in snapshots}
        self._new_key = new_key
        self._digests = digests

    def digest(self, stack: StackId) -> Digest:
        return self._digests(stack, self.snapshot(stack).seed_key)

    def snapshot(self, stack: StackId) -> Snapshot:
        known = self._snapshots.get(stack)
        return Snapshot(stack, seed_key=self._new_key()) if known is None else known

    def stacks(self, project: str | None = None) -> Sequence[StackSummary]:
        return tuple(
            StackSummary(
                stack,
                records=sum(record.is_counted for record in one.records),
                waiting=len(one.open_waits()),
                changed_at=None,
                program=one.program,
            )
            for stack, one in self._snapshots.items()
            if project in {None, stack.project}
        )

    def history(self, stack: StackId, **_: int | None) -> Sequence[HistoryEntry]:
        return entries_of(self.chain(stack).links)

    def chain(self, stack: StackId) -> Chain:
        """No history is published."""
        return Chain(stack)

    def program_copy(self, _stack: StackId, _digest: str) -> Mapping[str, str] | None:
        return {}

    def lock(self, _stack: StackId) -> Held | None:
        return None

    def write(self, snapshot: Snapshot, _started: UpdateStarted, _holder: Holder) -> Writing:
        raise _only_read(snapshot.stack)

    def ask_to_stop(self, _stack: StackId, _request: StopRequest) -> Held | None:
        return None

    def remove_stack(self, stack: StackId) -> None:
        raise _only_read(stack)

    def close(self) -> None:
        """Nothing is open."""


def _only_read(stack: StackId) -> UsageProblem:
    return UsageProblem(f"{stack} is read from a published state, which nobody can write")
