"""What have earlier runs left of a job: a result, a note, a place in the queue?

A job that was submitted before its id was noted is found in the queue, by the token in its name.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from cloudmesh_iac.core.jobs import Failure, JobState, Start, Ticket
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.providers.batch.manifest import (
    Finished,
    Manifest,
    find_finished,
    read_manifest,
)
from cloudmesh_iac.providers.slurm.claim import owner_of
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.notes import Notes
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.providers.slurm.words import state_of
from cloudmesh_iac.settings.computer import SystemClock

# A submission may be on its way to the controller for as long as Slurm's MessageTimeout.
_ON_ITS_WAY = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class EarlierRuns:
    """What earlier runs have left on one site."""

    slurm: Slurm
    settings: SlurmSettings
    clock: SystemClock
    notes: Notes

    def recorded(self, start: Start) -> Ticket | Failure | None:
        """Return what the job's directory says: a result, or that this token was submitted."""
        try:
            finished = find_finished(self.settings.workdir, start.request)
            if finished is not None:
                return self._noted(finished)
            manifest = read_manifest(self.notes.directory(start))
        except CmxError as error:
            return Failure.of(error)
        if manifest is not None and manifest.token == start.token and manifest.remote_id:
            return manifest.to_ticket(self.notes.directory(start))
        return None

    def _noted(self, finished: Finished) -> Ticket | Failure:
        """A job that nobody held may have ended before its id was written down."""
        if finished.manifest.remote_id:
            return finished.ticket
        remote_id = finished.outcome.remote_id.partition("_")[0]
        return self.notes.write(finished.directory, finished.manifest, remote_id)

    def adopt(self, starts: Sequence[Start]) -> dict[str, Ticket | Failure]:
        """Take over what the queue has of earlier runs; one job for each token stays."""
        jobs: dict[str, list[QueuedJob]] = {}
        for job in self.slurm.jobs():
            jobs.setdefault(token_of(job.name), []).append(job)
        adopted: dict[str, Ticket | Failure] = {}
        twins: dict[str, None] = {}
        for start in starts:
            found = read_manifest(self.notes.directory(start))
            own = found if found is not None and found.token == start.token else None
            manifest = own or self.notes.manifest(start)
            kept, others = choose(jobs.get(manifest.job_token, ()))
            directory = self.notes.directory(start)
            owner = owner_of(directory, start.token, manifest.submission)
            twins |= dict.fromkeys(job.remote_id for job in others)
            if owner is not None:
                adopted[start.token] = self.notes.record(start, manifest, owner.remote_id)
            elif kept is not None:
                adopted[start.token] = self.notes.record(start, manifest, kept.remote_id)
            elif found is not None and _is_live(found, jobs.get(found.job_token, ())):
                # Another store's job for the same work: two in one directory would spoil both.
                adopted[start.token] = found.to_ticket(self.notes.directory(start))
        if twins:
            self.slurm.cancel(list(twins))
        return adopted

    def await_messages(self, starts: Iterable[Start]) -> bool:
        """Wait for submissions of earlier runs that may not have arrived; say if there was one."""
        manifests = (read_manifest(self.notes.directory(start)) for start in starts)
        sent = [found.submitted_at for found in manifests if found and not found.remote_id]
        if not sent:
            return False
        left_s = (max(sent) + _ON_ITS_WAY - self.clock.now()).total_seconds()
        self.clock.wait(threading.Event(), min(max(left_s, 0), _ON_ITS_WAY.total_seconds()))
        return True


def choose(jobs: Sequence[QueuedJob]) -> tuple[QueuedJob | None, list[QueuedJob]]:
    """Return which of the jobs of one token stays, and the held ones that must go.

    One that was released stays before a held one, a held one before an ended one, the lowest id
    among equals.
    """
    ranked = sorted(
        (job for job in jobs if not _never_was(job)),
        key=lambda job: (_rank(job), int(job.remote_id)),
    )
    if not ranked:
        return None, []
    kept, *others = ranked
    return kept, [
        job
        for job in others
        if state_of(job.state, job.reason) is JobState.HELD and job.remote_id != kept.remote_id
    ]


def _rank(job: QueuedJob) -> int:
    state = state_of(job.state, job.reason)
    if state is JobState.HELD:
        return 1
    if not state.has_ended:
        return 0
    return 2 if job.nodes else 3  # a twin that was cancelled while held never had a node


def _never_was(job: QueuedJob) -> bool:
    """Say whether this is what a refused submission leaves behind."""
    return state_of(job.state) is JobState.FAILED and not job.nodes


def _is_live(manifest: Manifest, jobs: Iterable[QueuedJob]) -> bool:
    return not manifest.cancelled and any(
        job.remote_id == manifest.remote_id
        and (job.tasks is None or manifest.index in job.tasks)
        and not state_of(job.state).has_ended
        for job in jobs
    )
