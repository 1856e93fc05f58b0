"""Jobs in a stack: started together, waited for without a worker, results whatever their end."""

from pathlib import Path

from cloudmesh_iac.core.events import ChangeDone, ChangeWaits, Noticed
from cloudmesh_iac.core.jobs import JobRequest, JobState, Start
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import JOB_START_TYPE, Urn, name_of, type_of
from tests.lifecycle.script import Out, ScriptedProgram, Thing, Written, a_job
from tests.lifecycle.world import World, a_program, names


def submission_of(world: World, name: str) -> Urn:
    (found,) = [
        record.urn
        for record in world.snapshot().live().values()
        if record.type == JOB_START_TYPE and name_of(record.urn) == name
    ]
    return found


def rerun(world: World, program: ScriptedProgram, name: str, *, run: int = 1) -> None:
    world.up(program, reruns={submission_of(world, name): {"run": run}})


def test_a_job_is_started_confirmed_and_waited_for(world: World) -> None:
    # when
    outcome = world.up(a_program(a_job("pi"), Thing("tail", {"was": Out("pi", "state")})))

    # then
    assert not outcome.failed
    assert [call for call, _ in world.scheduler.calls][:3] == ["start", "confirm", "poll"]
    assert world.record("tail").inputs == {"was": "COMPLETED"}
    told = {type(event) for event in world.events.told if name_of_event(event) == "pi"}
    assert {ChangeDone, ChangeWaits} <= told


def name_of_event(event: object) -> str:
    urn = getattr(event, "urn", None)
    return "" if urn is None else name_of(urn)


def test_a_finished_job_is_left_alone(world: World) -> None:
    # given
    program = a_program(a_job("pi"))
    world.up(program)
    world.scheduler.calls.clear()

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert not plan.has_work
    assert world.scheduler.calls == []


def test_a_changed_command_runs_again_and_a_note_does_not(world: World) -> None:
    # given
    world.up(a_program(a_job("pi", note="one")))

    # when
    noted = world.preview(a_program(a_job("pi", note="two")))
    changed = world.preview(a_program(a_job("pi", "false")))

    # then
    assert [change.action for change in noted.changes if change.custom] == ["update", "same"]
    assert [change.action for change in changed.changes if change.custom] == ["replace", "replace"]


def test_a_thousand_starts_are_one_call(world: World) -> None:
    # given
    jobs = [a_job(f"pi/n={n}") for n in range(1000)]
    script = [start for start, _ in jobs]  # the starts alone: what is measured is the gathering

    # when
    outcome = world.up(a_program(*script))

    # then
    assert [len(tokens) for tokens in world.asked("start")] == [1000]
    assert [len(tokens) for tokens in world.asked("confirm")] == [1000]
    assert len(outcome.carried) == 1000


def test_jobs_that_wait_are_asked_for_together(world: World) -> None:
    # given
    program = a_program(*(a_job(f"pi/n={n}") for n in range(20)))

    # when
    outcome = world.up(program)

    # then
    assert len(outcome.carried) == 40
    assert [len(tokens) for tokens in world.asked("start")] == [20]
    assert max(len(tokens) for tokens in world.asked("poll")) > 1


def test_a_job_behind_a_job_is_started_when_its_turn_comes(world: World) -> None:
    # given
    program = a_program(a_job("one"), a_job("two", needs=("one",)))

    # when
    outcome = world.up(program)

    # then
    assert not outcome.failed
    assert [len(tokens) for tokens in world.asked("start")] == [1, 1]


def test_a_start_that_is_refused_leaves_the_others(world: World) -> None:
    # given
    world.scheduler.refuse_next("your account has no hours left")

    # when
    outcome = world.up(a_program(a_job("one"), a_job("two"), a_job("three")))

    # then
    (failed,) = outcome.failed
    assert failed.message == "your account has no hours left"
    assert [type_of(one.urn) for one in outcome.skipped] == [type_of(outcome.skipped[0].urn)]
    assert len(world.there()) == 4
    assert world.snapshot().intents == ()


def test_a_failed_job_is_a_result(world: World) -> None:
    # given
    world.scheduler.exit_codes["pi"] = 3
    program = a_program(
        a_job("pi"),
        a_job("next", needs=("pi",)),
        Thing("tail", {"code": Out("pi", "exit_code")}),
        Thing("other"),
    )

    # when
    outcome = world.up(program)

    # then
    (failed,) = outcome.failed
    assert failed.state is JobState.FAILED
    assert "exit code 3" in failed.message
    assert "cmx rerun hello --failed" in failed.hint
    assert {name_of(one.because) for one in outcome.skipped} == {"pi"}
    assert sorted({*names(one.urn for one in outcome.skipped)}) == ["next", "tail"]
    assert world.there() == ["other", "pi", "pi"]


def test_a_failed_job_is_told_again_and_not_run_again(world: World) -> None:
    # given
    world.scheduler.exit_codes["pi"] = 3
    program = a_program(a_job("pi"), Thing("tail", needs=("pi",)))
    world.up(program)
    world.scheduler.calls.clear()

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert [one.state for one in plan.failed] == [JobState.FAILED]
    assert not plan.has_changes
    assert [one.state for one in outcome.failed] == [JobState.FAILED]
    assert names(one.urn for one in outcome.skipped) == ["tail"]
    assert world.scheduler.calls == []


def test_a_rerun_replaces_exactly_that_job(world: World) -> None:
    # given
    world.scheduler.exit_codes["bad"] = 3
    program = a_program(a_job("good"), a_job("bad"), Thing("tail", needs=("bad",)))
    world.up(program)
    world.scheduler.exit_codes.clear()
    world.scheduler.calls.clear()

    # when
    plan = world.preview(program, reruns={submission_of(world, "bad"): {"run": 1}})
    rerun(world, program, "bad")

    # then
    changed = {
        (name_of(change.urn), change.action) for change in plan.changes if change.action.is_change
    }
    assert changed == {("bad", Action.REPLACE), ("tail", Action.CREATE)}
    assert [len(tokens) for tokens in world.asked("start")] == [1]
    assert world.there() == ["bad", "bad", "good", "good", "tail"]
    assert not list(world.snapshot().doomed())


def test_the_run_after_a_rerun_is_quiet(world: World) -> None:
    # given
    program = a_program(a_job("pi"))
    world.up(program)
    rerun(world, program, "pi")
    world.scheduler.calls.clear()

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert not plan.has_work
    assert world.scheduler.calls == []


def test_a_failed_rerun_leaves_no_work_behind(world: World) -> None:
    # given
    program = a_program(a_job("pi"), Thing("tail", needs=("pi",)))
    world.up(program)
    world.scheduler.exit_codes["pi"] = 3
    rerun(world, program, "pi")

    # when
    plan = world.preview(program)

    # then
    assert not plan.has_work
    assert [one.state for one in plan.failed] == [JobState.FAILED]
    assert names(record.urn for record in world.snapshot().doomed()) == ["pi", "pi"]


def test_what_a_failed_rerun_left_goes_with_the_one_that_succeeds(world: World) -> None:
    # given
    program = a_program(a_job("pi"), Thing("tail", needs=("pi",)))
    world.up(program)
    world.scheduler.exit_codes["pi"] = 3
    rerun(world, program, "pi")
    world.scheduler.exit_codes.clear()

    # when
    rerun(world, program, "pi", run=2)
    world.up(program)

    # then
    assert not list(world.snapshot().doomed())
    assert world.there() == ["pi", "pi", "tail"]


def test_a_site_that_is_silent_for_a_while_is_asked_again(world: World) -> None:
    # given
    world.scheduler.be_silent(polls=2)

    # when
    outcome = world.up(a_program(a_job("pi")))

    # then
    assert not outcome.failed
    assert Noticed("sim: site sim does not answer") in world.events.told


def test_a_job_that_the_site_forgot_is_a_result_too(world: World) -> None:
    # given
    program = a_program(a_job("pi"))
    world.clock.frozen = True
    world.up(program, patience_s=0)
    world.scheduler.lose("pi")
    world.clock.frozen = False

    # when
    outcome = world.up(program)

    # then
    assert [one.state for one in outcome.failed] == [JobState.LOST]


def test_a_job_found_by_its_identity_is_not_run_again(world: World) -> None:
    # given
    world.up(a_program(a_job("pi")))
    world.up(a_program())
    world.scheduler.calls.clear()

    # when
    outcome = world.up(a_program(a_job("pi")))

    # then
    assert [len(tokens) for tokens in world.asked("start")] == [1]
    assert world.asked("confirm") == []
    assert len(world.scheduler.jobs) == 1
    assert len(outcome.carried) == 2


def test_results_are_kept_beside_the_program(world: World) -> None:
    # given
    world.scheduler.files["pi"] = {"out.json": '{"pi": 3.14}'}
    start, end = a_job("pi")
    measure = {"value": {"file": "out.json", "path": "$.pi"}}
    end = Thing("pi", {**end.inputs, "measure": measure}, type_=end.type_)

    # when
    world.up(a_program(start, end, Thing("tail", {"pi": Out("pi", "metrics")})))

    # then
    assert world.record("tail").inputs == {"pi": {"value": 3.14}}
    assert (world.folder / "results" / "hello" / "pi" / "out.json").exists()


def test_what_a_full_site_does_not_take_is_started_as_others_end(tmp_path: Path) -> None:
    # given: ten jobs, and never more than four at a time
    world = World(tmp_path, most_jobs=4)
    program = a_program(*(a_job(f"pi/n={n}") for n in range(10)))

    # when
    outcome = world.up(program)

    # then
    assert not outcome.failed
    assert not outcome.waiting
    assert len(world.scheduler.jobs) == 10
    assert len({job.start.token for job in world.scheduler.jobs}) == 10
    assert [one.state for one in world.status()] == [JobState.COMPLETED] * 10
    assert not world.preview(program).has_work


def test_a_run_that_goes_home_leaves_the_rest_to_the_next(tmp_path: Path) -> None:
    # given
    world = World(tmp_path, most_jobs=4)
    program = a_program(*(a_job(f"pi/n={n}") for n in range(10)))

    # when
    first = world.up(program, patience_s=0)
    started = len(world.scheduler.jobs)
    second = world.up(program)

    # then
    assert (started, len(first.waiting)) == (4, 4)
    assert not first.failed
    assert len([urn for urn in first.behind if type_of(urn) == JOB_START_TYPE]) == 6
    assert not second.failed
    assert len(world.scheduler.jobs) == 10


def test_a_site_full_of_others_is_said_and_nothing_hangs(tmp_path: Path) -> None:
    # given
    world = World(tmp_path, most_jobs=1)
    theirs = JobRequest("else", "where", "pi", "true", identity="i", identity_base="i")
    world.site.start([Start("theirs", theirs)])

    # when
    outcome = world.up(a_program(a_job("pi")))

    # then
    assert len(world.scheduler.jobs) == 1
    assert [name_of(one.urn) for one in outcome.failed] == ["pi"]
    assert "takes no more jobs" in outcome.failed[0].message


AGAIN: Written = {"most": 2, "on": ("FAILED",)}


def test_a_failed_job_is_tried_again_by_its_rule(world: World) -> None:
    # given: it fails, then a run of it ends well
    world.scheduler.exit_codes["pi"] = (75, 0)

    # when
    outcome = world.up(a_program(a_job("pi", retries=AGAIN)))

    # then
    assert not outcome.failed
    assert [seen.state for seen in world.status()] == [JobState.COMPLETED]
    assert len(world.asked("try again")) == 1
    assert len(world.scheduler.jobs) == 1


def test_a_job_has_failed_when_its_rule_is_used_up(world: World) -> None:
    # given
    world.scheduler.exit_codes["pi"] = 75

    # when
    outcome = world.up(a_program(a_job("pi", retries=AGAIN)))
    again = world.up(a_program(a_job("pi", retries=AGAIN)))

    # then
    assert [one.state for one in outcome.failed] == [JobState.FAILED]
    assert [one.state for one in again.failed] == [JobState.FAILED]
    assert len(world.asked("try again")) == 2


def test_what_waits_for_a_job_begins_behind_its_last_attempt(world: World) -> None:
    # given
    world.scheduler.exit_codes["pi"] = (75, 75, 0)

    # when
    outcome = world.up(a_program(a_job("pi", retries=AGAIN), a_job("next", needs=("pi",))))

    # then
    assert not outcome.failed
    first, behind = world.scheduler.jobs
    assert (first.attempts, behind.attempts) == (3, 1)
    assert first.ends_at is not None
    assert behind.started_at is not None
    assert behind.started_at >= first.ends_at


def test_behind_a_last_attempt_that_fails_nothing_begins(world: World) -> None:
    world.scheduler.exit_codes["pi"] = 75
    world.up(a_program(a_job("pi", retries=AGAIN), a_job("next", needs=("pi",))))
    assert [job.start.request.point for job in world.scheduler.jobs] == ["pi"]


def test_status_says_that_an_attempt_is_due_and_starts_none(world: World) -> None:
    # given: nobody stays
    world.scheduler.exit_codes["pi"] = 75
    program = a_program(a_job("pi", retries=AGAIN))
    world.up(program, patience_s=0)
    world.clock.advance(seconds=1000)

    # when
    (seen,) = world.status()

    # then
    assert seen.state is JobState.QUEUED
    assert seen.reason == (
        "attempt 1 of 3 ended FAILED with exit code 75: `cmx wait` and `cmx up` start the next"
    )
    assert world.asked("try again") == []


def test_a_changed_rule_runs_nothing_again(world: World) -> None:
    # given
    world.up(a_program(a_job("pi", retries=AGAIN)))

    # when
    plan = world.preview(a_program(a_job("pi", retries={"most": 5, "on": ("TIMEOUT",)})))

    # then
    assert [change.action for change in plan.changes if change.custom] == ["update", "same"]
