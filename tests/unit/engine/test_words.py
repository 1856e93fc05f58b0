"""What people are told, word for word: what is wrong, where it is, what to do next."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.hooks import Hooks, Moment
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import FailedChange
from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.core.values import UNKNOWN, Reference, Secret, Value
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import Found, Problem, Read, Refusal
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.clashes import Clashes
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.deletions import decide_destroy, raise_protected
from cloudmesh_iac.engine.destroying_declared import _raise_stronger
from cloudmesh_iac.engine.failures import failed_in, raise_refusals
from cloudmesh_iac.engine.hooking import ErrorHook, FailureAsk, ResourceHook, asked_of_delete
from cloudmesh_iac.engine.hooks import HookBook, raise_delete_hooks
from cloudmesh_iac.engine.importing import cannot_import, not_replaced
from cloudmesh_iac.engine.looking import Seen, failures_in, raise_failures
from cloudmesh_iac.engine.promise import Promise, breach, fits
from cloudmesh_iac.engine.recovery import decide_lost_create, unseen, unsettled
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.errors import CmxError
from tests.builders import (
    a_change,
    a_plan,
    a_record,
    a_registration,
    a_snapshot,
    a_source,
    a_urn,
    an_intent,
)

HEAD, BASE = a_urn("head"), a_urn("base")


def said(what: Callable[[], object]) -> tuple[str, str | None]:
    """Return the words and the hint of the error that something ends with."""
    with pytest.raises(CmxError) as ended:
        what()
    return str(ended.value), ended.value.hint


# --- what may not be ------------------------------------------------------------------------------


def test_everything_protected_that_would_be_deleted_is_named_with_its_line() -> None:
    one, two = (a_record(name, protect=True, order=at) for name, at in (("a", 9), ("c", 7)))
    snapshot = a_snapshot(one, a_record("b", order=8), two)
    assert said(lambda: raise_protected(decide_destroy(snapshot), snapshot)) == (
        "a (stacks/hello.py:12): it is protected and would be deleted\n"
        "c (stacks/hello.py:12): it is protected and would be deleted",
        "take `protect` off, and run `cmx up` before you drop it",
    )


def test_what_a_plan_does_not_delete_is_not_deleted_by_a_program_that_has_changed() -> None:
    # given
    kept = [a_change(name, Action.UNDECIDED) for name in ("b", "a")]
    plan = a_plan(*kept, a_change("c", Action.DELETE))
    now = [a_change(name, Action.DELETE) for name in ("b", "c", "a", "unplanned")]

    # then
    _raise_stronger((a_change("c", Action.DELETE), a_change("a", Action.FORGET)), plan)
    assert said(lambda: _raise_stronger(tuple(now), plan)) == (
        f"the program has changed: {a_urn('a')}, {a_urn('b')} would be deleted now",
        "run the command again to see the new plan",
    )


def test_two_resources_of_one_name_are_named_in_the_order_of_their_lines() -> None:
    # given
    clashes = Clashes()
    late, early = a_registration(line=9), a_registration(line=2)
    clashes.note_twice(late, early)
    clashes.note_twice(late, replace(early, source=None))  # the first clash of a name is enough
    below = a_registration("in", parent=HEAD)
    clashes.note_twice(below, below)
    clashes.note_alias(a_registration("new", line=4), BASE, a_urn("other"))
    clashes.note_alias(replace(a_registration("new"), source=None), BASE, a_urn("other"))

    # then
    assert said(clashes.raise_all) == (
        f"'new' (stacks/hello.py:4) wants to be what 'other' is already: {BASE}\n"
        f"'new' wants to be what 'other' is already: {BASE}\n"
        "two resources are called 'head' (cmx:index:Thing): stacks/hello.py:2 and"
        " stacks/hello.py:9",
        "give each resource a name of its own\n"
        "an alias is for one resource: take it off the other one",
    )


def test_only_what_helps_is_hinted_at() -> None:
    # given
    twice, aliased = Clashes(), Clashes()
    twice.note_twice(a_registration(line=9), replace(a_registration(), source=None))
    aliased.note_alias(a_registration("new", line=4), BASE, a_urn("other"))

    # then
    assert said(twice.raise_all) == (
        "two resources are called 'head' (cmx:index:Thing): an unknown line and stacks/hello.py:9",
        "give each resource a name of its own",
    )
    assert said(aliased.raise_all)[1] == "an alias is for one resource: take it off the other one"
    Clashes().raise_all()


def test_what_nobody_can_import() -> None:
    registration = a_registration(inputs={"n": 1})
    found = cannot_import(registration, Read("i-7", {}))
    assert found == Refusal((Problem("", "nobody can import a cmx:index:Thing"),))
    dynamic = replace(registration, inputs={"__provider": "class"})
    assert cannot_import(dynamic, Read("i-7", {})) is None


@pytest.mark.parametrize(("keys", "because"), [((), ""), (("n", "m"), " (n, m)")])
def test_what_is_imported_and_would_be_replaced(keys: tuple[str, ...], because: str) -> None:
    words = (
        f"import_ names an object that would be replaced{because}:"
        " say in the program what is there, or take import_ out of it"
    )
    assert not_replaced(keys) == Refusal((Problem("", words),))


# --- what a person has chosen ---------------------------------------------------------------------

LISTED = "`cmx status --all` lists what is recorded; patterns are allowed: --target 'sweep/*'"
SNAPSHOT = a_snapshot(a_record("head"), a_record("group", custom=False))


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        (Selection(targets=("hed",)), "there is no resource 'hed' (did you mean 'head'?)"),
        (Selection(excludes=("zzz",)), "there is no resource 'zzz'"),
        (Selection(replaces=("new",)), "there is no resource 'new' (did you mean 'newer'?)"),
        (
            Selection(targets=("hed", "zzz")),
            "there is no resource 'hed' (did you mean 'head'?)\nthere is no resource 'zzz'",
        ),
    ],
)
def test_words_that_name_nothing(selection: Selection, words: str) -> None:
    choice = Choice(selection)
    assert said(lambda: choice.raise_unmet(SNAPSHOT, [a_urn("newer")])) == (words, LISTED)


def test_a_component_has_nothing_to_replace() -> None:
    choice = Choice(Selection(replaces=("group",)))
    assert said(lambda: choice.raise_unmet(SNAPSHOT)) == (
        "'group' is a component, it has no object of its own to replace",
        "name its parts, for instance with a pattern",
    )
    Choice(Selection(replaces=("head", "g*"))).raise_unmet(SNAPSHOT)


def test_a_choice_among_nothing() -> None:
    choice = Choice(Selection(targets=("head",)))
    empty = a_snapshot(serial=0)
    words = "hello was never applied: there is nothing to choose from"
    assert said(lambda: choice.raise_unmet_in(empty)) == (words, None)
    Choice().raise_unmet_in(empty)
    choice.raise_unmet_in(SNAPSHOT)


def test_what_would_go_with_a_target() -> None:
    # given
    choice = Choice(Selection(targets=("head",)))
    changes = [
        a_change("head", Action.DELETE),
        a_change("user", Action.DELETE),
        a_change("read", Action.FORGET),
        a_change("kept", Action.UNDECIDED),
    ]

    # then
    assert said(lambda: choice.raise_unchosen(changes)) == (
        f"user stands on a target and would be deleted with it: {a_urn('user')}\n"
        f"read stands on a target and would be deleted with it: {a_urn('read')}",
        "name it with --target too, or all that needs a target: --target-dependents",
    )
    Choice(Selection(targets=("head",), target_dependents=True)).raise_unchosen(changes)
    Choice().raise_unchosen(changes)


# --- what was promised ----------------------------------------------------------------------------


def test_what_goes_beyond_a_plan_is_listed_with_what_was_done() -> None:
    # given
    promise = Promise(a_plan(a_change("b", Action.UPDATE), a_change("a", inputs={"n": 1})))

    # when
    promise.raise_broken([HEAD])
    assert promise.hold(a_change("b", Action.REPLACE), None) == "replace instead of update"
    assert promise.hold(a_change("a", inputs={"n": 2}), None) == "n is not what the plan showed"
    assert promise.hold(a_change("c"), None) == "create was not in the plan"
    assert promise.hold(a_change("d", reasons=(Reason(Cause.RESUMED),)), None) is None

    # then
    assert said(lambda: promise.raise_broken([HEAD, BASE])) == (
        "stopped, because the program wants something that was not approved:\n"
        f"{a_urn('a')}: n is not what the plan showed\n"
        f"{a_urn('b')}: replace instead of update\n"
        f"{a_urn('c')}: create was not in the plan\n"
        f"done before that: {HEAD}, {BASE}",
        "run the command again to see the new plan",
    )
    assert said(lambda: promise.raise_broken([]))[0].endswith("done before that: nothing")
    assert promise.names(a_urn("a"))
    assert not promise.names(a_urn("c"))


@pytest.mark.parametrize(
    ("action", "promised", "words"),
    [
        (Action.SAME, None, None),
        (Action.READ, None, None),
        (Action.UNDECIDED, None, None),
        (Action.UPDATE, Action.UPDATE, None),
        (Action.UPDATE, Action.CREATE, None),
        (Action.UPDATE, Action.SAME, "update instead of same"),
        (Action.UPDATE, Action.READ, "update instead of read"),
        (Action.UPDATE, Action.UNDECIDED, "update instead of undecided"),
        (Action.UPDATE, Action.REPLACE, None),
        (Action.UPDATE, Action.IMPORT, None),
        (Action.UPDATE, None, "update was not in the plan"),
        (Action.CREATE, Action.IMPORT, None),
        (Action.CREATE, Action.REPLACE, None),
        (Action.IMPORT, Action.CREATE, None),
        (Action.REPLACE, Action.CREATE, None),
        (Action.CREATE, Action.UPDATE, "create instead of update"),
        (Action.IMPORT, Action.UPDATE, "import instead of update"),
        (Action.REPLACE, Action.DELETE, None),
        (Action.DELETE, Action.REPLACE, "delete instead of replace"),
        (Action.FORGET, Action.REPLACE, "forget instead of replace"),
        (Action.DELETE, Action.FORGET, None),
        (Action.FORGET, Action.DELETE, None),
        (Action.DELETE, None, "delete was not in the plan"),
    ],
)
def test_an_operation_is_held_to_the_planned_one(
    action: Action, promised: Action | None, words: str | None
) -> None:
    line = None if promised is None else a_change("head", promised)
    assert breach(a_change("head", action), line) == words


def test_a_component_is_not_held_and_a_deletion_has_no_inputs() -> None:
    assert breach(a_change(custom=False), None) is None
    gone = a_change("head", Action.DELETE, inputs={"n": 1})
    assert breach(gone, replace(gone, inputs={"n": 2})) is None


def test_what_has_to_go_first_was_to_be_seen() -> None:
    change = replace(a_change("head", Action.REPLACE), dependents=(BASE, a_urn("user")))
    line = a_change("head", Action.REPLACE)
    assert breach(change, line) == "base would be deleted first"
    assert breach(change, line, makes_way=frozenset({BASE})) == "user would be deleted first"
    assert breach(change, line, makes_way=frozenset({BASE, a_urn("user")})) is None


REF = Reference(HEAD, "i-7")


@pytest.mark.parametrize(
    ("planned", "actual", "expected"),
    [
        (UNKNOWN, {"a": 1}, True),
        (Secret(UNKNOWN), 3, True),
        (3, UNKNOWN, False),
        (Secret(3), 3, True),
        ((1, UNKNOWN), (1, 2), True),
        ((1, 2), (1, 2, 3), False),
        ((1, 2), (1, 3), False),
        ((1, 2), "12", False),
        ("12", ("1", "2"), False),
        ((), {}, False),
        ({"a": UNKNOWN}, {"a": 1}, True),
        ({"a": UNKNOWN}, {"a": 1, "b": 2}, False),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ({"a": 1}, (1,), False),
        (REF, REF, True),
        (Reference(HEAD, UNKNOWN), REF, True),
        (REF, Reference(HEAD, "i-8"), False),
        (REF, Reference(BASE, "i-7"), False),
        (REF, "i-7", False),
        ("i-7", REF, False),
    ],
)
def test_a_value_fits_the_planned_one_where_that_was_known(
    planned: Value, actual: Value, *, expected: bool
) -> None:
    assert fits(planned, actual) is expected


# --- what nobody saw the end of -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "what", "plan"),
    [
        (Op.CREATE, "creation", "create or adopt"),
        (Op.CREATE_REPLACEMENT, "creation", "create or adopt"),
        (Op.DELETE, "deletion", "keep, or create again"),
        (Op.DELETE_REPLACED, "deletion", "keep, or create again"),
        (Op.UPDATE, "last update", "look, then update"),
    ],
)
def test_what_was_begun_is_called_by_its_name(op: Op, what: str, plan: str) -> None:
    words = f"its {what} began, and nobody saw the end of it"
    assert unseen(op) == words
    assert unsettled(op) == Reason(Cause.UNSETTLED, note=f"{plan} ({words})")


@pytest.mark.parametrize(
    ("search", "found", "why"),
    [
        (Search.NONE, (), "and nobody can look for it"),
        (
            Search.TOKEN,
            (Found("i-2"), Found("i-1"), Found("held")),
            "and it could be any of these: i-1, i-2",
        ),
    ],
)
def test_what_nobody_can_tell_says_how_to_settle_it(
    search: Search, found: tuple[Found, ...], why: str
) -> None:
    intent = an_intent()
    verdict = decide_lost_create(intent, search, found, held={"held"})
    assert verdict == Failure(
        f"its creation began, and nobody saw the end of it, {why}",
        f"look for it yourself: `cmx state settle '{HEAD}' ID` takes over what has this id,"
        " with --gone instead of an id it is made anew",
    )


# --- what went wrong ------------------------------------------------------------------------------


def a_run(*conclusions: Conclusion, stack: StackId | None = None) -> Run:
    snapshot = a_snapshot(a_record("a"))
    run = Run(snapshot if stack is None else replace(snapshot, stack=stack), reruns={})
    for conclusion in conclusions:
        run.conclude(conclusion)
    return run


def test_every_refusal_has_its_line_and_every_hint_stands_once() -> None:
    # given
    run = a_run(
        Conclusion(a_change("new"), End.FAILED, "no room", "ask for more"),
        Conclusion(a_change("a"), End.FAILED, "no", "ask for more"),
        Conclusion(a_change("lone"), End.FAILED, "why", ""),
    )
    run.declare(replace(a_registration("new"), source=a_source(4)))

    # then
    trouble = FailedChange(a_urn("hooked"), "a hook fails", "mend it")
    assert said(lambda: raise_refusals(run, [trouble])) == (
        "a (stacks/hello.py:12): no\n"
        "lone: why\n"
        "new (stacks/hello.py:4): no room\n"
        "hooked: a hook fails",
        "ask for more\nmend it",
    )
    raise_refusals(a_run())


def test_a_default_provider_that_fails_counts_its_users() -> None:
    # given
    provider = a_urn("default", type_="pulumi:providers:cmx")
    run = a_run(Conclusion(replace(a_change("x"), urn=provider), End.FAILED, "no", ""))
    run.declare(replace(a_registration("default", type_="pulumi:providers:cmx"), source=None))
    for name, line in (("late", 9), ("early", 2), ("other", 1)):
        by = "elsewhere::1" if name == "other" else f"{provider}::p-1"
        run.declare(replace(a_registration(name, line=line), provider=by))

    # then
    (failed,) = failed_in(run)
    assert failed.users == (a_urn("early"), a_urn("late"))
    words, hint = said(lambda: raise_refusals(run))
    assert words == "early (stacks/hello.py:2): no (needed by 2 resources)"
    assert hint is None


def test_what_cannot_be_looked_at_is_named_in_order() -> None:
    # given
    seen = [
        Seen(a_record("b"), Failure("no answer", "wait")),
        Seen(a_record("ok"), None),
        Seen(a_record("a"), Failure("no door", "wait")),
        Seen(a_record("c"), Failure("no key", "look")),
    ]

    # then
    assert said(lambda: raise_failures(seen)) == (
        "a: no door\nb: no answer\nc: no key",
        "wait\nlook",
    )
    assert said(lambda: raise_failures([Seen(a_record("b"), Failure("no answer"))]))[1] is None
    assert failures_in(seen[:2]) == (FailedChange(a_urn("b"), "no answer", "wait"),)
    raise_failures(seen[1:2])


# --- hooks ----------------------------------------------------------------------------------------


class Heard:
    def __init__(self) -> None:
        self.told: list[object] = []

    def tell(self, event: object) -> None:
        self.told.append(event)


def hooked(**hooks: tuple[str, ...]) -> Any:
    return replace(a_record("head"), options=Options(hooks=Hooks(**hooks)))


def a_book(heard: Heard, *, is_preview: bool = False) -> HookBook:
    book = HookBook(is_preview=is_preview, events=heard)
    book.add(ResourceHook("fails", lambda _: "no"))
    book.add(ResourceHook("quiet", lambda _: "never mind", ignore_errors=True))
    book.add(ErrorHook("again", lambda ask: len(ask.errors) < 3))
    book.add(ErrorHook("breaks", lambda _: Failure("a bug")))
    return book


def test_names_of_hooks_are_their_own() -> None:
    book = a_book(Heard())
    assert said(lambda: book.add(ResourceHook("", lambda _: None))) == (
        "a hook has no name",
        "give it one of its own",
    )
    for hook in (ResourceHook("again", lambda _: None), ErrorHook("fails", lambda _: True)):
        assert said(lambda hook=hook: book.add(hook)) == (  # type: ignore[misc]
            f"two hooks are called {hook.name}",
            "give each a name of its own",
        )


def test_a_hook_that_fails_forbids_what_it_stands_before() -> None:
    # given
    heard = Heard()
    book = a_book(heard)
    record = hooked(before_delete=("quiet", "fails"), after_delete=("unknown",))

    # when
    before = book.before(record, asked_of_delete(Moment.BEFORE_DELETE, record))
    book.after(record, asked_of_delete(Moment.AFTER_DELETE, record))

    # then
    hint = "register it in the program under this name"
    assert before == Failure("before-delete hook fails failed: no")
    assert heard.told == [
        LogLine("before-delete hook quiet failed: never mind", HEAD, "warning"),
        LogLine("its hook unknown is not known", HEAD, "error"),
    ]
    assert book.troubles() == (FailedChange(HEAD, "its hook unknown is not known", hint),)


def test_an_error_hook_may_want_another_try() -> None:
    # given
    heard, asked = Heard(), list[FailureAsk]()
    book = a_book(heard)

    def ask(*, errors: tuple[str, ...]) -> FailureAsk:
        asked.append(FailureAsk(Op.CREATE, HEAD, a_record().type, "", errors))
        return asked[-1]

    answers = iter([Failure("first"), Failure("second"), Failure("third")])

    # when
    found = book.with_retries(hooked(on_error=("again",)), lambda: next(answers), ask=ask)

    # then
    assert found == Failure("third")
    assert [one.errors for one in asked] == [
        ("first",),
        ("second", "first"),
        ("third", "second", "first"),
    ]
    assert heard.told == [
        LogLine(f"trying again, as an error hook wants it ({tries}/100)", HEAD, "warning")
        for tries in (1, 2)
    ]


def test_an_error_hook_that_fails_ends_the_tries() -> None:
    # given
    heard = Heard()
    book = a_book(heard)
    no = Failure("no", "hint", is_certain=False)

    def tried(*names: str) -> object:
        def ask(*, errors: tuple[str, ...]) -> FailureAsk:
            return FailureAsk(Op.CREATE, HEAD, a_record().type, "", errors)

        return book.with_retries(hooked(on_error=names), lambda: no, ask=ask)

    # then
    assert tried("breaks") == Failure("no; error hook breaks failed: a bug", "", is_certain=False)
    assert tried("unknown") == Failure(
        "no; its error hook unknown is not known",
        "register it in the program under this name",
        is_certain=False,
    )
    assert tried() == no
    assert heard.told == [
        LogLine("error hook breaks failed: a bug", HEAD, "error"),
        LogLine("its error hook unknown is not known", HEAD, "error"),
    ]


def test_delete_hooks_need_the_program() -> None:
    # given
    one = hooked(before_delete=("says",), after_delete=("counts",))
    nowhere = replace(hooked(before_delete=("says",)), urn=BASE, source=None)

    # then
    assert said(lambda: raise_delete_hooks(a_snapshot(one, nowhere, a_record("x")))) == (
        "head (stacks/hello.py:12): it has delete hooks (says, counts), and only the program can"
        " call them\n"
        "base: it has delete hooks (says), and only the program can call them",
        "take them out of the program, leave their hooks in it, and run `cmx up`",
    )
    raise_delete_hooks(a_snapshot(a_record("x")))
