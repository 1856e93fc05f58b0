"""The outputs of one stack, used by another one of the same store."""

from collections.abc import Mapping

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import STACK_TYPE, make_urn
from cloudmesh_iac.core.values import UNKNOWN, Secret, Value
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    CreateAsk,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    Read,
    ReadAsk,
    UpdateAsk,
)
from cloudmesh_iac.engine.stack_references import (
    STACK_REFERENCE_TYPE,
    StackReferences,
    parse_reference,
)
from tests.builders import STACK
from tests.lifecycle.script import ScriptedProgram, Thing, Written
from tests.lifecycle.world import World, a_program

URN = make_urn(
    stack="other",
    project="lab",
    parent=None,
    type_=STACK_REFERENCE_TYPE,
    name="hello",
)


def ask(name: Value, **known: Value) -> ReadAsk:
    inputs: Mapping[str, Value] = {"name": name, **known}
    return ReadAsk(URN, STACK_REFERENCE_TYPE, "hello", inputs, inputs)


def read(world: World, name: Value) -> Read | Failure:
    return StackReferences(world.store, STACK.project).read(ask(name))


@pytest.mark.parametrize(
    ("name", "stack"),
    [
        ("hello", StackId("lab", "hello")),
        ("hello.big", StackId("lab", "hello.big")),
        ("other/hello", StackId("other", "hello")),
        ("organization/other/hello", StackId("other", "hello")),
        ("somebody/other/hello", None),
        ("organization/a/b/c", None),
        ("other/", None),
        ("", None),
    ],
)
def test_a_name_may_say_less_or_more(name: str, stack: StackId | None) -> None:
    assert parse_reference(name, "lab") == stack


def test_the_outputs_of_a_stack_are_given_with_the_names_of_the_secret_ones(world: World) -> None:
    # given
    outputs: Mapping[str, Value] = {
        "b": Secret("hush"),
        "at": "10.0.0.1",
        "a": ({"in": Secret(1)},),
    }
    written: Mapping[str, Written] = {
        "b": Secret("hush"),
        "at": "10.0.0.1",
        "a": ({"in": Secret(1)},),
    }
    world.up(ScriptedProgram(Thing("head"), outputs=written))

    # when
    found = read(world, "organization/lab/hello")

    # then
    assert found == Read(
        "hello",
        {
            "name": "organization/lab/hello",
            "outputs": outputs,
            "secretOutputNames": ("a", "b"),
        },
        {"name": "organization/lab/hello"},
    )


def test_a_stack_that_was_taken_away_has_no_outputs(world: World) -> None:
    # given
    world.up(ScriptedProgram(Thing("head"), outputs={"at": 1}))
    world.destroy()

    # when
    found = read(world, "hello")

    # then
    assert isinstance(found, Read)
    assert (found.outputs["outputs"], found.outputs["secretOutputNames"]) == ({}, ())


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("hallo", Failure("there is no stack hallo (there is: hello); did you mean hello?")),
        (
            "base.x",
            Failure("there is no stack base.x (there is: hello)", "`cmx up base` makes it"),
        ),
        ("far/base", Failure("there is no stack far/base (there is: hello)")),
        (
            "a/b/c",
            Failure(
                "'a/b/c' is no name of a stack",
                "give STACK, PROJECT/STACK or organization/PROJECT/STACK",
            ),
        ),
        (UNKNOWN, Failure("the name of a stack is a text")),
    ],
)
def test_a_stack_that_is_not_there_is_an_error_that_lists_those_that_are(
    world: World, name: Value, why: Failure
) -> None:
    # given
    world.up(a_program())

    # when
    found = read(world, name)

    # then
    assert found == why


def test_without_any_stack_the_list_is_empty(world: World) -> None:
    found = read(world, "base")
    assert isinstance(found, Failure)
    assert found.message == "there is no stack base (there is: none)"


def test_a_stack_reference_is_only_read(world: World) -> None:
    # given
    references = StackReferences(world.store, "lab")
    type_ = STACK_REFERENCE_TYPE

    # when
    refused = (
        references.check(CheckAsk(URN, type_, {}, {}, "5eed")),
        references.create(CreateAsk(URN, type_, {})),
        references.update(UpdateAsk(URN, type_, "id", {}, {}, {})),
    )

    # then
    assert {one.message for one in refused} == {"a StackReference is only read"}
    assert references.diff(DiffAsk(URN, type_, "id", {}, {}, {})) == Difference(has_changes=False)
    assert references.delete(DeleteAsk(URN, type_, "id", {}, {})) == Deleted()
    assert type_ != STACK_TYPE
