"""Which job runs next on this computer, and who looks after it?

Everything here is called while the queue's lock is held. Whoever changes the queue, a `cmx` or a
runner, hands out the free cores before it lets go of the lock; so no job waits without a cause, and
nobody has to stand by.
"""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.providers.local.ending import cancelled, ending
from cloudmesh_iac.providers.local.processes import find_leader, spawn
from cloudmesh_iac.providers.local.queue import Entry, Queue, Standing
from cloudmesh_iac.providers.local.state import (
    Ended,
    Running,
    read_own_outcome,
    read_running,
    write_state,
)
from cloudmesh_iac.providers.local.watch import RUNNER_SIGNALS
from cloudmesh_iac.settings.computer import SystemClock, is_alive, process_started, python

_RUNNER = "cloudmesh_iac.providers.local.runner"
_LIBRARY = Path(__file__).parents[3]  # where the runner finds this package
_RUNNERS_TRIED = 3


@dataclass(frozen=True, slots=True)
class Here:
    """This computer, as the queue knows it: a pid means something until the next boot."""

    host: str
    boot_id: str
    clock: SystemClock


@dataclass(frozen=True, slots=True)
class Dispatcher:
    queue: Queue
    here: Here
    children: list[int] = field(default_factory=list)  # runners that we started

    def hand_out(self) -> None:
        """Give every job that fits to a new runner. Errors: OSError when none can be started."""
        self.heal()
        while (taken := self.take_next()) is not None:
            entry, slots = taken
            try:
                self._start_runner(entry, slots)
            except OSError:
                self.queue.move(entry.number, came_from=Standing.TAKEN, to=Standing.READY)
                raise
            finally:
                # Closed, not unlocked: the runner has inherited its own hold on them.
                for file in slots:
                    os.close(file)

    def take_next(self) -> tuple[Entry, tuple[int, ...]] | None:
        """Take the head of the queue and the cores it needs, when there are enough."""
        head = self.queue.head()
        slots = None if head is None else self.queue.take_slots(head.cores)
        if head is None or slots is None:
            return None
        self.queue.move(head.number, came_from=Standing.READY, to=Standing.TAKEN)
        return head, slots

    def heal(self) -> None:
        """Settle the jobs whose runner is gone: it was killed, or the computer has restarted."""
        self._reap()
        for entry in self.queue.entries(Standing.TAKEN):
            if self.has_runner(entry):
                continue
            running = self._running(entry)
            if running is not None and self._still_runs(running):
                self._start_runner(entry, ())
            elif running is not None:
                self.end(entry, self._found_dead(entry, running))
            elif entry.is_cancelled:
                self.end(entry, self.ended(entry, JobState.CANCELLED, "cancelled"))
            elif entry.attempts >= _RUNNERS_TRIED:
                reason = f"its runner does not start; see {self.queue.path / 'runner.log'}"
                self.end(entry, self.ended(entry, JobState.FAILED, reason))
            else:
                self.queue.move(entry.number, came_from=Standing.TAKEN, to=Standing.READY)

    def has_runner(self, entry: Entry) -> bool:
        return entry.boot_id == self.here.boot_id and is_alive(entry.runner, entry.ticks)

    def end(self, entry: Entry, ended: Ended) -> None:
        """Write down how a job ended, then take it out of the queue."""
        directory = Path(entry.directory)
        if directory.is_dir():
            write_state(directory, ended)
        for standing in Standing:
            self.queue.remove(entry.number, standing)

    def ended(self, entry: Entry, state: JobState, reason: str) -> Ended:
        """Return the end of a job that never began."""
        return Ended(
            remote_id=entry.remote_id,
            host=self.here.host,
            state=state,
            ended=self.here.clock.now().timestamp(),
            reason=reason,
        )

    def assign(self, entry: Entry, pid: int) -> Entry:
        """Write down which runner looks after a job."""
        assigned = replace(
            entry,
            runner=pid,
            ticks=process_started(pid),
            boot_id=self.here.boot_id,
            attempts=entry.attempts + 1,
        )
        self.queue.put(assigned, Standing.TAKEN)
        return assigned

    def _running(self, entry: Entry) -> Running | None:
        running = read_running(Path(entry.directory), entry.remote_id)
        if running is None or running.pid or running.boot_id != self.here.boot_id:
            return running
        # Its runner was killed just when the process was made: it may be there all the same.
        pid = find_leader(entry.argv[-1])
        found = replace(running, pid=pid, ticks=process_started(pid) if pid else "")
        write_state(Path(entry.directory), found)
        return found

    def _still_runs(self, running: Running) -> bool:
        return running.boot_id == self.here.boot_id and is_alive(running.pid, running.ticks)

    def _found_dead(self, entry: Entry, running: Running) -> Ended:
        outcome = read_own_outcome(Path(entry.directory), entry.remote_id)
        seen = self.here.clock.now().timestamp()
        dead = ending(running, ended=seen, stopped=None, exit_code=None, outcome=outcome)
        if entry.is_cancelled:
            return cancelled(dead)
        if dead.state is JobState.LOST and running.boot_id != self.here.boot_id:
            return replace(dead, reason=f"{self.here.host} was restarted while it ran")
        return dead

    def _start_runner(self, entry: Entry, slots: tuple[int, ...]) -> None:
        argv = (
            *(python(), "-P", "-m", _RUNNER),
            *(str(self.queue.path), str(self.queue.slots), self.here.host, self.here.boot_id),
            *(str(entry.number), ",".join(map(str, slots))),
        )
        log = self.queue.path / "runner.log"
        pid = spawn(
            argv,
            {"PYTHONPATH": str(_LIBRARY)},
            stdout=log,
            stderr=log,
            keep=slots,
            blocked=RUNNER_SIGNALS,
        )
        self.children.append(pid)
        self.assign(entry, pid)

    def _reap(self) -> None:
        """Let go of runners that have ended; until then the kernel keeps their pids."""
        for pid in tuple(self.children):
            try:
                has_ended = os.waitpid(pid, os.WNOHANG)[0] == pid
            except ChildProcessError:
                has_ended = True
            if has_ended:
                self.children.remove(pid)
