"""What becomes of jobs, by what queue, exit files and accounting say together."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Ticket, Waiting
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.unit.providers.slurm.fake_slurm import (
    FakeSlurm,
    StoppedClock,
    a_job,
    a_provider,
    a_start,
    an_accounted,
)


class Case:
    """A provider with one submitted job, `ticket`, that the queue does not show yet."""

    def __init__(self, folder: Path) -> None:
        self.slurm = FakeSlurm()
        self.clock = StoppedClock()
        self.provider: SlurmProvider = a_provider(folder, self.slurm, self.clock)
        (ticket,) = self.provider.start([a_start()])
        assert isinstance(ticket, Ticket)
        self.ticket = ticket

    @property
    def id(self) -> str:
        return self.ticket.remote_id

    def ask(self) -> Waiting | Done | Failure:
        return self.provider.poll([self.ticket])[self.ticket]

    def leave_exit_file(self, code: int = 0, *, remote_id: str = "", restarts: int = 0) -> None:
        line = f"{remote_id or self.id} {restarts} {code} 1795572749.5 1795572750.5\n"
        (Path(self.ticket.directory) / "exit").write_text(line)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_the_queue_is_believed_before_the_exit_file(case: Case) -> None:
    # given
    case.leave_exit_file(0)
    case.slurm.queue = [a_job(case.id, "CANCELLED")]

    # when
    done = case.ask()

    # then
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.CANCELLED, None)


def test_an_exit_file_of_an_earlier_attempt_says_nothing(case: Case) -> None:
    # given
    case.leave_exit_file(3, restarts=0)
    case.slurm.queue = [a_job(case.id, "FAILED", restarts=1, wait_status=256)]

    # when
    done = case.ask()

    # then
    assert isinstance(done, Done)
    assert done.exit_code == 1


def test_a_job_that_left_the_queue_is_told_by_its_exit_file(case: Case) -> None:
    # given
    case.leave_exit_file(0)

    # when
    done = case.ask()

    # then
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.COMPLETED, 0)
    assert "history" not in case.slurm.calls


def test_the_accounting_says_that_a_job_failed_because_of_its_memory(case: Case) -> None:
    # given: the kernel killed the command, and the script went on to write the file
    case.leave_exit_file(137)
    case.slurm.accounting = [an_accounted(case.id, "OUT_OF_MEMORY", signal=125)]

    # then
    done = case.ask()
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.OUT_OF_MEMORY, None)
    assert "`memory=`" in done.reason


@pytest.mark.parametrize(
    "line",
    [
        "slurmstepd-node2: error: Detected 1 oom-kill event(s) in StepId=3.0. Some of your"
        " processes may have been killed by the cgroup out-of-memory handler.",
        "slurmstepd: error: Detected 2 oom_kill events in StepId=3.0. Some of the step tasks",
        "srun: error: node2: task 0: Exited with exit code 1",
    ],
)
def test_a_failed_job_of_which_a_step_was_over_its_memory_says_so(case: Case, line: str) -> None:
    # given: Slurm calls the step OUT_OF_MEMORY, and the job only FAILED
    (Path(case.ticket.directory) / "stderr.log").write_text(f"working\n{line}\nover\n")
    case.slurm.queue = [a_job(case.id, "FAILED", wait_status=256)]

    # then
    done = case.ask()
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.FAILED, 1)
    assert ("`memory=`" in done.reason) is ("slurmstepd" in line)


@pytest.mark.parametrize("state", ["FAILED", "COMPLETED", "RUNNING", "", "silent", "closed"])
def test_the_exit_file_has_the_last_word_where_the_accounting_knows_no_more(
    case: Case, state: str
) -> None:
    # given
    case.leave_exit_file(3)
    if state == "silent":
        case.slurm.refusal["history"] = SiteUnreachable("no answer")
    elif state == "closed":
        case.slurm.accounting = None
    elif state:
        case.slurm.accounting = [an_accounted(case.id, state, exit_code=1)]

    # then
    done = case.ask()
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.FAILED, 3)


def test_a_failure_waits_until_the_accounting_may_be_asked_again(case: Case) -> None:
    # given: another job was missed a moment ago
    foreign = replace(case.ticket, remote_id="9", directory="")
    case.provider.poll([foreign])
    case.leave_exit_file(137)
    case.slurm.accounting = [an_accounted(case.id, "OUT_OF_MEMORY")]

    # when
    early = case.ask()
    case.clock.passed_s += 60
    late = case.ask()

    # then
    assert isinstance(early, Waiting)
    assert isinstance(late, Done)
    assert late.state is JobState.OUT_OF_MEMORY
    assert case.slurm.calls.count("history") == 2


def test_an_exit_file_of_another_job_is_not_believed(case: Case) -> None:
    # given
    case.leave_exit_file(0, remote_id="1")

    # then
    answer = case.ask()
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.UNKNOWN


def test_a_file_of_the_jobs_own_is_no_exit_file(case: Case) -> None:
    # given
    (Path(case.ticket.directory) / "exit").write_text("the way out is left")
    case.slurm.accounting = [an_accounted(case.id, "FAILED", exit_code=2)]

    # when
    done = case.ask()

    # then
    assert isinstance(done, Done)
    assert done.exit_code == 2


def test_an_id_that_came_again_is_not_our_job(case: Case) -> None:
    # given
    case.slurm.queue = [a_job(case.id, "COMPLETED", name="other.cmx-t9")]
    case.slurm.accounting = [an_accounted(case.id, "COMPLETED", name="other.cmx-t9")]

    # then
    answer = case.ask()
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.UNKNOWN


@pytest.mark.parametrize("accounting", [[], None])
def test_a_job_without_a_trace_is_lost_after_a_minute(
    case: Case, accounting: list[object] | None
) -> None:
    # given
    case.slurm.accounting = None if accounting is None else []
    first = case.ask()
    case.clock.passed_s += 59
    second = case.ask()

    # when
    case.clock.passed_s += 1
    third = case.ask()

    # then
    for answer in (first, second):
        assert isinstance(answer, Waiting)
        assert answer.state is JobState.UNKNOWN
    assert isinstance(third, Done)
    assert (third.state, third.exit_code) == (JobState.LOST, None)
    assert ("accounting" in third.reason) is (accounting is not None)


@pytest.mark.parametrize("state", ["REVOKED", "FUTURE_STATE"])
def test_what_somebody_has_is_waited_for_however_long_and_never_lost(
    case: Case, state: str
) -> None:
    # given: the queue here does not show it, and no word of ours says how it stands
    case.slurm.accounting = [an_accounted(case.id, state)]

    # when
    answers = []
    for _ in range(3):
        answers.append(case.ask())
        case.clock.passed_s += 86400

    # then
    for answer in answers:
        assert isinstance(answer, Waiting)
        assert answer.state is JobState.UNKNOWN
        assert answer.reason

    # when: it ran where its folder is seen too, under the same id
    case.leave_exit_file(0)

    # then
    done = case.ask()
    assert isinstance(done, Done)
    assert done.state is JobState.COMPLETED


@pytest.mark.parametrize("accounting", [[], None, ["REVOKED"], ["REVOKED", "RUNNING"]])
def test_what_another_cluster_has_taken_is_waited_for_while_the_queue_says_so(
    case: Case, accounting: list[str] | None
) -> None:
    # given
    case.slurm.queue = [a_job(case.id, "REVOKED")]
    records = [an_accounted(case.id, state) for state in accounting or ()]
    case.slurm.accounting = None if accounting is None else records

    # when
    answers = []
    for _ in range(3):
        answers.append(case.ask())
        case.clock.passed_s += 3600

    # then
    for answer in answers:
        assert isinstance(answer, Waiting)
        assert "another cluster of its federation" in answer.reason

    # when: its folder is seen there too
    case.leave_exit_file(0)

    # then
    done = case.ask()
    assert isinstance(done, Done)
    assert done.state is JobState.COMPLETED


@pytest.mark.parametrize("state", ["FAILED", "COMPLETED", "OUT_OF_MEMORY"])
def test_the_accounting_tells_how_it_ended_on_another_cluster(case: Case, state: str) -> None:
    # given: the queue here still shows its copy
    case.slurm.queue = [a_job(case.id, "REVOKED", wait_status=768)]
    case.slurm.accounting = [an_accounted(case.id, "REVOKED"), an_accounted(case.id, state)]

    # then
    done = case.ask()
    assert isinstance(done, Done)
    assert done.state == state


def test_a_job_of_a_federation_ends_as_the_accounting_says_of_the_cluster_that_ran_it(
    case: Case,
) -> None:
    # given
    case.slurm.accounting = [
        an_accounted(case.id, "FAILED", exit_code=3),
        an_accounted(case.id, "REVOKED"),
    ]

    # then
    done = case.ask()
    assert isinstance(done, Done)
    assert (done.state, done.exit_code) == (JobState.FAILED, 3)


def test_the_minute_begins_anew_when_a_job_was_seen(case: Case) -> None:
    # given
    case.ask()
    case.clock.passed_s += 59
    case.slurm.queue = [a_job(case.id)]
    case.ask()

    # when
    case.slurm.queue = []
    case.clock.passed_s += 59

    # then
    assert isinstance(case.ask(), Waiting)


def test_a_cancelled_job_without_a_trace_is_cancelled(case: Case) -> None:
    # given
    case.slurm.queue = [a_job(case.id)]
    case.provider.cancel([case.ticket])
    case.slurm.queue, case.slurm.accounting = [], None
    case.ask()

    # when
    case.clock.passed_s += 60

    # then
    assert case.ask() == Done(JobState.CANCELLED)


@pytest.mark.parametrize("silent", ["jobs", "history"])
def test_no_answer_is_a_failure_for_every_ticket_and_no_end(case: Case, silent: str) -> None:
    # given
    case.slurm.refusal[silent] = SiteUnreachable("no answer")
    case.clock.passed_s += 1000

    # then
    assert case.ask() == Failure("no answer")


def test_a_ticket_of_another_kind_of_site_is_no_question_to_the_accounting(case: Case) -> None:
    # given
    foreign = replace(case.ticket, remote_id="host:7", directory="")

    # when
    answer = case.provider.poll([foreign])[foreign]

    # then
    assert isinstance(answer, Waiting)
    assert "history" not in case.slurm.calls


def test_only_held_jobs_are_released_and_all_together(tmp_path: Path, case: Case) -> None:
    # given
    (second,) = case.provider.start([a_start("t2", identity="i2")])
    (third,) = case.provider.start([a_start("t3", identity="i3")])
    assert isinstance(second, Ticket)
    assert isinstance(third, Ticket)
    case.slurm.queue = [
        a_job(case.id, "PENDING", reason="JobHeldUser"),
        a_job(second.remote_id, "PENDING", reason="JobHeldUser", name="pi.cmx-t2"),
        a_job(third.remote_id, "COMPLETED", reason="JobHeldUser", name="pi.cmx-t3"),
    ]

    # when
    case.provider.confirm([case.ticket, second, third])

    # then
    assert case.slurm.calls[-1] == f"release {case.id} {second.remote_id}"


def test_a_release_that_is_refused_counts_only_when_a_job_is_still_held(case: Case) -> None:
    # given
    class Ending(FakeSlurm):
        def release(self, ids: Sequence[str]) -> None:
            self.queue = [a_job(case.id, "CANCELLED", nodes="")]
            raise SiteRefused("Job has already finished")

    held = a_job(case.id, "PENDING", reason="JobHeldUser")
    case.slurm.queue = [held]
    case.slurm.refusal["release"] = SiteRefused("not yours")

    # then
    with pytest.raises(SiteRefused, match="not yours"):
        case.provider.confirm([case.ticket])
    a_provider(Path(case.ticket.directory), Ending(queue=[held])).confirm([case.ticket])


def test_jobs_of_the_stack_are_found_by_comment_or_by_folder(tmp_path: Path) -> None:
    # given
    folder = str(tmp_path / "jobs" / "lab" / "hello" / "pi" / "i1")
    slurm = FakeSlurm(
        queue=[
            a_job("1", name="pi.cmx-t1"),
            a_job("2", name="pi.cmx-t2", comment="the site's", directory=folder),
            a_job("3", name="pi.cmx-t3", comment="cmx:v1:lab/hello2/pi"),
            a_job("4", name="jupyter", directory=folder),
            a_job("5", "COMPLETED", name="pi.cmx-t5"),
        ]
    )

    # when
    found = a_provider(tmp_path, slurm).live_jobs("lab", "hello")

    # then
    assert [(job.token, job.remote_id, job.state) for job in found] == [
        ("t1", "1", JobState.RUNNING),
        ("t2", "2", JobState.RUNNING),
    ]
