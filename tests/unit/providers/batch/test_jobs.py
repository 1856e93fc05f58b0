"""Starting, awaiting and reading jobs on whatever site they name."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Waiting
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable, UsageProblem
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.layout import RELEASED
from tests.unit.providers.batch.sites import FAR, SIM, FarSite, Lab


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def far(lab: Lab) -> Lab:
    """The lab with a site that does not answer."""
    lab.open(FAR, FarSite(SiteUnreachable("no answer", hint="is the network up?")))
    return lab


NO_ANSWER = Failure("no answer", "is the network up?", is_certain=False)


# --- which scheduler ------------------------------------------------------------------------------


def test_a_site_that_runs_jobs_is_a_scheduler(lab: Lab) -> None:
    assert lab.jobs.scheduler("sim") is lab.provider
    assert lab.jobs.problem("sim") is None


def test_a_site_may_say_why_it_cannot_be_used(far: Lab) -> None:
    assert far.jobs.problem("far") == "the far site is closed"


def test_a_site_of_another_sort_runs_no_jobs(lab: Lab) -> None:
    lab.open(FAR, object())
    with pytest.raises(UsageProblem, match="site 'far' does not run jobs"):
        lab.jobs.scheduler("far")


# --- start ----------------------------------------------------------------------------------------


def test_starts_are_answered_in_order_each_with_its_own_end(lab: Lab) -> None:
    # given
    lab.scheduler.refuse_next("no such queue")
    props = [lab.submission(f"pi/n={n}", token=f"t{n}") for n in (1, 2)]

    # when
    refused, started = lab.jobs.start("sim", props)

    # then
    assert refused == Failure("no such queue")
    assert isinstance(started, dict)
    assert started["job_id"] == started["ticket"]["remote_id"]
    assert started["ticket"]["token"] == "t2"
    assert started["command"] == "true"


@pytest.mark.parametrize(("site", "says"), [("mars", "there is no site"), ("bad", "slotz")])
def test_without_a_site_no_start_is_one(lab: Lab, site: str, says: str) -> None:
    answers = lab.jobs.start(site, [lab.submission(), lab.submission()])
    assert len(answers) == 2
    for answer in answers:
        assert isinstance(answer, Failure)
        assert says in answer.message
        assert answer.is_certain


def test_a_start_without_an_answer_is_uncertain(far: Lab) -> None:
    assert far.jobs.start("far", [far.submission()]) == [NO_ANSWER]


# --- wait -----------------------------------------------------------------------------------------


def test_a_job_that_is_still_held_is_released_again(lab: Lab) -> None:
    # given
    _, ticket = lab.start(token="t1")

    # when
    first = lab.jobs.poll(SIM, [ticket])[ticket]
    second = lab.jobs.poll(SIM, [ticket])[ticket]

    # then
    assert isinstance(first, Waiting)
    assert first.state is JobState.HELD
    assert lab.calls("confirm") == [("t1",)]
    assert isinstance(second, Done)


def test_what_runs_is_not_released_again(lab: Lab) -> None:
    # given
    lab.scheduler.durations_s["pi"] = 60
    _, ticket = lab.start()
    lab.jobs.confirm(SIM, [ticket])

    # when
    answer = lab.jobs.poll(SIM, [ticket])[ticket]

    # then
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.RUNNING
    assert len(lab.calls("confirm")) == 1


def test_what_somebody_holds_after_its_release_stays_held(lab: Lab) -> None:
    # given
    _, ticket = lab.start(token="t1")
    lab.jobs.confirm(SIM, [ticket])
    lab.scheduler.jobs[0].state = JobState.HELD

    # when
    answers = [lab.jobs.poll(SIM, [ticket])[ticket] for _ in range(2)]

    # then
    assert lab.calls("confirm") == [("t1",)]
    assert [isinstance(one, Waiting) and one.state for one in answers] == [JobState.HELD] * 2


def test_a_release_is_remembered_beside_the_job(lab: Lab, tmp_path: Path) -> None:
    # given
    _, ticket = lab.start(token="t1")
    ticket = replace(ticket, directory=str(tmp_path))
    lab.jobs.confirm(SIM, [ticket])
    lab.scheduler.jobs[0].state = JobState.HELD

    # when
    later = Jobs(lab.sites)
    later.poll(SIM, [ticket])

    # then
    assert lab.calls("confirm") == [("t1",)]


def test_one_that_was_submitted_again_is_released_again(lab: Lab, tmp_path: Path) -> None:
    # given: a run changed its limits, and died before it had let the new job go
    _, ticket = lab.start(token="t1")
    ticket = replace(ticket, directory=str(tmp_path))
    lab.jobs.confirm(SIM, [ticket])
    (tmp_path / RELEASED).write_text("another")
    lab.scheduler.jobs[0].state = JobState.HELD

    # when
    Jobs(lab.sites).poll(SIM, [ticket])

    # then
    assert lab.calls("confirm") == [("t1",), ("t1",)]


def test_a_command_with_a_value_that_is_not_there_is_not_started(lab: Lab) -> None:
    # given
    lacking = {**lab.submission(), "command": "run {0} {1}", "arguments": {"0": "x"}}
    lacking = {**lacking, "placement": {"1": None}}

    # when
    first, second = lab.jobs.start(SIM, [lacking, lab.submission()])

    # then
    assert isinstance(first, Failure)
    assert "a value in its command is not there" in first.message
    assert first.is_certain
    assert isinstance(second, dict)
    assert len(lab.scheduler.jobs) == 1


def test_a_site_that_does_not_answer_tells_so_of_every_ticket(far: Lab) -> None:
    _, one = far.start("a", token="t1")
    _, two = far.start("b", token="t2")
    assert far.jobs.poll(FAR, [one, two]) == {one: NO_ANSWER, two: NO_ANSWER}


# --- read -----------------------------------------------------------------------------------------


def test_an_ended_job_is_read_and_kept_beside_the_program(lab: Lab) -> None:
    # given
    lab.scheduler.files["pi/n=1"] = {
        "out.json": '{"bw": 4}',
        "a.csv": "1",
        "b.csv": "2",
        "stdout.log": "hello",
        "core": "dump",
    }
    props, done = lab.done("pi/n=1")
    props |= {
        "outputs": ["*.csv"],
        "measure": {"bw": {"file": "out.json", "path": "$.bw"}},
        "parameters": {"n": 1},
    }

    # when
    outputs = lab.jobs.collect(props, done)

    # then
    folder = lab.folder / "results" / "hello" / "pi" / "n=1"
    names = {"a.csv", "b.csv", "out.json", "stdout.log", "result.json", "record.json"}
    assert {file.name for file in folder.iterdir()} == names
    assert (outputs["state"], outputs["exit_code"], outputs["summary"]) == ("COMPLETED", 0, "")
    assert outputs["metrics"] == {"bw": 4}
    assert sorted(outputs["files"]) == ["a.csv", "b.csv", "out.json"]
    assert Path(outputs["log"]).read_text() == "hello"
    kept = json.loads((folder / "result.json").read_text())
    assert (kept["point"], kept["state"], kept["metrics"]) == ("pi/n=1", "COMPLETED", {"bw": 4})


def test_a_metric_that_is_not_there_is_said_where_the_job_ended_well(lab: Lab) -> None:
    # given
    measure = {"measure": {"bw": {"file": "out.json", "path": "$.bw"}}}
    lab.scheduler.files["good"] = {"out.json": '{"bw": NaN}'}
    lab.scheduler.exit_codes["bad"] = 3
    good, good_end = lab.done("good", token="t1")
    bad, bad_end = lab.done("bad", token="t2")

    # when
    well = lab.jobs.collect({**good, **measure}, good_end)
    badly = lab.jobs.collect({**bad, **measure}, bad_end)

    # then
    assert well["metrics"] == {"bw": None}
    assert well["summary"] == "metric bw was not found in out.json: nan is no number"
    assert badly["summary"] == "the job ended FAILED with exit code 3"
    assert "missing" not in badly


def test_reading_again_takes_the_new_wishes_and_forgets_the_old(lab: Lab) -> None:
    # given
    lab.scheduler.files["pi"] = {"out.json": '{"bw": 4}', "a.csv": "1"}
    props, done = lab.done()
    wrong = {**props, "measure": {"bw": {"file": "out.json", "path": "$.band"}}, "outputs": ["*"]}
    first = lab.jobs.collect(wrong, done)
    assert first["missing"]

    # when
    right = {**props, "measure": {"bw": {"file": "out.json", "path": "$.bw"}}}
    second = lab.jobs.read_again(first, right)

    # then
    assert (second["metrics"], second["summary"]) == ({"bw": 4}, "")
    assert "missing" not in second
    assert "outputs" not in second, "or each later preview would find it changed"
    assert second["files"] == ["out.json"]
    assert (second["state"], second["hosts"]) == (first["state"], first["hosts"])


def test_results_that_cannot_be_kept_are_refused_with_the_folder(lab: Lab) -> None:
    props, done = lab.done()
    (lab.folder / "results").write_text("a file stands in the way")
    with pytest.raises(SiteRefused, match=r"cannot be kept in .*results/hello/pi"):
        lab.jobs.collect(props, done)


# --- the rest -------------------------------------------------------------------------------------


def test_living_jobs_are_listed_and_cancelled(lab: Lab) -> None:
    # given
    lab.scheduler.durations_s["pi"] = 60
    _, ticket = lab.start()
    lab.jobs.confirm(SIM, [ticket])
    assert [job.name for job in lab.jobs.live("sim", "lab", "hello")] == ["pi"]
    assert lab.jobs.live("sim", "lab", "other") == []

    # when
    lab.jobs.cancel("sim", [ticket])

    # then
    assert lab.jobs.live("sim", "lab", "hello") == []
    answer = lab.jobs.poll(SIM, [ticket])[ticket]
    assert isinstance(answer, Done)
    assert answer.state is JobState.CANCELLED
