"""Functions of the program are called through the conversation, and change what is registered."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime.proto import alias_pb2, callback_pb2, resource_pb2

from cloudmesh_iac.core.registrations import Registered
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import UNKNOWN, OutputValue, Secret
from cloudmesh_iac.wire.frames import Frame, Kind
from cloudmesh_iac.wire.structs import from_struct, to_struct
from tests.unit.program.test_conversation import DEADLINE_S, Wire, a_request

SOURCE = Urn("urn:pulumi:hello::lab::test:index:Thing::source")


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def a_callback(token: str) -> Any:
    return callback_pb2.Callback(token=token)


def with_transform(token: str = "own", **fields: Any) -> Any:
    request = a_request()
    request.transforms.append(a_callback(token))
    request.MergeFrom(resource_pb2.RegisterResourceRequest(**fields))
    return request


def shown(frame: Frame) -> tuple[str, Any]:
    """Return the token of the function that is called, and what it is shown."""
    assert frame.kind is Kind.CALLBACK
    token, _, body = frame.body.partition(b"\n")
    return token.decode(), resource_pb2.TransformRequest.FromString(body)


def answer_with(wire: Wire, frame: Frame, **fields: Any) -> None:
    body = resource_pb2.TransformResponse(**fields).SerializeToString()
    wire.child.send(Frame(Kind.CALLED, frame.number, body=body))


def registered(wire: Wire) -> Any:
    wire.until(lambda: bool(wire.registrar.registrations))
    return wire.registrar.registrations[-1]


def test_a_transform_is_asked_before_anything_is_registered(wire: Wire) -> None:
    # given
    request = with_transform(protect=True, dependencies=[SOURCE], version="1.0.0")
    wire.call("RegisterResource", request)

    # when
    frame = wire.answer()
    token, seen = shown(frame)
    before = list(wire.registrar.registrations)
    answer_with(wire, frame, properties=to_struct({"size": 5}))

    # then
    assert (token, before) == ("own", [])
    assert (seen.type, seen.name, seen.custom) == ("test:index:Thing", "head", True)
    assert (seen.options.protect, seen.options.version) == (True, "1.0.0")
    assert list(seen.options.depends_on) == [SOURCE]
    registration = registered(wire)
    assert registration.inputs == {"size": 5}
    assert registration.options.protect
    assert registration.dependencies == (SOURCE,)


def test_what_a_transform_says_of_options_takes_the_place_of_all_of_them(wire: Wire) -> None:
    # given
    request = with_transform(
        protect=True, ignoreChanges=["a"], aliasURNs=[SOURCE], hideDiffs=["big"], importId="x"
    )
    wire.call("RegisterResource", request)
    options = resource_pb2.TransformResourceOptions(
        replace_on_changes=["b"],
        delete_before_replace=False,
        retain_on_delete=True,
        deleted_with=SOURCE,
        aliases=[alias_pb2.Alias(spec=alias_pb2.Alias.Spec(name="old"))],
        additional_secret_outputs=["key"],
    )

    # when
    frame = wire.answer()
    answer_with(wire, frame, options=options)

    # then
    made = registered(wire).options
    assert (made.protect, made.ignore_changes, made.import_id) == (False, (), None)
    assert made.replace_on_changes == ("b",)
    assert made.delete_before_replace is False
    assert (made.retain_on_delete, made.deleted_with) == (True, SOURCE)
    assert [alias.name for alias in made.aliases] == ["old"]
    assert made.additional_secret_outputs == ("key",)


def test_a_transform_sees_where_values_come_from(wire: Wire) -> None:
    # given
    request = with_transform(dependencies=[SOURCE])
    request.object.CopyFrom(to_struct({"from": 1, "key": Secret("x"), "later": UNKNOWN}))
    request.propertyDependencies["from"].urns.append(SOURCE)
    wire.call("RegisterResource", request)

    # when
    frame = wire.answer()
    seen = from_struct(shown(frame)[1].properties)
    answer_with(wire, frame, properties=to_struct(seen))

    # then
    assert seen == {
        "from": OutputValue(1, is_secret=False, dependencies=(SOURCE,)),
        "key": OutputValue("x", is_secret=True, dependencies=()),
        "later": OutputValue(UNKNOWN, is_secret=False, dependencies=()),
    }
    registration = registered(wire)
    assert registration.inputs == {"from": 1, "key": Secret("x"), "later": UNKNOWN}
    assert registration.property_dependencies == {"from": (SOURCE,)}


def test_a_resource_with_transforms_depends_on_what_they_leave(wire: Wire) -> None:
    # given
    request = with_transform(dependencies=[SOURCE])
    request.propertyDependencies["size"].urns.append(SOURCE)
    wire.call("RegisterResource", request)

    # when: it gives plain values and no dependencies back
    frame = wire.answer()
    options = resource_pb2.TransformResourceOptions()
    answer_with(wire, frame, properties=to_struct({"size": 1}), options=options)

    # then
    assert registered(wire).dependencies == ()
    assert registered(wire).property_dependencies == {}


def test_transforms_of_the_stack_leave_dependencies_as_they_are(wire: Wire) -> None:
    # given
    wire.call("RegisterStackTransform", a_callback("stack"))
    wire.answer()
    request = a_request()
    request.dependencies.append(SOURCE)
    request.propertyDependencies["size"].urns.append(SOURCE)
    wire.call("RegisterResource", request)

    # when
    frame = wire.answer()
    options = resource_pb2.TransformResourceOptions(protect=True)
    answer_with(wire, frame, properties=to_struct({"size": 1}), options=options)

    # then
    assert registered(wire).options.protect
    assert registered(wire).dependencies == (SOURCE,)
    assert registered(wire).property_dependencies == {"size": (SOURCE,)}


def test_children_are_changed_by_the_transforms_of_their_parents(wire: Wire) -> None:
    # given
    wire.call("RegisterStackTransform", a_callback("stack"))
    wire.answer()
    parent = with_transform("parent", type="demo:index:Group", custom=False)
    wire.call("RegisterResource", parent, number=2)
    for _ in range(2):
        answer_with(wire, wire.answer())
    urn = registered(wire).urn
    wire.registrar.answers[-1].set_result(Registered(urn, "", {}))
    wire.answer()

    # when
    wire.call("RegisterResource", with_transform("own", parent=urn), number=3)
    tokens = []
    for _ in range(3):
        frame = wire.answer()
        tokens.append(shown(frame)[0])
        answer_with(wire, frame)
    wire.until(lambda: len(wire.registrar.registrations) == 2)

    # then
    assert tokens == ["own", "parent", "stack"]


def test_a_transform_that_fails_refuses_the_registration(wire: Wire) -> None:
    # given
    wire.call("RegisterResource", with_transform(), number=4)

    # when
    frame = wire.answer()
    wire.child.send(Frame(Kind.CALL_FAILED, frame.number, body=b"no\n  in line 3\n"))
    refused = wire.answer()

    # then
    assert (refused.kind, refused.number) == (Kind.REFUSED, 4)
    assert refused.body == b"head: a transform failed: no\n  in line 3"
    assert wire.registrar.registrations == []


def test_a_program_is_not_quiet_while_one_of_its_functions_runs(wire: Wire) -> None:
    # given
    wire.call("RegisterResource", with_transform())
    frame = wire.answer()

    # when
    wire.child.send(Frame(Kind.QUIET, 1))
    assert wire.registrar.quiet.wait(DEADLINE_S)
    meanwhile = wire.conversation.is_quiet()
    answer_with(wire, frame)
    registered(wire)
    after = wire.conversation.is_quiet()
    wire.child.send(Frame(Kind.QUIET, 1))
    wire.until(wire.conversation.is_quiet)

    # then
    assert not meanwhile
    assert not after


@pytest.mark.parametrize("how", ["dies", "is stopped"])
def test_nobody_waits_for_the_functions_of_a_program_that_is_over(wire: Wire, how: str) -> None:
    # given
    running = wire.conversation._calls.callbacks.ask("t", resource_pb2.TransformRequest())

    # when
    if how == "dies":
        wire.child.close()
    else:
        wire.conversation.stop()
    later = wire.conversation._calls.callbacks

    # then
    assert "the program has ended" in str(running.exception(DEADLINE_S))
    wire.until(lambda: later._has_ended)
    over = later.ask("t", resource_pb2.TransformRequest()).exception(DEADLINE_S)
    assert "the program has ended" in str(over)
