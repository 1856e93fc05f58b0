"""A state without secrets: what stands in it, and what is read back."""

import json
from dataclasses import replace

import pytest

from cloudmesh_iac.core.locks import Stop, StopRequest
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.urns import JOB_END_TYPE
from cloudmesh_iac.core.values import UNKNOWN, Secret, Value
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.store.published import PublishedStore, published_text, read_published
from tests.builders import STACK, a_holder, a_parameter, a_record, a_start, an_intent

CANARY = 'canary-"ü\\91'


def a_snapshot() -> Snapshot:
    inputs: dict[str, Value] = {
        "size": 4,
        "password": Secret(CANARY),
        "deep": ({"key": Secret({"of": CANARY})},),
    }
    record = a_record("head", inputs=inputs, outputs={**inputs, "made": Secret(CANARY)}, order=1)
    return Snapshot(
        STACK,
        serial=7,
        records=(record,),
        intents=(an_intent(a_record("new", inputs={"token": Secret(CANARY)})),),
        parameters=(a_parameter(),),
        creations={record.urn: 1},
        seed_key="5" * 64,
        program="stacks/hello.py",
        program_digest="d1",
    )


def digest(value: Value) -> str:
    return f"{len(str(value)):04}"


def test_it_holds_no_secret_and_the_same_bytes_each_time() -> None:
    text = published_text(a_snapshot(), digest)
    assert "canary" not in text
    assert text == published_text(a_snapshot(), digest)
    assert text.count("hmac-sha256:") == 7  # the intent has its inputs as outputs too


def test_two_secrets_are_told_apart_where_there_is_a_key() -> None:
    # given
    record = a_record("head", inputs={"password": Secret("longer than that")})
    other = replace(a_snapshot(), records=(record,), intents=())
    same = replace(other, records=(replace(record, inputs={"password": Secret("x")}),))

    # then
    assert published_text(other, digest) != published_text(same, digest)
    assert published_text(other, lambda _: None).count("hmac") == 0


def test_what_is_read_back_is_all_but_the_secrets() -> None:
    # given
    snapshot = a_snapshot()

    # when
    read = read_published(published_text(snapshot, digest), "hello.json")

    # then
    hidden = Secret(UNKNOWN)
    assert read.is_sealed
    (record,) = read.records
    assert record.inputs == {"size": 4, "password": hidden, "deep": ({"key": hidden},)}
    assert record.outputs == {**record.inputs, "made": hidden}
    assert read.intents[0].goal.inputs == {"token": hidden}
    bare = replace(snapshot, records=(), intents=())
    assert replace(read, records=(), intents=(), is_sealed=False) == bare


@pytest.mark.parametrize("text", ["{}", "no json", '{"format": "cmx-plan"}', "[]"])
def test_what_is_no_published_state_is_named(text: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        read_published(text, "x.json")
    assert "x.json is no published state" in refused.value.message


def test_a_damaged_record_is_named_too() -> None:
    document = json.loads(published_text(a_snapshot(), digest))
    del document["records"][0]["urn"]
    with pytest.raises(UsageProblem):
        read_published(json.dumps(document), "x.json")


def test_nobody_writes_to_it_and_another_stack_is_new() -> None:
    # given
    store = PublishedStore([a_snapshot()], new_key=lambda: "k")

    # then
    assert store.snapshot(STACK).serial == 7
    other = replace(STACK, name="other")
    assert (store.snapshot(other).serial, store.snapshot(other).seed_key) == (0, "k")
    assert [one.stack for one in store.stacks("lab")] == [STACK]
    assert store.stacks("elsewhere") == ()
    with pytest.raises(UsageProblem):
        store.write(a_snapshot(), a_start(), a_holder())
    with pytest.raises(UsageProblem):
        store.remove_stack(STACK)


def test_no_history_no_lock_and_no_program_is_published() -> None:
    # given
    store = PublishedStore([a_snapshot()], new_key=lambda: "k")

    # then
    assert store.history(STACK, newest=1) == ()
    assert store.chain(STACK).length == 0
    assert store.program_copy(STACK, "any") == {}
    assert store.lock(STACK) is None
    assert store.ask_to_stop(STACK, StopRequest(Stop.SOON, "ada", "login1")) is None


def test_its_stacks_are_counted_as_people_do() -> None:
    # given
    head, old = a_record("head"), a_record("head", creation=2, doomed=True)
    end = a_record("sweep/n=1-end", type_=JOB_END_TYPE)
    snapshot = replace(a_snapshot(), records=(head, old, end))

    # when
    (summary,) = PublishedStore([snapshot], new_key=lambda: "k").stacks()

    # then
    assert summary.records == 1
