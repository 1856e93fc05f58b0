"""What a run does with the rest when something cannot be done."""

import pytest

from cloudmesh_iac.core.events import ChangeFailed, ChangeSkipped
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import ResourceType, name_of
from cloudmesh_iac.errors import ExperimentError, StackLocked
from tests.builders import STACK, a_holder, a_start, an_end
from tests.lifecycle.script import GROUP, THING, Out, ScriptedProgram, Thing
from tests.lifecycle.world import World, a_program, names

CHAIN = a_program(
    Thing("a"),
    Thing("b", {"to": Out("a")}),
    Thing("c", {"to": Out("b")}),
    Thing("lab", type_=GROUP, custom=False, needs=("a",)),
    Thing("in-lab", parent="lab"),
    Thing("other"),
)


def test_what_depends_on_a_failure_is_skipped_by_name_and_the_rest_goes_on(world: World) -> None:
    # given
    world.things.faults[("create", "a")] = Failure("no room", hint="ask for less")

    # when
    outcome = world.up(CHAIN)

    # then
    assert [(name_of(one.urn), one.message, one.hint) for one in outcome.failed] == [
        ("a", "no room", "ask for less")
    ]
    skipped = {name_of(one.urn): name_of(one.because) for one in outcome.skipped}
    assert skipped == {"b": "a", "c": "a", "lab": "a", "in-lab": "a"}
    assert world.there() == ["other"]
    assert world.snapshot().intents == ()
    told = [event for event in world.events.told if isinstance(event, ChangeFailed | ChangeSkipped)]
    assert {name_of(event.urn) for event in told} == {"a", *skipped}


def test_the_next_run_goes_on_where_the_failure_was(world: World) -> None:
    # given
    world.things.faults[("create", "b")] = Failure("no room")
    world.up(CHAIN)
    world.things.faults.clear()
    world.things.did()

    # when
    outcome = world.up(CHAIN)

    # then
    assert not outcome.failed
    assert world.things.did() == [("create", "b"), ("create", "c")]


def test_an_uncertain_create_keeps_its_intent_and_its_number(world: World) -> None:
    # given
    world.things.faults[("create", "a")] = Failure("no answer", is_certain=False)
    world.up(a_program(Thing("a")))
    (intent,) = world.snapshot().intents
    world.things.faults.clear()

    # when
    world.up(a_program(Thing("a")))

    # then
    assert world.record("a").creation == intent.creation == 1
    assert world.snapshot().intents == ()


@pytest.mark.parametrize("is_certain", [True, False])
def test_a_failed_update_keeps_the_record(world: World, *, is_certain: bool) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1})))
    world.things.faults[("update", "a")] = Failure("no", is_certain=is_certain)

    # when
    outcome = world.up(a_program(Thing("a", {"size": 2})))

    # then
    assert names(one.urn for one in outcome.failed) == ["a"]
    assert world.record("a").inputs == {"size": 1}
    assert bool(world.snapshot().intents) is not is_certain


def test_a_failed_deletion_before_a_replacement_makes_nothing(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"disk": 1})))
    world.things.faults[("delete", "a")] = Failure("it is in use")
    world.things.did()

    # when
    outcome = world.up(a_program(Thing("a", {"disk": 2})))

    # then
    assert names(one.urn for one in outcome.failed) == ["a"]
    assert world.things.did() == [("delete", "a")]
    assert world.record("a").id == "a#1"


@pytest.mark.parametrize("call", ["check", "diff"])
def test_a_provider_that_cannot_answer_refuses_the_preview(world: World, call: str) -> None:
    # given
    world.up(a_program(Thing("a")))
    world.things.faults[(call, "a")] = Failure("no answer")

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("a"), Thing("b", {"to": Out("a")})))

    # then
    assert str(refused.value) == "a (stacks/hello.py:10): no answer"


def test_a_type_that_nobody_knows_is_refused_by_name(world: World) -> None:
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("a", type_="aws:ec2:Instance")))
    assert "nobody knows aws:ec2:Instance" in str(refused.value)


@pytest.mark.parametrize(
    ("programs", "after"),
    [
        ((a_program(Thing("a", {"size": 1})), a_program(Thing("a", {"size": 2}))), "diff"),
        ((a_program(), a_program(Thing("a"))), "check"),
        ((a_program(Thing("a")), a_program(Thing("z"))), "create"),
    ],
    ids=["update", "create", "delete"],
)
def test_a_provider_that_dies_in_a_run_fails_the_change(
    world: World, programs: tuple[ScriptedProgram, ScriptedProgram], after: str
) -> None:
    # given
    first, second = programs
    world.up(first)
    plan = world.preview(second)

    def die(call: str, _: str) -> None:
        if call == after:
            world.gone.add(ResourceType(THING))

    world.things.before = die

    # when
    outcome = world.up(second, plan=plan)

    # then
    assert [(name_of(one.urn), one.message) for one in outcome.failed] == [
        ("a", "its provider is gone")
    ]


def test_an_error_of_ours_ends_the_run_and_is_raised(world: World) -> None:
    # given
    plan = world.preview(CHAIN)

    def break_at_b(call: str, name: str) -> None:
        if name == "b":
            raise LookupError(name)

    world.things.before = break_at_b

    # when
    with pytest.raises(LookupError):
        world.up(CHAIN, plan=plan)
    with pytest.raises(LookupError):
        world.preview(CHAIN)

    # then
    assert "b" not in world.there()


def test_a_stack_that_somebody_writes_is_left_alone(world: World) -> None:
    # given
    plan = world.preview(CHAIN)
    writing = world.store.write(world.snapshot(), a_start(), a_holder(host="other"))

    # when
    with pytest.raises(StackLocked):
        world.up(CHAIN, plan=plan)

    # then
    assert world.things.did() == []
    writing.close(an_end())


def test_options_that_the_program_asked_for_are_no_question(world: World) -> None:
    program = ScriptedProgram(Thing("a"), asked=frozenset({f"{STACK.project}:repeats"}))
    assert world.preview(program, options={"repeats": "5"}).has_changes
    assert program.evaluations[0].options == {"repeats": "5"}


def test_what_a_run_cannot_decide_is_told_of_by_its_urn(world: World) -> None:
    # given
    program = a_program(Thing("a"), Thing("b", needs=("a",)))
    plan = world.preview(program)
    world.things.faults[("check", "a")] = Failure("no answer", hint="ask again")

    # when
    outcome = world.up(program, plan=plan)

    # then
    told = [event for event in world.events.told if isinstance(event, ChangeFailed)]
    assert [(event.urn, event.message, event.hint) for event in told] == [
        (outcome.failed[0].urn, "no answer", "ask again")
    ]
    assert name_of(told[0].urn) == "a"
    assert told[0].action is Action.UNDECIDED
