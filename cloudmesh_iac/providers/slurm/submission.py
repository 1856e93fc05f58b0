"""Start jobs so that each runs once, whatever dies in between.

A job is submitted held, under a name with its token. Its id is written into the manifest in its
directory, and by the engine into the journal; only then it is released. So a job without a manifest
is still held, and is found by its name.
"""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, JobState, SiteName, Start, Ticket
from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.batch.files import prepare
from cloudmesh_iac.providers.batch.layout import MANIFEST, job_directory
from cloudmesh_iac.providers.batch.manifest import (
    Manifest,
    find_finished,
    read_manifest,
    to_manifest,
    write_manifest,
)
from cloudmesh_iac.providers.batch.script import render_script
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.providers.slurm.translate import to_header, to_sbatch
from cloudmesh_iac.providers.slurm.words import state_of
from cloudmesh_iac.settings.computer import SystemClock

# A submission may be on its way to the controller for as long as Slurm's MessageTimeout.
_ON_ITS_WAY = timedelta(seconds=10)
_AT_A_TIME = 4


@dataclass(frozen=True, slots=True)
class Submissions:
    """Start the jobs of one site."""

    site: SiteName
    slurm: Slurm
    settings: SlurmSettings
    clock: SystemClock

    def start(self, starts: Sequence[Start]) -> list[Ticket | Failure]:
        answers: dict[str, Ticket | Failure] = {}
        fresh: dict[str, Start] = {}
        for start in starts:
            found = self._recorded(start)
            if found is None:
                fresh.setdefault(start.token, start)
            else:
                answers[start.token] = found
        if fresh:
            answers |= self._start_fresh(list(fresh.values()))
        return [answers[start.token] for start in starts]

    def _recorded(self, start: Start) -> Ticket | Failure | None:
        """Return what the job's directory says: a result, or that this token was submitted."""
        try:
            finished = find_finished(self.settings.workdir, start.request)
            if finished is not None:
                return finished.ticket
            manifest = read_manifest(self._directory(start))
        except CmxError as error:
            return to_failure(error)
        if manifest is not None and manifest.token == start.token and manifest.remote_id:
            return manifest.to_ticket(self._directory(start))
        return None

    def _start_fresh(self, starts: Sequence[Start]) -> dict[str, Ticket | Failure]:
        try:
            answers = self._adopt(starts)
            new = [start for start in starts if start.token not in answers]
            if self._await_messages(new):
                answers |= self._adopt(new)
        except CmxError as error:  # nothing was submitted yet
            return {start.token: to_failure(error, is_certain=True) for start in starts}
        new = [start for start in starts if start.token not in answers]
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            submitted = pool.map(self._submit, new)
            answers |= dict(zip((start.token for start in new), submitted, strict=True))
        return answers

    def _adopt(self, starts: Sequence[Start]) -> dict[str, Ticket | Failure]:
        """Take over what the queue has of earlier runs; one job for each token stays."""
        jobs: dict[str, list[QueuedJob]] = {}
        for job in self.slurm.jobs():
            jobs.setdefault(token_of(job.name), []).append(job)
        adopted: dict[str, Ticket | Failure] = {}
        twins: list[str] = []
        for start in starts:
            kept, others = choose(jobs.get(start.token, ()))
            manifest = read_manifest(self._directory(start))
            twins += [job.remote_id for job in others]
            if kept is not None:
                adopted[start.token] = self._record(start, kept.remote_id)
            elif manifest is not None and _is_live(manifest, jobs.get(manifest.token, ())):
                # Another store's job for the same work: two in one directory would spoil both.
                adopted[start.token] = manifest.to_ticket(self._directory(start))
        if twins:
            self.slurm.cancel(twins)
        return adopted

    def _await_messages(self, starts: Iterable[Start]) -> bool:
        """Wait for submissions of earlier runs that may not have arrived; say if there was one."""
        manifests = (read_manifest(self._directory(start)) for start in starts)
        sent = [found.submitted_at for found in manifests if found and not found.remote_id]
        if not sent:
            return False
        left_s = (max(sent) + _ON_ITS_WAY - self.clock.now()).total_seconds()
        self.clock.wait(threading.Event(), min(max(left_s, 0), _ON_ITS_WAY.total_seconds()))
        return True

    def _submit(self, start: Start) -> Ticket | Failure:
        directory = self._directory(start)
        try:
            prepare(directory, start.request, script=self._script(start, directory))
            write_manifest(directory, self._manifest(start), durable=False)
        except CmxError as error:
            return to_failure(error)
        try:
            arguments = to_sbatch(start.request, token=start.token, directory=directory)
            remote_id = self.slurm.submit(arguments)
        except SiteRefused as error:
            (directory / MANIFEST).unlink(missing_ok=True)
            return to_failure(error)
        except CmxError as error:
            return to_failure(error, is_certain=False)
        return self._record(start, remote_id)

    def _script(self, start: Start, directory: Path) -> str:
        header = to_header(start.request, queue=self.settings.queue, account=self.settings.account)
        return render_script(
            start.request,
            directory=directory,
            header=header,
            job_id_expression="$SLURM_JOB_ID",
            restarts_expression="${SLURM_RESTART_COUNT:-0}",
        )

    def _record(self, start: Start, remote_id: str) -> Ticket | Failure:
        directory = self._directory(start)
        manifest = replace(self._manifest(start), remote_id=remote_id)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            write_manifest(directory, manifest)
        except OSError as error:  # the job is held, and is found again by its name
            return Failure(
                f"the job {remote_id} cannot be noted in {directory}: {error}", is_certain=False
            )
        return manifest.to_ticket(directory)

    def _manifest(self, start: Start) -> Manifest:
        return to_manifest(start, site=self.site, submitted_at=self.clock.now())

    def _directory(self, start: Start) -> Path:
        return job_directory(self.settings.workdir, start.request)


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
    return kept, [job for job in others if state_of(job.state, job.reason) is JobState.HELD]


def to_failure(error: CmxError, *, is_certain: bool = True) -> Failure:
    return Failure(error.message, hint=error.hint or "", is_certain=is_certain)


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
        job.remote_id == manifest.remote_id and not state_of(job.state).has_ended for job in jobs
    )
