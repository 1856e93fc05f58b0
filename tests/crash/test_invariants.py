"""Random runs, with failures and broken off at random, keep every invariant of the state."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cloudmesh_iac.core.chain import flaws_of
from cloudmesh_iac.core.invariants import broken_invariants
from cloudmesh_iac.core.jobs import Failure, JobState
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.engine.asks import CheckAsk, Checked, FindAsk, Found
from cloudmesh_iac.errors import PlanBroken, StoreUnusable
from tests.builders import STACK
from tests.lifecycle.script import THING, Out, ScriptedProgram, Thing, a_job
from tests.lifecycle.world import NO_ANSWER, FakeProvider, World, a_program

_NAMES = ("a", "b", "c", "d")
_CALLS = ("create", "update", "delete")


class MarkedThings(FakeProvider):
    """Things that carry the token of their create, so that each lost one is found for sure."""

    def check(self, ask: CheckAsk) -> Checked:
        token = ask.olds.get("token") or ask.seed[:16]
        return Checked({**ask.news, "token": token})

    def find(self, ask: FindAsk) -> list[Found]:
        token = ask.inputs["token"]
        return [Found(id_) for id_, inputs in self.made.items() if inputs["token"] == token]


# --- what a run is ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """A thing that a program may declare; it stands on the one that is named."""

    name: str
    size: int
    image: int
    disk: int
    on: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong: the run breaks off at a commit, an answer gets lost, a call fails."""

    breaks_at: int = 0
    lost: tuple[str, str] | None = None
    fails: tuple[str, str] | None = None
    is_certain: bool = True
    loses_job: bool = False


_ONE_OR_TWO = st.integers(1, 2)
_WISHES = st.lists(
    st.builds(
        Wish,
        name=st.sampled_from(_NAMES),
        size=_ONE_OR_TWO,
        image=_ONE_OR_TWO,
        disk=_ONE_OR_TWO,
        on=st.sampled_from(("", *_NAMES)),
    ),
    max_size=4,
    unique_by=lambda wish: wish.name,
)
_CALL = st.tuples(st.sampled_from(_CALLS), st.sampled_from(_NAMES))
_TROUBLES = st.one_of(
    st.builds(Trouble, breaks_at=st.integers(1, 8)),
    st.builds(Trouble, lost=_CALL),
    st.builds(Trouble, fails=_CALL, is_certain=st.booleans()),
    st.just(Trouble(loses_job=True)),
)


def program_of(wishes: list[Wish], jobs: frozenset[str]) -> ScriptedProgram:
    declared: list[object] = []
    names: list[str] = []
    for wish in wishes:
        inputs = {"size": wish.size, "image": wish.image, "disk": wish.disk}
        on = {"on": Out(wish.on, "address")} if wish.on in names else {}
        declared.append(Thing(wish.name, {**inputs, **on}))
        names.append(wish.name)
    return a_program(*declared, *(a_job(name) for name in sorted(jobs)))


# --- the histories ------------------------------------------------------------------------------


class Histories(RuleBasedStateMachine):
    """One stack, what happens to it, and what is always so."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.world = World(self.folder)
        self.world.things = MarkedThings()
        self.program = a_program()
        self.creations: Counter[str] = Counter()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            shutil.rmtree(self.folder)

    @rule(wishes=_WISHES, jobs=st.frozensets(st.sampled_from(("j", "k"))), trouble=_TROUBLES)
    def run(self, wishes: list[Wish], jobs: frozenset[str], trouble: Trouble) -> None:
        self.program = program_of(wishes, jobs)
        self.run_again(trouble)

    @rule(trouble=_TROUBLES)
    def run_again(self, trouble: Trouble) -> None:
        with self._in(trouble):
            self.world.up(self.program)

    @rule(trouble=_TROUBLES)
    def look(self, trouble: Trouble) -> None:
        with self._in(trouble):
            self.world.refresh()

    @rule(trouble=_TROUBLES)
    def take_away(self, trouble: Trouble) -> None:
        with self._in(trouble):
            self.world.destroy()

    @rule()
    def run_without_trouble(self) -> None:
        """The next whole run brings everything in order, whatever has happened."""
        outcome = self._whole_run()
        snapshot = self.world.snapshot()
        assert not outcome.failed
        assert [(one.op, one.urn, one.creation) for one in snapshot.intents] == []
        assert not any(one.doomed or one.pending_replacement for one in snapshot.records)
        assert sorted(self._ids()) == sorted(self.world.things.made)
        assert not self.world.preview(self.program).has_work

    def _whole_run(self) -> RunOutcome:
        """What was found may not be what the plan was made for: then a second plan shows it."""
        try:
            return self.world.up(self.program)
        except PlanBroken:
            return self.world.up(self.program)

    @contextmanager
    def _in(self, trouble: Trouble) -> Iterator[None]:
        things, store = self.world.things, self.world.store
        store.fails_at = trouble.breaks_at
        if trouble.lost is not None:
            things.silent.add(trouble.lost)
        if trouble.fails is not None:
            certain = Failure("it is refused")
            things.faults[trouble.fails] = certain if trouble.is_certain else NO_ANSWER
        if trouble.loses_job:
            self.world.scheduler.lose_next_answer()
        try:
            yield
        except (StoreUnusable, PlanBroken):
            pass
        finally:
            store.fails_at = 0
            things.silent.clear()
            things.faults.clear()
            self.world.scheduler.lose_next_answer(-self.world.scheduler._lost_answers)

    # --- what is always so ----------------------------------------------------------------------

    def _records(self) -> tuple[Record, ...]:
        return self.world.snapshot().records

    def _ids(self) -> list[str]:
        """Return the ids of the recorded things that should be there."""
        things = (one for one in self._records() if one.type == THING)
        return [one.id for one in things if not one.pending_replacement]

    @invariant()
    def the_records_and_the_history_are_whole(self) -> None:
        assert broken_invariants(self.world.snapshot()) == ()
        assert flaws_of(self.world.store.chain(STACK)) == ()

    @invariant()
    def every_object_has_one_record(self) -> None:
        assert set(Counter(self._ids()).values()) <= {1}

    @invariant()
    def every_object_is_recorded_or_intended(self) -> None:
        intents = self.world.snapshot().intents
        tokens = Counter(str(one.goal.inputs.get("token")) for one in intents if one.makes)
        strays = [
            inputs["token"]
            for id_, inputs in self.world.things.made.items()
            if id_ not in self._ids()
        ]
        assert all(token in tokens for token in strays)
        assert set(Counter(strays).values()) <= {1}, "nothing is made twice"

    @invariant()
    def numbers_of_creations_only_grow(self) -> None:
        now = Counter({str(urn): number for urn, number in self.world.snapshot().creations.items()})
        assert all(now[urn] >= number for urn, number in self.creations.items())
        self.creations = now

    @invariant()
    def every_job_has_run_once(self) -> None:
        jobs = self.world.scheduler.jobs
        alive = [one for one in jobs if not one.state.has_ended]
        kept = [one for one in jobs if one.state is not JobState.CANCELLED]
        tokens = Counter(one.start.token for one in kept)
        assert set(tokens.values()) <= {1}
        intents = {str(one.goal.inputs.get("token")) for one in self.world.snapshot().intents}
        recorded = {str(one.inputs.get("token")) for one in self._records()}
        assert {one.start.token for one in alive} <= intents | recorded


def play(examples: int) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=examples, stateful_step_count=20, derandomize=True, database=None
        ),
    )


def test_random_runs_keep_every_invariant() -> None:
    play(100)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_random_runs_keep_every_invariant() -> None:
    play(1000)
