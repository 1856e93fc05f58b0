"""Start jobs so that each runs once, whatever dies in between.

A job is submitted held, under a name with its token. Its id is written into the manifest in its
directory, and by the engine into the journal; only then it is released. So a job without an id in
its manifest is still held, and is found by its name. Points of a sweep that ask for the same go as
one array: its token stands in their manifests before it is submitted.

Where a site refuses held jobs, one may run before its id is written down: it is found by its name,
or by the claim with which it has taken the run.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloudmesh_iac.core.jobs import (
    After,
    Failure,
    JobRequest,
    JobScript,
    SiteName,
    Start,
    Ticket,
)
from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.manifest import Manifest
from cloudmesh_iac.providers.slurm.arrays import Submitted, fitting, gather
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.earlier import EarlierRuns
from cloudmesh_iac.providers.slurm.looks import Looks
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.notes import Notes
from cloudmesh_iac.providers.slurm.ordering import find_order
from cloudmesh_iac.providers.slurm.room import room_for
from cloudmesh_iac.providers.slurm.sending import FULL, Sending, full_by
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.providers.slurm.translate import to_sbatch
from cloudmesh_iac.providers.slurm.words import state_of
from cloudmesh_iac.settings.computer import SystemClock

_AT_A_TIME = 4


class Submissions:
    """Start the jobs of one site."""

    def __init__(
        self, site: SiteName, slurm: Slurm, *, settings: SlurmSettings, clock: SystemClock
    ) -> None:
        self.slurm = slurm
        self.workdir = settings.workdir
        self._notes = Notes(site, slurm, settings, clock)
        self._earlier = EarlierRuns(slurm, settings, clock, self._notes)
        self._sending = Sending(slurm, settings, self._notes)
        self._settings = settings
        self._clock = clock

    def start(self, starts: Sequence[Start]) -> list[Ticket | Failure]:
        answers: dict[str, Ticket | Failure] = {}
        fresh: dict[str, Start] = {}
        for start in starts:
            found = self._earlier.recorded(start)
            if found is None:
                fresh.setdefault(start.token, start)
            else:
                answers[start.token] = found
        if fresh:
            answers |= self._start_fresh(list(fresh.values()))
        return [answers[start.token] for start in starts]

    def script(self, start: Start) -> JobScript:
        """Return what would be submitted. Errors: SiteRefused."""
        return self._sending.script(start)

    def headers(self, starts: Sequence[Start]) -> list[tuple[str, ...] | None]:
        """Return the lines for the scheduler of each; None for what no script can say."""
        found = [self._sending.header(start) for start in starts]
        return [None if isinstance(one, Failure) else one for one in found]

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
            self._notes.record(start, self._notes.manifest(start), living[0].remote_id)
            if living
            else self._submit_alone(start)
        )
        if isinstance(answer, Failure):
            problem = SiteRefused if answer.is_certain else SiteUnreachable
            raise problem(answer.message, hint=answer.hint)
        return answer

    def submit_script(self, request: JobRequest, manifest: Manifest, order: str) -> str:
        """Submit a script that is there once more; return the id of the job.

        `order` are the jobs that it waits for. Errors: SiteUnreachable, SiteRefused.
        """
        directory = self._notes.directory_of(request)
        said = to_sbatch(request, token=manifest.token, directory=directory, order=order)
        return self._sending.hand_in([*said, str(manifest.submission)])

    def note_again(self, directory: Path, manifest: Manifest, remote_id: str) -> Failure | None:
        """Note under which id a job goes on."""
        noted = self._notes.write(directory, manifest, remote_id)
        return noted if isinstance(noted, Failure) else None

    def order_behind(self, after: Sequence[After]) -> str | Failure:
        """Return how a job waits for these, empty for none that it has to wait for any more."""
        found = self._find_order({"": after} if after else {})
        return found.get("", "")

    def _submit_alone(self, start: Start) -> Ticket | Failure:
        header = self._sending.header(start)
        if isinstance(header, Failure):
            return header
        order = self._orders([start]).get(start.token, "")
        if isinstance(order, Failure):
            return order
        return self._hand_over([Submitted((start,), header, order)])[start.token]

    def _start_fresh(self, starts: Sequence[Start]) -> dict[str, Ticket | Failure]:
        try:
            answers = self._earlier.adopt(starts)
            new = [start for start in starts if start.token not in answers]
            if self._earlier.await_messages(new):
                answers |= self._earlier.adopt(new)
            largest = self.slurm.largest_array() if len(new) > 1 else 1
            room = room_for(new, self.slurm, account=self._settings.account) if new else None
        except CmxError as error:  # nothing was submitted yet
            return {start.token: Failure.of(error, is_certain=True) for start in starts}
        ready: list[tuple[Start, tuple[str, ...]]] = []
        for start in starts:
            if start.token in answers:
                continue
            header = self._sending.header(start)
            if isinstance(header, Failure):
                answers[start.token] = header
            else:
                ready.append((start, header))
        found = self._orders([one for one, _ in ready])
        answers |= {token: one for token, one in found.items() if isinstance(one, Failure)}
        orders = {token: one for token, one in found.items() if isinstance(one, str)}
        ready = [one for one in ready if one[0].token not in answers]
        now, later = fitting(gather(ready, largest, orders), None if room is None else room.jobs)
        full = FULL if room is None else full_by(room.limit.name)
        return answers | self._hand_over(now) | {start.token: full for start in later}

    def _orders(self, starts: Sequence[Start]) -> Mapping[str, str | Failure]:
        return self._find_order(
            {one.token: one.request.after for one in starts if one.request.after}
        )

    def _find_order(self, waits: Mapping[str, Sequence[After]]) -> Mapping[str, str | Failure]:
        """What has ended is looked up at once: the pause of those who wait is not for us."""
        return find_order(waits, self.slurm, Looks(self.slurm, self._settings, self._clock))

    def _hand_over(self, parts: Sequence[Submitted]) -> dict[str, Ticket | Failure]:
        """Prepare and submit; a job that cannot be prepared leaves its array."""
        starts = [(start, part.header) for part in parts for start in part.starts]
        answers: dict[str, Ticket | Failure] = {}
        with ThreadPoolExecutor(_AT_A_TIME) as pool:
            problems = pool.map(lambda one: self._sending.prepare(*one), starts)
            for (start, _), problem in zip(starts, problems, strict=True):
                if problem is not None:
                    answers[start.token] = problem
            whole = [part.without(answers) for part in parts]
            for submitted in pool.map(self._sending.submit, [one for one in whole if one.starts]):
                answers |= submitted
        return answers
