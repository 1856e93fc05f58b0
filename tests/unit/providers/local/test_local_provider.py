"""What only this computer promises: bounded cores, survival, and what is known after a crash."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

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
from cloudmesh_iac.engine.abilities import Explains
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.local.provider import LocalProvider
from cloudmesh_iac.providers.local.queue import Queue, Standing
from cloudmesh_iac.settings.computer import SystemClock, process_started, python
from tests.contract.jobs import (
    FOR_EVER,
    PROJECT,
    STACK,
    LocalJobSite,
    Work,
    a_computer,
    a_site,
    local_job_site,
)

SOURCES = Path(__file__).parents[4]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[LocalJobSite]:
    with local_job_site(tmp_path) as found:
        yield found


# --- cores ----------------------------------------------------------------------------------------


def test_never_more_jobs_run_than_there_are_slots(site: LocalJobSite) -> None:
    # given
    requests = [site.a_request(f"pi/n={n}", Work(lasts_s=0.1)) for n in range(7)]

    # when
    done = [site.end_of(ticket) for ticket in site.start(*requests)]

    # then
    assert all(each.state is JobState.COMPLETED for each in done)
    assert most_at_once(done) == 2


def test_jobs_begin_in_the_order_of_their_start_and_a_big_one_is_not_overtaken(
    tmp_path: Path,
) -> None:
    # given
    with local_job_site(tmp_path, slots=3) as site:
        small = [site.a_request(f"small/n={n}", Work(lasts_s=0.1)) for n in range(4)]
        big = needing(site.a_request("big", Work(lasts_s=0.1)), cores=3)

        # when
        done = [site.end_of(each) for each in site.start(small[0], small[1], big, *small[2:])]

    # then
    begins = [began(each) for each in done]
    assert begins[2] >= max(ended(done[0]), ended(done[1]))
    assert min(begins[3:]) >= ended(done[2])


def test_a_job_that_needs_more_cores_than_there_are_is_refused(site: LocalJobSite) -> None:
    # given
    request = needing(site.a_request(), cores=3)

    # when
    [answer] = site.provider.start([site.a_start(request)])

    # then
    assert answer == Failure("the job needs 3 cores, and this site may use 2")


def test_two_cmx_at_once_share_the_cores(tmp_path: Path) -> None:
    # given
    with local_job_site(tmp_path) as one, local_job_site(tmp_path) as other:
        tickets: list[Ticket] = []

        def submit(site: LocalJobSite, name: str) -> None:
            work = Work(lasts_s=0.05)
            tickets.extend(site.start(*(site.a_request(f"{name}/n={n}", work) for n in range(4))))

        threads = [
            threading.Thread(target=submit, args=(one, "one")),
            threading.Thread(target=submit, args=(other, "other")),
        ]

        # when
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)
        done = [one.end_of(ticket) for ticket in tickets]

    # then
    assert len({ticket.remote_id for ticket in tickets}) == 8
    assert all(each.state is JobState.COMPLETED for each in done)
    assert most_at_once(done) <= 2


def test_what_a_job_leaves_running_keeps_no_core(tmp_path: Path) -> None:
    # given
    with local_job_site(tmp_path, slots=1) as site:
        left = Work(command="sleep 300 & echo $! >pid")
        [first, second] = site.start(site.a_request("left", left), site.a_request("next"))

        # when
        done = site.end_of(first)
        pid = int((Path(first.directory) / "pid").read_text())

        # then
        assert done.state is JobState.COMPLETED
        assert site.end_of(second).state is JobState.COMPLETED
        os.kill(pid, signal.SIGKILL)


def test_a_queued_job_says_what_is_before_it(tmp_path: Path) -> None:
    with local_job_site(tmp_path, slots=1) as site:
        tickets = site.start(*(site.a_request(f"pi/n={n}", FOR_EVER) for n in range(3)))
        answers = [site.ask(ticket) for ticket in tickets[1:]]
    assert answers == [
        Waiting(JobState.QUEUED, "next to run"),
        Waiting(JobState.QUEUED, "1 before it"),
    ]


# --- stopping -------------------------------------------------------------------------------------


def test_a_job_that_does_not_listen_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    # given
    deaf = Work(command="trap '' TERM; timeout 300 sleep 299 & echo $! >pid; wait; sleep 300")
    with local_job_site(tmp_path, kill_after_s=0.1) as site:
        [ticket] = site.start(site.a_request(work=deaf))
        pid_file = Path(ticket.directory) / "pid"
        site.until(ticket, lambda _: pid_file.exists() and bool(pid_file.read_text().strip()))
        assert process_started(int(pid_file.read_text()))

        # when
        site.provider.cancel([ticket])
        done = site.end_of(ticket)

    # then
    assert done.state is JobState.CANCELLED
    assert not process_started(int(pid_file.read_text()))


def test_a_command_ended_by_a_signal_says_which(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start(site.a_request(work=Work(command="kill -9 $$")))

    # when
    done = site.end_of(ticket)

    # then
    assert (done.state, done.exit_code, done.signal) == (JobState.FAILED, 137, 9)
    assert done.reason == "ended by signal 9"


def test_a_cancelled_job_that_still_stops_is_not_started_again_yet(tmp_path: Path) -> None:
    # given
    with local_job_site(tmp_path, kill_after_s=1) as site:
        request = site.a_request(work=Work(command="trap '' TERM; touch up; sleep 300"))
        [ticket] = site.start(request)
        site.until(ticket, lambda _: (Path(ticket.directory) / "up").exists())
        site.provider.cancel([ticket])

        # when
        [answer] = site.provider.start([site.a_start(request)])

    # then
    assert isinstance(answer, Failure)
    assert "not ended yet" in answer.message


def test_a_signal_to_the_runner_alone_stops_nothing(site: LocalJobSite) -> None:
    # given
    work = Work(command="until [ -e go ]; do sleep 0.02; done")
    [ticket] = site.start(site.a_request(work=work))
    begin(site, ticket)

    # when
    for pid in site.runners():
        os.kill(pid, signal.SIGTERM)
    (Path(ticket.directory) / "go").touch()

    # then
    assert site.end_of(ticket).state is JobState.COMPLETED


# --- crashes --------------------------------------------------------------------------------------


def test_a_job_goes_on_when_its_runner_is_killed(site: LocalJobSite) -> None:
    # given
    work = Work(command="until [ -e go ]; do sleep 0.02; done; exit 3")
    [ticket] = site.start(site.a_request(work=work))
    begin(site, ticket)

    # when
    kill_runners(site)
    answer = site.ask(ticket)
    (Path(ticket.directory) / "go").touch()

    # then
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.RUNNING
    done = site.end_of(ticket)
    assert (done.state, done.exit_code) == (JobState.FAILED, 3)


def test_a_job_is_known_though_its_runner_was_killed_before_it_wrote_down_the_pid(
    site: LocalJobSite,
) -> None:
    # given
    work = Work(command="until [ -e go ]; do sleep 0.02; done")
    [ticket] = site.start(site.a_request(work=work))
    begin(site, ticket)
    kill_runners(site)
    half = {**running(ticket), "pid": 0, "ticks": ""}
    (Path(ticket.directory) / "running.json").write_text(json.dumps(half))

    # when
    answer = site.ask(ticket)
    (Path(ticket.directory) / "go").touch()

    # then
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.RUNNING
    assert site.end_of(ticket).state is JobState.COMPLETED


def test_a_job_killed_with_its_runner_is_lost_and_the_queue_goes_on(tmp_path: Path) -> None:
    # given
    with local_job_site(tmp_path, slots=1) as site:
        request = site.a_request("lost", FOR_EVER)
        [lost, after] = site.start(request, site.a_request("after"))
        begin(site, lost)

        # when
        kill_runners(site)
        kill_job(lost)
        done = site.end_of(lost)

        # then
        assert (done.state, done.exit_code) == (JobState.LOST, None)
        assert "killed" in done.reason
        assert site.end_of(after).state is JobState.COMPLETED
        [again] = site.start(request)
        assert again.remote_id != lost.remote_id


def test_a_job_without_a_runner_can_be_cancelled(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start(site.a_request(work=FOR_EVER))
    begin(site, ticket)
    kill_runners(site)

    # when
    site.provider.cancel([ticket])

    # then
    assert site.end_of(ticket).state is JobState.CANCELLED


def test_a_walltime_holds_though_the_runner_was_killed(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start(site.a_request(work=FOR_EVER, walltime_s=1))
    begin(site, ticket)

    # when
    kill_runners(site)

    # then
    assert site.end_of(ticket).state is JobState.TIMEOUT


def test_a_killed_runner_keeps_its_cores_as_long_as_its_job_runs(tmp_path: Path) -> None:
    # given
    with local_job_site(tmp_path, slots=1) as site:
        gate = Work(command="until [ -e go ]; do sleep 0.02; done")
        [first, second] = site.start(site.a_request("first", gate), site.a_request("second"))
        begin(site, first)

        # when
        kill_runners(site)
        waiting = site.ask(second)
        (Path(first.directory) / "go").touch()
        done = [site.end_of(first), site.end_of(second)]

    # then
    assert isinstance(waiting, Waiting)
    assert waiting.state is JobState.QUEUED
    assert ended(done[0]) <= began(done[1])


def test_a_runner_that_dies_before_its_job_begins_gives_it_back(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start(site.a_request())
    for pid in site.runners():
        os.kill(pid, signal.SIGKILL)

    # when
    done = site.end_of(ticket)

    # then
    assert done.state in {JobState.COMPLETED, JobState.LOST}


def test_after_a_restart_a_running_job_is_lost_and_a_queued_one_goes_on(tmp_path: Path) -> None:
    # given
    with local_job_site(tmp_path, slots=1) as site:
        [running_one, queued] = site.start(site.a_request("one", FOR_EVER), site.a_request("two"))
        begin(site, running_one)
        kill_runners(site)
        kill_job(running_one)

        # when
        restarted = a_computer(tmp_path, boot_id="boot-2")
        with local_job_site(tmp_path, computer=restarted, slots=1) as after:
            done = after.end_of(running_one)

            # then
            assert done.state is JobState.LOST
            assert "restarted" in done.reason
            assert after.end_of(queued).state is JobState.COMPLETED


def test_a_job_whose_files_a_power_cut_emptied_is_lost_and_not_run(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start_held(site.a_request(work=Work(prints="hello")))
    (Path(ticket.directory) / "command.sh").write_text("")

    # when
    site.provider.confirm([ticket])

    # then
    assert site.end_of(ticket).state is JobState.LOST


def test_an_emptied_entry_does_not_stop_the_queue(site: LocalJobSite) -> None:
    # given
    [broken, good] = site.start_held(site.a_request("broken"), site.a_request("good"))
    (site.queue / "held" / "00000001").write_text("")

    # when
    site.provider.confirm([broken, good])

    # then
    assert site.end_of(good).state is JobState.COMPLETED
    assert site.end_of(broken).state is JobState.LOST


def test_jobs_go_on_when_the_cmx_that_started_them_has_ended(
    site: LocalJobSite, tmp_path: Path
) -> None:
    # given
    program = tmp_path / "submit.py"
    program.write_text(
        "from pathlib import Path\n"
        "from tests.contract.jobs import LocalJobSite, Work, a_computer, a_site\n"
        "from cloudmesh_iac.providers.local.provider import LocalProvider\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "provider = LocalProvider(a_site('local', folder, workdir='jobs', slots=1),"
        " a_computer(folder))\n"
        "site = LocalJobSite(provider, folder)\n"
        "work = Work(command='until [ -e ../../go ]; do sleep 0.02; done')\n"
        "for ticket in site.start(site.a_request('one', work), site.a_request('two', work)):\n"
        "    print(ticket.remote_id, ticket.directory)\n"
    )

    # when
    ran = subprocess.run(
        [python(), str(program)],
        env={"PYTHONPATH": str(SOURCES), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    lines = [line.split() for line in ran.stdout.splitlines()]
    tickets = [Ticket(SiteName("local"), "", name, directory=path) for name, path in lines]
    (tmp_path / "jobs" / PROJECT / STACK / "go").touch()

    # then
    assert [site.end_of(ticket).state for ticket in tickets] == [JobState.COMPLETED] * 2


def test_a_runner_that_never_starts_is_given_up_with_its_log(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start_held(site.a_request())
    queue = Queue(site.queue, slots=2)
    entry = queue.entry(1, Standing.HELD)
    assert entry is not None
    queue.put(replace(entry, attempts=3, boot_id="boot-1"), Standing.TAKEN)
    queue.remove(1, Standing.HELD)

    # when
    done = site.end_of(ticket)

    # then
    assert done.state is JobState.FAILED
    assert "runner.log" in done.reason


def test_an_end_that_could_not_be_written_is_read_from_the_exit_file(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start(site.a_request(work=Work(exit_code=3)))
    site.end_of(ticket)
    (Path(ticket.directory) / "ended.json").unlink()

    # when
    done = site.end_of(ticket)

    # then
    assert (done.state, done.exit_code, done.hosts) == (JobState.FAILED, 3, ("laptop",))


def test_a_job_past_its_walltime_is_the_end_of_its_token_but_a_new_one_runs_again(
    tmp_path: Path,
) -> None:
    with local_job_site(tmp_path, max_walltime_s=1, kill_after_s=0) as site:
        # given
        start = site.a_start(site.a_request(work=FOR_EVER))
        [ticket] = [each for each in site.provider.start([start]) if isinstance(each, Ticket)]
        site.provider.confirm([ticket])
        site.end_of(ticket)

        # when
        [same] = site.provider.start([start])
        [new] = site.provider.start([site.a_start(start.request)])

    # then
    assert same == ticket
    assert isinstance(new, Ticket)
    assert new.remote_id != ticket.remote_id


def test_a_queue_that_cannot_be_used_is_said_and_nothing_is_known(tmp_path: Path) -> None:
    # given
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / ".queue").write_text("a file, not a folder")
    provider = LocalProvider(a_site("local", tmp_path, workdir="jobs"), a_computer(tmp_path))
    ticket = Ticket(SiteName("local"), "t", "laptop:1", directory=str(tmp_path))

    # when
    answer = provider.poll([ticket])[ticket]
    [started] = provider.start([Start("t", JobRequest("lab", "hello", "pi", "true", "i", "b"))])

    # then
    assert isinstance(answer, Failure)
    assert isinstance(started, Failure)
    with pytest.raises(SiteRefused, match="cannot be used"):
        provider.confirm([ticket])


def test_a_manifest_that_cannot_be_read_starts_nothing(site: LocalJobSite) -> None:
    # given
    [ticket] = site.start(site.a_request())
    site.end_of(ticket)
    (Path(ticket.directory) / "manifest.json").write_text("")

    # when
    [answer] = site.provider.start([site.a_start()])

    # then
    assert isinstance(answer, Failure)
    assert "move its directory away" in answer.hint


# --- elsewhere ------------------------------------------------------------------------------------


def test_from_another_computer_a_job_is_not_here_and_never_lost(
    site: LocalJobSite, tmp_path: Path
) -> None:
    # given
    [ticket] = site.start(site.a_request(work=FOR_EVER))
    elsewhere = LocalProvider(
        a_site("local", tmp_path, workdir="jobs"), a_computer(tmp_path, host="login1")
    )

    # when
    answer = elsewhere.poll([ticket])[ticket]

    # then
    assert answer == Waiting(JobState.UNKNOWN, "runs on laptop, not here")
    with pytest.raises(SiteRefused, match="another computer"):
        elsewhere.cancel([ticket])


def test_a_shared_folder_shows_the_end_of_a_job_of_another_computer(
    site: LocalJobSite, tmp_path: Path
) -> None:
    # given
    [ticket] = site.start(site.a_request())
    done = site.end_of(ticket)

    # when
    elsewhere = LocalProvider(
        a_site("local", tmp_path, workdir="jobs"), a_computer(tmp_path, host="login1")
    )

    # then
    assert elsewhere.poll([ticket])[ticket] == done


def test_what_is_made_is_for_its_owner_only(site: LocalJobSite, tmp_path: Path) -> None:
    site.start_held(site.a_request())
    assert (tmp_path / "jobs").stat().st_mode & 0o077 == 0


# --- surroundings ---------------------------------------------------------------------------------


def test_a_job_gets_a_login_environment_and_its_own_but_no_credentials(tmp_path: Path) -> None:
    # given
    caller = {"HOME": "/home/ada", "AWS_SECRET_ACCESS_KEY": "canary", "LANG": "C.UTF-8"}
    computer = a_computer(tmp_path, environment=caller)
    with local_job_site(tmp_path, computer=computer) as site:
        request = site.a_request("pi/n=100", Work(command="env"))
        request = replace(
            request, environment={"OMP_NUM_THREADS": "2"}, parameters={"n-max": "1 0"}
        )
        [ticket] = site.start(request)

        # when
        site.end_of(ticket)
        lines = site.provider.log_path(ticket).read_text().splitlines()

    # then
    assert {"HOME=/home/ada", "OMP_NUM_THREADS=2", "CMX_POINT=pi/n=100"} <= set(lines)
    assert {"CMX_N_MAX=1 0", "CMX_RUN=0"} <= set(lines)
    assert not any("canary" in line or line.startswith("PYTHONPATH") for line in lines)


def test_input_files_are_there_when_the_job_begins(site: LocalJobSite, tmp_path: Path) -> None:
    # given
    (tmp_path / "pi.py").write_text("print(3)")
    request = replace(
        site.a_request(work=Work(command="cat src/pi.py")),
        input_files={"src/pi.py": str(tmp_path / "pi.py")},
    )

    # when
    [ticket] = site.start(request)
    site.end_of(ticket)

    # then
    assert site.provider.log_path(ticket).read_text() == "print(3)"


def test_a_missing_input_file_starts_nothing(site: LocalJobSite) -> None:
    # given
    request = replace(site.a_request(), input_files={"a": "/nowhere/a"})

    # when
    [answer] = site.provider.start([site.a_start(request)])

    # then
    assert isinstance(answer, Failure)
    assert "/nowhere/a" in answer.message
    assert site.provider.live_jobs(PROJECT, STACK) == []


def test_the_log_of_an_earlier_attempt_is_kept_beside_the_new_one(site: LocalJobSite) -> None:
    # given
    request = site.a_request(work=Work(command="echo $RANDOM; sleep 300"))
    [first] = site.start(request)
    log = site.provider.log_path(first)
    site.until(first, lambda _: log.exists() and log.read_text() != "")
    text = log.read_text()
    site.provider.cancel([first])
    site.end_of(first)

    # when
    site.start_held(request)

    # then
    assert not log.exists()
    assert log.with_name("stdout.log.1").read_text() == text


def test_a_niced_site_runs_its_jobs_niced(tmp_path: Path) -> None:
    with local_job_site(tmp_path, nice=7) as site:
        [ticket] = site.start(site.a_request(work=Work(command="nice")))
        site.end_of(ticket)
        expected = min(os.nice(0) + 7, 19)  # on top of that of the tests
        assert site.provider.log_path(ticket).read_text() == f"{expected}\n"


def test_a_walltime_beyond_the_sites_own_is_refused_and_a_missing_one_is_the_sites(
    tmp_path: Path,
) -> None:
    with local_job_site(tmp_path, max_walltime_s=1) as site:
        [refused] = site.provider.start([site.a_start(site.a_request("a", walltime_s=2))])
        [ticket] = site.start(site.a_request("b", FOR_EVER))
        assert isinstance(refused, Failure)
        assert site.end_of(ticket).state is JobState.TIMEOUT


def test_a_site_that_is_off_says_so_and_starts_nothing(tmp_path: Path) -> None:
    with local_job_site(tmp_path, off=True) as site:
        [answer] = site.provider.start([site.a_start()])
        assert isinstance(site.provider, Explains)
        assert site.provider.problem() == "site local is off (sites.yaml): use another site"
        assert isinstance(answer, Failure)


def test_a_workdir_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file, not a folder")
    provider = LocalProvider(a_site("local", tmp_path, workdir="jobs"), a_computer(tmp_path))
    problem = provider.problem()
    assert problem is not None
    assert "set its workdir" in problem


# --- helpers --------------------------------------------------------------------------------------


def needing(request: JobRequest, *, cores: int) -> JobRequest:
    return replace(request, cpus_per_task=cores)


def begin(site: LocalJobSite, ticket: Ticket) -> None:
    """Wait until the job's process is there and known."""
    site.until(ticket, lambda _: running(ticket).get("pid", 0) > 0)


def running(ticket: Ticket) -> dict[str, int]:
    path = Path(ticket.directory) / "running.json"
    found: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    return found


def began(done: Done) -> datetime:
    assert done.started_at is not None
    return done.started_at


def ended(done: Done) -> datetime:
    assert done.ended_at is not None
    return done.ended_at


def most_at_once(done: list[Done]) -> int:
    return max(sum(began(other) <= began(each) < ended(other) for other in done) for each in done)


def kill_runners(site: LocalJobSite) -> None:
    killed = site.runners()
    assert killed
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    deadline = SystemClock().monotonic_s() + 5
    while site.runners():
        assert SystemClock().monotonic_s() < deadline
        site.let_time_pass()


def kill_job(ticket: Ticket) -> None:
    pid = running(ticket)["pid"]
    assert pid > 1
    os.killpg(pid, signal.SIGKILL)
    deadline = SystemClock().monotonic_s() + 5
    while process_started(pid):
        assert SystemClock().monotonic_s() < deadline
        threading.Event().wait(0.01)
