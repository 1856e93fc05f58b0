"""A run as it is watched: the state after each event, and both views of it."""

from dataclasses import dataclass

import pytest
from rich.console import Console

from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    ChangeWaits,
    Event,
    LogLine,
    Noticed,
)
from cloudmesh_iac.core.jobs import JobState, SiteName, Ticket, Waiting
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.views.progress import LiveView, PlainView, a_view
from cloudmesh_iac.views.progress_text import area, counts_line
from cloudmesh_iac.views.run_state import Phase, RunState
from cloudmesh_iac.views.words import ASCII, UNICODE
from tests.unit.views.builders import a_console, an_urn, written
from tests.unit.views.outcomes import completion, submission

VM = an_urn("openstack:compute/instance:Instance", "head")


@dataclass
class ManualClock:
    at_s: float = 100.0

    def monotonic_s(self) -> float:
        return self.at_s


def waits(name: str, state: JobState, reason: str = "") -> ChangeWaits:
    ticket = Ticket(SiteName("bigred200"), "t", "123")
    return ChangeWaits(completion(name), ticket, Waiting(state, reason))


def a_job_s_life(name: str = "pi/n=1", end: JobState = JobState.COMPLETED) -> list[Event]:
    return [
        ChangeStarted(submission(name), Action.CREATE),
        ChangeDone(submission(name), Action.CREATE, note="id 123"),
        ChangeStarted(completion(name), Action.CREATE),
        waits(name, JobState.QUEUED, "waits for free nodes"),
        waits(name, JobState.QUEUED),
        waits(name, JobState.RUNNING),
        ChangeDone(completion(name), Action.CREATE, state=end),
    ]


def numbers(state: RunState) -> dict[Phase, int]:
    return {phase: number for phase, number in state.number.items() if number}


def after(*events: Event) -> RunState:
    state = RunState()
    for at_s, event in enumerate(events):
        state.take(event, float(at_s))
    return state


def test_a_job_is_counted_once_all_its_life_long() -> None:
    state, phases = RunState(), []
    for event in a_job_s_life():
        state.take(event, 0.0)
        assert sum(state.number.values()) == 1
        phases.append(next(iter(numbers(state))))
    assert phases == ["working", *["queued"] * 4, "running", "done"]
    assert not state.active


@pytest.mark.parametrize("end", [JobState.FAILED, JobState.TIMEOUT, JobState.LOST])
def test_a_job_that_ends_badly_has_failed(end: JobState) -> None:
    assert numbers(after(*a_job_s_life(end=end))) == {Phase.FAILED: 1}


def test_a_word_that_we_do_not_know_moves_no_job() -> None:
    state = after(waits("a", JobState.RUNNING), waits("a", JobState.UNKNOWN))
    assert numbers(state) == {Phase.RUNNING: 1}


def test_the_other_half_of_a_failed_submission_is_not_counted_as_skipped() -> None:
    state = after(
        ChangeStarted(submission("a"), Action.CREATE),
        ChangeFailed(submission("a"), Action.CREATE, "no"),
        ChangeSkipped(completion("a"), because=submission("a")),
        ChangeSkipped(VM, because=completion("a")),
    )
    assert numbers(state) == {Phase.FAILED: 1, Phase.SKIPPED: 1}


def test_deleting_both_halves_is_one_deletion() -> None:
    state = after(
        ChangeStarted(completion("a"), Action.DELETE),
        ChangeDone(completion("a"), Action.DELETE),
        ChangeStarted(submission("a"), Action.DELETE),
        ChangeDone(submission("a"), Action.DELETE),
    )
    assert numbers(state) == {Phase.DONE: 1}


def test_what_is_unchanged_stands_apart() -> None:
    state = after(
        ChangeDone(submission("a"), Action.SAME),
        ChangeDone(completion("a"), Action.SAME),
        ChangeDone(submission("b"), Action.SAME),
        waits("b", JobState.RUNNING),
        ChangeDone(completion("b"), Action.CREATE, state=JobState.COMPLETED),
    )
    assert numbers(state) == {Phase.SAME: 1, Phase.DONE: 1}


def test_removing_the_object_that_was_replaced_takes_no_job_back() -> None:
    state = after(*a_job_s_life(), ChangeDone(submission("pi/n=1"), Action.DELETE))
    assert numbers(state) == {Phase.DONE: 1}


def test_a_log_gets_one_line_for_each_thing_that_happens() -> None:
    # given
    clock, console = ManualClock(), a_console()

    # when
    with PlainView(console, clock) as view:
        for event in (
            *a_job_s_life("pi/[n]=1"),
            ChangeStarted(VM, Action.REPLACE),
            ChangeFailed(VM, Action.REPLACE, "quota\x1b[1m exceeded", "ask for more"),
            ChangeSkipped(an_urn("x:y:Plot", "plot"), because=VM),
            LogLine("hello [bold]you[/bold]"),
            LogLine("careful", urn=VM, level="warning"),
            Noticed("bigred200 does not answer"),
        ):
            view.handle(event)
            clock.at_s += 1.5

    # then
    assert written(console).splitlines() == [
        "    1.5s ○ job pi/[n]=1 submitted (id 123)",
        "    4.5s ○ job pi/[n]=1 queued (id 123 on bigred200, waits for free nodes)",
        "    7.5s ● job pi/[n]=1 running (id 123 on bigred200)",
        "    9.0s ✓ job pi/[n]=1 completed in 9.0 s",
        "   10.5s   instance head replacing",
        "   12.0s ✗ instance head failed: quota exceeded (try: ask for more)",
        "   13.5s · plot plot skipped, because instance head failed",
        "   15.0s | hello [bold]you[/bold]",
        "   16.5s | instance head: careful",
        "   18.0s bigred200 does not answer",
    ]


def test_a_log_is_told_how_it_stands_at_most_every_30_s() -> None:
    # given
    clock, console = ManualClock(), a_console()
    view = PlainView(console, clock, expected=4)
    view.handle(waits("a", JobState.RUNNING))

    # when
    for _ in range(100):
        clock.at_s += 1
        view.handle(waits("a", JobState.RUNNING))

    # then
    sums = [line for line in written(console).splitlines() if "queued 0" in line]
    assert len(sums) == 3
    assert sums[0].endswith("queued 0 · running 1 · done 0 of 4 · failed 0")


def test_a_log_of_a_large_run_names_what_goes_wrong_and_counts_the_rest() -> None:
    # given
    clock, console = ManualClock(), a_console()
    view = PlainView(console, clock, expected=101)

    # when
    for number in range(100):
        for event in a_job_s_life(f"pi/n={number}"):
            view.handle(event)
    for event in a_job_s_life("pi/n=bad", JobState.FAILED):
        view.handle(event)
    view.handle(Noticed("bigred200 does not answer"))
    view.handle(waits("pi/n=last", JobState.RUNNING))
    clock.at_s += 31
    view.tick()

    # then
    said = [line[9:] for line in written(console).splitlines()]
    assert said == [
        "✗ job pi/n=bad FAILED after 0.0 s",
        "bigred200 does not answer",
        "queued 0 · running 1 · done 100 of 101 · failed 1",
    ]


def a_full_state(jobs: int = 500) -> RunState:
    state = RunState()
    for number in range(jobs):
        kind = JobState.QUEUED if number % 2 else JobState.RUNNING
        state.take(waits(f"pi/n={number}" + ",long=name" * 20, kind), float(number))
    return state


@pytest.mark.parametrize("size", [(80, 24), (40, 5), (20, 2), (200, 60)])
def test_the_frame_fits_into_the_terminal(size: tuple[int, int]) -> None:
    frame = area(a_full_state(), marks=UNICODE, at_s=600.0, size=size).plain.split("\n")
    assert len(frame) < max(size[1], 3)
    assert max(map(len, frame)) < size[0]


def test_the_frame_shows_first_what_has_run_longest() -> None:
    state = after(waits("a", JobState.QUEUED), waits("b", JobState.RUNNING))
    frame = area(state, marks=UNICODE, at_s=66.0, size=(80, 24)).plain.split("\n")
    assert frame == [
        "● job b running 1m05s id 123 bigred200",
        "○ job a queued 1m06s id 123 bigred200",
        "queued 1 · running 1 · done 0 · failed 0 · 1m06s",
    ]


def test_a_terminal_keeps_the_lines_of_what_has_ended_and_no_frame() -> None:
    # given
    clock, console = ManualClock(), a_console(terminal=True)

    # when
    with LiveView(console, clock) as view:
        for event in [*a_job_s_life(), LogLine("[i]hi[/i]")]:
            view.handle(event)
            clock.at_s += 0.2

    # then
    shown = written(console)
    assert "job pi/n=1 completed in 1.2 s" in shown
    assert "| [i]hi[/i]" in shown
    assert "running 0 s id 123" in shown


def test_a_terminal_is_drawn_at_most_8_times_in_a_second() -> None:
    # given
    clock, console = ManualClock(), a_console(terminal=True)

    # when
    with LiveView(console, clock) as view:
        for number in range(1000):
            view.handle(waits(f"n={number}", JobState.RUNNING))
            clock.at_s += 0.001

    # then
    assert written(console).count("queued 0 ·") <= 10


@pytest.mark.parametrize(("terminal", "kind"), [(True, LiveView), (False, PlainView)])
def test_each_console_gets_its_view(*, terminal: bool, kind: type) -> None:
    assert isinstance(a_view(a_console(terminal=terminal), ManualClock()), kind)


def test_a_dumb_terminal_gets_lines() -> None:
    console = Console(force_terminal=True, _environ={"TERM": "dumb"})
    assert isinstance(a_view(console, ManualClock()), PlainView)


def test_the_counts_name_what_we_work_on_and_what_was_skipped() -> None:
    state = after(
        ChangeStarted(VM, Action.CREATE),
        ChangeFailed(submission("a"), Action.CREATE, "no"),
        ChangeSkipped(submission("b"), because=submission("a")),
    )
    line = counts_line(state, marks=ASCII, expected=3).plain
    assert line == "working 1 | queued 0 | running 0 | done 0 of 3 | failed 1 | skipped 1"


def test_urns_of_the_state_are_those_of_the_submissions() -> None:
    urns: list[Urn] = list(after(waits("a", JobState.RUNNING)).active)
    assert urns == [submission("a")]
