"""What a plan runs again is counted, told, and agreed to in words of its own."""

from pathlib import Path

import pytest

from cloudmesh_iac.cli.again import with_runs_again
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan, RunAgain
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.urns import JOB_END_TYPE, JOB_START_TYPE
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.views.again_text import again_text
from tests.builders import a_record, a_snapshot, a_urn
from tests.unit.providers.batch.sites import Lab, TickingClock

_SUBMISSION = a_urn("pi", type_=JOB_START_TYPE)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, clock=TickingClock())


def a_plan(lab: Lab, **inputs: int) -> Plan:
    change = Change(
        _SUBMISSION,
        JOB_START_TYPE,
        Action.REPLACE,
        inputs={**lab.submission(point="pi"), "nodes": 4, **inputs},
    )
    return Plan(a_snapshot().stack, 1, (change,))


def ended(state: str, **outputs: float) -> Snapshot:
    told: Properties = {"state": state, **outputs}
    return a_snapshot(a_record("pi", type_=JOB_END_TYPE, outputs=told))


def test_finished_work_is_counted_with_the_hours_of_its_last_run(lab: Lab) -> None:
    plan = with_runs_again(
        a_plan(lab), ended("COMPLETED", elapsed_s=1800.0), lab.jobs, asked_for=()
    )
    assert plan.again == (RunAgain(_SUBMISSION, 2.0),)
    assert plan.changes[0].losses == ("finished work runs again",)


def test_without_a_time_the_walltime_is_the_most_that_it_takes(lab: Lab) -> None:
    shown = a_plan(lab, walltime_s=900)
    plan = with_runs_again(shown, ended("COMPLETED"), lab.jobs, asked_for=())
    assert plan.again == (RunAgain(_SUBMISSION, 1.0),)


@pytest.mark.parametrize("state", ["FAILED", "LOST", "CANCELLED"])
def test_what_did_not_end_well_may_run_again(lab: Lab, state: str) -> None:
    plan = with_runs_again(a_plan(lab), ended(state), lab.jobs, asked_for=())
    assert plan.again == ()


def test_what_a_person_asked_for_by_name_is_no_loss(lab: Lab) -> None:
    shown = a_plan(lab)
    assert with_runs_again(shown, ended("COMPLETED"), lab.jobs, asked_for={_SUBMISSION}) == shown


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        ([64.0], "1 finished job runs again, about 64 node-hours"),
        ([1000.0, 200.4], "2 finished jobs run again, about 1,200 node-hours"),
        ([0.001], "1 finished job runs again, less than 0.01 node-hours"),
        ([None], "1 finished job runs again, nobody knows for how long"),
        (
            [2.0, None],
            "2 finished jobs run again, about 2 node-hours, not known for 1 of them",
        ),
    ],
)
def test_hours_are_told_in_words(hours: list[float | None], words: str) -> None:
    assert again_text([RunAgain(_SUBMISSION, one) for one in hours]) == words
