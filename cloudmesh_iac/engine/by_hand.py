"""Close what an earlier run left open for one resource, by the word of a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from cloudmesh_iac.core.journal import Dropped, Entry, Saved, UpdateKind
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import Carried, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Intent, Record, Snapshot, StackId
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import marked, secret_keys
from cloudmesh_iac.engine.applier import made
from cloudmesh_iac.engine.looking import Seen, entries_of, look_at, raise_failures
from cloudmesh_iac.engine.order import key_of
from cloudmesh_iac.engine.ports.providers import Providers, Remote, Role
from cloudmesh_iac.engine.writing import Parts, writing_to
from cloudmesh_iac.errors import UsageProblem

_CREATES = {Op.CREATE, Op.CREATE_REPLACEMENT}


class Settlement(StrEnum):
    """What became of an open side effect, as the history and people are told."""

    ADOPTED = "adopted"
    ADOPTED_BLIND = "adopted unread"  # nobody can read it: its outputs are taken from its inputs
    NEVER_MADE = "never made"
    KEPT = "kept as recorded"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of one object: it is there under this id, or with None it is gone.

    `creation` says which object of the urn, where several are open.
    """

    urn: Urn
    id: str | None
    creation: int | None = None


def settle(stack: StackId, word: Word, parts: Parts) -> Settlement:
    """Write down what a person knows, as a run of its own.

    Errors: UsageProblem for what is not open, or cannot be so; ExperimentError for an object that
    cannot be looked at; StackLocked; StoreUnusable.
    """
    snapshot = parts.begin(stack, is_preview=False)
    intents = _opened(snapshot, word)
    if word.id is not None and intents[-1].op in _CREATES:
        _raise_job(intents[-1], parts.remote)
    settlement, entries = _decide(snapshot, word, intents, providers=parts.providers)
    plan = Plan(
        stack,
        snapshot.serial,
        (),
        program=snapshot.program,
        program_digest=snapshot.program_digest,
        parameters=snapshot.parameters,
    )
    with writing_to(snapshot, plan, kind=UpdateKind.SETTLE, parts=parts) as hands:
        hands.journal.write(entries)
        carried = (Carried(word.urn, _action(settlement)),)
        hands.ending.note(RunOutcome(stack, UpdateKind.SETTLE, carried=carried))
    return settlement


def _opened(snapshot: Snapshot, word: Word) -> Sequence[Intent]:
    """Return what is open of one object. Errors: UsageProblem."""
    every = [one for one in snapshot.intents if one.urn == word.urn]
    opened = [one for one in every if one.ticket is None]
    if word.creation is not None:
        opened = [one for one in opened if one.creation == word.creation]
    if not opened and every:
        raise UsageProblem(
            f"{word.urn} waits for something that runs, or another object of it is open",
            hint="`cmx wait` goes on with what runs; `cmx state show` says what is open",
        )
    if not opened:
        raise UsageProblem(
            f"nothing is open of {word.urn}", hint="`cmx state list` shows what is not ended"
        )
    numbers = sorted({one.creation for one in opened})
    if len(numbers) > 1:
        raise UsageProblem(
            f"several objects of {word.urn} are open: {', '.join(map(str, numbers))}",
            hint="say which one with --object NUMBER",
        )
    return opened


def _raise_job(intent: Intent, remote: Remote) -> None:
    """A job has more than an id: only its site can say what there is of it."""
    if remote.role(intent.goal.type) is not Role.PLAIN:
        raise UsageProblem(
            f"{intent.urn} is a job, which is not taken over by its id",
            hint="`cmx up` finds it again by itself",
        )


def _decide(
    snapshot: Snapshot, word: Word, intents: Sequence[Intent], *, providers: Providers
) -> tuple[Settlement, Sequence[Entry]]:
    newest = intents[-1]
    dropped = [Dropped(one.urn, one.creation) for one in intents]
    record = {key_of(one): one for one in snapshot.records}.get((newest.urn, newest.creation))
    if record is None and word.id is not None and newest.op in _CREATES:
        return _adopt(newest, word.id, providers, old=snapshot.live().get(newest.urn))
    if record is None:
        return Settlement.NEVER_MADE, dropped
    if word.id is None:
        return Settlement.GONE, _gone(record, newest, snapshot)
    if word.id != record.id:
        raise UsageProblem(
            f"{word.urn} is recorded as {record.id}, not as {word.id}",
            hint="`cmx refresh` sees what it is now",
        )
    return Settlement.KEPT, dropped


def _adopt(
    intent: Intent, id_: str, providers: Providers, *, old: Record | None
) -> tuple[Settlement, Sequence[Entry]]:
    """Take over an object as it is now."""
    goal = replace(intent.goal, id=id_)
    seen = look_at(goal, providers)
    raise_failures([seen])
    if seen.now is None:
        raise UsageProblem(
            f"there is nothing with the id {id_} for {intent.urn}",
            hint="see whether the id is right; --gone says that nothing was made",
        )
    assert isinstance(seen.now, Record)
    outputs = goal.inputs if seen.is_blind else seen.now.outputs
    secrets = secret_keys(goal.inputs).union(goal.options.additional_secret_outputs)
    record = replace(seen.now, outputs=marked(outputs, secrets))
    settlement = Settlement.ADOPTED_BLIND if seen.is_blind else Settlement.ADOPTED
    return settlement, made(record, old)


def _gone(record: Record, intent: Intent, snapshot: Snapshot) -> Sequence[Entry]:
    """Forget an object; one that made room is still to be followed by its successor."""
    if intent.op is Op.DELETE_REPLACED and not record.doomed:
        return [Saved(replace(record, pending_replacement=True))]
    return entries_of(snapshot, [Seen(record, None)])


def _action(settlement: Settlement) -> Action:
    match settlement:
        case Settlement.ADOPTED | Settlement.ADOPTED_BLIND:
            return Action.IMPORT
        case Settlement.NEVER_MADE | Settlement.GONE:
            return Action.FORGET
        case Settlement.KEPT:
            return Action.SAME
        case _:
            assert_never(settlement)
