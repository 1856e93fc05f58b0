"""The plugin room on a real process, over the real protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.plans import Detail, DetailKind
from cloudmesh_iac.core.values import UNKNOWN, Properties, Reference, Secret
from cloudmesh_iac.engine.asks import (
    Checked,
    Created,
    Deleted,
    Difference,
    Gone,
    Invoked,
    Problem,
    Read,
    Refusal,
    Updated,
)
from tests.oracle.case import Behaviour, Fault
from tests.rigs.scripted.program import install
from tests.rigs.scripted.room import (
    SEED,
    THING,
    Room,
    a_room,
    calling,
    checking,
    checking_config,
    configuring,
    creating,
    deleting,
    differing,
    differing_config,
    reading,
    updating,
    urn_of,
)
from tests.rigs.scripted.script import Script

SMALL: Properties = {"size": 1}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with a_room(tmp_path) as made:
        yield made


# --- configuration --------------------------------------------------------------------------------


def test_secrets_of_a_configuration_are_checked_in_clear_and_marked_again(room: Room) -> None:
    # when
    checked = room.started().check_config(checking_config({"token": Secret("x"), "region": "r"}))

    # then
    assert checked == Checked({"token": Secret("x"), "region": "r"})
    assert room.script.calls("check_config")[0]["news"] == {"token": "x", "region": "r"}


def test_a_refused_configuration_names_every_problem(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("check_config", "default_1_2_3", "refusal"),)))

    # when
    answer = room.started().check_config(checking_config({}))

    # then
    assert answer == Refusal((Problem("size", "is not good"), Problem("color", "is not known")))


def test_a_plugin_without_calls_for_configuration_takes_it_as_it_is(room: Room) -> None:
    # given
    room.script.write(Script(config_calls=False))
    instance = room.started()

    # then
    assert instance.check_config(checking_config({"region": "r"})) == Checked({"region": "r"})
    assert instance.diff_config(differing_config({"region": "r"}, {})) == Difference(None)


def test_a_plugin_says_which_setting_needs_new_objects(room: Room) -> None:
    # given
    room.script.write(Script(replacing=("region",)))

    # when
    answer = room.started().diff_config(differing_config({"region": "r"}, {"region": "s"}))

    # then
    assert answer == Difference(has_changes=True, keys=("region",), replaces=("region",))


def test_a_configuration_reaches_the_plugin_marked_and_as_text(room: Room) -> None:
    # when
    room.ready({"token": Secret("x"), "hosts": ("a", "b"), "version": "1.2.3"})

    # then
    asked = room.script.calls("configure")[0]
    assert asked["variables"] == {"test:config:token": "x", "test:config:hosts": '["a","b"]'}
    assert asked["args"]["token"]["value"] == "x"
    assert (asked["id"], asked["name"]) == ("an-id", "default_1_2_3")
    assert asked["acceptSecrets"]
    assert asked["sends_old_inputs"]


def test_settings_that_are_missing_are_named_with_their_command(room: Room) -> None:
    # given
    room.script.write(Script(needs=("token", "region")))

    # when
    failure = room.started().configure(configuring({}))

    # then
    assert isinstance(failure, Failure)
    assert "test:token (the token of the world); test:region" in failure.message
    assert "`cmx config set test:token VALUE`" in failure.hint


SCHEMA = """
{"name": "test", "resources": {"test:index:Thing": {
    "inputProperties": {"size": {"type": "integer"}, "zone": {"willReplaceOnChanges": true}}}}}
"""


def test_a_refused_plugin_that_cannot_answer_is_known_by_its_schema(room: Room) -> None:
    # given
    faults = tuple(Fault(call, "a", "uncertain") for call in ("check", "diff"))
    room.script.write(Script(needs=("token",), faults=faults, schema=SCHEMA))
    instance = room.started()
    instance.configure(configuring({}))
    olds: Properties = {"size": 1, "zone": "east"}

    # then
    assert instance.check(checking(SMALL)) == Checked(SMALL)
    assert instance.diff(differing(olds, {**olds, "size": 2})) == Difference(
        has_changes=True, keys=("size",), is_certain=False
    )
    assert instance.diff(differing(olds, {"size": 1, "zone": "west"})) == Difference(
        has_changes=True, keys=("zone",), replaces=("zone",), is_certain=False
    )
    assert instance.diff(differing(olds, olds)) == Difference(has_changes=False, is_certain=False)


def test_a_schema_is_asked_for_once_for_each_program(room: Room) -> None:
    # given
    faults = (Fault("diff", "a", "uncertain"),)
    room.script.write(Script(needs=("token",), faults=faults, schema=SCHEMA))
    for _ in range(2):
        instance = room.started()
        instance.configure(configuring({}))
        instance.diff(differing(SMALL, SMALL))
    assert len(room.script.calls("get_schema")) == 1

    # when: another program of the same version
    program = next(room.plugins.glob("*/pulumi-resource-test"))
    program.write_text(f"{program.read_text()}# built again\n")
    instance = room.started()
    instance.configure(configuring({}))
    instance.diff(differing(SMALL, SMALL))

    # then
    assert len(room.script.calls("get_schema")) == 2


def test_a_running_plugin_is_not_read_for_each_question(room: Room) -> None:
    # given
    faults = (Fault("diff", "a", "uncertain"),)
    room.script.write(Script(needs=("token",), faults=faults, schema=SCHEMA))
    instance = room.started()
    instance.configure(configuring({}))
    first = instance.diff(differing(SMALL, SMALL))

    # when
    next(room.plugins.glob("*/pulumi-resource-test")).unlink()

    # then
    assert instance.diff(differing(SMALL, SMALL)) == first


def test_a_refused_plugin_without_a_schema_says_why_it_cannot_answer(room: Room) -> None:
    # given
    room.script.write(Script(needs=("token",), faults=(Fault("diff", "a", "uncertain"),)))
    instance = room.started()
    instance.configure(configuring({}))

    # then
    answer = instance.diff(differing(SMALL, SMALL))
    assert isinstance(answer, Failure)
    assert "nobody knows" in answer.message


def test_a_plugin_with_its_configuration_is_never_guessed_for(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("diff", "a", "uncertain"),), schema=SCHEMA))

    # then
    assert isinstance(room.ready().diff(differing(SMALL, {"size": 2})), Failure)


def test_a_plugin_whose_configuration_is_not_known_yet_is_not_asked(room: Room) -> None:
    # given
    instance = room.ready({"endpoint": UNKNOWN})

    # then
    assert instance.check(checking(SMALL)) == Checked(SMALL)
    assert instance.diff(differing(SMALL, SMALL)) == Difference(has_changes=True)
    assert instance.create(creating(SMALL, is_preview=True)) == Created("", {})
    assert instance.update(updating(SMALL, SMALL, is_preview=True)) == Updated({})
    assert instance.invoke(calling("echo", {})) == Invoked({}, is_unknown=True)
    assert instance.read(reading(SMALL)) == Read("a#1", SMALL, is_blind=True)
    assert [call["method"] for call in room.script.calls()] == ["handshake"]


# --- questions ------------------------------------------------------------------------------------


def test_the_seed_names_what_has_no_name(room: Room) -> None:
    # given
    room.script.write(Script(types={THING: Behaviour(auto=("name",))}))
    instance = room.ready()

    # then
    assert instance.check(checking(SMALL)) == Checked({"name": f"seed:{SEED[:8]}", "size": 1})
    assert instance.check(checking(SMALL, {"name": "old"})) == Checked({"name": "old", "size": 1})
    assert room.script.calls("check")[0]["seed"] == SEED


def test_every_problem_of_the_inputs_is_named(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("check", "a", "refusal"),)))

    # when
    answer = room.ready().check(checking(SMALL))

    # then
    assert answer == Refusal((Problem("size", "is not good"), Problem("color", "is not known")))


def test_a_difference_says_where_and_what_it_takes(room: Room) -> None:
    # given
    behaviour = Behaviour(
        replaces=("zone",), deletes_first=("zone",), stables=("address",), details=True
    )
    room.script.write(Script(types={THING: behaviour}))

    # when
    answer = room.ready().diff(
        differing({"size": 1, "zone": "x"}, {"size": 2, "zone": "y"}, ignore=("tags",))
    )

    # then
    assert answer == Difference(
        has_changes=True,
        keys=("size", "zone"),
        replaces=("zone",),
        stables=("address",),
        delete_before_replace=True,
        details=(
            Detail("size", DetailKind.UPDATE),
            Detail("zone", DetailKind.UPDATE_REPLACE),
        ),
    )
    assert room.script.calls("diff")[0]["ignoreChanges"] == ["tags"]


def test_no_difference_and_no_answer_are_not_the_same(room: Room) -> None:
    # given
    instance = room.ready()

    # then
    assert instance.diff(differing(SMALL, SMALL)) == Difference(has_changes=False)
    room.script.write(Script(types={THING: Behaviour(silent=True)}))
    assert instance.diff(differing(SMALL, SMALL)) == Difference(has_changes=None)


def test_what_the_plugin_refuses_is_its_own_sentence(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("check", "a"), Fault("diff", "a"))))
    instance = room.ready()

    # then
    assert instance.check(checking(SMALL)) == Failure("check of a: refused")
    assert instance.diff(differing(SMALL, SMALL)) == Failure("diff of a: refused")


# --- changes --------------------------------------------------------------------------------------


def test_an_object_is_made_changed_and_removed(room: Room) -> None:
    # given
    behaviour = Behaviour(computed=("address",), recomputed=("state",))
    room.script.write(Script(types={THING: behaviour}))
    instance = room.ready()
    made: Properties = {"address": "address of a#1", "size": 1, "state": "state of a#1, 0"}

    # then
    assert instance.create(creating(SMALL, timeout_s=5)) == Created("a#1", made)
    assert instance.update(updating(made, {"size": 2})) == Updated(
        {"address": "address of a#1", "size": 2, "state": "state of a#1, 1"}
    )
    assert instance.delete(deleting(made, inputs=SMALL)) == Deleted()
    create, update, delete = room.script.calls("create", "update", "delete")
    assert (create["timeout"], create["name"], create["type"]) == (5, "a", THING)
    assert (update["id"], update["olds"]["size"], update["old_inputs"]["size"]) == ("a#1", 1, 1)
    assert delete["properties"]["address"] == "address of a#1"
    assert delete["old_inputs"] == {"size": 1}


def test_a_preview_says_what_is_not_known_yet(room: Room) -> None:
    # given
    behaviour = Behaviour(computed=("address",), recomputed=("state",), previews=True)
    room.script.write(Script(types={THING: behaviour}))
    instance = room.ready()

    # then
    assert instance.previews
    assert instance.create(creating({"size": UNKNOWN}, is_preview=True)) == Created(
        "", {"address": UNKNOWN, "size": UNKNOWN, "state": UNKNOWN}
    )
    olds: Properties = {"address": "here", "size": 1}
    assert instance.update(updating(olds, {"size": 2}, is_preview=True)) == Updated(
        {"address": "here", "size": 2, "state": UNKNOWN}
    )
    assert not room.script.calls("create", "update")


def test_a_plugin_that_knows_no_previews_is_not_asked_for_one(room: Room) -> None:
    # given
    room.script.write(Script(handshake=False, previews=False))
    instance = room.ready()

    # then
    assert not instance.previews
    assert instance.create(creating(SMALL, is_preview=True)) == Created("", SMALL)
    assert instance.update(updating(SMALL, {"size": 2}, is_preview=True)) == Updated({"size": 2})
    assert not room.script.calls("create_preview", "update_preview")


@pytest.mark.parametrize(("kind", "is_certain"), [("certain", True), ("uncertain", False)])
def test_a_failed_change_says_whether_anything_can_have_happened(
    room: Room, *, kind: str, is_certain: bool
) -> None:
    # given
    faults = tuple(Fault(call, "a", kind) for call in ("create", "update", "delete"))
    room.script.write(Script(faults=faults))
    instance = room.ready()
    words = "refused" if is_certain else "nobody knows"

    # then
    assert instance.create(creating(SMALL)) == Failure(f"create of a: {words}", "", is_certain)
    assert instance.update(updating(SMALL, SMALL)) == Failure(
        f"update of a: {words}", "", is_certain
    )
    assert instance.delete(deleting(SMALL)) == Failure(f"delete of a: {words}", "", is_certain)


def test_half_an_object_is_kept_with_what_is_wrong(room: Room) -> None:
    # given
    room.script.write(
        Script(faults=(Fault("create", "a", "partial"), Fault("update", "a", "partial")))
    )
    instance = room.ready()

    # then
    assert instance.create(creating(SMALL)) == Created("a#1", SMALL, init_errors=("half of a",))
    assert instance.update(updating(SMALL, {"size": 2})) == Updated(
        {"size": 2}, init_errors=("half of a",)
    )


# --- looks and functions --------------------------------------------------------------------------


def test_a_look_returns_the_inputs_too(room: Room) -> None:
    # when
    answer = room.ready().read(reading({"size": 1, "address": "here"}, inputs=SMALL))

    # then
    assert answer == Read("a#1", {"address": "here", "size": 1}, {"size": 1})


def test_a_look_at_something_unknown_sends_nothing_that_is_known_of_it(room: Room) -> None:
    # when
    answer = room.ready().read(reading({}))

    # then
    assert answer == Read("a#1", {"size": "found"}, {"size": "found"})
    assert "properties" not in room.script.calls("read")[0]


def test_what_is_gone_is_gone(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("read", "a", "gone"),)))

    # then
    assert room.ready().read(reading(SMALL)) == Gone()


def test_a_look_at_half_an_object_finds_it(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("read", "a", "partial"),)))

    # then
    assert room.ready().read(reading(SMALL)) == Read("a#1", SMALL, init_errors=("half of a",))


def test_a_function_returns_values_or_refuses_its_arguments(room: Room) -> None:
    # given
    instance = room.ready()

    # then
    assert instance.invoke(calling("echo", {"n": 3, "on": True})) == Invoked({"n": 3, "on": True})
    assert instance.invoke(calling("refuse", {})) == Refusal((Problem("size", "is not good"),))
    failure = instance.invoke(calling("nothing", {}))
    assert failure == Failure("there is no function test:index:nothing")


# --- marks ----------------------------------------------------------------------------------------

MARKED: Properties = {
    "key": Secret("x"),
    "keys": (Secret("y"), "z"),
    "of": Reference(urn_of("b"), "b#1"),
    "plain": {"deep": Secret("w"), "other": 1},
}


def test_marks_go_both_ways_where_the_plugin_knows_them(room: Room) -> None:
    assert room.ready().create(creating(MARKED)) == Created("a#1", MARKED)


@pytest.mark.parametrize("handshake", [True, False])
def test_a_plugin_without_secrets_gets_them_in_clear_and_they_are_marked_again(
    room: Room, *, handshake: bool
) -> None:
    # given
    room.script.write(Script(accepts_secrets=False, accepts_resources=False, handshake=handshake))
    instance = room.ready()
    again: Properties = {
        "key": Secret("x"),
        "keys": Secret(("y", "z")),
        "of": "b#1",
        "plain": {"deep": Secret("w"), "other": 1},
    }
    clear = {"key": "x", "keys": ["y", "z"], "of": "b#1", "plain": {"deep": "w", "other": 1}}

    # then
    assert instance.create(creating(MARKED)) == Created("a#1", again)
    assert instance.check(checking(MARKED)) == Checked(again)
    assert instance.update(updating(MARKED, MARKED)) == Updated(again)
    assert instance.read(reading(MARKED, inputs=MARKED)) == Read("a#1", again, again)
    assert instance.invoke(calling("echo", {"a": Secret("x"), "b": 1})) == Invoked(
        {"a": Secret("x"), "b": Secret(1)}
    )
    assert room.script.calls("create")[0]["properties"] == clear


# --- the log --------------------------------------------------------------------------------------


def test_a_line_of_the_log_carries_its_resource_and_prints_are_for_debugging(room: Room) -> None:
    # given
    room.script.write(Script(logs="is slow today", prints="hello\n"))

    # when
    room.ready().create(creating(SMALL))

    # then
    assert room.lines("warning") == ["is slow today"]
    assert room.lines("debug") == ["hello"]


def test_a_version_that_is_not_here_is_fetched(room: Room) -> None:
    assert room.refused(Package("test", "9.9.9")) == Failure("the plugin test 9.9.9 is not here")


def test_a_plugin_that_is_older_than_wanted_is_used_with_a_warning(room: Room) -> None:
    # given
    install(room.plugins, version="")

    # when
    older = room.packages.load(Package("test", "9.9.9"))
    same = room.packages.load(Package("test", "1.2.3"))

    # then
    assert not isinstance(older, Failure)
    assert not isinstance(same, Failure)
    assert room.lines("warning") == ["the plugin test is version 1.2.3; 9.9.9 is wanted"]
