"""Questions to providers and hooks, and records, are compared as a whole: nothing gets lost."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudmesh_iac.core.hooks import Moment
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Detail, DetailKind
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Options, Registered, Sought, Source
from cloudmesh_iac.core.timeouts import Timeouts
from cloudmesh_iac.core.urns import ResourceType, type_of
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DiffAsk,
    Difference,
    Gone,
    Move,
    MoveAsk,
    Read,
    ReadAsk,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.checking import check_anew, first_check
from cloudmesh_iac.engine.differences import details_between
from cloudmesh_iac.engine.foreseeing import foresee
from cloudmesh_iac.engine.goals import Task, goal_of, unchanged
from cloudmesh_iac.engine.hooking import (
    FailureAsk,
    HookAsk,
    asked_after,
    asked_before,
    asked_of_delete,
    failed_change,
    failed_delete,
)
from cloudmesh_iac.engine.importing import as_imported, found_record, import_ask
from cloudmesh_iac.engine.looking import look_at
from cloudmesh_iac.engine.moves import move_of, moved
from cloudmesh_iac.engine.planner import decide
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.reads import decide_read, existence_of
from cloudmesh_iac.engine.situation import Answers, Situation
from tests.builders import NOON, STACK, THING, a_change, a_record, a_registration, a_urn

LAB = a_urn("lab", type_="cmx:index:Lab")
PROVIDER = a_urn("p", type_="pulumi:providers:cmx")
BY = f"{PROVIDER}::p-1"
OPTIONS = Options(
    protect=True,
    retain_on_delete=True,
    ignore_changes=("at",),
    additional_secret_outputs=("key",),
    timeouts=Timeouts(create_s=1.0, update_s=2.0, delete_s=3.0, read_s=4.0),
)
DECLARED = replace(
    a_registration(
        "head",
        parent=LAB,
        inputs={"n": 2, "at": "new", "word": Secret("w")},
        dependencies=(LAB,),
        property_dependencies={"n": (LAB,)},
        options=OPTIONS,
        from_apply=True,
    ),
    provider=BY,
)
HEAD = DECLARED.urn
RECORDED = replace(
    a_record(
        "head",
        parent=LAB,
        inputs={"n": 1, "at": "old"},
        outputs={"n": 1, "key": "k", "word": "w"},
        creation=3,
        order=7,
    ),
    options=OPTIONS,
    provider=BY,
    former=(a_urn("was"),),
    created=NOON,
    modified=NOON + timedelta(hours=1),
    made_again=NOON + timedelta(hours=2),
    failed=True,
)
SITUATION = Situation(RECORDED, None, Role.PLAIN, creations=3, seeds=("0ld", "4ew"), number=9)
KIND = ResourceType(THING)


# --- planner --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("situation", "olds", "at", "seed"),
    [
        (SITUATION, RECORDED.inputs, "old", "0ld"),
        (replace(SITUATION, record=None), {}, "new", "4ew"),
        (replace(SITUATION, is_asked_for=True), {}, "new", "4ew"),
        (replace(SITUATION, condemned_by=LAB), {}, "new", "4ew"),
        (replace(SITUATION, record=replace(RECORDED, external=True)), {}, "new", "4ew"),
        (
            replace(SITUATION, condemned_by=LAB, former_urn=a_urn("was")),
            RECORDED.inputs,
            "old",
            "0ld",
        ),
    ],
    ids=["known", "new", "asked for", "condemned", "read", "condemned and renamed"],
)
def test_what_is_asked_of_new_inputs(
    situation: Situation, olds: Properties, *, at: str, seed: str
) -> None:
    assert first_check(DECLARED, situation) == CheckAsk(
        HEAD, KIND, olds, {**DECLARED.inputs, "at": at}, seed, provider=BY, number=9
    )


def test_what_is_asked_of_inputs_for_another_object() -> None:
    assert check_anew(DECLARED, SITUATION) == CheckAsk(
        HEAD, KIND, {}, DECLARED.inputs, "4ew", provider=BY, number=9
    )
    difference = Difference(has_changes=True, keys=("n",), replaces=("n",))
    declared = replace(DECLARED, options=replace(OPTIONS, protect=False))
    answers = Answers(Checked({"n": 2}), difference)
    assert decide(declared, SITUATION, answers) == check_anew(declared, SITUATION)


def test_what_is_asked_of_changed_inputs() -> None:
    assert decide(DECLARED, SITUATION, Answers(Checked({"n": 2}))) == DiffAsk(
        HEAD,
        KIND,
        "head-3",
        RECORDED.inputs,
        RECORDED.outputs,
        {"n": 2},
        ignore_changes=("at",),
        provider=BY,
    )


def test_what_is_asked_when_another_provider_answers() -> None:
    # given
    old, new = a_urn("p", type_="pulumi:providers:cmx"), a_urn("q", type_="pulumi:providers:cmx")
    recorded = replace(
        a_record("p", type_="pulumi:providers:cmx"), inputs={"r": 1}, outputs={"r": 2}
    )
    declared = replace(DECLARED, provider=f"{new}::q-1")

    # when
    move = move_of(RECORDED, declared, providers={old: recorded}, inputs={"r": 3}, former=None)

    # then
    ask = MoveAsk(DiffAsk(new, type_of(new), "q-1", {"r": 1}, {"r": 2}, {"r": 3}))
    assert move == ask
    situation = replace(SITUATION, move=ask)
    assert decide(declared, situation, Answers(Checked({"n": 2}))) == ask
    found = decide(declared, situation, Answers(Checked({"n": 2}), move=Move(needs_new=False)))
    assert isinstance(found, DiffAsk)
    assert moved(BY, declared.provider).key == "provider"


def test_what_is_asked_of_an_object_to_import() -> None:
    declared = replace(
        DECLARED,
        inputs={"n": 2, "__provider": "class"},
        options=replace(OPTIONS, import_id="i-7"),
    )
    known = {"__provider": "class"}
    expected = ReadAsk(HEAD, KIND, "i-7", known, known, timeout_s=4.0, provider=BY)
    assert import_ask(declared) == expected
    assert decide(declared, replace(SITUATION, record=None), Answers()) == expected


def test_what_is_asked_of_something_that_is_only_read() -> None:
    found = decide_read(replace(DECLARED, read_id="i-7"), SITUATION, Answers())
    assert found == ReadAsk(HEAD, KIND, "i-7", DECLARED.inputs, DECLARED.inputs, provider=BY)


def test_what_is_asked_of_something_that_may_exist() -> None:
    sought = Sought(KIND, "i-7", {"n": 1}, parent=LAB, provider=BY)
    urn = a_urn("i-7", parent=LAB)
    assert existence_of(sought, "i-7", STACK) == ReadAsk(
        urn, KIND, "i-7", {"n": 1}, {"n": 1}, provider=BY
    )


def test_an_imported_object_counts_as_the_recorded_one() -> None:
    # given
    found = Read("i-7", {"n": 1, "key": "k"}, {"n": 1})
    situation = replace(
        SITUATION, is_forced=True, condemned_by=LAB, is_asked_for=True, former_urn=LAB
    )

    # when
    now = as_imported(DECLARED, situation, found)

    # then
    record = Record(
        HEAD,
        KIND,
        custom=True,
        id="i-7",
        inputs={"n": 1},
        outputs={"n": 1, "key": Secret("k")},
        parent=LAB,
        provider=BY,
        options=OPTIONS,
        creation=4,
    )
    assert now == replace(
        situation,
        record=record,
        seeds=("4ew", "4ew"),
        is_forced=False,
        condemned_by=None,
        is_asked_for=False,
    )


def test_the_record_of_what_was_found_takes_what_there_is() -> None:
    # given
    declared = replace(DECLARED, options=replace(OPTIONS, import_id="i-7"))

    # when
    silent = found_record(declared, Read("", {"n": 5, "more": 6}), creation=4)

    # then
    assert (silent.id, silent.inputs) == ("i-7", {"n": 5})


# --- what a change leads to -----------------------------------------------------------------------


def the_goal(**others: object) -> Record:
    """Return the record that DECLARED leads to, with the inputs of a change."""
    goal = Record(
        HEAD,
        KIND,
        custom=True,
        id="head-3",
        inputs={"n": 2, "word": Secret("w")},
        outputs={"n": 1, "key": Secret("k"), "word": Secret("w")},
        parent=LAB,
        dependencies=(LAB,),
        property_dependencies={"n": (LAB,)},
        provider=BY,
        protect=True,
        retain_on_delete=True,
        options=OPTIONS,
        creation=3,
        failed=True,
        from_apply=True,
        former=(a_urn("was"),),
        source=Source("stacks/hello.py", 12),
        order=7,
        created=NOON,
        modified=NOON + timedelta(hours=1),
        made_again=NOON + timedelta(hours=2),
    )
    return replace(goal, **others)  # type: ignore[arg-type]


INPUTS: Properties = {"n": 2, "word": Secret("w")}
UPDATE = a_change("head", Action.UPDATE, parent=LAB, inputs=INPUTS, creation=3)
NOTHING = {"id": "", "outputs": {}, "failed": False, "order": 0, "created": None, "modified": None}


@pytest.mark.parametrize("action", [Action.UPDATE, Action.SAME])
def test_the_goal_of_what_stays_has_all_of_its_object(action: Action) -> None:
    assert goal_of(DECLARED, replace(UPDATE, action=action), RECORDED) == the_goal()


def test_the_goal_of_a_replacement_has_only_its_names() -> None:
    change = replace(UPDATE, action=Action.REPLACE, creation=4)
    expected = the_goal(**NOTHING, creation=4, made_again=None)
    assert goal_of(DECLARED, change, RECORDED) == expected


def test_the_goal_of_something_new_has_nothing() -> None:
    expected = the_goal(**NOTHING, former=(), creation=1, made_again=None)
    change = replace(UPDATE, action=Action.CREATE, creation=1)
    assert goal_of(DECLARED, change, None) == expected


def test_what_stays_is_answered_with_what_is_secret_by_now() -> None:
    outputs: Properties = {"n": 1, "key": Secret("k"), "word": Secret("w")}
    assert unchanged(RECORDED, DECLARED, UPDATE) == Registered(HEAD, "head-3", outputs)
    component = replace(RECORDED, custom=False)
    assert unchanged(component, DECLARED, UPDATE) == Registered(HEAD, "", {})


@pytest.mark.parametrize(
    ("action", "op"),
    [(Action.CREATE, Op.CREATE), (Action.REPLACE, Op.CREATE_REPLACEMENT)],
)
def test_a_task_is_asked_for_and_noted_with_its_goal(action: Action, op: Op) -> None:
    task = Task(replace(UPDATE, action=action, creation=4), the_goal(), None)
    assert task.ask == CreateAsk(HEAD, KIND, INPUTS, 1.0, provider=BY)
    assert task.intent == Intent(HEAD, op, 4, the_goal())


# --- what hooks are told --------------------------------------------------------------------------


@pytest.mark.parametrize("known", [False, True])
def test_hooks_are_told_of_a_change(*, known: bool) -> None:
    # given
    goal, old = the_goal(), RECORDED if known else None
    inputs, outputs = (RECORDED.inputs, RECORDED.outputs) if known else (None, None)

    # when
    before = asked_before(Moment.BEFORE_UPDATE, goal, old)
    after = asked_after(Moment.AFTER_UPDATE, goal, old)
    failed = failed_change(Op.UPDATE, goal, old=old, errors=("no",))

    # then
    assert before == HookAsk(
        Moment.BEFORE_UPDATE,
        HEAD,
        KIND,
        "head-3",
        new_inputs=INPUTS,
        old_inputs=inputs,
        old_outputs=outputs,
    )
    assert after == replace(before, moment=Moment.AFTER_UPDATE, new_outputs=goal.outputs)
    assert failed == FailureAsk(
        Op.UPDATE,
        HEAD,
        KIND,
        "head-3",
        ("no",),
        new_inputs=INPUTS,
        old_inputs=inputs,
        old_outputs=outputs,
    )


def test_hooks_are_told_of_a_deletion() -> None:
    inputs, outputs = RECORDED.inputs, RECORDED.outputs
    assert asked_of_delete(Moment.BEFORE_DELETE, RECORDED) == HookAsk(
        Moment.BEFORE_DELETE, HEAD, KIND, "head-3", old_inputs=inputs, old_outputs=outputs
    )
    assert failed_delete(RECORDED, errors=("no",)) == FailureAsk(
        Op.DELETE, HEAD, KIND, "head-3", ("no",), old_inputs=inputs, old_outputs=outputs
    )


# --- previews and looks ---------------------------------------------------------------------------


class Asked:
    """A provider that notes what it is asked; `answers` are by the class of the question."""

    def __init__(self, **answers: object) -> None:
        self.asks: list[object] = []
        self._answers = answers

    def _answer(self, ask: object) -> object:
        self.asks.append(ask)
        return self._answers[type(ask).__name__]

    def provider(self, type_: ResourceType, reference: str = "") -> "Asked":
        assert (type_, reference) == (KIND, BY)
        return self

    check = diff = create = update = delete = read = _answer


NO = Failure("no")


def test_a_preview_asks_for_what_would_be_made() -> None:
    # given
    asked = Asked(CreateAsk=Created("", {"word": "w", "key": "k", "n": UNKNOWN}))
    change = replace(UPDATE, action=Action.CREATE)

    # when
    found = foresee(the_goal(), change, record=None, provider=asked)  # type: ignore[arg-type]

    # then
    outputs: Properties = {"word": Secret("w"), "key": Secret("k"), "n": UNKNOWN}
    assert found == Registered(HEAD, "", outputs)
    assert asked.asks == [CreateAsk(HEAD, KIND, INPUTS, 1.0, provider=BY, is_preview=True)]


def test_a_preview_asks_for_what_would_be_changed() -> None:
    # given
    asked = Asked(UpdateAsk=Updated({"key": "k", "n": 2}))

    # when
    found = foresee(the_goal(), UPDATE, record=RECORDED, provider=asked)  # type: ignore[arg-type]

    # then
    assert found == Registered(HEAD, "head-3", {"key": Secret("k"), "n": 2})
    assert asked.asks == [
        UpdateAsk(
            HEAD,
            KIND,
            "head-3",
            RECORDED.inputs,
            RECORDED.outputs,
            INPUTS,
            timeout_s=2.0,
            ignore_changes=("at",),
            provider=BY,
            is_preview=True,
        )
    ]


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE])
def test_a_preview_ends_with_what_a_provider_refuses(action: Action) -> None:
    asked = Asked(CreateAsk=NO, UpdateAsk=NO)
    change = replace(UPDATE, action=action)
    found = foresee(the_goal(), change, record=RECORDED, provider=asked)  # type: ignore[arg-type]
    assert found == NO


def test_a_look_asks_how_it_is_and_what_that_would_change() -> None:
    # given
    read = Read("head-9", {"n": 4, "key": "k"}, {"n": 4, "at": "old"}, init_errors=("no disk",))
    difference = Difference(has_changes=True, keys=("n",), replaces=("at", "n"))
    asked = Asked(ReadAsk=read, DiffAsk=difference)

    # when
    seen = look_at(RECORDED, asked)  # type: ignore[arg-type]

    # then
    assert asked.asks == [
        ReadAsk(
            HEAD,
            KIND,
            "head-3",
            RECORDED.inputs,
            RECORDED.outputs,
            timeout_s=4.0,
            provider=BY,
        ),
        DiffAsk(
            HEAD,
            KIND,
            "head-9",
            {"n": 4, "at": "old"},
            {"n": 4, "key": "k"},
            RECORDED.inputs,
            ignore_changes=("at",),
            provider=BY,
        ),
    ]
    assert seen.record == RECORDED
    assert seen.wanted == ("n", "at")
    assert not seen.is_blind
    assert seen.now == replace(
        RECORDED,
        id="head-9",
        inputs={"n": 4, "at": "old"},
        outputs={"n": 4, "key": "k"},
        init_errors=("no disk",),
    )


@pytest.mark.parametrize(
    ("read", "difference", "now"),
    [
        (Gone(), None, None),
        (NO, None, NO),
        (Read("head-3", RECORDED.outputs, None), NO, NO),
    ],
    ids=["gone", "no answer", "no comparison"],
)
def test_a_look_at_what_is_gone_or_not_to_be_seen(
    read: object, difference: object, now: object
) -> None:
    seen = look_at(RECORDED, Asked(ReadAsk=read, DiffAsk=difference))  # type: ignore[arg-type]
    assert (seen.record, seen.now, seen.is_blind) == (RECORDED, now, False)


def test_what_is_only_read_is_not_compared() -> None:
    # given
    record = replace(RECORDED, external=True)
    asked = Asked(ReadAsk=Read("head-3", {"n": 9}, {"n": 9}, is_blind=True))

    # when
    seen = look_at(record, asked)  # type: ignore[arg-type]

    # then
    assert seen.is_blind
    assert seen.now == replace(record, outputs={"n": 9})
    assert len(asked.asks) == 1


def test_what_a_provider_does_not_compare_is_compared_by_inputs() -> None:
    asked = Asked(
        ReadAsk=Read("head-3", RECORDED.outputs, {"n": 1, "at": "x"}),
        DiffAsk=Difference(has_changes=None),
    )
    assert look_at(RECORDED, asked).wanted == ("at",)  # type: ignore[arg-type]


def test_every_place_that_differs_says_what_was_there_and_what_will_be() -> None:
    old: Properties = {"a": 1, "b": 2, "c": (1, 2), "d": {"x": 1}}
    new: Properties = {"a": 3, "e": 4, "c": (1,), "d": {"x": (5,)}}
    assert list(details_between(old, new)) == [
        Detail("a", DetailKind.UPDATE, 1, 3),
        Detail("e", DetailKind.ADD, None, 4),
        Detail("c[1]", DetailKind.DELETE, 2, None),
        Detail("d.x", DetailKind.UPDATE, 1, (5,)),
        Detail("b", DetailKind.DELETE, 2, None),
    ]
