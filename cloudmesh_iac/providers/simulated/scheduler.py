"""What happens on a simulated site: a queue, durations, and the faults that a test asks for?

Nothing happens by itself: the site is as far as the time that it was last told.
"""

import random
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Start, Waiting
from cloudmesh_iac.core.retries import is_retried
from cloudmesh_iac.providers.batch.attempts import due

_HOST = "simulated-node"
_WAITING = {
    JobState.HELD: "not confirmed yet",
    JobState.QUEUED: "waits for nodes",
}


@dataclass(slots=True)
class SimulatedJob:
    """One job as the site sees it; `lasts_s` is how long it would run without a walltime."""

    number: int
    start: Start
    lasts_s: float
    exit_code: int = 0
    state: JobState = JobState.HELD
    started_at: datetime | None = None
    ends_at: datetime | None = None
    reason: str = ""
    attempts: int = 1

    @property
    def remote_id(self) -> str:
        return f"sim-{self.number}"

    @property
    def is_result(self) -> bool:
        return self.state in {JobState.COMPLETED, JobState.FAILED}

    def is_gone(self, token: str) -> bool:
        """Say whether a start with this token has to run it again: nothing of it counts."""
        if self.state in {JobState.CANCELLED, JobState.LOST}:
            return True
        return self.state.has_ended and not self.is_result and self.start.token != token

    def begin(self, at: datetime) -> None:
        longest = self.start.request.walltime_s
        runs_s = self.lasts_s if longest is None else min(self.lasts_s, longest)
        self.state, self.started_at = JobState.RUNNING, at
        self.ends_at = at + timedelta(seconds=runs_s)

    def end(self) -> None:
        longest = self.start.request.walltime_s
        if longest is not None and self.lasts_s > longest:
            self.state, self.reason = JobState.TIMEOUT, "stopped at the end of its walltime"
        else:
            self.state = JobState.FAILED if self.exit_code else JobState.COMPLETED

    def standing(self) -> Waiting | Done:
        if not self.state.has_ended:
            reason = _WAITING.get(self.state, "")
            return Waiting(self.state, reason, started_at=self.started_at)
        code = self.exit_code if self.is_result else None
        done = Done(
            state=self.state,
            exit_code=code,
            started_at=self.started_at,
            ended_at=self.ends_at,
            hosts=(_HOST,) if self.started_at else (),
            reason=self.reason,
        )
        return done if not self.is_due else due(self.attempts, self.start.request.retries, done)

    @property
    def is_due(self) -> bool:
        """Say whether it has ended, and its rule lets it be tried again."""
        request, code = self.start.request, self.exit_code if self.is_result else None
        return (
            self.state.has_ended
            and self.attempts <= request.retries
            and is_retried(request.retry_on, self.state, code)
        )


@dataclass
class SimulatedScheduler:
    """The world behind a simulated site. Tests keep a handle on it.

    By point: `durations_s` (drawn from the seed where none is given), `exit_codes` (else 0; one
    for each attempt of a job that is tried again) and
    `files`, the texts that a job leaves behind, `stdout.log` among them. They are read when a job
    is started. `calls` lists what was asked, as (name, tokens).
    """

    slots: int = 4
    seed: int = 0
    most_jobs: int | None = None
    shortest_s: float = 60.0
    longest_s: float = 600.0
    durations_s: dict[str, float] = field(default_factory=dict)
    exit_codes: dict[str, int | tuple[int, ...]] = field(default_factory=dict)
    files: dict[str, dict[str, str]] = field(default_factory=dict)
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    jobs: list[SimulatedJob] = field(default_factory=list)
    _by_point: dict[tuple[str, str, str], list[SimulatedJob]] = field(default_factory=dict)
    _refusals: list[Failure] = field(default_factory=list)
    _lost_answers: int = 0
    _silent_polls: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- faults -----------------------------------------------------------------------------------

    def refuse_next(self, message: str, times: int = 1) -> None:
        """Let the next starts be refused with the site's own sentence."""
        self._refusals += [Failure(message)] * times

    def lose_next_answer(self, times: int = 1) -> None:
        """Start the next jobs, but let nobody know: the connection breaks before the answer."""
        self._lost_answers += times

    def be_silent(self, polls: int) -> None:
        """Do not answer the next polls."""
        self._silent_polls += polls

    def lose(self, point: str) -> None:
        """Let the site forget the living jobs of a point."""
        self._stop(point, JobState.LOST, "the site knows nothing of it")

    def time_out(self, point: str) -> None:
        self._stop(point, JobState.TIMEOUT, "stopped at the end of its walltime")

    # --- what the provider asks -------------------------------------------------------------------

    @contextmanager
    def at(self, now: datetime) -> Iterator[None]:
        """Let everything happen that happens until now; then nothing while it is held."""
        with self._lock:
            self._advance(now)
            yield
            self._advance(now)

    def tell(self, call: str, tokens: Sequence[str]) -> None:
        self.calls.append((call, tuple(tokens)))

    def job(self, remote_id: str) -> SimulatedJob | None:
        number = remote_id.removeprefix("sim-")
        if not number.isdecimal() or not 0 < int(number) <= len(self.jobs):
            return None
        return self.jobs[int(number) - 1]

    def find(self, start: Start) -> SimulatedJob | None:
        """Return the job that a start would be the second of: by token, identity or a later run."""
        wanted = start.request
        later: list[SimulatedJob] = []
        for job in self._by_point.get((wanted.project, wanted.stack, wanted.point), []):
            request = job.start.request
            if request.identity == wanted.identity and not job.is_gone(start.token):
                return job
            if request.identity_base == wanted.identity_base and request.run > wanted.run:
                later += [job] if job.is_result else []
        return max(later, key=lambda job: job.start.request.run, default=None)

    def submit(self, start: Start) -> SimulatedJob | Failure:
        if self._refusals:
            return self._refusals.pop(0)
        point = start.request.point
        if start.request.nodes > self.slots:
            return Failure(f"{start.request.nodes} nodes wanted, {self.slots} there")
        live = sum(not job.state.has_ended for job in self.jobs)
        if self.most_jobs is not None and live >= self.most_jobs:
            return Failure(f"the site takes {self.most_jobs} jobs at a time", is_later=True)
        drawn = random.Random(f"{self.seed} {start.request.identity}")
        job = SimulatedJob(
            number=len(self.jobs) + 1,
            start=start,
            lasts_s=self.durations_s.get(point, drawn.uniform(self.shortest_s, self.longest_s)),
            exit_code=self._exit_code(point, 1),
        )
        self._add(job)
        if self._lost_answers:
            self._lost_answers -= 1
            return Failure("the connection broke before the answer", is_certain=False)
        return job

    def _exit_code(self, point: str, attempt: int) -> int:
        codes = self.exit_codes.get(point, 0)
        return codes if isinstance(codes, int) else codes[attempt - 1]

    def _add(self, job: SimulatedJob) -> None:
        request = job.start.request
        self.jobs.append(job)
        key = (request.project, request.stack, request.point)
        self._by_point.setdefault(key, []).append(job)

    def answers_poll(self) -> bool:
        if self._silent_polls:
            self._silent_polls -= 1
            return False
        return True

    def try_again(self, job: SimulatedJob) -> None:
        """Put it back into the queue; how it ends is read anew."""
        if job.is_due:
            job.state, job.reason = JobState.HELD, ""
            job.started_at = job.ends_at = None
            job.attempts += 1
            job.exit_code = self._exit_code(job.start.request.point, job.attempts)

    def cancel(self, job: SimulatedJob, now: datetime) -> None:
        if not job.state.has_ended:
            job.state, job.ends_at, job.reason = JobState.CANCELLED, now, "cancelled"

    def _stop(self, point: str, state: JobState, reason: str) -> None:
        with self._lock:
            for job in self.jobs:
                if job.start.request.point == point and not job.state.has_ended:
                    job.state, job.reason = state, reason

    def _advance(self, now: datetime) -> None:
        """Start and end jobs in the order of time; nobody overtakes the head of the queue."""
        running = [job for job in self.jobs if job.state is JobState.RUNNING]
        queued = deque(job for job in self.jobs if job.state is JobState.QUEUED)
        while running and (at := min(map(_end_of, running))) <= now:
            for job in running:
                if _end_of(job) == at:
                    job.end()
            running = [job for job in running if not job.state.has_ended]
            self._start_what_fits(queued, running, at)
        self._start_what_fits(queued, running, now)

    def _start_what_fits(
        self, queued: deque[SimulatedJob], running: list[SimulatedJob], at: datetime
    ) -> None:
        free = self.slots - sum(job.start.request.nodes for job in running)
        while queued and queued[0].start.request.nodes <= free:
            job = queued.popleft()
            job.begin(at)
            free -= job.start.request.nodes
            running.append(job)


def _end_of(job: SimulatedJob) -> datetime:
    assert job.ends_at is not None
    return job.ends_at
