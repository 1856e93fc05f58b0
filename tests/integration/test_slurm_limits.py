"""Other limits, signals and secrets for jobs on a real cluster."""

from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, JobState, Start, Ticket, Waiting
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually

PATIENCE_S = 90
SECRET = "tweet-tweet-canary"


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


def waiting(bench: Bench, name: str, **changes: object) -> tuple[Start, Ticket]:
    """Return a job that waits in the queue, released, until long after the test."""
    start = bench.a_start(name, "true", native={"begin": "now+1hour"}, **changes)
    (ticket,) = bench.run(start)
    bench.until(ticket, JobState.QUEUED, within_s=PATIENCE_S)
    return start, ticket


def with_limits(start: Start, **changes: object) -> Start:
    return replace(start, request=replace(start.request, **changes))  # type: ignore[arg-type]


def test_a_waiting_job_gets_its_limits_in_the_queue(bench: Bench) -> None:
    # given
    start, ticket = waiting(bench, "shorter", walltime_s=600)

    # when
    wanted = with_limits(start, walltime_s=120, memory_mb=150)
    changed = bench.provider.change_limits(ticket, wanted)

    # then
    assert changed.remote_id == ticket.remote_id
    assert changed.note == "changed in the queue"
    told = bench.slurm("squeue", "-h", "-j", ticket.remote_id, "-o", "%l %m").split()
    assert told == ["2:00", "150M"]
    assert "--time=2" in (Path(ticket.directory) / "job.sh").read_text()
    bench.provider.cancel([ticket])


def test_what_cannot_be_changed_in_the_queue_is_submitted_again(bench: Bench) -> None:
    # given
    start, ticket = waiting(bench, "signalled")
    wanted = with_limits(start, signal="B:USR1@30", native={})

    # when
    changed = bench.provider.change_limits(ticket, wanted)
    done = bench.until(ticket, JobState.COMPLETED, within_s=PATIENCE_S)
    again = bench.provider.change_limits(ticket, wanted)

    # then
    assert changed.remote_id != ticket.remote_id
    assert changed.note == (
        f"submitted again as job {changed.remote_id}: its place in the queue is lost"
    )
    assert isinstance(done, Done)
    assert again.note == "counts from the next run on"
    states = bench.slurm("squeue", "-h", "-t", "all", "-o", "%A %T").splitlines()
    assert f"{ticket.remote_id} CANCELLED" in states
    assert f"{changed.remote_id} COMPLETED" in states


def test_a_run_that_died_between_two_places_in_the_queue_is_gone_on_with(bench: Bench) -> None:
    # given: the manifest says that the job is to be submitted again, and the old one is gone
    start, ticket = waiting(bench, "halfway")
    manifest = Path(ticket.directory) / "manifest.json"
    noted = f'"remote_id": "{ticket.remote_id}"'
    assert noted in manifest.read_text()
    manifest.write_text(manifest.read_text().replace(noted, '"remote_id": ""'))
    bench.slurm("scancel", ticket.remote_id)
    told = bench.until(ticket, JobState.UNKNOWN)

    # when
    changed = bench.provider.change_limits(ticket, with_limits(start, native={}))
    done = bench.until(ticket, JobState.COMPLETED, within_s=PATIENCE_S)

    # then
    assert isinstance(told, Waiting)
    assert "to be submitted again" in told.reason
    assert changed.remote_id != ticket.remote_id
    assert isinstance(done, Done)


def test_a_running_job_is_left_alone(bench: Bench) -> None:
    # given
    start = bench.a_start("running", "sleep 100")
    (ticket,) = bench.run(start)
    bench.until(ticket, JobState.RUNNING, within_s=PATIENCE_S)

    # when
    changed = bench.provider.change_limits(ticket, with_limits(start, walltime_s=600))

    # then
    assert changed.note == "counts from the next run on"
    assert changed.remote_id == ticket.remote_id
    bench.provider.cancel([ticket])


def test_a_signal_reaches_the_command(bench: Bench) -> None:
    # given: its walltime is a minute, and the signal comes as early as Slurm can send it
    command = "trap 'echo told; exit 0' USR1; touch ready; for i in $(seq 600); do sleep 0.2; done"
    (ticket,) = bench.run(bench.a_start("told", command, signal="B:USR1@60"))
    ready = Path(ticket.directory) / "ready"
    eventually(ready.exists, within_s=PATIENCE_S)

    # when
    bench.slurm("scancel", "--batch", "--signal=USR1", ticket.remote_id)
    (done,) = bench.ends([ticket], within_s=PATIENCE_S)

    # then
    assert (done.state, done.exit_code) == (JobState.COMPLETED, 0)
    assert bench.provider.log_path(ticket).read_text() == "told\n"


def test_a_secret_is_a_file_of_the_job_and_nowhere_else(bench: Bench) -> None:
    # given
    command = 'stat -c "%a %A" "$CMX_SECRETS"/key "$CMX_SECRETS"; wc -c <"$CMX_SECRETS/key"'
    bench.environment = {"CANARY": SECRET}
    start = bench.a_start("secret", command, secrets={"key": SECRET})

    # when
    (ticket,) = bench.run(start)
    (done,) = bench.ends([ticket], within_s=PATIENCE_S)

    # then
    assert done.exit_code == 0
    log = bench.provider.log_path(ticket).read_text()
    assert log.splitlines() == ["600 -rw-------", "700 drwx------", str(len(SECRET))]
    directory = Path(ticket.directory)
    assert not (directory / "secrets").exists()
    kept = [one for one in directory.rglob("*") if one.is_file() and SECRET in one.read_text()]
    assert kept == []
    state = bench.cluster.state_dir / "controller"
    found = [
        one for one in state.rglob("*") if one.is_file() and SECRET.encode() in one.read_bytes()
    ]
    assert found == []
    accounted = eventually(
        lambda: bench.slurm("sacct", "-j", ticket.remote_id, "-X", "--env-vars"),
        lambda text: "SLURM" in text or "NONE" in text,
    )
    assert SECRET not in accounted
