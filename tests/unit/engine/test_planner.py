"""Every branch of the planner: what is asked next, and what is decided from the answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Options, Registration
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret
from cloudmesh_iac.engine.asks import CheckAsk, Checked, DiffAsk, Difference, Refusal
from cloudmesh_iac.engine.planner import Decision, decide
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.situation import Answers, Situation
from tests.builders import a_record, a_registration, a_ticket, a_urn, an_intent

OLD, NEW = "0ld", "4ew"
BY_INPUTS = Difference(has_changes=None)  # the provider leaves the comparison to us
BY_PROVIDER = Difference(has_changes=True, keys=("b",))


def replacing(key: str) -> Difference:
    return Difference(has_changes=True, keys=(key,), replaces=(key,))


def a_situation(
    record: Record | None = None,
    *,
    intent: Intent | None = None,
    role: Role = Role.PLAIN,
    is_forced: bool = False,
    replaced: tuple[str, ...] = (),
) -> Situation:
    return Situation(
        record=record,
        intent=intent,
        role=role,
        creations=0 if record is None else record.creation,
        seeds=(OLD, NEW),
        is_forced=is_forced,
        replaced=frozenset(a_urn(name) for name in replaced),
    )


def decided(
    inputs: Properties | None = None,
    *,
    registration: Registration | None = None,
    situation: Situation,
    difference: Difference | None = None,
) -> Decision:
    """Decide with a provider that takes every input as it is and sees the given difference."""
    wanted = registration or a_registration(inputs=inputs or {})
    answers = Answers()
    while True:
        decision = decide(wanted, situation, answers)
        match decision:
            case CheckAsk():
                answers = answers.with_answer(Checked(decision.news))
            case DiffAsk():
                answers = answers.with_answer(difference or BY_INPUTS)
            case _:
                return decision


def change(decision: Decision) -> Change:
    assert isinstance(decision, Change)
    return decision


# --- what is asked --------------------------------------------------------------------------------


def test_a_new_thing_is_checked_with_the_seed_of_its_first_object() -> None:
    ask = decide(a_registration(inputs={"n": 1}), a_situation(), Answers())
    assert isinstance(ask, CheckAsk)
    assert (ask.olds, ask.news, ask.seed) == ({}, {"n": 1}, NEW)


def test_a_known_thing_is_checked_with_its_own_seed_and_then_compared() -> None:
    # given
    record = a_record(inputs={"n": 1}, outputs={"n": 1, "at": "x"})

    # when
    check = decide(a_registration(inputs={"n": 2}), a_situation(record), Answers())
    diff = decide(
        a_registration(inputs={"n": 2}), a_situation(record), Answers(Checked({"n": 2, "d": 0}))
    )

    # then
    assert isinstance(check, CheckAsk)
    assert (check.olds, check.news, check.seed) == ({"n": 1}, {"n": 2}, OLD)
    assert isinstance(diff, DiffAsk)
    assert (diff.id, diff.news) == (record.id, {"n": 2, "d": 0})
    assert (diff.old_inputs, diff.old_outputs) == (record.inputs, record.outputs)


def test_a_replacement_is_checked_once_more_as_a_new_thing() -> None:
    # given
    record = a_record(inputs={"n": 1})
    answers = Answers(Checked({"n": 2}), replacing("n"))

    # when
    ask = decide(a_registration(inputs={"n": 2}), a_situation(record), answers)

    # then
    assert isinstance(ask, CheckAsk)
    assert (ask.olds, ask.news, ask.seed) == ({}, {"n": 2}, NEW)
    assert answers.with_answer(Checked({})).rechecked == Checked({})


# --- what is decided ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """One row: a record with inputs, new inputs, a difference; and what comes of it."""

    news: Properties
    difference: Difference
    action: Action
    keys: tuple[str, ...] = ()
    options: Options | None = None


OLDS: Properties = {"a": 1, "b": 2}
CASES: Mapping[str, Case] = {
    "equal": Case(OLDS, BY_INPUTS, Action.SAME),
    "provider names no key": Case(OLDS, Difference(has_changes=True), Action.UPDATE),
    "provider sees nothing": Case({"a": 9}, Difference(has_changes=False), Action.SAME),
    "provider leaves it to us": Case({"a": 9, "b": 2}, BY_INPUTS, Action.UPDATE, ("a",)),
    "provider says which": Case({"a": 9, "b": 9}, BY_PROVIDER, Action.UPDATE, ("b",)),
    "provider says that": Case(
        {"a": 9, "b": 2}, Difference(has_changes=True), Action.UPDATE, ("a",)
    ),
    "provider only names a replacement": Case(
        OLDS, Difference(has_changes=None, replaces=("a",)), Action.REPLACE, ("a",)
    ),
    "provider replaces": Case(
        {"a": 9, "b": 2},
        replacing("a"),
        Action.REPLACE,
        ("a",),
    ),
    "a gone key": Case({"a": 1}, BY_INPUTS, Action.UPDATE, ("b",)),
    "program replaces this key": Case(
        {"a": 9, "b": 2},
        BY_INPUTS,
        Action.REPLACE,
        ("a",),
        Options(replace_on_changes=("a",)),
    ),
    "program replaces another key": Case(
        {"a": 9, "b": 2},
        BY_INPUTS,
        Action.UPDATE,
        ("a",),
        Options(replace_on_changes=("b",)),
    ),
    "program replaces on any key": Case(
        {"a": 9, "b": 2},
        BY_INPUTS,
        Action.REPLACE,
        ("a",),
        Options(replace_on_changes=("*",)),
    ),
    "program ignores it": Case(
        {"a": 9, "b": 2},
        BY_INPUTS,
        Action.SAME,
        (),
        Options(ignore_changes=("a",)),
    ),
    "program ignores a new key": Case(
        {**OLDS, "c": 3},
        BY_INPUTS,
        Action.SAME,
        (),
        Options(ignore_changes=("c",)),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_known_thing_is_decided_by_its_difference(case: Case) -> None:
    # when
    registration = a_registration(inputs=case.news, options=case.options)
    found = change(
        decided(
            registration=registration,
            situation=a_situation(a_record(inputs=OLDS)),
            difference=case.difference,
        )
    )

    # then
    assert found.action is case.action
    assert tuple(reason.key for reason in found.reasons) == case.keys
    assert {reason.cause for reason in found.reasons} <= {Cause.FIELD}


def test_a_thing_without_a_record_is_created() -> None:
    found = change(decided({"n": 1}, situation=a_situation()))
    assert (found.action, found.creation, found.inputs) == (Action.CREATE, 1, {"n": 1})
    assert found.reasons == (Reason(Cause.NEW),)
    assert [(step.op, step.creation) for step in found.steps] == [(Op.CREATE, 1)]


def test_what_is_to_be_known_of_a_new_thing_stands_in_its_reasons() -> None:
    # given
    checked = Checked({"n": 1}, notes=("takes i01", "its lease ends"))

    # when
    new = change(decide(a_registration(inputs={"n": 1}), a_situation(), Answers(checked)))
    record = a_record(inputs={"n": 1})
    same = change(
        decide(
            a_registration(inputs={"n": 1}),
            a_situation(record),
            Answers(checked, Difference(has_changes=False)),
        )
    )

    # then
    assert [(one.cause, one.note) for one in new.reasons] == [
        (Cause.NEW, "takes i01"),
        (Cause.NEW, "its lease ends"),
    ]
    assert same.reasons == ()


def test_a_thing_is_created_under_the_next_number_when_its_urn_had_objects_before() -> None:
    situation = replace(a_situation(), creations=4)
    assert change(decided(situation=situation)).creation == 5


@pytest.mark.parametrize(
    ("op", "creation"), [(Op.CREATE, 3), (Op.CREATE_REPLACEMENT, 3), (Op.DELETE, 6)]
)
def test_a_create_that_got_lost_is_repeated_under_its_own_number(op: Op, creation: int) -> None:
    intent = an_intent(a_record(creation=3), op=op)
    situation = replace(a_situation(intent=intent), creations=5)
    assert change(decided(situation=situation)).creation == creation


def test_an_update_keeps_the_object() -> None:
    record = a_record(inputs={"n": 1}, creation=3)
    found = change(decided({"n": 2}, situation=a_situation(record)))
    assert [(step.op, step.creation) for step in found.steps] == [(Op.UPDATE, 3)]
    assert found.creation == 3


@pytest.mark.parametrize(
    ("asked", "provider", "first"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_the_steps_of_a_replacement_follow_the_program_then_the_provider(
    *, asked: bool | None, provider: bool, first: bool
) -> None:
    # given
    options = Options(delete_before_replace=asked)
    difference = Difference(
        has_changes=True,
        keys=("n",),
        replaces=("n",),
        delete_before_replace=provider,
        losses=("disk",),
    )

    # when
    found = change(
        decided(
            registration=a_registration(inputs={"n": 2}, options=options),
            situation=a_situation(a_record(inputs={"n": 1}, creation=2)),
            difference=difference,
        )
    )

    # then
    create_first = [
        (Op.CREATE_REPLACEMENT, 3),
        (Op.REPLACE, 3),
        (Op.DELETE_REPLACED, 2),
    ]
    delete_first = [create_first[2], create_first[1], create_first[0]]
    steps = [(step.op, step.creation) for step in found.steps]
    assert steps == (delete_first if first else create_first)
    assert found.deletes_first is first
    assert found.losses == ("disk",)


def test_a_recorded_secret_that_cannot_be_read_makes_a_line_uncertain() -> None:
    # given
    registration = a_registration(inputs={"word": Secret("new")})
    situation = a_situation(a_record(inputs={"word": Secret(UNKNOWN)}))

    # when
    found = change(decided(registration=registration, situation=situation))

    # then
    assert not found.certain


def test_what_is_not_known_yet_makes_a_line_uncertain_and_names_its_source() -> None:
    # given
    registration = a_registration(
        inputs={"to": UNKNOWN, "n": 2},
        dependencies=(a_urn("base"),),
        property_dependencies={"to": (a_urn("other"), a_urn("base"))},
    )
    situation = a_situation(a_record(inputs={"to": "x", "n": 1}), replaced=("base",))

    # when
    found = change(decided(registration=registration, situation=situation))

    # then
    assert not found.certain
    assert [(reason.cause, reason.key, reason.urn) for reason in found.reasons] == [
        (Cause.DEPENDENCY, "to", a_urn("base")),
        (Cause.FIELD, "n", None),
    ]


def test_a_rerun_replaces_whatever_the_provider_says() -> None:
    situation = a_situation(a_record(inputs={"n": 1}), is_forced=True)
    found = change(decided({"n": 1}, situation=situation, difference=Difference(has_changes=False)))
    assert found.action is Action.REPLACE
    assert found.reasons == (Reason(Cause.RERUN),)


@pytest.mark.parametrize(("then", "now"), [(True, True), (True, False), (False, True)])
def test_only_what_was_and_stays_protected_is_not_replaced(*, then: bool, now: bool) -> None:
    registration = a_registration(inputs={"n": 2}, options=Options(protect=now))
    situation = a_situation(a_record(inputs={"n": 1}, protect=then))
    difference = replacing("n")
    found = decided(registration=registration, situation=situation, difference=difference)
    assert isinstance(found, Refusal) is (then and now)


@pytest.mark.parametrize("record", [None, a_record(inputs={"n": 1})], ids=["new", "replaced"])
def test_what_was_let_go_is_resumed_when_its_inputs_are_known(record: Record | None) -> None:
    # given
    op = Op.CREATE if record is None else Op.CREATE_REPLACEMENT
    intent = an_intent(a_record(creation=7), op=op, ticket=a_ticket())
    situation = a_situation(record, intent=intent, role=Role.WAITS)
    difference = replacing("n")

    # when
    known = change(decided({"n": 2}, situation=situation, difference=difference))
    unknown = change(decided({"n": UNKNOWN}, situation=situation, difference=difference))

    # then
    assert known.is_resumed
    assert not known.needs_approval
    assert known.creation == 7
    assert not unknown.is_resumed


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.PLAIN, (False, False)), (Role.STARTS, (True, False)), (Role.WAITS, (False, True))],
)
def test_a_change_says_how_it_is_carried_out(role: Role, expected: tuple[bool, bool]) -> None:
    found = change(decided(situation=a_situation(role=role)))
    assert (found.starts, found.waits) == expected


def test_what_depends_on_a_failure_is_not_decided() -> None:
    situation = replace(a_situation(a_record()), blocked_by=a_urn("broken"))
    found = change(decided(situation=situation))
    assert found.action is Action.UNDECIDED
    assert found.reasons == (Reason(Cause.FAILED, urn=a_urn("broken")),)
    assert found.steps == ()


@pytest.mark.parametrize(
    ("record", "action"),
    [
        (None, Action.CREATE),
        (a_record(custom=False, inputs={"n": 1}), Action.SAME),
        (a_record(custom=False, inputs={"n": 2}), Action.UPDATE),
    ],
    ids=["new", "same", "other"],
)
def test_a_component_is_decided_without_a_provider(record: Record | None, action: Action) -> None:
    registration = a_registration(custom=False, inputs={"n": 1})
    found = decide(registration, a_situation(record), Answers())
    assert change(found).action is action


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (Options(ignore_changes=("tags[name",)), "ignore_changes: 'tags[name' is no path"),
        (Options(replace_on_changes=("a..b",)), "replace_on_changes: 'a..b' is no path"),
        (Options(hide_diffs=("a..b",)), "hide_diffs: 'a..b' is no path"),
    ],
)
def test_what_cannot_be_obeyed_is_refused_by_name(options: Options, word: str) -> None:
    refused = decide(a_registration(options=options), a_situation(), Answers())
    assert isinstance(refused, Refusal)
    assert [word in one.message for one in refused.problems] == [True]


def test_variables_of_a_plugin_are_for_providers_only() -> None:
    given = replace(a_registration(), env_var_mappings=(("MY_KEY", "KEY"),))
    refused = decide(given, a_situation(), Answers())
    assert isinstance(refused, Refusal)
    assert refused.problems[0].message == "env_var_mappings: only a provider has them"
