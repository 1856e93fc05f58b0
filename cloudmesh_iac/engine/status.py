"""See how the jobs of a stack stand, without evaluating the program."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    JobState,
    SiteName,
    Ticket,
    Waiting,
    index_in,
    shown_id,
)
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.outcomes import JobSeen
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Intent, Record, Snapshot, StackId
from cloudmesh_iac.core.values import Value
from cloudmesh_iac.engine.applier import made
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.outcome import in_natural_order, job_seen
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.writing import Parts, writing_to
from cloudmesh_iac.errors import PlanBroken, StackLocked

_Answers = Mapping[Ticket, Waiting | Done | Failure]


@dataclass(frozen=True, slots=True)
class _Wait:
    """Something that was started and let go."""

    intent: Intent
    ticket: Ticket


def look(stack: StackId, parts: Parts) -> tuple[JobSeen, ...]:
    """Ask the sites for what is waited for, record what has ended, and return every job.

    What has ended is recorded in one short run; while another run writes the stack it is only
    shown. Shape: in the natural order of their names.
    """
    snapshot = parts.store.snapshot(stack)
    waits = [_Wait(one, one.ticket) for one in snapshot.intents if one.ticket is not None]
    answers = _ask(waits, parts)
    records = tuple(
        _collected(wait, answer, parts)
        for wait in waits
        if isinstance(answer := answers[wait.ticket], Done)
    )
    found = tuple(record for record in records if record is not None)
    if found:
        _record(snapshot, found, parts)
    waited_for = {wait.intent.urn for wait in waits}
    recorded = [
        record
        for record in snapshot.live().values()
        if record.urn not in waited_for and _is_job(record, parts)
    ]
    ended_urns = {record.urn for record in found}
    return in_natural_order(
        (
            *(_seen_record(record) for record in (*recorded, *found)),
            *(
                _seen_wait(wait, answers[wait.ticket])
                for wait in waits
                if wait.intent.urn not in ended_urns
            ),
        )
    )


def _is_job(record: Record, parts: Parts) -> bool:
    """A job whose object is gone is none any more; machines that are ready are no job."""
    if record.pending_replacement:
        return False
    is_waited_for = record.custom and parts.remote.role(record.type) is Role.WAITS
    return is_waited_for and record.job_state is not None


def _ask(waits: list[_Wait], parts: Parts) -> _Answers:
    by_site: dict[SiteName, list[Ticket]] = {}
    for wait in waits:
        by_site.setdefault(wait.ticket.site, []).append(wait.ticket)
    answers: dict[Ticket, Waiting | Done | Failure] = {}
    for site, tickets in by_site.items():
        answers |= parts.remote.poll(site, tickets)
    return answers


def _collected(wait: _Wait, done: Done, parts: Parts) -> Record | None:
    goal = wait.intent.goal
    answer = parts.remote.collect(CreateAsk(goal.urn, goal.type, goal.inputs), wait.ticket, done)
    if isinstance(answer, Created):
        return replace(goal, id=answer.id, outputs=answer.outputs, failed=answer.failed)
    parts.events.tell(Noticed(f"{wait.ticket.site}: {answer.message}"))
    return None


def _record(snapshot: Snapshot, records: tuple[Record, ...], parts: Parts) -> None:
    plan = Plan(
        snapshot.stack,
        snapshot.serial,
        (),
        program=snapshot.program,
        program_digest=snapshot.program_digest,
        parameters=snapshot.parameters,
    )
    try:
        with writing_to(snapshot, plan, kind=UpdateKind.STATUS, parts=parts) as hands:
            live = snapshot.live()
            entries = [made(record, live.get(record.urn)) for record in records]
            hands.journal.write([entry for together in entries for entry in together])
    except (StackLocked, PlanBroken):
        parts.events.tell(Noticed("another run is writing this stack: shown, not recorded"))


def _seen_record(record: Record) -> JobSeen:
    ticket = record.outputs.get("ticket")
    known: Mapping[str, Value] = ticket if isinstance(ticket, Mapping) else {}
    code = record.outputs.get("exit_code")
    return JobSeen(
        urn=record.urn,
        site=SiteName(str(known.get("site", ""))),
        remote_id=shown_id(str(known.get("remote_id", "")), index_in(known)),
        state=record.job_state or JobState.UNKNOWN,
        reason=str(record.outputs.get("reason") or ""),
        started_at=_time(record.outputs.get("started_at")),
        ended_at=_time(record.outputs.get("ended_at")),
        exit_code=code if isinstance(code, int) else None,
    )


def _seen_wait(wait: _Wait, answer: Waiting | Done | Failure) -> JobSeen:
    urn, ticket = wait.intent.urn, wait.ticket
    if isinstance(answer, Waiting):
        return job_seen(urn, ticket, answer)
    seen = job_seen(urn, ticket, None)
    if isinstance(answer, Done):
        return replace(seen, state=answer.state, reason=answer.reason)
    return replace(seen, state=JobState.UNKNOWN, reason=answer.message)


def _time(value: Value) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
