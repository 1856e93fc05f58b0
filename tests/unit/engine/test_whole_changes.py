"""A line of a plan is compared as a whole: where it stands, who has declared it, what it needs."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Options, Source
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret, Value
from cloudmesh_iac.engine.asks import Checked, Difference, Gone, Problem, Read, Refusal
from cloudmesh_iac.engine.deletions import Ended, decide_deletions, decide_destroy
from cloudmesh_iac.engine.importing import with_import
from cloudmesh_iac.engine.leaving_out import answer_left_out, left_out, refusal_of, without_deletes
from cloudmesh_iac.engine.looking import Seen, change_of
from cloudmesh_iac.engine.planner import decide
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.reads import as_read, decide_read, is_news
from cloudmesh_iac.engine.situation import Answers, Situation
from cloudmesh_iac.engine.strays import planned
from tests.builders import THING, a_record, a_registration, a_snapshot, a_urn

LAB = a_urn("lab", type_="cmx:index:Lab")
HEAD = a_urn("head", parent=LAB)
BASE, FRIEND, TWIN = a_urn("base"), a_urn("friend"), a_urn("twin")
OPTIONS = Options(deleted_with=FRIEND, replace_with=(TWIN,), hide_diffs=("n",))
NEEDS = tuple(sorted((BASE, FRIEND, TWIN)))
LINE = Source("stacks/hello.py", 31)
DECLARED = a_registration(
    "head", parent=LAB, inputs={"n": 2}, dependencies=(BASE,), options=OPTIONS, line=31
)
RECORDED = replace(
    a_record("head", parent=LAB, inputs={"n": 1}, dependencies=(BASE,), creation=3),
    options=OPTIONS,
    source=LINE,
)
SITUATION = Situation(RECORDED, None, Role.PLAIN, creations=3, seeds=("0ld", "4ew"))
NEW = replace(SITUATION, record=None)


def a_line(action: Action, **others: object) -> Change:
    """Return what all lines about this resource have in common."""
    known = Change(
        urn=HEAD,
        type=ResourceType(THING),
        action=action,
        parent=LAB,
        source=LINE,
        needs=NEEDS,
    )
    return replace(known, **others)  # type: ignore[arg-type]


def a_step(op: Op, creation: int) -> Step:
    return Step(op, HEAD, creation)


def hidden(old: Value = 1, new: Value = 2) -> Reason:
    return Reason(Cause.FIELD, key="n", old=old, new=new, hides=("n",))


# --- what is decided of what is declared ----------------------------------------------------------


def test_a_new_thing() -> None:
    assert decide(DECLARED, NEW, Answers(Checked({"n": 2, "d": 0}))) == a_line(
        Action.CREATE,
        reasons=(Reason(Cause.NEW),),
        steps=(a_step(Op.CREATE, 4),),
        inputs={"n": 2, "d": 0},
        creation=4,
    )


def test_a_changed_thing() -> None:
    difference = Difference(
        has_changes=True, keys=("n",), stables=("at",), losses=("time",), interrupts=True
    )
    assert decide(DECLARED, SITUATION, Answers(Checked({"n": 2}), difference)) == a_line(
        Action.UPDATE,
        reasons=(hidden(),),
        steps=(a_step(Op.UPDATE, 3),),
        inputs={"n": 2},
        creation=3,
        keys=("n",),
        stables=("at",),
        losses=("time",),
        interrupts=True,
    )


@pytest.mark.parametrize("first", [False, True])
def test_a_replaced_thing(*, first: bool) -> None:
    # given
    difference = Difference(
        has_changes=True,
        keys=("n",),
        replaces=("n",),
        delete_before_replace=first,
        losses=("disk",),
        stables=("at",),
    )
    answers = Answers(Checked({"n": 2}), difference, rechecked=Checked({"n": 2, "name": "x"}))

    # when
    steps = (
        a_step(Op.CREATE_REPLACEMENT, 4),
        a_step(Op.REPLACE, 4),
        a_step(Op.DELETE_REPLACED, 3),
    )

    # then
    assert decide(DECLARED, SITUATION, answers) == a_line(
        Action.REPLACE,
        reasons=(hidden(),),
        steps=steps[::-1] if first else steps,
        inputs={"n": 2, "name": "x"},
        creation=4,
        keys=("n",),
        replace_keys=("n",),
        losses=("disk",),
        deletes_first=first,
        interrupts=first,
    )


def test_a_thing_that_stays() -> None:
    answers = Answers(Checked({"n": 1}), Difference(has_changes=False))
    assert decide(DECLARED, SITUATION, answers) == a_line(Action.SAME, inputs={"n": 1}, creation=3)


@pytest.mark.parametrize("known", [False, True])
def test_a_component(*, known: bool) -> None:
    declared = replace(DECLARED, custom=False)
    situation = replace(SITUATION, record=replace(RECORDED, custom=False)) if known else NEW
    expected = (
        a_line(Action.UPDATE, reasons=(hidden(),), steps=(a_step(Op.UPDATE, 3),), creation=3)
        if known
        else a_line(
            Action.CREATE,
            reasons=(Reason(Cause.NEW),),
            steps=(a_step(Op.CREATE, 4),),
            creation=4,
        )
    )
    assert decide(declared, situation, Answers()) == replace(
        expected, custom=False, inputs={"n": 2}
    )


def test_what_its_trigger_makes_anew() -> None:
    # given
    declared = replace(DECLARED, options=replace(OPTIONS, replacement_trigger="b"))
    record = replace(RECORDED, options=replace(OPTIONS, replacement_trigger="a"))
    answers = Answers(Checked({"n": 1}), rechecked=Checked({"n": 1}))

    # when
    found = decide(declared, replace(SITUATION, record=record), answers)

    # then
    why = Reason(Cause.FIELD, key="replacement_trigger", old="a", new="b", hides=("n",))
    assert isinstance(found, Change)
    assert (found.action, found.reasons, found.replace_keys) == (Action.REPLACE, (why,), ())


def test_what_goes_with_a_replaced_friend_is_made_anew() -> None:
    situation = replace(SITUATION, replaced=frozenset({TWIN}))
    answers = Answers(Checked({"n": 1}), rechecked=Checked({"n": 1}))
    found = decide(DECLARED, situation, answers)
    assert isinstance(found, Change)
    assert found.reasons == (Reason(Cause.DEPENDENCY, key="replace_with", urn=TWIN),)
    assert found.replace_keys == ("replaceWith",)


@pytest.mark.parametrize(
    ("situation", "words"),
    [
        (
            replace(SITUATION, is_orphan=True),
            f"its parent is not declared before it: {LAB}",
        ),
        (
            replace(SITUATION, missing=BASE),
            f"it needs base, which is new and left out: choose it too, with --target {BASE}",
        ),
        (
            replace(SITUATION, is_asked_for=True, record=replace(RECORDED, protect=True)),
            "it is protected and would be replaced",
        ),
    ],
    ids=["orphan", "left out", "protected"],
)
def test_what_is_refused_says_why(situation: Situation, words: str) -> None:
    declared = replace(DECLARED, options=replace(OPTIONS, protect=True))
    found = decide(declared, situation, Answers(Checked({"n": 2})))
    assert found == Refusal((Problem("", words),))


@pytest.mark.parametrize("known", [False, True])
def test_what_a_person_leaves_out(*, known: bool) -> None:
    expected = (
        a_line(Action.SAME, inputs={"n": 1}, steps=(a_step(Op.SAME, 3),), creation=3)
        if known
        else a_line(Action.UNDECIDED, inputs={"n": 2}, steps=(a_step(Op.SAME, 0),), creation=0)
    )
    found = left_out(DECLARED, SITUATION if known else NEW)
    assert found == replace(expected, reasons=(Reason(Cause.LEFT_OUT),))


def test_what_is_left_out_and_renamed_keeps_its_recorded_name() -> None:
    change = left_out(DECLARED, replace(SITUATION, former_urn=BASE))
    answer = answer_left_out(change, RECORDED)
    assert change.steps == (Step(Op.SAME, BASE, 3),)
    assert (answer.urn, answer.id, answer.outputs) == (BASE, "head-3", {"n": 1})
    assert answer_left_out(change, replace(RECORDED, custom=False)).outputs == {}
    assert answer_left_out(change, None).is_unknown


def test_only_old_objects_that_are_spared_stay() -> None:
    # given
    steps = (a_step(Op.CREATE_REPLACEMENT, 4), a_step(Op.DELETE_REPLACED, 3))
    change = a_line(Action.REPLACE, steps=steps)

    # then
    assert without_deletes(change, frozenset({HEAD})).steps == steps[:1]
    assert without_deletes(change, frozenset({BASE})) == change
    assert without_deletes(change, frozenset()) == change
    first = replace(change, deletes_first=True)
    assert without_deletes(first, frozenset({HEAD})) == first
    update = replace(change, action=Action.UPDATE)
    assert without_deletes(update, frozenset({HEAD})) == update


def test_the_refusal_of_what_needs_something_left_out_says_how_to_choose_it() -> None:
    (problem,) = refusal_of(BASE).problems
    assert problem.message == (
        f"it needs base, which is new and left out: choose it too, with --target {BASE}"
    )


# --- what is imported -----------------------------------------------------------------------------


def test_an_import_that_is_changed_at_once() -> None:
    update = a_line(Action.UPDATE, steps=(a_step(Op.UPDATE, 4),), creation=4)
    assert with_import(update, None, None) == replace(
        update, action=Action.IMPORT, steps=(a_step(Op.IMPORT, 4), a_step(Op.UPDATE, 4))
    )


@pytest.mark.parametrize(
    ("old", "former", "last"),
    [
        (RECORDED, None, (a_step(Op.DELETE_REPLACED, 3),)),
        (RECORDED, BASE, (Step(Op.DELETE_REPLACED, BASE, 3),)),
        (replace(RECORDED, external=True), None, (a_step(Op.DISCARD_REPLACED, 3),)),
        (replace(RECORDED, pending_replacement=True), None, ()),
    ],
    ids=["made", "renamed", "read", "gone"],
)
def test_an_import_in_the_place_of_another_object(
    old: Record, former: Urn | None, last: tuple[Step, ...]
) -> None:
    # given
    change = a_line(Action.SAME, reasons=(hidden(),), creation=4)

    # when
    found = with_import(change, old, former)

    # then
    why = Reason(Cause.FIELD, key="import_", old="head-3", new="another object")
    assert found == replace(
        change,
        action=Action.REPLACE,
        reasons=(why, hidden()),
        steps=(a_step(Op.IMPORT_REPLACEMENT, 4), a_step(Op.REPLACE, 4), *last),
    )


def test_a_protected_object_is_not_replaced_by_an_import() -> None:
    words = "it is protected and would be replaced by an import"
    found = with_import(a_line(Action.SAME), replace(RECORDED, protect=True), None)
    assert found == Refusal((Problem("", words),))


# --- what is only read ----------------------------------------------------------------------------

READING = replace(DECLARED, read_id="i-7")
READ = Answers(read=Read("i-7", {"at": "x"}))


@pytest.mark.parametrize("known", [False, True])
def test_what_is_only_read(*, known: bool) -> None:
    situation = replace(SITUATION, record=replace(RECORDED, external=True)) if known else NEW
    creation = 3 if known else 4
    assert decide_read(READING, situation, READ) == a_line(
        Action.READ,
        reasons=(Reason(Cause.NEW),),
        steps=(a_step(Op.READ, creation),),
        inputs={"n": 2},
        creation=creation,
    )


def test_what_is_read_in_the_place_of_ours() -> None:
    assert decide_read(READING, SITUATION, READ) == a_line(
        Action.REPLACE,
        reasons=(Reason(Cause.NEW),),
        steps=(
            a_step(Op.READ_REPLACEMENT, 4),
            a_step(Op.REPLACE, 4),
            a_step(Op.DELETE_REPLACED, 3),
        ),
        inputs={"n": 2},
        creation=4,
    )


def test_what_is_ours_and_has_this_id_is_only_read_from_now_on() -> None:
    found = decide_read(replace(READING, read_id="head-3"), SITUATION, READ)
    assert isinstance(found, Change)
    assert (found.action, found.creation) == (Action.READ, 3)


@pytest.mark.parametrize(
    ("situation", "answers", "words"),
    [
        (NEW, Answers(read=Gone()), "there is nothing with the id i-7"),
        (
            replace(SITUATION, record=replace(RECORDED, protect=True)),
            READ,
            "it is protected and would be deleted",
        ),
    ],
    ids=["gone", "protected"],
)
def test_what_cannot_be_read_says_why(situation: Situation, answers: Answers, words: str) -> None:
    assert decide_read(READING, situation, answers) == Refusal((Problem("", words),))


def test_an_id_that_is_not_known_yet_leaves_nothing_to_ask() -> None:
    found = decide_read(replace(READING, read_id=UNKNOWN), NEW, Answers())
    assert isinstance(found, Change)
    assert found.action is Action.READ


def test_what_was_read_is_news_where_it_is_not_what_is_recorded() -> None:
    # given
    read = Read("head-3", {"n": 1, "key": "k"})
    registration = replace(READING, options=Options(additional_secret_outputs=("key",)))
    outputs: Properties = {"n": 1, "key": Secret("k")}
    known = replace(RECORDED, external=True, outputs=outputs)

    # then
    assert as_read(read, registration).outputs == outputs
    assert not is_news(read, registration, known)
    assert is_news(read, registration, None)
    assert is_news(read, registration, replace(known, external=False))
    assert is_news(replace(read, id="i-8"), registration, known)
    assert is_news(replace(read, outputs={"n": 2, "key": "k"}), registration, known)


# --- what goes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "action", "op", "cause"),
    [
        (RECORDED, Action.DELETE, Op.DELETE, Cause.DROPPED),
        (replace(RECORDED, retain_on_delete=True), Action.FORGET, Op.DELETE, Cause.DROPPED),
        (replace(RECORDED, external=True), Action.FORGET, Op.DISCARD, Cause.DROPPED),
        (replace(RECORDED, doomed=True), Action.DELETE, Op.DELETE_REPLACED, Cause.LEFTOVER),
        (
            replace(RECORDED, doomed=True, external=True),
            Action.FORGET,
            Op.DISCARD_REPLACED,
            Cause.LEFTOVER,
        ),
        (
            replace(RECORDED, pending_replacement=True),
            Action.FORGET,
            Op.REMOVE_PENDING_REPLACE,
            Cause.LEFTOVER,
        ),
    ],
    ids=["made", "retained", "read", "replaced", "read and replaced", "made room"],
)
def test_what_is_not_declared_any_more(
    record: Record, action: Action, *, op: Op, cause: Cause
) -> None:
    found = decide_deletions(Ended(frozenset()), a_snapshot(record))
    line = a_line(action, inputs={"n": 1}, steps=(a_step(op, 3),), creation=3)
    assert found == (replace(line, reasons=(Reason(cause),)),)


def test_what_has_made_room_in_this_run_and_is_not_declared() -> None:
    ended = Ended(frozenset(), made_way=frozenset({HEAD}))
    assert decide_deletions(ended, a_snapshot(RECORDED)) == (
        a_line(
            Action.DELETE,
            reasons=(Reason(Cause.DROPPED),),
            inputs={"n": 1},
            steps=(a_step(Op.DELETE_REPLACED, 3), a_step(Op.REMOVE_PENDING_REPLACE, 3)),
            creation=3,
        ),
    )


@pytest.mark.parametrize(
    ("ended", "reason"),
    [
        (
            Ended(frozenset(), held={HEAD: BASE}),
            Reason(Cause.FAILED, urn=BASE, note="what stands on it is not done"),
        ),
        (
            Ended(frozenset(), has_gaps=True),
            Reason(Cause.FAILED, note="declared behind a value that is not known yet"),
        ),
    ],
    ids=["held", "behind a value"],
)
def test_what_may_still_be_declared_or_is_needed(ended: Ended, reason: Reason) -> None:
    record = replace(RECORDED, from_apply=True)
    assert decide_deletions(ended, a_snapshot(record)) == (
        a_line(Action.UNDECIDED, reasons=(reason,), creation=3),
    )


def test_what_a_person_spares_has_no_line() -> None:
    old = replace(RECORDED, doomed=True, creation=2)
    ended = Ended(frozenset(), spared=frozenset({HEAD}))
    assert decide_deletions(ended, a_snapshot(old, RECORDED)) == ()


def test_what_is_destroyed() -> None:
    assert decide_destroy(a_snapshot(RECORDED)) == (
        a_line(
            Action.DELETE,
            reasons=(Reason(Cause.DESTROY),),
            inputs={"n": 1},
            steps=(a_step(Op.DELETE, 3),),
            creation=3,
        ),
    )


def test_a_component_is_deleted_whatever_is_to_be_retained() -> None:
    group = replace(RECORDED, custom=False, retain_on_delete=True)
    (found,) = decide_destroy(a_snapshot(group))
    assert (found.action, found.custom) == (Action.DELETE, False)


@pytest.mark.parametrize("op", [Op.CREATE, Op.CREATE_REPLACEMENT])
def test_what_a_broken_off_create_may_have_left(op: Op) -> None:
    intent, words = (
        Intent(HEAD, op, 3, RECORDED),
        "its creation began, and nobody saw the end of it",
    )
    assert planned([intent]) == (
        replace(
            a_line(
                Action.DELETE,
                reasons=(Reason(Cause.UNSETTLED, note=words),),
                inputs={"n": 1},
                steps=(a_step(Op.DELETE_REPLACED, 3),),
                creation=3,
                certain=False,
            ),
            needs=(),
        ),
    )


# --- what has changed outside ---------------------------------------------------------------------


def outside(**others: object) -> Change:
    line = a_line(Action.UPDATE, inputs={"n": 1}, steps=(a_step(Op.REFRESH, 3),), creation=3)
    return replace(line, needs=(), **others)  # type: ignore[arg-type]


def test_what_has_gone() -> None:
    why = Reason(Cause.OUTSIDE, note="it is not there any more")
    assert change_of(Seen(RECORDED, None)) == outside(action=Action.FORGET, reasons=(why,))


def test_what_is_different() -> None:
    # given
    record = replace(RECORDED, outputs={"n": 1, "at": "x"}, inputs={"n": 1, "m": 5})
    now = replace(record, id="other", outputs={"n": 4, "at": "x"}, inputs={"n": 4, "m": 6})

    # when
    found = change_of(Seen(record, now, wanted=("n",)))

    # then
    assert found.reasons == (
        Reason(Cause.FIELD, key="id", old="head-3", new="other", hides=("n",)),
        replace(hidden(1, 4), note="the next run puts it back"),
        Reason(Cause.FIELD, key="m", old=5, new=6, hides=("n",)),
    )
    assert replace(found, reasons=()) == outside(inputs=record.inputs)


@pytest.mark.parametrize(
    ("before", "now", "note"),
    [
        (("no disk",), (), "it has become ready"),
        ((), ("no disk", "no net"), "it is not ready: no disk; no net"),
        (("no net",), ("no disk",), "it is not ready: no disk"),
    ],
)
def test_what_has_become_ready_or_is_not(
    before: tuple[str, ...], now: tuple[str, ...], note: str
) -> None:
    record = replace(RECORDED, init_errors=before)
    found = change_of(Seen(record, replace(RECORDED, init_errors=now)))
    assert found.reasons == (Reason(Cause.OUTSIDE, note=note),)
