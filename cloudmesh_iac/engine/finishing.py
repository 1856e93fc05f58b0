"""What goes at the end of a run, when everything that could be made has been made?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cloudmesh_iac.core.events import ChangeSkipped
from cloudmesh_iac.core.journal import Dropped
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import SkippedChange
from cloudmesh_iac.core.plans import Cause, Change, Plan
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.applying import ApplyingSession
from cloudmesh_iac.engine.deletions import Ended, decide_deletions, held_by
from cloudmesh_iac.engine.leaving_out import needed_by_left_out
from cloudmesh_iac.engine.leftovers import cancel_unrecorded, strays, unwanted
from cloudmesh_iac.engine.looking_again import look_again
from cloudmesh_iac.engine.promise import breach
from cloudmesh_iac.engine.removing import Removal, remove
from cloudmesh_iac.engine.standing import Standing
from cloudmesh_iac.engine.strays import Strays, seek_strays
from cloudmesh_iac.engine.twins import made_again
from cloudmesh_iac.engine.writing import Hands, Parts


def finish(session: ApplyingSession, plan: Plan, *, hands: Hands, parts: Parts) -> Removal:
    """Delete what was replaced and what the program dropped, under the rules of deletions.

    What is not in the plan becomes a breach of the session; then nothing goes at all.
    """
    run = session.run
    is_whole = session.standing() is Standing.FINISHED
    ended = _ended(session, plan, is_whole=is_whole)
    stays = ended.held.keys() | ended.spared
    gone = [record for record in session.outdated() if record.urn not in stays]
    gone += _dropped(session, plan, ended)
    if session.promise.breaches:
        return Removal()
    is_free = is_whole and not plan.selection.is_limited
    found = _strays(session, plan, hands=hands, parts=parts) if is_free else Strays()
    gone += found.found
    gone += _twins(session, plan, hands=hands, parts=parts)
    lost = unwanted(run, parts.remote) if is_free else ()
    settled = cancel_unrecorded(lost, plan.stack, remote=hands.remote, events=parts.events)
    hands.journal.write([Dropped(intent.urn, intent.creation) for intent in settled])
    removal = remove(gone, applier=hands.applier, pool=hands.pool, events=parts.events)
    removal.failed.extend(found.failed)
    for urn in sorted(_promised(plan).keys() & ended.held.keys()):
        removal.skipped.append(SkippedChange(urn, ended.held[urn]))
        parts.events.tell(ChangeSkipped(urn, ended.held[urn]))
    return removal


def _strays(session: ApplyingSession, plan: Plan, *, hands: Hands, parts: Parts) -> Strays:
    intents = strays(session.run, parts.remote)
    return seek_strays(
        intents,
        parts.store.snapshot(plan.stack).records if intents else (),
        providers=parts.providers,
        journal=hands.journal,
        events=parts.events,
    )


def _twins(session: ApplyingSession, plan: Plan, *, hands: Hands, parts: Parts) -> Sequence[Record]:
    """Look again for what an earlier run may have made late; return what has to go."""
    before = session.run.snapshot
    if not any(one.makes for one in before.intents) and not made_again(before):
        return ()
    snapshot, declared = parts.store.snapshot(plan.stack), session.run.declared()
    return look_again(snapshot, declared=declared, hands=hands, parts=parts)


def _ended(session: ApplyingSession, plan: Plan, *, is_whole: bool) -> Ended:
    """A program that was left may declare more: then only the plan knows what is gone."""
    run = session.run
    declared = run.accounted() | needed_by_left_out(run)
    unreached: frozenset[Urn] = frozenset()
    if not is_whole:
        unreached = frozenset(run.snapshot.live().keys() - declared - _promised(plan).keys())
    return Ended(
        declared | unreached,
        has_gaps=run.has_gaps() or not is_whole,
        held=held_by((*run.unfinished(), *sorted(unreached)), run.snapshot),
        made_way=run.made_way(),
        spared=run.choice.spared(run.snapshot),
    )


def _dropped(session: ApplyingSession, plan: Plan, ended: Ended) -> list[Record]:
    snapshot, promised = session.run.snapshot, _promised(plan)
    objects = {(record.urn, record.creation): record for record in snapshot.records}
    undecided = {change.urn for change in plan.changes if change.action is Action.UNDECIDED}
    gone = []
    for change in decide_deletions(ended, snapshot):
        if change.action is Action.UNDECIDED or change.urn in undecided:
            continue
        record = objects[change.urn, change.creation]
        is_leftover = any(reason.cause is Cause.LEFTOVER for reason in change.reasons)
        if change.urn in ended.made_way:  # only its record is left
            is_leftover, record = True, replace(record, pending_replacement=True)
        reason = None if is_leftover else breach(change, promised.get(change.urn))
        if reason is None:
            gone.append(record)
        else:
            session.promise.breaches[change.urn] = reason
    return gone


def _promised(plan: Plan) -> Mapping[Urn, Change]:
    removing = {Action.DELETE, Action.FORGET}
    return {change.urn: change for change in plan.changes if change.action in removing}
