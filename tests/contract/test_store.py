"""What every store does, whatever it keeps its state in."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.chain import Chain, flaws_of
from cloudmesh_iac.core.history import Origin, with_copy
from cloudmesh_iac.core.journal import (
    Dropped,
    Entry,
    Opened,
    OutputsSet,
    Removed,
    Saved,
    Ticketed,
    UpdateKind,
    UpdateResult,
)
from cloudmesh_iac.core.locks import Stop, StopRequest
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Record, Snapshot, StackId
from cloudmesh_iac.core.urns import JOB_END_TYPE
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.engine.ports.state import Store, Writing
from cloudmesh_iac.errors import ExitCode, PlanBroken, StackLocked, UsageProblem
from cloudmesh_iac.store.memory import MemoryStore
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import (
    NOON,
    STACK,
    HandClock,
    a_computer,
    a_holder,
    a_parameter,
    a_record,
    a_start,
    a_ticket,
    a_urn,
    an_end,
    an_intent,
)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Store]:
    computer = a_computer(clock=clock)
    made: Store
    if request.param == "memory":
        made = MemoryStore(computer=computer)
    else:
        made = SqliteStore(tmp_path / "home" / "cmx.db", computer=computer)
    yield made
    made.close()


def begin(store: Store) -> Writing:
    return store.write(store.snapshot(STACK), a_start(), a_holder())


def commit(store: Store, *entries: Entry) -> Snapshot:
    """Carry out a whole run that commits these entries; return what is known afterwards."""
    writing = begin(store)
    writing.commit(entries)
    writing.close(an_end())
    return store.snapshot(STACK)


def names(snapshot: Snapshot) -> list[tuple[str, int, bool]]:
    return [
        (record.urn.rpartition("::")[2], record.creation, record.doomed)
        for record in snapshot.records
    ]


# --- snapshots ------------------------------------------------------------------------------------


def test_a_stack_that_nobody_wrote_is_empty_and_has_a_new_key_each_time(store: Store) -> None:
    # when
    first, second = store.snapshot(STACK), store.snapshot(STACK)

    # then
    assert first == Snapshot(STACK, seed_key=first.seed_key)
    assert len(first.seed_key) == 64
    assert first.seed_key != second.seed_key
    assert store.stacks() == ()


def test_the_key_of_the_first_plan_becomes_that_of_the_stack(store: Store) -> None:
    # given
    planned = store.snapshot(STACK)

    # when
    store.write(planned, a_start(), a_holder()).close(an_end())

    # then
    assert store.snapshot(STACK).seed_key == planned.seed_key


def test_a_key_with_which_nothing_was_made_gives_way_to_that_of_the_next_plan(
    store: Store,
) -> None:
    # given
    first, second = store.snapshot(STACK), store.snapshot(STACK)
    store.write(first, a_start(), a_holder()).close(an_end())

    # when
    writing = store.write(second, a_start(), a_holder())
    writing.commit([Saved(a_record())])
    writing.close(an_end())

    # then
    known = store.snapshot(STACK)
    assert known.seed_key == second.seed_key
    store.write(replace(known, seed_key="other"), a_start(), a_holder()).close(an_end())
    assert store.snapshot(STACK).seed_key == second.seed_key


def test_a_saved_record_comes_back_with_its_place_and_times(store: Store) -> None:
    # given
    record = a_record(
        inputs={"n": 4, "password": Secret("hunter2"), "sizes": (1, 2.5)},
        dependencies=(a_urn("net"),),
    )

    # when
    snapshot = commit(store, Saved(record))

    # then
    assert snapshot.records == (replace(record, order=1, created=NOON, modified=NOON),)
    assert snapshot.creations == {record.urn: 1}


def test_records_stand_in_the_order_of_their_first_save(store: Store, clock: HandClock) -> None:
    # given
    commit(store, Saved(a_record("b")), Saved(a_record("a")))
    clock.advance(seconds=60)

    # when
    snapshot = commit(store, Saved(a_record("b", inputs={"n": 2})), Saved(a_record("c")))

    # then
    assert names(snapshot) == [("b", 1, False), ("a", 1, False), ("c", 1, False)]
    changed = snapshot.records[0]
    assert changed.inputs == {"n": 2}
    assert changed.created == NOON
    assert changed.modified == clock.now()


def test_a_record_that_brings_its_place_keeps_it(store: Store) -> None:
    # when
    snapshot = commit(store, Saved(a_record("old", order=7)), Saved(a_record("new")))

    # then
    assert [record.order for record in snapshot.records] == [7, 8]


def test_the_serial_grows_by_one_with_each_commit(store: Store) -> None:
    # given
    writing = begin(store)

    # when
    writing.commit([Saved(a_record("a")), Saved(a_record("b"))])
    writing.commit([Saved(a_record("c"))])
    writing.settle_parameters([a_parameter()])
    writing.close(an_end())

    # then
    assert store.snapshot(STACK).serial == 2


def test_stacks_do_not_see_each_other(store: Store) -> None:
    # given
    other = StackId("lab", "other")
    commit(store, Saved(a_record()))

    # when
    writing = store.write(store.snapshot(other), a_start(), a_holder())
    writing.commit([Removed(a_urn(), 1)])
    writing.close(an_end())

    # then
    assert len(store.snapshot(STACK).records) == 1
    assert store.snapshot(other).records == ()


def test_the_parameters_and_the_program_of_the_last_run_are_remembered(store: Store) -> None:
    # given
    writing = begin(store)

    # when
    writing.settle_parameters([a_parameter("repeats", "5")])
    writing.close(an_end())

    # then
    snapshot = store.snapshot(STACK)
    assert snapshot.parameters == (a_parameter("repeats", "5"),)
    assert (snapshot.program, snapshot.program_digest) == ("stacks/hello.py", "d1")


# --- intents --------------------------------------------------------------------------------------


def test_an_intent_stays_open_until_its_record_is_saved(store: Store) -> None:
    # given
    record = a_record(inputs={"n": 1})
    goal = replace(record, id="", outputs={})

    # when
    opened = commit(store, Opened(an_intent(goal)))
    saved = commit(store, Saved(record))

    # then
    assert opened.intents == (replace(an_intent(goal), number=1, begun=NOON),)
    assert opened.records == ()
    assert opened.creations == {record.urn: 1}
    assert saved.intents == ()


def test_an_intent_of_another_object_of_the_urn_stays_open(store: Store) -> None:
    # given
    first, second = a_record(creation=1), a_record(creation=2)
    deletes = an_intent(first, op=Op.DELETE)

    # when
    snapshot = commit(store, Saved(first), Opened(deletes), Saved(second))

    # then
    assert [intent.creation for intent in snapshot.intents] == [1]


def test_a_dropped_intent_is_gone_but_its_number_is_not_given_again(store: Store) -> None:
    # when
    snapshot = commit(store, Opened(an_intent(a_record(creation=3))), Dropped(a_urn(), creation=3))

    # then
    assert snapshot.intents == ()
    assert snapshot.creations == {a_urn(): 3}


def test_dropping_takes_back_the_newest_intent_only(store: Store) -> None:
    # given
    record = a_record()
    commit(store, Saved(record), Opened(an_intent(record, op=Op.UPDATE)))

    # when
    snapshot = commit(
        store, Opened(an_intent(record, op=Op.DELETE)), Dropped(record.urn, creation=1)
    )

    # then
    assert [intent.op for intent in snapshot.intents] == [Op.UPDATE]


def test_a_ticket_is_kept_with_its_intent(store: Store) -> None:
    # when
    snapshot = commit(store, Opened(an_intent()), Ticketed(a_urn(), 1, a_ticket()))

    # then
    assert snapshot.open_waits()[a_urn()].ticket == a_ticket()
    assert store.stacks()[0].waiting == 1


def test_an_intent_that_is_opened_again_is_not_there_twice(store: Store) -> None:
    # given
    commit(store, Opened(an_intent(ticket=a_ticket())))

    # when
    snapshot = commit(store, Opened(an_intent(ticket=a_ticket("t1", remote_id="42"))))

    # then
    assert [intent.ticket for intent in snapshot.intents] == [a_ticket(remote_id="42")]


# --- objects of one urn ---------------------------------------------------------------------------


def test_a_replacement_dooms_the_object_before_it(store: Store) -> None:
    # given
    commit(store, Saved(a_record(creation=1)))

    # when
    snapshot = commit(store, Saved(a_record(creation=2)))

    # then
    assert names(snapshot) == [("head", 1, True), ("head", 2, False)]
    assert snapshot.live()[a_urn()].creation == 2
    assert snapshot.creations == {a_urn(): 2}


@pytest.mark.parametrize("is_removed_first", [True, False])
def test_an_object_that_goes_in_the_same_commit_is_not_doomed(
    store: Store, *, is_removed_first: bool
) -> None:
    # given
    commit(store, Saved(a_record(creation=1)))
    entries: list[Entry] = [Removed(a_urn(), 1), Saved(a_record(creation=2))]

    # when
    snapshot = commit(store, *(entries if is_removed_first else reversed(entries)))

    # then
    assert names(snapshot) == [("head", 2, False)]


def test_a_late_word_about_an_older_object_does_not_doom_the_newer_one(store: Store) -> None:
    # given
    commit(store, Saved(a_record(creation=2)))

    # when
    snapshot = commit(store, Saved(a_record(creation=1)))

    # then
    assert names(snapshot) == [("head", 2, False), ("head", 1, True)]


def test_an_object_can_be_doomed_by_saving_it_so(store: Store) -> None:
    # given
    commit(store, Saved(a_record()))

    # when
    snapshot = commit(store, Saved(a_record(doomed=True)), OutputsSet(a_urn(), {"n": 1}))

    # then
    assert names(snapshot) == [("head", 1, True)]
    assert snapshot.records[0].outputs == {}


def test_a_removed_object_leaves_only_its_number(store: Store) -> None:
    # given
    record = a_record()
    commit(store, Saved(record), Opened(an_intent(record, op=Op.DELETE)))

    # when
    snapshot = commit(store, Removed(record.urn, 1))

    # then
    assert (snapshot.records, snapshot.intents) == ((), ())
    assert snapshot.creations == {record.urn: 1}


def test_outputs_of_a_component_are_set_in_its_record(store: Store) -> None:
    # given
    commit(store, Saved(a_record(custom=False, inputs={"n": 1})))

    # when
    snapshot = commit(store, OutputsSet(a_urn(), {"pi": 3.14}))

    # then
    assert snapshot.records[0].outputs == {"pi": 3.14}
    assert snapshot.records[0].inputs == {"n": 1}


def test_outputs_of_what_has_no_record_are_passed_over(store: Store) -> None:
    assert commit(store, OutputsSet(a_urn("ghost"), {"n": 1})).records == ()


# --- locks ----------------------------------------------------------------------------------------


def test_a_plan_older_than_the_state_is_refused(store: Store) -> None:
    # given
    planned = store.snapshot(STACK)
    commit(store, Saved(a_record()))

    # when
    with pytest.raises(PlanBroken) as refused:
        store.write(planned, a_start(), a_holder())

    # then
    assert refused.value.exit_code is ExitCode.PLAN
    begin(store).close(an_end())


def test_a_second_writer_is_told_who_writes(store: Store) -> None:
    # given
    writing = begin(store)

    # when
    with pytest.raises(StackLocked) as refused:
        begin(store)

    # then
    holder = a_holder()
    assert refused.value.exit_code is ExitCode.LOCKED
    since = f"{NOON.astimezone():%Y-%m-%d %H:%M:%S}"
    who = f"ada on login1 (up, process {holder.pid}, since {since})"
    assert refused.value.message == f"stack hello is being written by {who}"
    assert "cmx cancel -s hello" in (refused.value.hint or "")
    writing.close(an_end())


def test_the_holder_is_named_before_the_plan_is_called_old(store: Store) -> None:
    # given
    planned = store.snapshot(STACK)
    writing = begin(store)
    writing.commit([Saved(a_record())])

    # when / then
    with pytest.raises(StackLocked):
        store.write(planned, a_start(), a_holder())
    writing.close(an_end())


def test_a_lock_says_who_holds_it_and_since_when(store: Store) -> None:
    # given
    before = store.lock(STACK)
    writing = begin(store)

    # when
    held = store.lock(STACK)
    writing.close(an_end())

    # then
    assert held is not None
    assert (held.holder, held.since) == (a_holder(), NOON)
    assert before is None
    assert store.lock(STACK) is None


def test_the_lock_of_a_dead_process_of_this_host_is_none(store: Store) -> None:
    # given
    dead = store.write(store.snapshot(STACK), a_start(), a_holder(is_alive=False))

    # when / then
    assert store.lock(STACK) is None
    assert store.ask_to_stop(STACK, StopRequest(Stop.SOON, "bob", "login2")) is None
    dead.hold()
    alive = begin(store)
    with pytest.raises(StackLocked, match="taken over"):
        dead.commit([])
    alive.hold()
    alive.close(an_end())


class Heard:
    def __init__(self) -> None:
        self.requests: list[StopRequest] = []

    def stop(self, request: StopRequest) -> None:
        self.requests.append(request)

    def lost(self, error: StackLocked) -> None:
        raise AssertionError("nobody takes it")


def test_who_holds_a_lock_hears_that_somebody_wants_it_to_stop(
    store: Store, clock: HandClock
) -> None:
    # given
    heard, writing = Heard(), begin(store)
    writing.listen(heard)
    request = StopRequest(Stop.SOON, "bob", "login2")

    # when
    asked = store.ask_to_stop(STACK, request)
    store.ask_to_stop(STACK, request)

    # then
    for _ in range(10_000):
        clock.advance(seconds=0.1)
        if heard.requests:
            break
        threading.Event().wait(0.001)
    assert heard.requests == [request]
    assert asked is not None
    assert asked.holder == a_holder()
    writing.close(an_end())


def test_nobody_is_asked_to_stop_where_nobody_writes(store: Store) -> None:
    request = StopRequest(Stop.NOW, "bob", "login2")
    assert store.ask_to_stop(STACK, request) is None
    begin(store).close(an_end())
    assert store.ask_to_stop(STACK, request) is None


def test_other_stacks_can_be_written_meanwhile(store: Store) -> None:
    # given
    writing = begin(store)

    # when
    other = store.write(store.snapshot(StackId("lab", "other")), a_start(), a_holder())

    # then
    other.close(an_end())
    writing.close(an_end())


def test_a_snapshot_can_be_read_during_a_run(store: Store) -> None:
    # given
    writing = begin(store)
    writing.commit([Saved(a_record())])

    # when
    snapshot = store.snapshot(STACK)

    # then
    assert names(snapshot) == [("head", 1, False)]
    writing.close(an_end())


def test_the_lock_of_a_dead_process_of_this_host_is_taken_over_at_once(store: Store) -> None:
    # given
    dead = store.write(store.snapshot(STACK), a_start(), a_holder(is_alive=False))
    dead.commit([Saved(a_record("a"))])

    # when
    alive = begin(store)

    # then: whoever lost the lock writes nothing more
    with pytest.raises(StackLocked):
        dead.commit([Saved(a_record("b"))])
    with pytest.raises(StackLocked):
        dead.settle_parameters([a_parameter()])
    alive.commit([Saved(a_record("c"))])
    assert names(store.snapshot(STACK)) == [("a", 1, False), ("c", 1, False)]
    dead.close(an_end(UpdateResult.INTERRUPTED))
    with pytest.raises(StackLocked):
        begin(store)
    alive.close(an_end())


def test_a_process_of_another_host_is_taken_for_alive(store: Store) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder(host="login2", is_alive=False))

    # when
    with pytest.raises(StackLocked) as refused:
        begin(store)

    # then
    assert "on login2" in refused.value.message
    writing.close(an_end())


def test_a_closed_run_writes_nothing_more(store: Store) -> None:
    # given
    writing = begin(store)
    writing.close(an_end())

    # when / then
    with pytest.raises(StackLocked):
        writing.commit([Saved(a_record())])
    assert store.snapshot(STACK).serial == 0


# --- history and stacks ---------------------------------------------------------------------------


def test_each_run_stands_in_the_history_with_its_end(store: Store) -> None:
    # given
    started = a_start(UpdateKind.DESTROY, parameters=(a_parameter(),))
    begin(store).close(an_end(UpdateResult.FAILED))

    # when
    writing = store.write(store.snapshot(STACK), started, a_holder())
    open_ = store.history(STACK)
    writing.close(an_end())
    writing.close(an_end(UpdateResult.INTERRUPTED))

    # then
    known = store.history(STACK)
    assert [(one.number, one.started, one.ended) for one in open_] == [
        (1, a_start(), an_end(UpdateResult.FAILED)),
        (2, started, None),
    ]
    assert [one.ended for one in known] == [an_end(UpdateResult.FAILED), an_end()]


def test_the_history_is_bound_by_hashes(store: Store) -> None:
    # given
    for result in UpdateResult:
        begin(store).close(an_end(result))
    begin(store)

    # when
    chain = store.chain(STACK)

    # then
    assert flaws_of(chain) == ()
    assert [link.number for link in chain.links] == [1, 2, 3, 4, 5]
    assert [one.hash for one in store.history(STACK)] == [link.hash for link in chain.links]
    assert (chain.length, chain.head) == (5, chain.links[-1].hash)
    assert store.chain(StackId("lab", "other")) == Chain(StackId("lab", "other"))


def test_only_the_newest_runs_are_returned_when_no_more_are_wanted(store: Store) -> None:
    # given
    for result in UpdateResult:
        begin(store).close(an_end(result))

    # then
    assert [one.number for one in store.history(STACK, newest=2)] == [3, 4]
    assert len(store.history(STACK, newest=9)) == 4
    assert store.history(StackId("lab", "other"), newest=2) == ()


def test_a_run_that_has_lost_its_lock_does_not_write_its_end(store: Store) -> None:
    # given
    lost = store.write(store.snapshot(STACK), a_start(), a_holder(is_alive=False))
    begin(store).close(an_end())

    # when
    lost.close(an_end(UpdateResult.FAILED))

    # then
    assert [one.ended for one in store.history(STACK)] == [None, an_end()]
    assert flaws_of(store.chain(STACK)) == ()


def test_a_copy_of_a_program_is_kept_once_under_its_digest(store: Store) -> None:
    # given
    origin = with_copy(Origin("abc", is_dirty=True), {"stacks/hello.py": "print('ü')\n"})
    started = replace(a_start(), origin=origin)
    store.write(store.snapshot(STACK), started, a_holder()).close(an_end())
    store.write(store.snapshot(STACK), started, a_holder()).close(an_end())

    # when
    entries = store.history(STACK)

    # then
    assert [one.started.origin for one in entries] == [replace(origin, files={})] * 2
    assert store.program_copy(STACK, origin.copy) == origin.files
    assert store.program_copy(STACK, "unknown") == {}


def test_stacks_are_listed_with_what_they_hold(store: Store, clock: HandClock) -> None:
    # given
    job = a_urn("a", type_=JOB_END_TYPE)
    commit(
        store,
        Saved(a_record("a")),
        Saved(replace(a_record("a"), urn=job, type=JOB_END_TYPE)),
        Saved(a_record("group", custom=False)),
    )
    far = StackId("other", "hello")
    store.write(store.snapshot(far), a_start(), a_holder()).close(an_end())

    # when
    both, mine = store.stacks(), store.stacks("lab")

    # then
    assert [summary.stack for summary in both] == [STACK, far]
    assert mine == both[:1]
    assert (mine[0].records, mine[0].waiting, mine[0].changed_at) == (1, 0, clock.now())
    assert mine[0].program == "stacks/hello.py"
    assert both[1].changed_at is None


def test_an_empty_stack_can_be_forgotten_but_not_its_history(store: Store) -> None:
    # given
    commit(store, Saved(a_record()), Removed(a_urn(), 1))

    # when
    store.remove_stack(STACK)
    store.remove_stack(STACK)

    # then
    assert store.stacks() == ()
    assert store.snapshot(STACK).serial == 0
    assert store.snapshot(STACK).creations == {}
    assert len(store.history(STACK)) == 1


@pytest.mark.parametrize("entry", [Saved(a_record()), Opened(an_intent())])
def test_a_stack_that_still_has_something_is_not_forgotten(store: Store, entry: Entry) -> None:
    # given
    commit(store, entry)

    # when / then
    with pytest.raises(UsageProblem):
        store.remove_stack(STACK)
    assert store.snapshot(STACK).serial == 1


def test_a_stack_that_is_being_written_is_not_forgotten(store: Store) -> None:
    # given
    writing = begin(store)

    # when / then
    with pytest.raises(StackLocked):
        store.remove_stack(STACK)
    writing.close(an_end())


def test_many_threads_can_commit_at_once(store: Store) -> None:
    # given
    writing = begin(store)

    def work(records: list[Record]) -> None:
        for record in records:
            writing.commit([Saved(record)])

    threads = [
        threading.Thread(target=work, args=([a_record(f"r{one}-{n}") for n in range(10)],))
        for one in range(4)
    ]

    # when
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    writing.close(an_end())

    # then
    snapshot = store.snapshot(STACK)
    assert snapshot.serial == 40
    assert [record.order for record in snapshot.records] == list(range(1, 41))
