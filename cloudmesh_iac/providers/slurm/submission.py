"""Start jobs so that each runs once, whatever dies in between.

A job is submitted held, under a name with its token. Its id is written into the manifest in its
directory, and by the engine into the journal; only then it is released. So a job without an id in
its manifest is still held, and is found by its name. Points of a sweep that ask for the same go as
one array: its token stands in their manifests before it is submitted.

Where a site refuses held jobs, one may run before its id is written down: it is found by its name,
or by the claim with which it has taken the run.
"""

import re
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, JobScript, JobState, SiteName, Start, Ticket
from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.files import prepare
from cloudmesh_iac.providers.batch.job_secrets import remove_secrets
from cloudmesh_iac.providers.batch.layout import MANIFEST, STDERR, STDOUT, job_directory
from cloudmesh_iac.providers.batch.manifest import (
    Finished,
    Manifest,
    find_finished,
    read_manifest,
    to_manifest,
    write_manifest,
)
from cloudmesh_iac.providers.batch.script import render_script
from cloudmesh_iac.providers.slurm.arrays import (
    Submitted,
    array_folder,
    fitting,
    gather,
    write_array,
)
from cloudmesh_iac.providers.slurm.claim import claim_lines, owner_of
from cloudmesh_iac.providers.slurm.client import Slurm, may_mean_hold
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.providers.slurm.translate import to_header, to_sbatch, to_sbatch_array
from cloudmesh_iac.providers.slurm.words import state_of
from cloudmesh_iac.settings.computer import SystemClock

# A submission may be on its way to the controller for as long as Slurm's MessageTimeout.
_ON_ITS_WAY = timedelta(seconds=10)
_AT_A_TIME = 4
# AssocMaxSubmitJobLimit, QOSMaxSubmitJobPerUserLimit: the words come before a general sentence.
_IS_FULL = re.compile(r"MaxSubmitJob", re.IGNORECASE)
_FULL = Failure(
    "the site takes no more jobs of yours now",
    hint="`cmx wait` and the next `cmx up` submit the rest as others end",
    is_later=True,
)
# What the exit file calls the job: `100`, or `100_3` for a task of an array.
_RESTARTS = "${SLURM_RESTART_COUNT:-0}"
_OWN_ID = "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"


@dataclass(frozen=True, slots=True)
class Submissions:
    """Start the jobs of one site."""

    site: SiteName
    slurm: Slurm
    settings: SlurmSettings
    clock: SystemClock
    refuses_held: threading.Event = field(default_factory=threading.Event)

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

    def script(self, start: Start) -> JobScript:
        """Return what would be submitted. Errors: SiteRefused."""
        directory = self._directory(start)
        arguments = to_sbatch(
            start.request, token=start.token, directory=directory, is_held=self.settings.hold
        )
        script = self._script(start, self._header(start))
        return JobScript(script, start.request.command, ("sbatch", *arguments))

    def submit_again(self, start: Start, *, old: str) -> Ticket:
        """Submit a job that was taken out of the queue, unless a run before has done that.

        Errors: SiteUnreachable, SiteRefused.
        """
        living = [
            job
            for job in self.slurm.jobs()
            if token_of(job.name) == start.token
            and job.remote_id != old
            and not state_of(job.state).has_ended
        ]
        answer = (
            self._record(start, self._manifest(start), living[0].remote_id)
            if living
            else self._submit_alone(start)
        )
        if isinstance(answer, Failure):
            problem = SiteRefused if answer.is_certain else SiteUnreachable
            raise problem(answer.message, hint=answer.hint)
        return answer

    def _submit_alone(self, start: Start) -> Ticket | Failure:
        header = self._prepare(start)
        if isinstance(header, Failure):
            return header
        return self._submit(Submitted((start,), tuple(header)))[start.token]

    def _recorded(self, start: Start) -> Ticket | Failure | None:
        """Return what the job's directory says: a result, or that this token was submitted."""
        try:
            finished = find_finished(self.settings.workdir, start.request)
            if finished is not None:
                return self._noted(finished)
            manifest = read_manifest(self._directory(start))
        except CmxError as error:
            return Failure.of(error)
        if manifest is not None and manifest.token == start.token and manifest.remote_id:
            return manifest.to_ticket(self._directory(start))
        return None

    def _noted(self, finished: Finished) -> Ticket | Failure:
        """A job that nobody held may have ended before its id was written down."""
        if finished.manifest.remote_id:
            return finished.ticket
        remote_id = finished.outcome.remote_id.partition("_")[0]
        return self._write(finished.directory, finished.manifest, remote_id)

    def _start_fresh(self, starts: Sequence[Start]) -> dict[str, Ticket | Failure]:
        try:
            answers = self._adopt(starts)
            new = [start for start in starts if start.token not in answers]
            if self._await_messages(new):
                answers |= self._adopt(new)
            largest = self.slurm.largest_array() if len(new) > 1 else 1
            room = self._room() if new else 0
        except CmxError as error:  # nothing was submitted yet
            return {start.token: Failure.of(error, is_certain=True) for start in starts}
        new = [start for start in starts if start.token not in answers]
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            prepared = list(zip(new, pool.map(self._prepare, new), strict=True))
            answers |= {start.token: one for start, one in prepared if isinstance(one, Failure)}
            ready = [(start, one) for start, one in prepared if not isinstance(one, Failure)]
            now, later = fitting(gather(ready, largest), room)
            for submitted in pool.map(self._submit, now):
                answers |= submitted
        return answers | {start.token: _FULL for start in later}

    def _room(self) -> int | None:
        """Return how many more jobs a person's limit lets in; None where no limit is known."""
        most = self.slurm.most_jobs()
        if most is None:
            return None
        live = (job for job in self.slurm.jobs() if not state_of(job.state).has_ended)
        return max(0, most - sum(1 if job.tasks is None else len(job.tasks) for job in live))

    def _adopt(self, starts: Sequence[Start]) -> dict[str, Ticket | Failure]:
        """Take over what the queue has of earlier runs; one job for each token stays."""
        jobs: dict[str, list[QueuedJob]] = {}
        for job in self.slurm.jobs():
            jobs.setdefault(token_of(job.name), []).append(job)
        adopted: dict[str, Ticket | Failure] = {}
        twins: dict[str, None] = {}
        for start in starts:
            found = read_manifest(self._directory(start))
            own = found if found is not None and found.token == start.token else None
            manifest = own or self._manifest(start)
            kept, others = choose(jobs.get(manifest.job_token, ()))
            owner = owner_of(self._directory(start), start.token)
            twins |= dict.fromkeys(job.remote_id for job in others)
            if owner is not None:
                adopted[start.token] = self._record(start, manifest, owner.remote_id)
            elif kept is not None:
                adopted[start.token] = self._record(start, manifest, kept.remote_id)
            elif found is not None and _is_live(found, jobs.get(found.job_token, ())):
                # Another store's job for the same work: two in one directory would spoil both.
                adopted[start.token] = found.to_ticket(self._directory(start))
        if twins:
            self.slurm.cancel(list(twins))
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

    def _prepare(self, start: Start) -> Sequence[str] | Failure:
        """Make the directory of a job; return the header of its script."""
        try:
            header = self._header(start)
            script = self._script(start, header)
            prepare(self._directory(start), start.request, script=script)
        except CmxError as error:
            return Failure.of(error)
        return header

    def _header(self, start: Start) -> list[str]:
        return to_header(start.request, queue=self.settings.queue, account=self.settings.account)

    def _script(self, start: Start, header: Sequence[str]) -> str:
        return render_script(
            start.request,
            directory=self._directory(start),
            header=header,
            job_id_expression=_OWN_ID,
            restarts_expression=_RESTARTS,
            begin=[
                *claim_lines(start.token, _OWN_ID),
                f"[ {_RESTARTS} = 0 ] || {{ : >{STDOUT}; : >{STDERR}; }}  # of this attempt alone",
            ],
        )

    def _submit(self, one: Submitted) -> dict[str, Ticket | Failure]:
        manifests = [
            self._manifest(start, index=index, array=one.token)
            if one.is_array
            else self._manifest(start)
            for index, start in enumerate(one.starts)
        ]
        try:
            for start, manifest in zip(one.starts, manifests, strict=True):
                write_manifest(self._directory(start), manifest, durable=False)
            remote_id = self._sbatch(one)
        except (SiteRefused, OSError) as error:
            for start in one.starts:
                (self._directory(start) / MANIFEST).unlink(missing_ok=True)
            return self._refused(one, error)
        except CmxError as error:
            return {start.token: Failure.of(error, is_certain=False) for start in one.starts}
        return {
            start.token: self._record(start, manifest, remote_id)
            for start, manifest in zip(one.starts, manifests, strict=True)
        }

    def _refused(self, one: Submitted, error: SiteRefused | OSError) -> dict[str, Ticket | Failure]:
        """A limit that nobody could read refuses an array as a whole: try with half of it."""
        if isinstance(error, OSError):
            return {start.token: Failure.of(SiteRefused(str(error))) for start in one.starts}
        if not _IS_FULL.search(error.message):
            for start in one.starts:
                remove_secrets(self._directory(start))
            return {start.token: Failure.of(error) for start in one.starts}
        if not one.is_array:
            return {one.token: replace(_FULL, message=f"{_FULL.message} ({error.message})")}
        answers: dict[str, Ticket | Failure] = {}
        for half in one.split(-(-len(one.starts) // 2)):
            is_full = any(isinstance(found, Failure) for found in answers.values())
            later = {start.token: _FULL for start in half.starts}
            answers |= later if is_full else self._submit(half)
        return answers

    def _sbatch(self, one: Submitted) -> str:
        """Submit held, else as the site wants it: whether it takes held jobs only it can say.

        Errors: SiteUnreachable, SiteRefused with what the site says of the job itself.
        """
        self._make_array(one)
        if self.settings.hold and not self.refuses_held.is_set():
            try:
                return self.slurm.submit(self._arguments(one, is_held=True))
            except SiteRefused as error:
                if not may_mean_hold(error):
                    raise
            remote_id = self.slurm.submit(self._arguments(one, is_held=False))
            self.refuses_held.set()
            return remote_id
        return self.slurm.submit(self._arguments(one, is_held=False))

    def _make_array(self, one: Submitted) -> None:
        """Errors: SiteRefused."""
        if one.is_array:
            directories = [self._directory(start) for start in one.starts]
            write_array(array_folder(self.settings.workdir, one), one, directories)

    def _arguments(self, one: Submitted, *, is_held: bool) -> list[str]:
        if one.is_array:
            folder = array_folder(self.settings.workdir, one)
            return to_sbatch_array(one, folder=folder, is_held=is_held)
        (start,) = one.starts
        directory = self._directory(start)
        return to_sbatch(start.request, token=start.token, directory=directory, is_held=is_held)

    def _record(self, start: Start, manifest: Manifest, remote_id: str) -> Ticket | Failure:
        return self._write(self._directory(start), manifest, remote_id)

    def _write(self, directory: Path, manifest: Manifest, remote_id: str) -> Ticket | Failure:
        noted = replace(manifest, remote_id=remote_id)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            # the list of an array is on the disk already, and its name finds it again
            write_manifest(directory, noted, durable=not noted.array)
        except OSError as error:  # the job is held, and is found again by its name
            return Failure(
                f"the job {remote_id} cannot be noted in {directory}: {error}", is_certain=False
            )
        return noted.to_ticket(directory)

    def _manifest(self, start: Start, *, index: int | None = None, array: str = "") -> Manifest:
        now = self.clock.now()
        made = to_manifest(start, site=self.site, submitted_at=now, index=index, array=array)
        return replace(made, cluster=self.slurm.cluster())

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
