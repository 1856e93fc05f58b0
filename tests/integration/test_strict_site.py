"""Jobs on a cluster with the rules of a busy site: see write_strict_rules in the rig's up.sh."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, SiteName, Ticket, Waiting
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.slurm.client import SlurmClient
from cloudmesh_iac.providers.slurm.names import job_name
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.settings.computer import SystemClock
from cloudmesh_iac.settings.sites import Site
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually

PATIENCE_S = 90
AWKWARD = """printf '%s\\n' "it's" '$HOME `id` $(id)' a\\ \\ b > said; echo "two
lines"; echo 'x;y' "\\"quoted\\"" 'été' >> said
"""


@dataclass
class StrictBench(Bench):
    """A provider on the strict cluster, without its accounting."""

    @property
    def site(self) -> Site:
        return Site(
            name=SiteName("strict"),
            kind="slurm",
            project_dir=self.folder,
            options={
                "workdir": str(self.folder / "jobs"),
                "account": "science",
                "poll_s": 0.2,
                "accounting": False,
            },
        )

    def runs(self, name: str) -> list[str]:
        """Return every job that there ever was under a name, by the accounting itself."""
        conf = str(self.cluster.conf)
        command = ["env", f"SLURM_CONF={conf}", "sacct", "-nXP", f"--name={name}", "-o", "State"]
        return self.slurm(*command).split()


class ClockAhead(SystemClock):
    """A clock on which time has passed that nobody had to wait."""

    ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s


@pytest.fixture
def bench(strict_slurm: SlurmCluster, tmp_path: Path) -> StrictBench:
    return StrictBench(strict_slurm, tmp_path)


def test_a_job_runs_where_held_ones_are_refused(bench: StrictBench) -> None:
    # given
    start = bench.a_start("one", "date +%N >> runs; echo said")

    # when
    (ticket,) = bench.run(start)
    (done,) = bench.ends([ticket], within_s=PATIENCE_S)
    again = bench.run(start)

    # then
    assert (done.state, done.exit_code) == (JobState.COMPLETED, 0)
    assert bench.provider.log_path(ticket).read_text() == "said\n"
    assert again == [ticket]
    assert len((Path(ticket.directory) / "runs").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"walltime_s": None}, "This site needs a time limit: say --time=MINUTES"),
        ({"account": "nobody"}, "Invalid account"),
        ({"memory_mb": 999_000}, "Memory specification can not be satisfied"),
    ],
)
def test_a_refusal_is_the_sites_own_sentence(
    bench: StrictBench, changes: dict[str, Any], *, sentence: str
) -> None:
    (refused,) = bench.provider.start([bench.a_start("refused", **changes)])
    assert isinstance(refused, Failure)
    assert refused.is_certain
    assert sentence in refused.message
    assert "Unspecified error" not in refused.message


class DyingClient(SlurmClient):
    """A run that is killed when sbatch has returned, before it can note the id."""

    def submit(self, arguments: Sequence[str]) -> str:
        raise SiteUnreachable(f"killed after job {super().submit(arguments)}")


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_job_that_ran_before_its_id_was_noted_is_found_by_its_claim(
    bench: StrictBench, *, is_forgotten: bool
) -> None:
    # given
    start = bench.a_start("orphan", "date +%N >> runs")
    dying = DyingClient("strict", bench.computer)
    unheld = Site(bench.site.name, "slurm", bench.folder, {**bench.site.options, "hold": False})
    (lost,) = SlurmProvider(unheld, bench.computer, slurm=dying).start([start])
    name = job_name(start.request, start.token)
    if is_forgotten:
        eventually(lambda: not bench.known(name), within_s=PATIENCE_S)

    # when
    (ticket,) = bench.run(start)
    (done,) = bench.ends([ticket], within_s=PATIENCE_S)

    # then
    assert isinstance(lost, Failure)
    assert lost.message == f"killed after job {ticket.remote_id}"
    assert done.state is JobState.COMPLETED
    assert len((Path(ticket.directory) / "runs").read_text().splitlines()) == 1


def test_of_two_jobs_of_one_token_the_second_ends_at_once(bench: StrictBench) -> None:
    # given: the same script, submitted twice by runs that knew nothing of each other
    start = bench.a_start("twins", "date +%N >> runs; echo said; sleep 3")
    (ticket,) = bench.submit(start)
    name = job_name(start.request, start.token)
    directory = Path(ticket.directory)
    logs = [f"--output={directory}/stdout.log", f"--error={directory}/stderr.log"]
    command = ["sbatch", "--parsable", f"--job-name={name}", "--open-mode=append", *logs]
    more = ["--account=science", "--time=1", "--mem=100M", str(directory / "job.sh")]

    # when
    bench.slurm(*command, *more)
    done = bench.ends([ticket], within_s=PATIENCE_S)

    # then
    assert [one.state for one in done] == [JobState.COMPLETED]
    accounted = eventually(
        lambda: sorted(bench.runs(name)),
        lambda states: len(states) == 2 and "RUNNING" not in states,
        within_s=PATIENCE_S,
    )
    assert accounted == ["COMPLETED", "FAILED"]
    assert len((directory / "runs").read_text().splitlines()) == 1
    assert (directory / "stdout.log").read_text() == "said\n"


@pytest.mark.timeout(1500)
def test_three_hundred_points_each_run_once_where_fifty_fit(bench: StrictBench) -> None:
    # given: arrays of a hundred, fifty jobs at a time, held ones refused, nobody to ask for limits
    shared = bench.folder / "ran"
    starts = [
        bench.a_start(f"p{n}", f"echo {n} >> {shared}", point=f"sweep/n={n}") for n in range(300)
    ]
    provider = bench.provider
    open_, tickets, rounds = list(starts), list[Ticket](), 0
    refusals: set[str] = set()

    # when: what has no room is submitted as others end, as a run does
    while open_:
        answers = provider.start(open_)
        rounds += 1
        new = [one for one in answers if isinstance(one, Ticket)]
        refusals |= {one.message for one in answers if isinstance(one, Failure)}
        assert all(one.is_later for one in answers if isinstance(one, Failure)), refusals
        open_ = [
            start
            for start, answer in zip(open_, answers, strict=True)
            if not isinstance(answer, Ticket)
        ]
        tickets += new
        provider.confirm(new)
        bench.ends(tickets, within_s=600)

    # then
    assert len(tickets) == 300
    assert rounds >= 6
    assert sorted(map(int, shared.read_text().split())) == list(range(300))
    assert all("MaxSubmitJob" in one for one in refusals)
    assert not any("Unspecified error" in one for one in refusals)


def test_a_command_reaches_its_job_unchanged(bench: StrictBench) -> None:
    # when
    (ticket,) = bench.run(bench.a_start("awkward", AWKWARD))
    (done,) = bench.ends([ticket], within_s=PATIENCE_S)

    # then
    assert done.exit_code == 0
    directory = Path(ticket.directory)
    assert (directory / "command.sh").read_text() == AWKWARD
    said = (directory / "said").read_text()
    assert said == 'it\'s\n$HOME `id` $(id)\na  b\nx;y "quoted" été\n'
    assert (directory / "stdout.log").read_text() == "two\nlines\n"


def test_without_any_trace_a_job_is_lost_and_never_completed(bench: StrictBench) -> None:
    # given: cancelled by hand, then forgotten by the controller
    (ticket,) = bench.run(bench.a_start("stopped", "sleep 100"))
    bench.until(ticket, JobState.RUNNING, within_s=PATIENCE_S)
    bench.slurm("scancel", ticket.remote_id)
    eventually(
        lambda: bench.slurm("squeue", "-h", "-t", "all", "-o", "%A").split(),
        lambda ids: ticket.remote_id not in ids,
        within_s=PATIENCE_S,
    )

    clock = ClockAhead()
    provider = SlurmProvider(bench.site, replace(bench.computer, clock=clock))

    # when
    answer = provider.poll([ticket])[ticket]
    clock.ahead_s = 61
    later = provider.poll([ticket])[ticket]

    # then
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.UNKNOWN
    assert isinstance(later, Done)
    assert later.state is JobState.LOST
    assert later.reason == "Slurm does not know it, and it left no exit file"


def test_a_job_of_another_cluster_is_not_here(
    bench: StrictBench, slurm: SlurmCluster, tmp_path: Path
) -> None:
    # given
    other = Bench(slurm, tmp_path / "other")
    (ticket,) = other.run(other.a_start("away", "true"))
    other.ends([ticket], within_s=PATIENCE_S)
    (Path(ticket.directory) / "exit").unlink()
    assert isinstance(ticket, Ticket)

    # when
    answer = bench.provider.poll([ticket])[ticket]

    # then
    assert isinstance(answer, Failure)
    assert answer.message == (
        f"job {ticket.remote_id} is not here: it belongs to cluster cmx, and site rig asks"
        " cluster strict"
    )
    assert "on a computer of that cluster" in answer.hint
    assert not isinstance(other.provider.poll([ticket])[ticket], Failure)
