"""The two job resources behind the engine's Remote port."""

from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.urns import JOB_END_TYPE, JOB_START_TYPE, ResourceType
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.batch.props import to_ticket
from cloudmesh_iac.providers.batch.remote import JobRemote
from tests.builders import STACK, a_ticket, a_urn
from tests.unit.providers.batch.sites import FAR, SIM, FarSite, Lab

NO_ANSWER = Failure("no answer", is_certain=False)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    lab = Lab(tmp_path)
    lab.open(FAR, FarSite(SiteUnreachable("no answer")))
    return lab


@pytest.fixture
def remote(lab: Lab) -> JobRemote:
    return JobRemote(lab.jobs)


def a_start(inputs: Properties) -> CreateAsk:
    return CreateAsk(a_urn(type_=JOB_START_TYPE), JOB_START_TYPE, inputs)


def an_end(inputs: Properties) -> CreateAsk:
    return CreateAsk(a_urn(type_=JOB_END_TYPE), JOB_END_TYPE, inputs)


def started(remote: JobRemote, inputs: Properties) -> Created:
    [created] = remote.start([a_start(inputs)])
    assert isinstance(created, Created)
    return created


def ticket_of(created: Created) -> Ticket:
    plain: Any = created.outputs["ticket"]
    return to_ticket(plain)


@pytest.mark.parametrize(
    ("type_", "role"),
    [
        (JOB_START_TYPE, Role.STARTS),
        (JOB_END_TYPE, Role.WAITS),
        (ResourceType("pulumi-python:dynamic:Lab"), Role.PLAIN),
    ],
)
def test_one_resource_starts_and_the_other_waits(
    remote: JobRemote, type_: ResourceType, role: Role
) -> None:
    assert remote.role(type_) is role


@pytest.mark.parametrize(
    ("inputs", "site"),
    [
        ({"site": "sim"}, "sim"),
        ({"ticket": {"site": "sim", "token": "t1"}}, "sim"),
        ({"site": UNKNOWN}, ""),
        ({"ticket": UNKNOWN}, ""),
        ({"ticket": {"site": UNKNOWN}}, ""),
        ({}, ""),
    ],
)
def test_inputs_say_which_site_it_is_once_that_is_known(
    remote: JobRemote, inputs: Properties, site: str
) -> None:
    assert remote.site(inputs) == site


def test_a_site_says_beforehand_why_nothing_would_start(remote: JobRemote) -> None:
    assert remote.problem(SIM) is None
    assert remote.problem(FAR) == Failure("the far site is closed")
    missing = remote.problem(SiteName("mars"))
    assert missing == Failure("there is no site 'mars'", "configured sites: bad, sim")


def test_starts_of_one_site_go_together_and_come_back_in_order(lab: Lab, remote: JobRemote) -> None:
    # given
    lab.scheduler.refuse_next("no such queue")
    asks = [a_start(lab.submission(f"pi/n={n}", token=f"t{n}")) for n in (1, 2)]

    # when
    refused, created = remote.start(asks)

    # then
    assert lab.calls("start") == [("t1", "t2")]
    assert refused == Failure("no such queue")
    assert isinstance(created, Created)
    assert created.id == f"sim:{created.outputs['job_id']}"
    assert created.note == f"job {created.outputs['job_id']}"
    assert not created.is_found


def test_marks_and_the_class_stay_with_what_was_started(lab: Lab, remote: JobRemote) -> None:
    inputs = {**lab.submission(), "environment": {"A": Secret("x")}, "__provider": Secret("class")}
    outputs = started(remote, inputs).outputs
    assert outputs["__provider"] == Secret("class")


def test_work_that_was_done_before_is_found_and_not_run_again(lab: Lab, remote: JobRemote) -> None:
    # given
    first = started(remote, lab.submission(token="t1"))
    remote.confirm([first])
    [ticket] = [ticket_of(first)]
    assert isinstance(remote.poll(SIM, [ticket])[ticket], Done)

    # when
    second = started(remote, lab.submission(token="t2"))

    # then
    assert (second.id, second.is_found, second.note) == (first.id, True, "found, not run again")
    assert second.outputs["token"] == "t2"


def test_starts_without_an_answer_are_uncertain(lab: Lab, remote: JobRemote) -> None:
    assert remote.start([a_start({**lab.submission(), "site": "far"})]) == [NO_ANSWER]


def test_what_was_started_is_released_site_by_site(lab: Lab, remote: JobRemote) -> None:
    # given
    created = [started(remote, lab.submission(f"n={n}", token=f"t{n}")) for n in (1, 2)]

    # then
    assert remote.confirm(created) is None
    assert lab.calls("confirm") == [("t1", "t2")]
    far: Properties = {"ticket": {"site": "far", "token": "t3", "remote_id": "9"}}
    assert remote.confirm([Created("far:9", far)]) == NO_ANSWER
    assert remote.confirm([]) is None


@pytest.mark.parametrize(
    "inputs", [{}, {"ticket": None}, {"ticket": UNKNOWN}, {"ticket": {"site": "sim"}}]
)
def test_an_end_without_a_ticket_waits_for_nothing(remote: JobRemote, inputs: Properties) -> None:
    assert remote.ticket(an_end(inputs)) == Failure("it has no ticket to wait for")


def test_an_end_waits_for_its_ticket(remote: JobRemote) -> None:
    plain: Properties = {"site": "bigred200", "token": "t1", "remote_id": "41"}
    full: Properties = {"ticket": {**plain, "directory": "/jobs/t1"}}
    assert remote.ticket(an_end(full)) == a_ticket()


def test_polling_goes_to_the_site_at_its_own_pace(lab: Lab, remote: JobRemote) -> None:
    # given
    lab.scheduler.durations_s["pi"] = 60
    ticket = ticket_of(started(remote, lab.submission()))

    # then
    assert isinstance(remote.poll(SIM, [ticket])[ticket], Waiting)
    assert remote.poll(FAR, [ticket]) == {ticket: NO_ANSWER}
    assert remote.poll_after_s(SIM, 0) == 0.001
    assert remote.poll_after_s(FAR, 3) == 7.0


def test_an_ended_job_is_collected(lab: Lab, remote: JobRemote) -> None:
    # given
    lab.scheduler.exit_codes["bad"] = 3
    good, good_end = lab.done("good", token="t1")
    bad, bad_end = lab.done("bad", token="t2")

    # when
    inputs: Properties = {**good, "__provider": "class"}
    well = remote.collect(an_end(inputs), to_ticket(good["ticket"]), good_end)
    badly = remote.collect(an_end(bad), to_ticket(bad["ticket"]), bad_end)

    # then
    assert isinstance(well, Created)
    assert (well.failed, well.note, well.outputs["state"]) == (False, "", "COMPLETED")
    assert well.outputs["__provider"] == "class"
    assert well.id == f"sim:{good['ticket']['remote_id']}"
    assert isinstance(badly, Created)
    assert (badly.failed, badly.note) == (True, "the job ended FAILED with exit code 3")


def test_an_end_that_cannot_be_read_is_asked_for_again(lab: Lab, remote: JobRemote) -> None:
    # given
    props, done = lab.done()
    far = {**props, "ticket": {**props["ticket"], "site": "far"}}

    # then
    assert remote.collect(an_end(far), to_ticket(far["ticket"]), done) == NO_ANSWER


def test_what_lives_on_a_site_is_listed_and_stopped(lab: Lab, remote: JobRemote) -> None:
    # given
    lab.scheduler.durations_s["pi"] = 60
    ticket = ticket_of(started(remote, lab.submission()))
    live = LiveJob("t1", ticket.remote_id, "pi", JobState.HELD)

    # then
    assert remote.live(SIM, STACK) == [live]
    assert remote.live(FAR, STACK) == Failure("no answer")
    assert remote.cancel(SIM, [live]) is None
    assert remote.live(SIM, STACK) == []
    assert remote.cancel(FAR, [live]) == NO_ANSWER


def test_a_job_runs_by_itself_and_its_objects_have_tickets(remote: JobRemote) -> None:
    assert not remote.is_attended(JOB_END_TYPE)
    assert remote.made(Created("sim:1", {"ticket": {}}))
    assert not remote.made(Created("lease-1", {"lease": "lease-1"}))
    assert remote.has(a_ticket())
    assert remote.works_at(SIM)
    assert not remote.works_at(SiteName("nowhere"))
