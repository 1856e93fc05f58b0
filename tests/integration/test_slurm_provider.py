"""SlurmProvider on a real cluster."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    JobRequest,
    JobState,
    SiteName,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import JOB_START_TYPE
from cloudmesh_iac.engine.abilities import Explains, RunsJobs
from cloudmesh_iac.engine.twin_jobs import cancel_twin_jobs
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.props import from_ticket
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.slurm.client import SlurmClient
from cloudmesh_iac.providers.slurm.controller import controller_host
from cloudmesh_iac.providers.slurm.names import job_name
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.sites import Site
from tests.builders import a_record, a_snapshot
from tests.lifecycle.world import EventList
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.unprivileged import Unprivileged
from tests.rigs.waiting import eventually


@dataclass
class Bench:
    """A provider on the cluster, and what a test does with it."""

    cluster: SlurmCluster
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return Site(
            name=SiteName("rig"),
            kind="slurm",
            project_dir=self.folder,
            options={
                "workdir": str(self.folder / "jobs"),
                "queue": "batch",
                "poll_s": 0.2,
                "history_s": 1,
            },
        )

    @property
    def computer(self) -> Computer:
        return Computer(
            environment={"PATH": os.defpath, **self.cluster.environment, **self.environment},
            host="login",
            user="root",
            home=self.folder,
            boot_id="",
            cores=2,
        )

    @property
    def provider(self) -> SlurmProvider:
        """A new one each time: nothing may rest on what a provider remembers."""
        return SlurmProvider(self.site, self.computer)

    def a_start(self, name: str, command: str = "true", **changes: object) -> Start:
        """Return a start whose token and stack are this test's own."""
        own = self.folder.name
        request = JobRequest(
            project="lab",
            stack=own,
            point=f"{name}/n=1",
            command=command,
            identity=f"id-{name}",
            identity_base=f"id-{name}",
            walltime_s=60,
            memory_mb=100,
        )
        return Start(f"{own}-{name}", replace(request, **changes))  # type: ignore[arg-type]

    def submit(self, *starts: Start) -> list[Ticket]:
        tickets = self.provider.start(starts)
        assert all(isinstance(ticket, Ticket) for ticket in tickets), tickets
        return [ticket for ticket in tickets if isinstance(ticket, Ticket)]

    def run(self, *starts: Start) -> list[Ticket]:
        """Submit and release."""
        tickets = self.submit(*starts)
        self.provider.confirm(tickets)
        return tickets

    def until(
        self, ticket: Ticket, *states: JobState, within_s: float = 30
    ) -> Waiting | Done | Failure:
        provider = self.provider
        return eventually(
            lambda: provider.poll([ticket])[ticket],
            lambda answer: not isinstance(answer, Failure) and answer.state in states,
            within_s=within_s,
        )

    def ends(self, tickets: Sequence[Ticket], within_s: float = 30) -> list[Done]:
        provider = self.provider
        answers = eventually(
            lambda: list(provider.poll(tickets).values()),
            lambda found: all(isinstance(answer, Done) for answer in found),
            within_s=within_s,
        )
        return [answer for answer in answers if isinstance(answer, Done)]

    def slurm(self, *argv: str) -> str:
        answer = self.cluster.run(argv)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def known(self, name: str, format_: str = "%A %T") -> list[str]:
        """Return what the controller knows under a name, also what has ended."""
        return self.slurm(
            "squeue", "-h", "-t", "all", f"--name={name}", "-S", "i", "-o", format_
        ).splitlines()


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


def test_it_has_the_abilities_of_a_scheduler_and_no_problem(bench: Bench) -> None:
    # given
    provider = bench.provider

    # then
    assert isinstance(provider, RunsJobs)
    assert isinstance(provider, Explains)
    assert provider.problem() is None
    assert controller_host(bench.computer) == bench.slurm("hostname", "-s").strip()


def test_a_job_waits_held_and_runs_when_it_is_confirmed(bench: Bench, tmp_path: Path) -> None:
    # given
    start = bench.a_start("one", "echo said; echo 7 > result.txt; echo warned >&2")
    provider = bench.provider
    (ticket,) = bench.submit(start)
    held = provider.poll([ticket])[ticket]

    # when
    provider.confirm([ticket])
    provider.confirm([ticket])
    done = bench.until(ticket, JobState.COMPLETED)
    provider.confirm([ticket])

    # then
    assert held == Waiting(JobState.HELD, "it is held: `scontrol release` lets it go")
    assert isinstance(done, Done)
    assert done.exit_code == 0
    assert done.hosts in {("node1",), ("node2",), ("node3",), ("node4",)}
    assert done.started_at is not None
    assert done.ended_at is not None
    assert done.started_at <= done.ended_at
    assert provider.log_path(ticket).read_text() == "said\n"
    assert provider.fetch(ticket, ["result.txt", "none.txt"], tmp_path / "got") == ("result.txt",)
    assert (tmp_path / "got" / "result.txt").read_text() == "7\n"


def test_a_job_on_a_cluster_that_is_named_to_every_command(bench: Bench) -> None:
    # given
    named = replace(bench.site, options={**bench.site.options, "cluster": "cmx"})
    provider = SlurmProvider(named, bench.computer)

    # when
    (ticket,) = provider.start([bench.a_start("named", "echo said")])
    assert isinstance(ticket, Ticket)
    provider.confirm([ticket])
    eventually(
        lambda: provider.poll([ticket])[ticket],
        lambda answer: isinstance(answer, Done),
        within_s=120,
    )

    # then
    assert ticket.cluster == "cmx"
    assert provider.log_path(ticket).read_text() == "said\n"
    nowhere = replace(named, options={**named.options, "cluster": "nosuch"})
    (refused,) = SlurmProvider(nowhere, bench.computer).start([bench.a_start("nowhere")])
    assert isinstance(refused, Failure)
    assert "No cluster 'nosuch' known by database" in refused.message


def test_jobs_end_as_their_commands_ended(bench: Bench) -> None:
    # given
    starts = [
        bench.a_start("three", "exit 3"),
        bench.a_start("killed", "kill -9 $$"),
        bench.a_start("much", "true", nodes=2, native={"time-min": "1"}),
    ]

    # when
    three, killed, much = bench.ends(bench.run(*starts))

    # then
    assert (three.state, three.exit_code, three.signal) == (JobState.FAILED, 3, 0)
    assert (killed.state, killed.signal) == (JobState.FAILED, 9)
    assert (much.state, len(much.hosts)) == (JobState.COMPLETED, 2)


def test_a_token_given_twice_is_one_job(bench: Bench) -> None:
    # given
    start = bench.a_start("twice", "sleep 1; date +%N >> runs")

    # when
    first = bench.submit(start, start)
    second = bench.run(start)
    bench.ends(second)
    third = bench.submit(start)

    # then
    name = job_name(start.request, start.token)
    assert first == [*second, *second] == [*third, *third]
    assert bench.known(name) == [f"{first[0].remote_id} COMPLETED"]
    runs = (Path(first[0].directory) / "runs").read_text()
    assert len(runs.splitlines()) == 1
    # the accounting, which lags behind, never hears of a second one
    accounted = eventually(
        lambda: bench.slurm("sacct", "-nX", "--name", name, "-o", "state").split()
    )
    assert accounted == ["COMPLETED"]


class DyingClient(SlurmClient):
    """A run that is killed when sbatch has returned, before it can note the id."""

    def submit(self, arguments: Sequence[str]) -> str:
        raise SiteUnreachable(f"killed after job {super().submit(arguments)}")


def test_a_job_whose_run_died_before_noting_its_id_is_taken_over(bench: Bench) -> None:
    # given
    start = bench.a_start("orphan", "date +%N >> runs")
    dying = DyingClient("rig", bench.computer)
    (lost,) = SlurmProvider(bench.site, bench.computer, slurm=dying).start([start])
    assert isinstance(lost, Failure)
    assert not lost.is_certain

    # when
    (ticket,) = bench.run(start)
    (done,) = bench.ends([ticket])

    # then
    assert lost.message == f"killed after job {ticket.remote_id}"
    assert done.state is JobState.COMPLETED
    assert bench.known(job_name(start.request, start.token)) == [f"{ticket.remote_id} COMPLETED"]
    assert len((Path(ticket.directory) / "runs").read_text().splitlines()) == 1


def test_of_two_held_jobs_of_one_token_the_first_stays(bench: Bench) -> None:
    # given
    start = bench.a_start("twins")
    name = job_name(start.request, start.token)
    by_hand = ["sbatch", "--parsable", "-H", "-J", name, "-o", "/dev/null", "--wrap", "true"]
    ids = [bench.slurm(*by_hand).strip() for _ in range(2)]

    # when
    (ticket,) = bench.run(start)
    bench.ends([ticket])
    (again,) = bench.submit(start)

    # then
    assert again.remote_id == ticket.remote_id == ids[0]
    assert bench.known(name) == [f"{ids[0]} COMPLETED", f"{ids[1]} CANCELLED"]


def test_a_job_that_a_dead_run_submitted_late_is_cancelled_and_the_recorded_one_runs(
    bench: Bench,
) -> None:
    # given: a recorded job, and one of the same token that came to the site after it
    start = bench.a_start("late", "sleep 2")
    name = job_name(start.request, start.token)
    (ticket,) = bench.submit(start)
    comment = f"{bench.slurm('squeue', '-h', '-j', ticket.remote_id, '-o', '%k').strip()}"
    late = bench.slurm(
        "sbatch", "--parsable", "-H", "-J", name, "--comment", comment, "--wrap", "true"
    ).strip()
    stack = StackId("lab", bench.folder.name)
    inputs = {"site": "rig", "token": start.token}
    goal = a_record("late", type_=JOB_START_TYPE, id="", inputs=inputs, outputs={})
    record = replace(goal, id=f"rig:{ticket.remote_id}", outputs={"ticket": from_ticket(ticket)})
    sites = OpenSites(
        Settings(bench.folder, {bench.site.name: bench.site}, bench.site.name, Limits()),
        bench.computer,
    )
    events = EventList()

    # when
    cancel_twin_jobs(
        [goal],
        a_snapshot(record, stack=stack),
        remote=JobRemote(Jobs(sites)),
        events=events,
    )
    bench.provider.confirm([ticket])
    (done,) = bench.ends([ticket])

    # then
    assert done.state is JobState.COMPLETED
    assert bench.known(name) == [f"{ticket.remote_id} COMPLETED", f"{late} CANCELLED"]
    (said,) = events.told
    assert isinstance(said, Noticed)
    assert f"job {late} was started by a run that had lost its lock" in said.text


def test_a_job_cancelled_by_hand_is_never_called_completed(bench: Bench) -> None:
    # given
    (ticket,) = bench.run(bench.a_start("by-hand", "sleep 100"))
    bench.until(ticket, JobState.RUNNING)
    seen: set[JobState] = set()

    def look() -> Waiting | Done | Failure:
        answer = bench.provider.poll([ticket])[ticket]
        assert not isinstance(answer, Failure)
        seen.add(answer.state)
        return answer

    # when
    bench.slurm("scancel", ticket.remote_id)
    done = eventually(look, lambda answer: isinstance(answer, Done))

    # then
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.CANCELLED, None)
    assert seen <= {JobState.RUNNING, JobState.CANCELLED}


def test_cancelling_leaves_alone_what_has_ended_and_what_is_not_ours(bench: Bench) -> None:
    # given
    waiting, running, ended = bench.submit(
        bench.a_start("waiting"),
        bench.a_start("running", "sleep 100"),
        bench.a_start("ended"),
    )
    bench.provider.confirm([running, ended])
    bench.until(running, JobState.RUNNING)
    bench.until(ended, JobState.COMPLETED)
    stranger = Ticket(running.site, "another-token", running.remote_id, directory="/nowhere")

    # when
    bench.provider.cancel([stranger])
    bench.until(running, JobState.RUNNING)
    bench.provider.cancel([waiting, running, ended])
    bench.provider.cancel([waiting, running, ended])
    states = [done.state for done in bench.ends([waiting, running, ended])]

    # then
    assert states == [JobState.CANCELLED, JobState.CANCELLED, JobState.COMPLETED]
    answer = bench.provider.poll([stranger])[stranger]
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.UNKNOWN


def test_a_requeued_job_waits_again_and_completes(bench: Bench) -> None:
    # given
    again = '[ "${SLURM_RESTART_COUNT:-0}" != 0 ]'
    command = f"touch begun; {again} || sleep 100; echo attempt $SLURM_RESTART_COUNT"
    (ticket,) = bench.run(bench.a_start("requeued", command))
    eventually((Path(ticket.directory) / "begun").exists)

    # when
    bench.slurm("scontrol", "requeue", ticket.remote_id)
    waiting = bench.until(ticket, JobState.QUEUED)
    # Slurm itself lets two minutes pass; in the same second its node would still refuse the job
    bench.slurm("scontrol", "update", f"JobId={ticket.remote_id}", "StartTime=now+3seconds")
    done = bench.until(ticket, JobState.COMPLETED, JobState.FAILED)

    # then
    assert isinstance(waiting, Waiting)
    assert waiting.reason.startswith("it was put back into the queue once")
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.COMPLETED, 0)
    assert bench.provider.log_path(ticket).read_text() == "attempt 1\n"


def test_a_refused_submission_is_told_in_the_sites_own_words(bench: Bench) -> None:
    # given
    good = bench.a_start("good")
    nowhere = bench.a_start("nowhere", queue="nosuch")
    unpaid = bench.a_start("unpaid", account="nobody")

    # when
    refused, ticket, no_account = bench.provider.start([nowhere, good, unpaid])
    refused_again, same, _ = bench.provider.start([nowhere, good, unpaid])

    # then
    assert refused == refused_again
    assert refused == Failure(
        "invalid partition specified: nosuch; "
        "Batch job submission failed: Invalid partition name specified"
    )
    assert isinstance(no_account, Failure)
    assert "Invalid account" in no_account.message
    assert isinstance(ticket, Ticket)
    assert same == ticket
    bench.provider.cancel([ticket])


def test_a_job_that_can_never_start_says_why(bench: Bench) -> None:
    # given: held jobs are accepted, whatever they ask for
    huge, many = bench.submit(
        bench.a_start("huge", memory_mb=999_000), bench.a_start("many", nodes=99)
    )
    provider = bench.provider

    # when
    provider.confirm([huge, many])
    provider.confirm([huge, many])
    answers = eventually(
        lambda: provider.poll([huge, many]),
        lambda found: all("never" in getattr(answer, "reason", "") for answer in found.values()),
    )

    # then
    assert [answer.state for answer in answers.values() if isinstance(answer, Waiting)] == [
        JobState.QUEUED,
        JobState.QUEUED,
    ]
    provider.cancel([huge, many])


def test_the_jobs_of_a_stack_are_found_without_our_store(bench: Bench) -> None:
    # given
    held, running, ended = bench.submit(
        bench.a_start("held"), bench.a_start("going", "sleep 100"), bench.a_start("over")
    )
    other = bench.a_start("other", stack="another")
    (foreign,) = bench.submit(other)
    bench.provider.confirm([running, ended])
    bench.until(running, JobState.RUNNING)
    bench.until(ended, JobState.COMPLETED)
    # a site that keeps comments for itself
    bench.slurm("scontrol", "update", f"JobId={held.remote_id}", "Comment=the site's own")

    # when
    found = bench.provider.live_jobs("lab", bench.folder.name)

    # then
    assert {(job.token, job.remote_id, job.state) for job in found} == {
        (held.token, held.remote_id, JobState.HELD),
        (running.token, running.remote_id, JobState.RUNNING),
    }
    bench.provider.cancel([held, running, foreign])
    assert bench.provider.live_jobs("lab", "another") == []


def test_nothing_of_the_callers_environment_reaches_a_job_or_slurm(bench: Bench) -> None:
    # given
    bench.environment = {"CANARY": "tweet-tweet", "SBATCH_PARTITION": "nosuch", "SQUEUE_USERS": "x"}
    start = bench.a_start("canary", "env", environment={"GIVEN": "on purpose"})

    # when
    (ticket,) = bench.run(start)
    bench.ends([ticket])

    # then
    told = bench.provider.log_path(ticket).read_text()
    assert "GIVEN=on purpose" in told
    assert "SLURM_JOB_ID=" in told
    assert "tweet" not in told
    assert "SLURM_EXPORT_ENV" not in told
    kept = eventually(
        lambda: bench.slurm("sacct", "-j", ticket.remote_id, "-X", "--env-vars"),
        lambda text: "SLURM" in text or "NONE" in text,
    )
    assert "tweet" not in kept


def test_a_job_that_cannot_write_says_so(bench: Bench) -> None:
    # given
    (ticket,) = bench.submit(bench.a_start("homeless"))
    folder = Path(ticket.directory)
    folder.rename(folder.with_name("moved"))

    # when
    bench.provider.confirm([ticket])
    (done,) = bench.ends([ticket])

    # then
    assert (done.state, done.exit_code) == (JobState.FAILED, None)
    assert done.reason == "its folder or its output file could not be opened on the node"


def test_a_controller_that_does_not_answer_is_no_lost_job(bench: Bench, tmp_path: Path) -> None:
    # given
    (ticket,) = bench.submit(bench.a_start("silent"))
    conf = tmp_path / "slurm.conf"
    text = bench.cluster.conf.read_text().replace("SlurmctldPort=", "SlurmctldPort=1\n#")
    conf.write_text(text)
    down = Bench(bench.cluster, tmp_path, {"SLURM_CONF": str(conf)}).provider

    # when
    answer = down.poll([ticket])[ticket]
    problem = down.problem()

    # then
    assert isinstance(answer, Failure)
    assert answer.message.startswith("Unable to contact slurm controller")
    assert problem is not None
    assert "DOWN" in problem
    bench.provider.cancel([ticket])


def test_an_ordinary_user_runs_a_job(slurm: SlurmCluster, unprivileged: Unprivileged) -> None:
    # given
    code = """
import sys, threading
from pathlib import Path
from cloudmesh_iac.core.jobs import Done, JobRequest, SiteName, Start
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.sites import Site

site = Site(SiteName("rig"), "slurm", Path.cwd(), {"queue": "batch"})
provider = SlurmProvider(site, this_computer())
request = JobRequest(
    project="lab", stack="user", point="who", command="whoami; pwd", identity="a", identity_base="a"
)
(ticket,) = provider.start([Start(sys.argv[1], request)])
provider.confirm([ticket])
for _ in range(100):
    answer = provider.poll([ticket])[ticket]
    if isinstance(answer, Done):
        break
    threading.Event().wait(0.2)
print(answer.state, provider.log_path(ticket).read_text())
"""

    # when
    token = unprivileged.home.name
    answer = unprivileged.python("-c", code, token, environment=slurm.environment)

    # then
    assert answer.stdout.split() == [
        "COMPLETED",
        "cmxuser",
        str(unprivileged.home / ".cloudmesh/sites/rig/lab/user/who/a"),
    ], answer.stderr


@pytest.mark.timeout(300)
def test_a_job_past_its_time_is_told_from_others_also_when_slurm_has_forgotten_them(
    bench: Bench, short_memory: Callable[[], None]
) -> None:
    # given
    tickets = bench.run(
        bench.a_start("late", "sleep 300"),
        bench.a_start("good"),
        bench.a_start("bad", "exit 4"),
        bench.a_start("stopped", "sleep 300"),
    )
    bench.until(tickets[3], JobState.RUNNING)
    bench.slurm("scancel", tickets[3].remote_id)

    # when
    known = bench.ends(tickets, within_s=150)
    short_memory()
    names = {ticket.remote_id for ticket in tickets}
    eventually(
        lambda: names & set(bench.slurm("squeue", "-h", "-t", "all", "-o", "%A").split()),
        lambda left: not left,
        within_s=60,
    )
    remembered = bench.ends(tickets)

    # then
    for answers in (known, remembered):
        assert [(done.state, done.exit_code) for done in answers] == [
            (JobState.TIMEOUT, None),
            (JobState.COMPLETED, 0),
            (JobState.FAILED, 4),
            (JobState.CANCELLED, None),
        ]
    # without its exit file a job is told by the accounting alone
    for ticket in tickets:
        (Path(ticket.directory) / "exit").unlink(missing_ok=True)
    assert [(done.state, done.exit_code) for done in bench.ends(tickets)] == [
        (done.state, done.exit_code) for done in known
    ]
    bench.provider.confirm(tickets)
    bench.provider.cancel(tickets)


@pytest.fixture
def short_memory(slurm: SlurmCluster) -> Iterator[Callable[[], None]]:
    """Make the controller forget ended jobs at once, for the rest of a test."""
    before = slurm.conf.read_text()

    def shorten() -> None:
        slurm.conf.write_text(before.replace("MinJobAge=300", "MinJobAge=2"))
        assert slurm.run(["scontrol", "reconfigure"]).returncode == 0

    yield shorten
    slurm.conf.write_text(before)
    slurm.run(["scontrol", "reconfigure"])
