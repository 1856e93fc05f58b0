"""The ends of runs, jobs and results that the golden files show."""

from datetime import UTC, datetime, timedelta

from cloudmesh_iac.core.jobs import JobState, SiteName
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import (
    Carried,
    FailedChange,
    JobSeen,
    Left,
    RunOutcome,
    SkippedChange,
)
from cloudmesh_iac.core.results import ResultRow, ResultTable, Scalar
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.views.words import COMPLETION, SUBMISSION
from tests.unit.views.builders import STACK, SWEEP, an_urn

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
LOCAL = SiteName("local")


def submission(name: str) -> Urn:
    return an_urn(SUBMISSION, name, SWEEP)


def completion(name: str) -> Urn:
    return an_urn(COMPLETION, name, SWEEP)


def both(name: str, action: Action) -> tuple[Carried, Carried]:
    return Carried(submission(name), action), Carried(completion(name), action)


def some_jobs() -> tuple[JobSeen, ...]:
    site = SiteName("bigred200")
    return (
        JobSeen(
            completion("pi/n=1"),
            site,
            "4711",
            JobState.RUNNING,
            started_at=NOW - timedelta(minutes=3, seconds=7),
        ),
        JobSeen(
            completion("pi/n=2"),
            site,
            "4712",
            JobState.QUEUED,
            reason="waits for free nodes",
            expected_start=NOW + timedelta(hours=2),
        ),
        JobSeen(
            completion("pi/n=16"),
            site,
            "4713",
            JobState.QUEUED,
            reason="behind jobs with a higher priority",
            expected_start=NOW + timedelta(days=2),
        ),
        JobSeen(
            completion("pi/n=32"),
            site,
            "4702",
            JobState.FAILED,
            started_at=NOW - timedelta(hours=1),
            ended_at=NOW - timedelta(minutes=30),
            exit_code=3,
        ),
    )


def a_good_end() -> RunOutcome:
    made = [pair for number in range(24) for pair in both(f"pi/n={number}", Action.CREATE)]
    same = [pair for number in range(24, 26) for pair in both(f"pi/n={number}", Action.SAME)]
    return RunOutcome(STACK, UpdateKind.UP, carried=(*made, *same), duration_s=12.3)


def a_bad_end() -> RunOutcome:
    return RunOutcome(
        STACK,
        UpdateKind.UP,
        carried=(*both("pi/n=1", Action.CREATE), *both("pi/n=2", Action.CREATE)),
        failed=(
            FailedChange(
                completion("pi/n=2"),
                "exit code 3",
                "cmx logs hello pi/n=2, then cmx rerun --failed",
                JobState.FAILED,
            ),
            FailedChange(an_urn("cmx:index:VM", "head"), "no such image [bold]rocky[/bold]"),
        ),
        skipped=(SkippedChange(an_urn("x:y:Plot", "plot"), completion("pi/n=2")),),
        duration_s=75,
    )


def a_waiting_end() -> RunOutcome:
    jobs = some_jobs()[:3]
    return RunOutcome(
        STACK,
        UpdateKind.UP,
        carried=tuple(Carried(submission(f"pi/n={n}"), Action.CREATE) for n in (1, 2, 16)),
        waiting=jobs,
        behind=(an_urn("x:y:Plot", "plot"),),
        duration_s=1.24,
    )


def a_destroy(*, left: tuple[Left, ...] = ()) -> RunOutcome:
    urns = (completion("pi/n=1"), submission("pi/n=1"), an_urn("x:y:Instance", "head"))
    return RunOutcome(
        STACK,
        UpdateKind.DESTROY,
        removed=urns,
        checked_sites=(LOCAL, SiteName("jetstream2")),
        left=left,
        duration_s=4.2,
    )


def some_results() -> ResultTable:
    rows = (
        _row(16, "mc", 3.14189, elapsed_s=12.5, repeat=2),
        _row(16, "mc", 3.1401, elapsed_s=12.1, repeat=1),
        _row(8, "mc", 3.2, elapsed_s=7.0),
        _row(8, "leibniz", None, elapsed_s=0.4, state=JobState.FAILED, exit_code=137),
        _row(100, "mc", 3.14159, elapsed_s=80.2, declared=False),
        _row(16, "leibniz", None, elapsed_s=None, state=JobState.RUNNING),
    )
    axes: dict[str, tuple[Scalar, ...]] = {"n": (8, 16), "method": ("mc", "leibniz")}
    return ResultTable("pi", axes, ("pi", "label"), rows)


def _row(
    n: int,
    method: str,
    pi: float | None,
    *,
    elapsed_s: float | None,
    repeat: int = 1,
    state: JobState = JobState.COMPLETED,
    exit_code: int = 0,
    declared: bool = True,
) -> ResultRow:
    return ResultRow(
        point=f"pi/n={n},method={method}",
        axes={"n": n, "method": method},
        state=state,
        repeat=repeat,
        exit_code=exit_code,
        metrics={} if pi is None else {"pi": pi, "label": 'say "hi", [red]'},
        elapsed_s=elapsed_s,
        is_declared=declared,
    )
