"""Events as JSON lines, as their schema says."""

import json
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest

from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    ChangeWaits,
    Event,
    LogLine,
    Noticed,
)
from cloudmesh_iac.core.jobs import JobState, Waiting
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.views.events_json import ended_dict, event_dict, line_of
from cloudmesh_iac.views.schema import schema_text
from tests.builders import a_ticket
from tests.unit.views import outcomes
from tests.unit.views.outcomes import completion

URN = completion("pi/n=1")
AT = datetime(2026, 3, 14, 14, 0, tzinfo=timezone(timedelta(hours=2)))
EVENTS = [
    ChangeStarted(URN, Action.CREATE),
    ChangeWaits(URN, a_ticket(), Waiting(JobState.QUEUED, "waits for free nodes")),
    ChangeDone(URN, Action.CREATE, JobState.COMPLETED, "42 s"),
    ChangeDone(URN, Action.DELETE),
    ChangeFailed(URN, Action.UPDATE, "no room", "ask for less"),
    ChangeSkipped(URN, completion("pi/n=2")),
    LogLine("a line\nand another", URN, "warning"),
    LogLine("of the program"),
    Noticed("a site does not answer"),
]


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(schema_text("event")))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_each_event_is_one_line_that_the_schema_knows(
    event: Event, schema: jsonschema.Draft202012Validator
) -> None:
    # when
    line = line_of(event_dict(event, AT))

    # then
    assert line.count("\n") == 1
    told = json.loads(line)
    schema.validate(told)
    assert told["at"] == "2026-03-14T12:00:00.000Z"


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (outcomes.a_good_end(), "done"),
        (outcomes.a_bad_end(), "failed"),
        (outcomes.a_waiting_end(), "waiting"),
        (None, "failed"),
    ],
)
def test_the_last_line_says_how_it_ended(
    outcome: RunOutcome | None, result: str, schema: jsonschema.Draft202012Validator
) -> None:
    told = ended_dict(outcome, datetime(2026, 3, 14, tzinfo=UTC), duration_s=1.23456)
    schema.validate(told)
    assert (told["result"], told["duration_s"]) == (result, 1.235)


def test_what_is_no_event_is_refused(schema: jsonschema.Draft202012Validator) -> None:
    wrong = {"version": 1, "at": "2026-03-14T12:00:00.000Z", "event": "done", "urn": URN}
    assert not schema.is_valid(wrong)
