"""Run jobs of this computer's queue, one after the other, until none is left that fits.

A program of its own that outlives the `cmx` that started it. It keeps nothing in memory that
matters: when it is killed, the next one that looks at the queue finds out what became of its job.
"""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.providers.batch.layout import STDERR, STDOUT
from cloudmesh_iac.providers.local.dispatch import Dispatcher, Here
from cloudmesh_iac.providers.local.ending import cancelled, ending
from cloudmesh_iac.providers.local.processes import spawn
from cloudmesh_iac.providers.local.queue import Entry, Queue, Standing, give_back_slots
from cloudmesh_iac.providers.local.state import (
    Ended,
    Running,
    read_own_outcome,
    read_running,
    write_state,
)
from cloudmesh_iac.providers.local.watch import RUNNER_SIGNALS, Child, Stranger, Watch
from cloudmesh_iac.settings.computer import SystemClock, own_pid, process_started


class Runner:
    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._queue = dispatcher.queue
        self._here = dispatcher.here

    def serve(self, number: int, slots: Sequence[int]) -> None:
        """Run the job that we were started for, then what else fits."""
        entry = self._claim(number)
        while entry is not None:
            entry, slots = self._finish(entry, self._run(entry, slots), slots)

    def _claim(self, number: int) -> Entry | None:
        """Make the job ours, unless who started us died half-way and another has it meanwhile."""
        with self._queue.lock():
            entry = self._queue.entry(number, Standing.TAKEN)
            if entry is None or entry.runner not in {0, own_pid()}:
                return None
            return entry if entry.runner else self._dispatcher.assign(entry, own_pid())

    def _finish(
        self, entry: Entry, ended: Ended, slots: Sequence[int]
    ) -> tuple[Entry | None, Sequence[int]]:
        """Write down the end and take the next job, in one go: no core is free unnoticed."""
        with self._queue.lock():
            if self._queue.is_cancelled(entry.number):
                ended = cancelled(ended)
            self._dispatcher.end(entry, ended)
            give_back_slots(slots)
            self._dispatcher.heal()
            taken = self._dispatcher.take_next()
            mine = None if taken is None else self._dispatcher.assign(taken[0], own_pid())
            self._dispatcher.hand_out()
        return mine, () if taken is None else taken[1]

    def _run(self, entry: Entry, slots: Sequence[int]) -> Ended:
        directory = Path(entry.directory)
        running = read_running(directory, entry.remote_id)
        if running is not None:
            return self._watch(entry, running, Stranger(running.pid, running.ticks))
        if self._queue.is_cancelled(entry.number):
            return self._dispatcher.ended(entry, JobState.CANCELLED, "cancelled")
        if not _is_whole(directory, entry):
            reason = "its files did not outlive a restart of the computer"
            return self._dispatcher.ended(entry, JobState.LOST, reason)
        running = Running(
            remote_id=entry.remote_id,
            host=self._here.host,
            boot_id=self._here.boot_id,
            pid=0,
            ticks="",
            began=self._here.clock.now().timestamp(),
        )
        write_state(directory, running)
        try:
            pid = spawn(
                entry.argv,
                entry.environment,
                stdout=directory / STDOUT,
                stderr=directory / STDERR,
                keep=slots,
            )
        except OSError as error:
            reason = f"{entry.argv[0]} cannot be started: {error}"
            return self._dispatcher.ended(entry, JobState.FAILED, reason)
        running = replace(running, pid=pid, ticks=process_started(pid))
        write_state(directory, running)
        return self._watch(entry, running, Child(pid))

    def _watch(self, entry: Entry, running: Running, process: Child | Stranger) -> Ended:
        clock = self._here.clock
        watch = Watch(
            process=process,
            clock=clock,
            is_cancelled=lambda: self._queue.is_cancelled(entry.number),
            kill_after_s=entry.kill_after_s,
        )
        past_s = clock.now().timestamp() - running.began
        stopped = watch.until_end(None if entry.walltime_s is None else entry.walltime_s - past_s)
        return ending(
            running,
            ended=clock.now().timestamp(),
            stopped=stopped,
            exit_code=process.exit_code,
            outcome=read_own_outcome(Path(entry.directory), entry.remote_id),
        )


def _is_whole(directory: Path, entry: Entry) -> bool:
    """Say whether what was prepared is there: a power cut empties files that were just written."""
    try:
        return all((directory / name).stat().st_size == size for name, size in entry.files.items())
    except OSError:
        return False


def main(arguments: Sequence[str]) -> None:
    queue, slots, host, boot_id, number, files = arguments
    # The folder that we were started in must not be kept busy by us.
    os.chdir("/")
    clock = SystemClock()
    here = Here(host=host, boot_id=boot_id, clock=clock)
    runner = Runner(Dispatcher(Queue(Path(queue), int(slots)), here))
    signal.pthread_sigmask(signal.SIG_BLOCK, RUNNER_SIGNALS)
    runner.serve(int(number), [int(file) for file in files.split(",") if file])


if __name__ == "__main__":
    main(sys.argv[1:])
