"""How does a job stand, by the queue and by what its directory says?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.core.jobs import Done, JobState, Ticket, Waiting
from cloudmesh_iac.providers.local.queue import Standing
from cloudmesh_iac.providers.local.state import read_ended, read_own_outcome, read_running

TO_STATE: Mapping[Standing, JobState] = {
    Standing.HELD: JobState.HELD,
    Standing.READY: JobState.QUEUED,
    Standing.TAKEN: JobState.RUNNING,
}


@dataclass(frozen=True, slots=True)
class Standings:
    """The queue at one moment; `before` counts the ready jobs that are served earlier."""

    host: str
    by_number: Mapping[int, Standing]
    before: Mapping[int, int]


def to_standings(host: str, by_number: Mapping[int, Standing]) -> Standings:
    ready = sorted(number for number, at in by_number.items() if at is Standing.READY)
    return Standings(host, by_number, {number: before for before, number in enumerate(ready)})


def number_of(ticket: Ticket, host: str) -> int | None:
    """Return a job's number in the queue of a host; None for a job of another one."""
    its_host, _, number = ticket.remote_id.rpartition(":")
    return int(number) if its_host == host and number.isdecimal() else None


def stands(ticket: Ticket, standings: Standings) -> Waiting | Done:
    """Answer for one ticket. The queue was read first: what has left it since has its end file."""
    directory = Path(ticket.directory)
    ended = read_ended(directory, ticket.remote_id)
    if ended is not None:
        return ended.to_done()
    number = number_of(ticket, standings.host)
    if number is None:
        # A home that both computers share would have shown us its end.
        its_host = ticket.remote_id.rpartition(":")[0]
        return Waiting(JobState.UNKNOWN, f"runs on {its_host}, not here")
    standing = standings.by_number.get(number)
    if standing is None:
        return _gone(directory, ticket, standings.host)
    return _in_queue(directory, ticket, standing, before=standings.before.get(number, 0))


def _in_queue(directory: Path, ticket: Ticket, standing: Standing, *, before: int) -> Waiting:
    match standing:
        case Standing.HELD:
            return Waiting(JobState.HELD, "not confirmed yet")
        case Standing.READY:
            return Waiting(JobState.QUEUED, f"{before} before it" if before else "next to run")
        case Standing.TAKEN:
            running = read_running(directory, ticket.remote_id)
            began = None if running is None else running.began_at
            return Waiting(JobState.RUNNING, started_at=began)


def _gone(directory: Path, ticket: Ticket, host: str) -> Done:
    outcome = read_own_outcome(directory, ticket.remote_id)
    if outcome is not None:
        return outcome.to_done((host,))
    return Done(JobState.LOST, reason=f"neither the queue nor {directory} knows how it ended")
