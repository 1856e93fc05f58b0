"""The runner in this process: what it writes down about each way a job can go."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.providers.local.processes import spawn
from cloudmesh_iac.providers.local.queue import Entry, Queue, Standing
from cloudmesh_iac.providers.local.runner import main
from cloudmesh_iac.providers.local.state import Ended, Running, read_ended, write_state
from cloudmesh_iac.providers.local.watch import RUNNER_SIGNALS, Child
from cloudmesh_iac.settings.computer import process_started

HOST, BOOT = "laptop", "boot-1"


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the folder and the signals back that a runner changes for its process."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with monkeypatch.context() as patch:
        patch.chdir("/")
        yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    queue = Queue(tmp_path / "queue", slots=1)
    with queue.lock():
        return queue


def an_entry(queue: Queue, command: str = "true", *, number: int = 1) -> Entry:
    """Return an entry whose directory has the command as its script."""
    directory = queue.path.parent / f"job-{number}"
    directory.mkdir()
    script = directory / "job.sh"
    script.write_text(command)
    return Entry(
        number=number,
        remote_id=f"{HOST}:{number}",
        token=f"token-{number}",
        project="lab",
        stack="hello",
        point="pi",
        directory=str(directory),
        argv=("bash", str(script)),
        environment={"PATH": os.defpath},
        files={"job.sh": len(command)},
        kill_after_s=0.1,
    )


def run(queue: Queue, entry: Entry) -> Ended | None:
    """Be the runner that was started for a job; return how it ended."""
    with queue.lock():
        queue.put(entry, Standing.TAKEN)
        slots = queue.take_slots(1) or ()
    files = ",".join(map(str, slots))
    main([str(queue.path), "1", HOST, BOOT, str(entry.number), files])
    return read_ended(Path(entry.directory), entry.remote_id)


@pytest.mark.parametrize(
    ("command", "state", "exit_code"),
    [
        ("true", JobState.COMPLETED, 0),
        ("exit 3", JobState.FAILED, 3),
        ("kill -9 $$", JobState.FAILED, 137),
    ],
)
def test_the_exit_code_says_how_it_ended(
    queue: Queue, command: str, *, state: JobState, exit_code: int
) -> None:
    ended = run(queue, an_entry(queue, command))
    assert ended is not None
    assert (ended.state, ended.exit_code) == (state, exit_code)
    assert queue.standings() == {}


def test_it_goes_on_with_what_is_ready(queue: Queue) -> None:
    # given
    second = an_entry(queue, "exit 4", number=2)
    queue.put(second, Standing.READY)

    # when
    run(queue, an_entry(queue))

    # then
    ended = read_ended(Path(second.directory), second.remote_id)
    assert ended is not None
    assert ended.exit_code == 4


def test_it_stops_a_job_at_the_end_of_its_walltime(queue: Queue) -> None:
    deaf = "trap '' TERM; timeout 300 sleep 300; sleep 300"
    ended = run(queue, replace(an_entry(queue, deaf), walltime_s=0.2))
    assert ended is not None
    assert (ended.state, ended.exit_code) == (JobState.TIMEOUT, None)


def test_it_does_not_begin_what_was_cancelled(queue: Queue) -> None:
    entry = an_entry(queue, "touch begun")
    ended = run(queue, replace(entry, is_cancelled=True))
    assert ended is not None
    assert (ended.state, ended.began) == (JobState.CANCELLED, None)


def test_it_ends_a_running_job_that_is_cancelled(queue: Queue) -> None:
    # given
    entry = an_entry(queue, f"touch {queue.path}/begun; sleep 300")
    here = threading.get_ident()

    def cancel() -> None:
        while not (queue.path / "begun").exists():
            threading.Event().wait(0.01)
        with queue.lock():
            taken = queue.entry(1, Standing.TAKEN)
            assert taken is not None
            queue.put(replace(taken, is_cancelled=True), Standing.TAKEN)
        signal.pthread_kill(here, signal.SIGTERM)

    # when
    signal.pthread_sigmask(signal.SIG_BLOCK, RUNNER_SIGNALS)
    thread = threading.Thread(target=cancel, daemon=True)
    thread.start()
    ended = run(queue, entry)
    thread.join(timeout=5)

    # then
    assert ended is not None
    assert ended.state is JobState.CANCELLED
    assert ended.began is not None


def test_it_leaves_a_job_that_another_runner_has(queue: Queue) -> None:
    assert run(queue, replace(an_entry(queue), runner=1)) is None
    assert queue.standings() == {1: Standing.TAKEN}


@pytest.mark.parametrize("files", [{"job.sh": 99}, {"gone.txt": 1}])
def test_it_does_not_run_what_a_power_cut_emptied(queue: Queue, files: dict[str, int]) -> None:
    ended = run(queue, replace(an_entry(queue), files=files))
    assert ended is not None
    assert ended.state is JobState.LOST


def test_a_shell_that_is_not_there_is_a_failure_with_its_reason(queue: Queue) -> None:
    ended = run(queue, replace(an_entry(queue), argv=("no-such-shell",)))
    assert ended is not None
    assert ended.state is JobState.FAILED
    assert "no-such-shell" in ended.reason


def test_it_looks_after_a_job_whose_runner_was_killed(queue: Queue, tmp_path: Path) -> None:
    # given
    entry = an_entry(queue)
    log = tmp_path / "log"
    pid = spawn(("sleep", "300"), {"PATH": os.defpath}, stdout=log, stderr=log)
    running = Running(entry.remote_id, HOST, BOOT, pid, process_started(pid), began=0.0)
    write_state(Path(entry.directory), running)

    # when
    ended = run(queue, replace(entry, walltime_s=60))

    # then
    assert ended is not None
    assert ended.state is JobState.TIMEOUT
    assert Child(pid).has_ended()
