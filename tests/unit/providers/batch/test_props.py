"""The properties of the two job resources, and what schedulers work with."""

from datetime import timedelta
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import Done, JobRequest, JobState, SiteName, Ticket
from cloudmesh_iac.providers.batch.identity import digest_of
from cloudmesh_iac.providers.batch.props import (
    bad_end,
    from_ticket,
    to_completed,
    to_start,
    to_submitted,
    to_ticket,
)
from tests.builders import NOON, a_ticket

PLACE: dict[str, Any] = {"project": "lab", "stack": "hello", "point": "pi/n=1"}
LEAST: dict[str, Any] = {**PLACE, "token": "t1", "command": "true"}


def test_the_least_that_can_be_asked_for_has_defaults() -> None:
    # when
    start = to_start(LEAST, project_dir="/project")

    # then
    digest = digest_of(LEAST, 0)
    assert start.token == "t1"
    assert start.request == JobRequest(
        **PLACE, command="true", identity=digest, identity_base=digest
    )


def test_everything_that_can_be_asked_for_arrives() -> None:
    # given
    props = {
        **LEAST,
        "command": "./x {0}",
        "arguments": {"0": "4"},
        "run": 2,
        "nodes": 4.0,
        "ntasks_per_node": 8,
        "cpus_per_task": 2,
        "memory_mb": 4096.0,
        "walltime_s": 60,
        "queue": "debug",
        "account": "CIS200042",
        "modules": ["gcc"],
        "environment": {"N": 4, "X": 1.0},
        "native": {"gres": "gpu:1"},
        "sources": {"x": "stacks/x"},
        "inputs": {"x": "0f"},
        "parameters": {"n": 1.0, "ratio": 0.5},
    }

    # when
    request = to_start(props, project_dir="/project").request

    # then
    assert request == JobRequest(
        **PLACE,
        command="./x 4",
        identity=digest_of(props, 2),
        identity_base=digest_of(props, 0),
        run=2,
        nodes=4,
        ntasks_per_node=8,
        cpus_per_task=2,
        memory_mb=4096,
        walltime_s=60,
        queue="debug",
        account="CIS200042",
        modules=("gcc",),
        environment={"N": "4", "X": "1"},
        native={"gres": "gpu:1"},
        input_files={"x": "/project/stacks/x"},
        parameters={"n": "1", "ratio": "0.5"},
    )
    assert type(request.nodes) is int
    assert request.identity != request.identity_base


@pytest.mark.parametrize("index", [None, 0, 7])
def test_a_ticket_comes_back_from_its_properties(index: int | None) -> None:
    ticket = a_ticket(index=index)
    assert to_ticket(from_ticket(ticket)) == ticket


def test_a_ticket_may_come_as_doubles_and_without_a_directory() -> None:
    plain = {"site": "big", "token": "t1", "remote_id": "41", "index": 3.0}
    assert to_ticket(plain) == Ticket(SiteName("big"), "t1", "41", 3)


def test_a_submission_has_its_inputs_and_its_ticket() -> None:
    outputs = to_submitted(LEAST, a_ticket())
    assert outputs == {**LEAST, "job_id": "41", "ticket": from_ticket(a_ticket())}


def test_an_end_without_times_says_nothing_about_them() -> None:
    done = Done(JobState.LOST, reason="no trace")
    assert to_completed({"point": "pi"}, done) == {
        "point": "pi",
        "state": "LOST",
        "reason": "no trace",
        "hosts": [],
        "signal": 0,
    }


def test_an_end_with_times_says_how_long_it_took() -> None:
    # given
    ended = NOON + timedelta(seconds=1, microseconds=234_567)
    done = Done(JobState.COMPLETED, 0, started_at=NOON, ended_at=ended, hosts=("node7",))

    # when
    outputs = to_completed({}, done)

    # then
    assert outputs["exit_code"] == 0
    assert outputs["hosts"] == ["node7"]
    assert outputs["started_at"] == "2026-03-01T12:00:00+00:00"
    assert outputs["elapsed_s"] == 1.235
    only_end = to_completed({}, Done(JobState.CANCELLED, ended_at=ended))
    assert "elapsed_s" not in only_end
    assert "started_at" not in only_end


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ({"state": "COMPLETED"}, ""),
        ({"state": "COMPLETED", "missing": ["metric a", "metric b"]}, "metric a; metric b"),
        ({"state": "FAILED", "exit_code": 0}, "the job ended FAILED with exit code 0"),
        ({"state": "TIMEOUT", "reason": "2 min"}, "the job ended TIMEOUT (2 min)"),
        (
            {"state": "FAILED", "exit_code": 3, "reason": "killed"},
            "the job ended FAILED with exit code 3 (killed)",
        ),
    ],
)
def test_a_bad_end_is_said_in_words(outputs: dict[str, Any], words: str) -> None:
    assert bad_end(outputs) == words
