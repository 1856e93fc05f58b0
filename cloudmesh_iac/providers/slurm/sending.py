"""How is a job, or an array of them, handed to sbatch?

What would be refused as a whole goes in parts; what may not be held goes without.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, JobScript, Start, Ticket
from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.batch.files import prepare
from cloudmesh_iac.providers.batch.job_secrets import remove_secrets
from cloudmesh_iac.providers.batch.layout import MANIFEST, STDERR, STDOUT, stack_directory
from cloudmesh_iac.providers.batch.manifest import write_manifest
from cloudmesh_iac.providers.batch.script import render_script
from cloudmesh_iac.providers.slurm.answer import may_mean_hold
from cloudmesh_iac.providers.slurm.arrays import Submitted, array_folder, write_array
from cloudmesh_iac.providers.slurm.claim import claim_lines
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.notes import Notes
from cloudmesh_iac.providers.slurm.parents import keep_parents
from cloudmesh_iac.providers.slurm.requeueing import begin_lines, end_lines
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.providers.slurm.translate import HOLD, to_header, to_sbatch, to_sbatch_array

# AssocMaxSubmitJobLimit, QOSGrpSubmitJobsLimit: the words come before a general sentence.
_IS_FULL = re.compile(r"(?:Max|Grp)SubmitJob", re.IGNORECASE)
FULL = Failure(
    "the site takes no more jobs of yours now",
    hint="`cmx wait` and the next `cmx up` submit the rest as others end",
    is_later=True,
)
# What the exit file calls the job: `100`, or `100_3` for a task of an array.
_RESTARTS = "${SLURM_RESTART_COUNT:-0}"
_OWN_ID = "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"


def full_by(limit: str) -> Failure:
    """Say which limit lets no more jobs in."""
    return replace(FULL, message=f"{FULL.message} ({limit})")


@dataclass(frozen=True, slots=True)
class Sending:
    """Hands the jobs of one site over."""

    slurm: Slurm
    settings: SlurmSettings
    notes: Notes
    refuses_held: threading.Event = field(default_factory=threading.Event)

    def script(self, start: Start) -> JobScript:
        """Return what would be submitted. Errors: SiteRefused."""
        directory = self.notes.directory(start)
        arguments = to_sbatch(
            start.request, token=start.token, directory=directory, is_held=self.settings.hold
        )
        script = self._script(start, self._header(start))
        cluster = self.settings.cluster
        where = () if cluster is None else (f"--clusters={cluster}",)
        return JobScript(script, start.request.command, ("sbatch", *where, *arguments))

    def header(self, start: Start) -> tuple[str, ...] | Failure:
        """Return the lines for the scheduler: jobs with the same may be tasks of one array."""
        try:
            return self._header(start)
        except SiteRefused as error:
            return Failure.of(error)

    def prepare(self, start: Start, header: Sequence[str]) -> Failure | None:
        """Make the directory of a job."""
        try:
            script = self._script(start, header)
            prepare(self.notes.directory(start), start.request, script=script)
            keep_parents(self._stack(start), start.request.after)
        except CmxError as error:
            return Failure.of(error)
        except OSError as error:
            return Failure(f"what the job waits for cannot be written down: {error}")
        return None

    def _stack(self, start: Start) -> Path:
        return stack_directory(self.settings.workdir, start.request.project, start.request.stack)

    def submit(self, one: Submitted) -> dict[str, Ticket | Failure]:
        """Submit what is prepared; what was not taken leaves no secret behind."""
        answers = self._submit(one)
        for start in one.starts:
            answer = answers[start.token]
            if isinstance(answer, Failure) and answer.is_certain:
                remove_secrets(self.notes.directory(start))
        return answers

    def _submit(self, one: Submitted) -> dict[str, Ticket | Failure]:
        manifests = [
            self.notes.manifest(start, index=index, array=one.token)
            if one.is_array
            else self.notes.manifest(start)
            for index, start in enumerate(one.starts)
        ]
        try:
            for start, manifest in zip(one.starts, manifests, strict=True):
                write_manifest(self.notes.directory(start), manifest, durable=False)
            remote_id = self._sbatch(one)
        except (SiteRefused, OSError) as error:
            for start in one.starts:
                (self.notes.directory(start) / MANIFEST).unlink(missing_ok=True)
            return self._refused(one, error)
        except CmxError as error:
            return {start.token: Failure.of(error, is_certain=False) for start in one.starts}
        return {
            start.token: self.notes.record(start, manifest, remote_id)
            for start, manifest in zip(one.starts, manifests, strict=True)
        }

    def _refused(self, one: Submitted, error: SiteRefused | OSError) -> dict[str, Ticket | Failure]:
        """A limit that nobody could read refuses an array as a whole: try with half of it."""
        if isinstance(error, OSError):
            return {start.token: Failure.of(SiteRefused(str(error))) for start in one.starts}
        if not _IS_FULL.search(error.message):
            return {start.token: Failure.of(error) for start in one.starts}
        full = full_by(error.message)
        if not one.is_array:
            return {one.token: full}
        answers: dict[str, Ticket | Failure] = {}
        for half in one.split(-(-len(one.starts) // 2)):
            is_full = any(isinstance(found, Failure) for found in answers.values())
            later = {start.token: full for start in half.starts}
            answers |= later if is_full else self._submit(half)
        return answers

    def _sbatch(self, one: Submitted) -> str:
        """Submit held, else as the site wants it: whether it takes held jobs only it can say.

        Errors: SiteUnreachable, SiteRefused with what the site says of the job itself.
        """
        self._make_array(one)
        return self.hand_in(self._arguments(one))

    def hand_in(self, arguments: Sequence[str]) -> str:
        """Submit what is prepared; the arguments are for a held job.

        Errors: SiteUnreachable, SiteRefused.
        """
        unheld = [one for one in arguments if one != HOLD]
        if self.settings.hold and not self.refuses_held.is_set():
            try:
                return self.slurm.submit(arguments)
            except SiteRefused as error:
                if not may_mean_hold(error):
                    raise
            remote_id = self.slurm.submit(unheld)
            self.refuses_held.set()
            return remote_id
        return self.slurm.submit(unheld)

    def _make_array(self, one: Submitted) -> None:
        """Errors: SiteRefused."""
        if one.is_array:
            directories = [self.notes.directory(start) for start in one.starts]
            write_array(array_folder(self.settings.workdir, one), one, directories)

    def _arguments(self, one: Submitted) -> list[str]:
        if one.is_array:
            folder = array_folder(self.settings.workdir, one)
            return to_sbatch_array(one, folder=folder)
        (start,) = one.starts
        directory = self.notes.directory(start)
        return to_sbatch(start.request, token=start.token, directory=directory, order=one.order)

    def _header(self, start: Start) -> tuple[str, ...]:
        settings = self.settings
        return tuple(to_header(start.request, queue=settings.queue, account=settings.account))

    def _script(self, start: Start, header: Sequence[str]) -> str:
        return render_script(
            start.request,
            directory=self.notes.directory(start),
            header=header,
            job_id_expression=_OWN_ID,
            restarts_expression=_RESTARTS,
            begin=[
                *claim_lines(start.token, _OWN_ID),
                f"[ {_RESTARTS} = 0 ] || {{ : >{STDOUT}; : >{STDERR}; }}  # of this attempt alone",
            ],
            before=begin_lines(start.request, self.settings.bin),
            after=end_lines(start.request),
        )
