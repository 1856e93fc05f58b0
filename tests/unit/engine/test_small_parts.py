"""The small parts of a run: seeds, gathered starts, options that nobody asked for, sums."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import Failure, JobState, SiteName, Waiting
from cloudmesh_iac.core.journal import Entry, Removed, UpdateEnded
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.core.registrations import Registered
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.asked_parameters import EXPERIMENT_TYPE, parse_parameters
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.failures import bad_conclusion, failed_in
from cloudmesh_iac.engine.goals import Task, goal_of
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.open_waits import Wait
from cloudmesh_iac.engine.outcome import behind, skipped_in, waiting_in
from cloudmesh_iac.engine.planning import PlanningSession
from cloudmesh_iac.engine.ports.program import Asked
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.ports.state import Ears
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.seeds import seed_of
from cloudmesh_iac.engine.starting import Gathered, Starts
from cloudmesh_iac.engine.tree_order import in_tree_order
from cloudmesh_iac.engine.unasked import raise_unasked
from cloudmesh_iac.errors import ExperimentError, UsageProblem
from tests.builders import (
    a_change,
    a_plan,
    a_record,
    a_registration,
    a_snapshot,
    a_ticket,
    a_urn,
)

SIM, OTHER = SiteName("sim"), SiteName("other")


# --- seeds ----------------------------------------------------------------------------------------


def test_a_seed_is_the_same_for_the_same_object_and_no_other() -> None:
    seeds = {
        seed_of(key, a_urn(name), creation)
        for key in ("k1", "k2")
        for name in ("a", "b")
        for creation in (1, 2)
    }
    assert len(seeds) == 8
    assert all(len(seed) == 64 for seed in seeds)
    assert seed_of("k1", a_urn("a"), 1) in seeds


# --- starts ---------------------------------------------------------------------------------------


def a_gathered(name: str = "pi") -> Gathered:
    task = Task(a_change(name), a_record(name), None)
    return Gathered(task, lambda _: None)


def test_a_group_is_given_out_when_all_that_were_listed_have_come() -> None:
    # given
    starts = Starts({SIM: 2, OTHER: 2})
    first, second = a_gathered("one"), a_gathered("two")

    # then
    assert starts.is_empty()
    assert starts.add(SIM, first) == ()
    assert starts.add(OTHER, first) == ()
    assert not starts.is_empty()
    assert starts.add(SIM, second) == [first, second]
    assert starts.take() == ([first],)
    assert starts.is_empty()


def test_a_start_that_nobody_listed_goes_at_once() -> None:
    starts, one = Starts({}), a_gathered()
    assert starts.add(SIM, one) == [one]
    assert starts.add(SIM, one) == [one]


def test_what_comes_after_a_group_was_taken_still_counts_for_it() -> None:
    # given
    starts = Starts({SIM: 3})
    first, second, third = map(a_gathered, ("one", "two", "three"))
    starts.add(SIM, first)
    starts.take()

    # then
    assert starts.add(SIM, second) == ()
    assert starts.add(SIM, third) == [second, third]


# --- options --------------------------------------------------------------------------------------


def test_options_that_were_asked_for_are_fine() -> None:
    asked = Asked(frozenset({"lab:repeats", "lab:n", "cmx:site"}))
    raise_unasked({"repeats": "3"}, asked, "lab")


def test_every_option_that_was_not_asked_for_is_named_with_the_nearest() -> None:
    # when
    with pytest.raises(UsageProblem) as refused:
        raise_unasked({"repeat": "3", "zzz": ""}, Asked(frozenset({"lab:repeats"})), "lab")

    # then
    assert "--repeat (did you mean --repeats?), --zzz" in str(refused.value)
    assert refused.value.hint == "its parameters: --repeats"


def test_a_program_without_parameters_says_so() -> None:
    with pytest.raises(UsageProblem) as refused:
        raise_unasked({"n": "3"}, Asked(frozenset({"cmx:site"})), "lab")
    assert refused.value.hint == "its parameters: none"


# --- one evaluation -------------------------------------------------------------------------------


def a_run(*conclusions: Conclusion) -> Run:
    run = Run(a_snapshot(a_record("a"), a_record("b")), reruns={})
    for conclusion in conclusions:
        run.conclude(conclusion)
    return run


def test_a_rerun_adds_its_inputs_to_the_registration() -> None:
    run = Run(a_snapshot(), reruns={a_urn("a"): {"run": 2}})
    declared = run.declare(a_registration("a", inputs={"n": 1}))
    assert declared is not None
    assert declared.inputs == {"n": 1, "run": 2}
    assert run.situation(declared, Role.PLAIN).is_forced


def test_a_clash_without_lines_is_named_all_the_same() -> None:
    # given
    run = a_run()
    run.declare(replace(a_registration("a"), source=None))

    # when
    second = run.declare(a_registration("a", line=7))
    with pytest.raises(ExperimentError) as refused:
        run.raise_clashes()

    # then
    assert second is None
    assert "an unknown line and stacks/hello.py:7" in str(refused.value)


@pytest.mark.parametrize(
    ("end", "blocked"),
    [
        (End.DONE, None),
        (End.WAITING, None),
        (End.BAD, a_urn("a")),
        (End.FAILED, a_urn("a")),
        (End.SKIPPED, a_urn("root")),
    ],
)
@pytest.mark.parametrize("by", ["dependency", "parent"])
def test_what_a_thing_stands_on_blocks_it_by_name(by: str, end: End, blocked: object) -> None:
    # given
    reasons = (Reason(Cause.FAILED, urn=a_urn("root")),) if end is End.SKIPPED else ()
    run = a_run(Conclusion(a_change("a", reasons=reasons), end))
    registration = a_registration("c", dependencies=(a_urn("z"), a_urn("a")))
    if by == "parent":
        registration = replace(a_registration("c"), parent=a_urn("a"))

    # then
    assert run.situation(registration, Role.PLAIN).blocked_by == blocked


def test_replaced_dependencies_are_known() -> None:
    run = a_run(
        Conclusion(a_change("a", Action.REPLACE), End.DONE), Conclusion(a_change("b"), End.DONE)
    )
    registration = a_registration("c", dependencies=(a_urn("a"), a_urn("b"), a_urn("z")))
    assert run.situation(registration, Role.PLAIN).replaced == {a_urn("a")}


def test_seeds_are_those_of_the_present_object_and_of_the_next() -> None:
    # given
    run, key = a_run(), a_snapshot().seed_key

    # when
    known = run.situation(a_registration("a"), Role.PLAIN)
    new = run.situation(a_registration("new"), Role.PLAIN)

    # then
    assert known.seeds == (seed_of(key, a_urn("a"), 1), seed_of(key, a_urn("a"), 2))
    assert new.seeds == ("", seed_of(key, a_urn("new"), 1))


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (End.DONE, False),
        (End.BAD, False),
        (End.FAILED, True),
        (End.SKIPPED, True),
        (End.WAITING, True),
    ],
)
def test_a_run_has_gaps_where_something_may_not_have_been_reached(
    end: End, *, expected: bool
) -> None:
    # given
    run = a_run()
    run.declare(a_registration("a"))
    before = run.has_gaps()

    # when
    run.conclude(Conclusion(a_change("a"), end))

    # then
    assert before
    assert run.has_gaps() is expected


def test_the_parameters_of_every_experiment_are_read() -> None:
    # given
    run = a_run()
    run.declare(a_registration("exp", type_=EXPERIMENT_TYPE, custom=False))
    run.declare(a_registration("silent", type_=EXPERIMENT_TYPE, custom=False))
    run.declare(a_registration("thing"))
    listed = ({"name": "n", "value": "3", "default": "1", "kind": "int", "origin": "option"}, "x")

    # when
    run.set_outputs(a_urn("exp", type_=EXPERIMENT_TYPE), {"parameters": listed})

    # then
    assert run.parameters() == (Parameter("n", "3", "1", "int", "option"),)
    assert parse_parameters({"parameters": "none"}) == ()
    assert parse_parameters({"parameters": ({},)}) == (Parameter("", "", "", "str", "default"),)


# --- sums -----------------------------------------------------------------------------------------


def test_failures_and_bad_ends_stand_in_the_order_of_their_urns() -> None:
    # given
    job = a_record("b", failed=True, outputs={"state": "FAILED", "summary": "it ended FAILED"})
    silent = a_record("c", failed=True, outputs={"state": "LOST", "summary": 3})
    run = a_run(
        bad_conclusion(Conclusion(a_change("c"), End.DONE), silent),
        bad_conclusion(Conclusion(a_change("b"), End.DONE), job),
        Conclusion(a_change("a"), End.FAILED, "no", "try"),
        Conclusion(a_change("d"), End.DONE),
    )

    # when
    failed = failed_in(run)

    # then
    assert [(name_of(one.urn), one.message, one.state) for one in failed] == [
        ("a", "no", None),
        ("b", "it ended FAILED", JobState.FAILED),
        ("c", "it ended badly", JobState.LOST),
    ]
    assert failed[1].hint == (
        "`cmx logs hello b` shows what it wrote, `cmx rerun hello --failed` runs it again"
    )


def test_a_hint_names_the_stack_where_a_program_has_several() -> None:
    # given
    run = Run(replace(a_snapshot(), stack=StackId("lab", "hello.big")), reruns={})
    job = a_record("b", failed=True, outputs={"state": "FAILED"})
    run.conclude(bad_conclusion(Conclusion(a_change("b"), End.DONE, "bad"), job))

    # when
    (failed,) = failed_in(run)

    # then
    assert failed.message == "bad"
    assert failed.hint.count(" hello ") == failed.hint.count(" --stack hello.big") == 2


def test_what_was_skipped_names_what_began_it() -> None:
    because = (Reason(Cause.FAILED, urn=a_urn("a")),)
    nameless = (Reason(Cause.FAILED),)
    run = a_run(
        Conclusion(a_change("b", reasons=because), End.SKIPPED),
        Conclusion(a_change("c", reasons=nameless), End.SKIPPED),
        Conclusion(a_change("d"), End.SKIPPED),
        Conclusion(a_change("e"), End.DONE),
    )
    assert [(name_of(one.urn), name_of(one.because)) for one in skipped_in(run)] == [
        ("b", "a"),
        ("c", "c"),
    ]


def test_waits_are_shown_as_last_seen_in_natural_order() -> None:
    # given
    def a_wait(name: str, waiting: Waiting | None) -> Wait:
        registered: Future[Registered] = Future()
        return Wait(Task(a_change(name), a_record(name), None), registered, waiting)

    waits = {
        a_ticket("t1"): a_wait("n=16", Waiting(JobState.RUNNING, "on node 3")),
        a_ticket("t2"): a_wait("n=8", None),
    }

    # when
    seen = waiting_in(waits)

    # then
    assert [(name_of(job.urn), job.state, job.reason) for job in seen] == [
        ("n=8", JobState.QUEUED, ""),
        ("n=16", JobState.RUNNING, "on node 3"),
    ]


def test_only_approved_things_that_were_not_reached_are_behind() -> None:
    # given
    plan = a_plan(
        a_change("group", custom=False),
        a_change("same", Action.SAME),
        a_change("resumed", reasons=(Reason(Cause.RESUMED),)),
        a_change("gone", Action.DELETE),
        a_change("done"),
        a_change("left"),
    )

    # then
    assert [
        name_of(urn) for urn in behind(plan, a_run(Conclusion(a_change("done"), End.DONE)))
    ] == ["left"]


def test_a_plan_stands_in_the_order_of_the_tree() -> None:
    # given
    parent = a_change("lab", line=9, custom=False)
    changes = [
        a_change("n=16", line=3),
        a_change("inner", parent=parent.urn, line=1),
        a_change("n=8", line=3),
        parent,
        a_change("orphan", parent=a_urn("elsewhere"), line=20),
        replace(a_change("first"), source=None),
    ]

    # when
    ordered = in_tree_order(changes)

    # then
    assert [name_of(change.urn) for change in ordered] == [
        "first",
        "n=8",
        "n=16",
        "lab",
        "inner",
        "orphan",
    ]


def test_the_goal_of_a_replacement_has_nothing_of_the_old_object() -> None:
    # given
    record = a_record("a", creation=1, failed=True, outputs={"at": "x"}, order=5)
    registration = a_registration("a")

    # when
    kept = goal_of(registration, a_change("a", Action.UPDATE), record)
    new = goal_of(registration, a_change("a", Action.REPLACE, creation=2), record)

    # then
    assert (kept.id, kept.outputs, kept.failed, kept.order) == ("a-1", {"at": "x"}, True, 5)
    assert (new.id, new.outputs, new.failed, new.order, new.creation) == ("", {}, False, 0, 2)


# --- the journal ----------------------------------------------------------------------------------


class SlowWriting:
    """Holds its first commit until it is told to go on."""

    def __init__(self) -> None:
        self.commits: list[int] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()

    def commit(self, entries: Sequence[Entry]) -> None:
        self.entered.set()
        assert self.go_on.wait(10)
        self.commits.append(len(entries))

    def hold(self) -> None:
        """Nobody takes it away."""

    def listen(self, ears: Ears) -> None:
        """Nothing comes from outside."""

    def settle_parameters(self, parameters: object) -> None:
        """Nothing is kept."""

    def close(self, ended: UpdateEnded) -> None:
        """Nothing is held."""


def test_what_comes_while_a_commit_runs_goes_into_one_more() -> None:
    # given
    writing = SlowWriting()
    journal = Journal(writing)
    entry = Removed(a_urn("a"), 1)
    writers = [threading.Thread(target=journal.write, args=([entry],)) for _ in range(5)]
    writers[0].start()
    assert writing.entered.wait(10)

    # when
    for writer in writers[1:]:
        writer.start()
    for _ in range(5000):
        if journal._items.qsize() == 4:
            break
        threading.Event().wait(0.001)
    writing.go_on.set()
    for writer in writers:
        writer.join(10)
    journal.write([])
    journal.close()

    # then
    assert writing.commits == [1, 4]


# --- a plan ---------------------------------------------------------------------------------------


class Nobody:
    """Providers, sites and listeners that know nothing, from the moment that they may answer."""

    def __init__(self, begun: threading.Event | None = None) -> None:
        self._begun = begun

    def role(self, type_: object) -> Role:
        return Role.PLAIN

    def provider(self, type_: object, reference: str = "") -> Failure:
        assert self._begun is None or self._begun.wait(10)
        return Failure("nobody is here")

    def tell(self, event: object) -> None:
        """Nobody listens."""


def test_a_program_that_declares_no_stack_has_no_outputs() -> None:
    # given
    nobody: Any = Nobody()
    with ThreadPoolExecutor(1) as pool:
        session = PlanningSession(
            Run(a_snapshot(), reruns={}), providers=nobody, remote=nobody, events=nobody, pool=pool
        )
        session.register(a_registration("lab", custom=False))

    # when
    plan = session.plan(program="stacks/hello.py", program_digest="d1")

    # then
    assert plan.outputs == {}
    assert [change.action for change in plan.changes] == [Action.CREATE]


def test_a_listener_that_breaks_ends_the_evaluation() -> None:
    # given
    def break_off(_: object) -> None:
        raise SystemExit(3)

    begun = threading.Event()
    nobody: Any = Nobody(begun)
    with ThreadPoolExecutor(1) as pool:
        session = PlanningSession(
            Run(a_snapshot(), reruns={}), providers=nobody, remote=nobody, events=nobody, pool=pool
        )

        # when
        session.register(a_registration("a")).add_done_callback(break_off)
        begun.set()
        is_signalled = session.signal.wait(10)

    # then
    assert is_signalled
    assert isinstance(session.crash, SystemExit)
