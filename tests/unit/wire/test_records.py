"""Records and what stands in the history, as JSON."""

import json
from dataclasses import fields, replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.history import Changed, ChangeEnd, Origin
from cloudmesh_iac.core.jobs import SiteName, Ticket
from cloudmesh_iac.core.journal import UpdateEnded, UpdateKind, UpdateResult, UpdateStarted
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.records import Intent, Parameter, Record
from cloudmesh_iac.core.registrations import Options, Source
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.wire.records import (
    StoredIntent,
    StoredRecord,
    ended_from_json,
    ended_to_json,
    intent_from_json,
    intent_to_json,
    parameters_from_json,
    parameters_to_json,
    record_from_json,
    record_to_json,
    started_from_json,
    started_to_json,
    ticket_from_json,
    ticket_to_json,
)
from tests.builders import NOON, a_parameter, a_record, a_start, a_ticket, an_end, an_intent
from tests.unit.wire.values import PROPERTIES, URNS

TEXTS = st.text(max_size=8)
TIMES = st.datetimes(timezones=st.just(UTC))  # as Clock.now() gives them
COUNTS = st.integers(0, 2**40)
SOURCES = st.builds(Source, TEXTS, COUNTS)
RECORDS = st.builds(
    Record,
    urn=URNS,
    type=TEXTS.map(ResourceType),
    custom=st.booleans(),
    id=TEXTS,
    inputs=PROPERTIES,
    outputs=PROPERTIES,
    parent=st.none() | URNS,
    dependencies=st.lists(URNS, max_size=2).map(tuple),
    property_dependencies=st.dictionaries(TEXTS, st.lists(URNS, max_size=2).map(tuple), max_size=2),
    provider=TEXTS,
    protect=st.booleans(),
    retain_on_delete=st.booleans(),
    options=st.builds(
        Options,
        protect=st.booleans(),
        ignore_changes=st.lists(TEXTS, max_size=2).map(tuple),
        hide_diffs=st.lists(TEXTS, max_size=2).map(tuple),
        replacement_trigger=st.none() | TEXTS,
    ),
    creation=COUNTS,
    doomed=st.booleans(),
    failed=st.booleans(),
    pending_replacement=st.booleans(),
    init_errors=st.lists(TEXTS, max_size=2).map(tuple),
    external=st.booleans(),
    from_apply=st.booleans(),
    source=st.none() | SOURCES,
    order=COUNTS,
    created=st.none() | TIMES,
    modified=st.none() | TIMES,
)
TICKETS = st.builds(Ticket, TEXTS.map(SiteName), TEXTS, TEXTS, st.none() | COUNTS, directory=TEXTS)
INTENTS = st.builds(
    Intent, URNS, st.sampled_from(Op), COUNTS, RECORDS, ticket=st.none() | TICKETS, number=COUNTS
)
PARAMETERS = st.builds(Parameter, TEXTS, TEXTS, TEXTS, TEXTS, origin=TEXTS, help=TEXTS)
STARTS = st.builds(
    UpdateStarted,
    kind=st.sampled_from(UpdateKind),
    at=TIMES,
    user=TEXTS,
    host=TEXTS,
    program=TEXTS,
    program_digest=TEXTS,
    plan_digest=TEXTS,
    parameters=st.lists(PARAMETERS, max_size=2).map(tuple),
    fingerprint=TEXTS,
    origin=st.builds(Origin, commit=TEXTS, is_dirty=st.booleans(), copy=TEXTS),
)
CHANGED = st.builds(Changed, URNS, st.sampled_from(Action), end=st.sampled_from(ChangeEnd))
ENDS = st.builds(
    UpdateEnded,
    at=TIMES,
    result=st.sampled_from(UpdateResult),
    counts=st.dictionaries(TEXTS, COUNTS, max_size=3),
    duration_s=st.floats(min_value=0, max_value=1e9),
    changes=st.lists(CHANGED, max_size=2).map(tuple),
)


@given(RECORDS)
def test_a_record_comes_back(record: Record) -> None:
    assert record_from_json(record_to_json(record)) == record


@given(INTENTS)
def test_an_intent_comes_back(intent: Intent) -> None:
    assert intent_from_json(intent_to_json(intent)) == intent


@given(TICKETS)
def test_a_ticket_comes_back(ticket: Ticket) -> None:
    assert ticket_from_json(ticket_to_json(ticket)) == ticket


@given(st.lists(PARAMETERS, max_size=3).map(tuple))
def test_parameters_come_back(parameters: tuple[Parameter, ...]) -> None:
    assert parameters_from_json(parameters_to_json(parameters)) == parameters


@given(STARTS)
def test_the_start_of_a_run_comes_back(started: UpdateStarted) -> None:
    assert started_from_json(started_to_json(started)) == started


@given(ENDS)
def test_the_end_of_a_run_comes_back(ended: UpdateEnded) -> None:
    assert ended_from_json(ended_to_json(ended)) == ended


def test_no_field_is_forgotten() -> None:
    assert set(StoredRecord.model_fields) == {field.name for field in fields(Record)}
    assert set(StoredIntent.model_fields) == {field.name for field in fields(Intent)}


def test_what_a_later_version_adds_is_passed_over() -> None:
    # given
    record = replace(a_record(inputs={"n": 1}), created=NOON)
    stored = json.loads(record_to_json(record))
    stored["colour"] = "blue"
    stored["source"]["column"] = 4

    # when / then
    assert record_from_json(json.dumps(stored)) == record
    later = json.loads(ticket_to_json(a_ticket())) | {"colour": "blue"}
    assert ticket_from_json(json.dumps(later)) == a_ticket()


def test_what_an_earlier_version_lacked_has_its_default() -> None:
    # given
    record = a_record()
    stored = json.dumps({"urn": record.urn, "type": record.type, "id": record.id})

    # when / then
    assert record_from_json(stored) == replace(record, source=None)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"urn": 3, "type": "a:b:C"}', '{"urn": "u", "type": "t", "order": "x"}'],
)
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        record_from_json(text)


def test_equal_things_have_equal_bytes() -> None:
    # given
    one, two = a_record(inputs={"a": 1, "b": 2}), a_record(inputs={"b": 2, "a": 1})

    # then
    assert record_to_json(one) == record_to_json(two)
    assert intent_to_json(an_intent(one)) == intent_to_json(an_intent(two))
    assert started_to_json(a_start(parameters=(a_parameter(),))).startswith('{"at":"2026-03-01T12')
    assert ended_to_json(an_end()) == (
        '{"at":"2026-03-01T12:00:00+00:00","changes":[],"counts":{"create":1},'
        '"duration_s":0.0,"result":"done"}'
    )
