"""Let what waits for a job go on behind it when that job has been submitted again.

Slurm waits for ids, and a job that was submitted again has a new one: with other limits, as the
next attempt, or as another run in the place of the one that was waited for. So the order of what
waits is changed in the queue; where the site does not let us, it is taken out and submitted again
behind the new job.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cloudmesh_iac.core.jobs import After, Failure, JobState, Ticket
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import stack_directory
from cloudmesh_iac.providers.batch.manifest import (
    Manifest,
    manifest_of,
    read_manifest,
    write_manifest,
)
from cloudmesh_iac.providers.slurm.arrays import read_array
from cloudmesh_iac.providers.slurm.following import its
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.parents import keep_parents, name_of, parents_of
from cloudmesh_iac.providers.slurm.places import Place, by_place
from cloudmesh_iac.providers.slurm.retrying import due, try_again
from cloudmesh_iac.providers.slurm.submission import Submissions
from cloudmesh_iac.providers.slurm.words import HELD_BY_USER, state_of

# What a job waits for whose order is fulfilled.
_IN_ORDER = frozenset({"Priority", "Resources", "JobArrayTaskLimit"})


@dataclass(frozen=True, slots=True)
class Member:
    """A job that waits in the queue, or a task of an array: its directory and what that says."""

    directory: Path
    manifest: Manifest

    @property
    def ticket(self) -> Ticket:
        return self.manifest.to_ticket(self.directory)


@dataclass(frozen=True, slots=True)
class Behind:
    """A job or an array in the queue that waits for others; its tasks have one order."""

    remote_id: str
    reason: str
    members: tuple[Member, ...]
    after: tuple[After, ...]


def let_follow(
    submissions: Submissions, tickets: Sequence[Ticket], jobs: Mapping[Place, QueuedJob]
) -> list[str]:
    """Put what waits for earlier submissions of some jobs behind these; return their ids.

    `tickets` have the ids of now. What waits for them already is left alone.
    Errors: SiteUnreachable, SiteRefused, with the jobs behind none of them or the old ones.
    """
    newest = {_point(ticket): ticket for ticket in tickets if ticket.directory}
    moved: list[str] = []
    for one in waiting_behind(submissions.workdir, newest, jobs):
        after = tuple(_behind_newest(each, newest) for each in one.after)
        if after != one.after:
            moved += _move(submissions, one, after)
    return moved


def waiting_behind(
    workdir: Path, points: Collection[Path], jobs: Mapping[Place, QueuedJob]
) -> Iterator[Behind]:
    """Return what waits in the queue for a job of these points: `points` are their folders."""
    found: dict[str, dict[int | None, QueuedJob]] = {}
    for (id_, index), job in jobs.items():
        if token_of(job.name) and _may_wait(job):
            found.setdefault(id_, {})[index] = job
    for id_, tasks in found.items():
        members = tuple(_members(tasks))
        after = parents_of(workdir, members[0].manifest) if members else ()
        if any(_point(each.ticket) in points for each in after):
            yield Behind(id_, next(iter(tasks.values())).reason, members, after)


def _may_wait(job: QueuedJob) -> bool:
    return state_of(job.state) is JobState.QUEUED and job.reason not in _IN_ORDER


def _members(tasks: Mapping[int | None, QueuedJob]) -> Iterator[Member]:
    own = next(iter(tasks.values()))
    folder = Path(own.directory)
    listed = {index: one.directory for index, one in enumerate(read_array(folder))}
    for index in tasks:
        directory = folder if index is None else listed.get(index)
        try:
            manifest = read_manifest(directory) if directory else None
        except SiteRefused:
            continue  # a stranger's, or from a time that nobody remembers
        is_its = manifest is not None and manifest.job_token == token_of(own.name)
        if directory and manifest is not None and is_its and manifest.index == index:
            yield Member(directory, manifest)


def _point(ticket: Ticket) -> Path:
    """Return the folder that holds a directory for each run of a point."""
    return Path(ticket.directory).parent


def _behind_newest(one: After, newest: Mapping[Path, Ticket]) -> After:
    ticket = newest.get(_point(one.ticket))
    return one if ticket is None else replace(one, ticket=ticket)


def _move(submissions: Submissions, one: Behind, after: Sequence[After]) -> list[str]:
    order = submissions.order_behind(after)
    if isinstance(order, Failure):
        return []  # it stays where it is, and Slurm takes it out when that cannot end well
    manifest = one.members[0].manifest
    stack = stack_directory(submissions.workdir, manifest.project, manifest.stack)
    try:
        keep_parents(stack, after)
        submissions.slurm.update(one.remote_id, [f"Dependency={order}"])
        _note(one.members, name_of(after))
    except OSError as error:
        raise SiteRefused(f"what a job waits for cannot be written down: {error}") from error
    except SiteRefused:
        return _submit_behind(submissions, one, name_of(after))
    return [one.remote_id]


def _note(members: Iterable[Member], after: str) -> None:
    for member in members:
        write_manifest(member.directory, replace(member.manifest, after=after))


def _submit_behind(submissions: Submissions, one: Behind, after: str) -> list[str]:
    """Take a job out that waits, and submit it again; what has begun meanwhile is left alone.

    Each manifest says so first: a run that dies in between leaves work for the next one.
    Errors: SiteUnreachable, SiteRefused.
    """
    slurm, members = submissions.slurm, one.members
    ids = [member.ticket.shown_id for member in members]
    for member, id_ in zip(members, ids, strict=True):
        write_manifest(member.directory, replace(due(member.manifest, id_), after=after))
    try:
        slurm.cancel_waiting([one.remote_id])
    except SiteRefused:
        _restore(members)
        raise
    jobs = by_place(slurm.jobs())
    begun = [member for member in members if _lives(member.ticket, jobs)]
    _restore(begun)
    gone = [member for member in members if member not in begun]
    try_again(submissions, [member.ticket for member in gone])  # what is left is due
    now = [manifest_of(member.ticket) for member in gone]
    new = [manifest.remote_id for manifest in now if manifest is not None and manifest.remote_id]
    if new and one.reason != HELD_BY_USER:
        slurm.release(new)
    return new


def _restore(members: Iterable[Member]) -> None:
    for member in members:
        write_manifest(member.directory, member.manifest)


def _lives(ticket: Ticket, jobs: Mapping[Place, QueuedJob]) -> bool:
    job = its(ticket, jobs)
    return job is not None and not state_of(job.state).has_ended
