"""What waits for a job goes on behind it when that comes back under another id."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import After, Done, Failure, JobState, Start, Ticket, Waiting
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.attempts import attempts_of
from cloudmesh_iac.providers.batch.manifest import manifest_of
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.unit.providers.slurm.fake_slurm import (
    FakeSlurm,
    StoppedClock,
    a_job,
    a_provider,
    a_start,
    an_accounted,
)

PAIR = (("101", "first", "t1"), ("102", "next", "t2"))
NEVER = "DependencyNeverSatisfied"
FULL = (
    "AssocMaxSubmitJobLimit; Batch job submission failed: Job violates accounting/QOS policy"
    " (job submit limit, user's size and/or time limits)"
)
TAKEN_OUT = "a job that it waited for did not end well, so Slurm took it out of the queue"


@dataclass
class Queueing(FakeSlurm):
    """A cluster whose queue has what was submitted. Nothing starts or ends by itself."""

    def submit(self, arguments: Sequence[str]) -> str:
        remote_id = super().submit(arguments)
        said = dict(one.split("=", 1) for one in arguments if "=" in one)
        tasks = range(int(said["--array"].partition("-")[2]) + 1) if "--array" in said else [None]
        self.queue += [
            a_job(
                remote_id,
                "PENDING",
                reason="JobHeldUser" if "--hold" in arguments else "Priority",
                name=said["--job-name"],
                directory=said["--chdir"],
                tasks=None if task is None else frozenset({task}),
            )
            for task in tasks
        ]
        return remote_id

    def hold(self, ids: Sequence[str]) -> None:
        super().hold(ids)
        self.put(*ids, reason="JobHeldUser")

    def release(self, ids: Sequence[str]) -> None:
        super().release(ids)
        for id_ in ids:
            self.put(id_, reason="Dependency" if self.orders(id_.partition("_")[0]) else "Priority")

    def cancel(self, ids: Sequence[str]) -> None:
        """Slurm takes out what waits for a job that is cancelled."""
        super().cancel(ids)
        self.put(*ids, state="CANCELLED")
        for job in self.queue:
            order = (self.orders(job.remote_id) or [""])[-1]
            if job.state == "PENDING" and any(order == f"afterok:{id_}" for id_ in ids):
                self.put(job.remote_id, state="CANCELLED", reason=NEVER)

    def cancel_waiting(self, ids: Sequence[str]) -> None:
        super().cancel_waiting(ids)
        waiting = {job.remote_id for job in self.queue if job.state == "PENDING"}
        self.put(*(id_ for id_ in ids if id_.partition("_")[0] in waiting), state="CANCELLED")

    def put(self, *ids: str, **changes: object) -> None:
        """Let some jobs stand so."""
        named = {id_.partition("_")[0] for id_ in ids}
        self.queue = [
            replace(job, **changes) if job.remote_id in named else job  # type: ignore[arg-type]
            for job in self.queue
        ]

    def orders(self, remote_id: str) -> list[str]:
        """Return what a job was told to wait for, first by sbatch, then by scontrol."""
        said = self.submitted[int(remote_id) - 101]
        update = f"update {remote_id} Dependency="
        return [
            *(one.partition("=")[2] for one in said if one.startswith("--dependency=")),
            *(one.removeprefix(update) for one in self.calls if one.startswith(update)),
        ]

    def since(self, call: str) -> list[str]:
        """Return what was done from a call on, without the questions."""
        return [one for one in self.calls[self.calls.index(call) :] if one != "jobs"]


@pytest.fixture
def cluster() -> Queueing:
    return Queueing()


@pytest.fixture
def provider(tmp_path: Path, cluster: Queueing) -> SlurmProvider:
    return a_provider(tmp_path, cluster)


def submit(provider: SlurmProvider, *starts: Start) -> list[Ticket]:
    tickets = provider.start(starts)
    provider.confirm([one for one in tickets if isinstance(one, Ticket)])
    assert all(isinstance(one, Ticket) for one in tickets), tickets
    return [one for one in tickets if isinstance(one, Ticket)]


def a_pair(
    provider: SlurmProvider, cluster: Queueing, *, any_end: bool = False, **first: object
) -> tuple[Ticket, Ticket]:
    """Return a job that waits for nodes, and one that waits for that."""
    (before,) = submit(provider, a_start("t1", point="first", **first))
    (behind,) = submit(provider, a_next(before, any_end=any_end))
    return before, behind


def a_next(*before: Ticket, any_end: bool = False, **changes: object) -> Start:
    after = tuple(After(one, any_end=any_end) for one in before)
    return a_start("t2", **{"point": "next", "identity": "i2", "after": after, **changes})


def again() -> Start:
    """The first job as another run, in the place of the one before."""
    return a_start("t3", point="first", identity="i1.1", run=1)


def stands(provider: SlurmProvider, ticket: Ticket) -> Waiting | Done:
    answer = provider.poll([ticket])[ticket]
    assert isinstance(answer, Waiting | Done)
    return answer


@pytest.mark.parametrize(("any_end", "word"), [(False, "afterok"), (True, "afterany")])
def test_another_run_of_a_job_is_waited_for_before_it_may_begin(
    provider: SlurmProvider, cluster: Queueing, *, any_end: bool, word: str
) -> None:
    # given
    a_pair(provider, cluster, any_end=any_end)

    # when
    (rerun,) = submit(provider, again())
    provider.confirm([rerun])

    # then
    assert cluster.orders("102") == [f"{word}:101", f"{word}:103"]
    assert cluster.since(f"update 102 Dependency={word}:103")[1] == "release 103"
    assert len(cluster.submitted) == 3


def test_what_waits_for_others_too_goes_on_waiting_for_them(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    (first, other) = submit(
        provider, a_start("t1", point="first"), a_start("t5", point="other", identity="i5")
    )
    (behind,) = submit(provider, a_next(first, other))

    # when
    submit(provider, again())

    # then
    kept = other.remote_id
    assert cluster.orders("103") == [f"afterok:{first.remote_id}:{kept}", f"afterok:104:{kept}"]
    assert stands(provider, behind).state is JobState.QUEUED


def test_an_array_that_waits_follows_as_one(provider: SlurmProvider, cluster: Queueing) -> None:
    # given
    (first,) = submit(provider, a_start("t1", point="first"))
    points = [
        replace(a_next(first, point=f"b/n={n}", identity=f"i{n}"), token=f"s{n}") for n in range(3)
    ]
    tickets = submit(provider, *points)

    # when
    submit(provider, again())

    # then
    assert cluster.orders("102") == ["afterok:101", "afterok:103"]
    noted = {manifest.after for one in tickets if (manifest := manifest_of(one)) is not None}
    assert len(noted) == 1


def test_a_job_with_other_limits_leaves_when_what_waits_is_behind_the_new_one(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    first, behind = a_pair(provider, cluster)

    # when
    changed = provider.change_limits(first, a_start("t1", point="first", signal="USR1@60"))

    # then
    assert changed.remote_id == "103"
    assert changed.note == (
        "submitted again as job 103: its place in the queue is lost; job 102 waits for it now"
    )
    done = [one for one in cluster.since("hold 101") if one != "submit"]
    assert done == ["hold 101", "update 102 Dependency=afterok:103", "cancel 101", "release 103"]
    assert stands(provider, behind).state is JobState.QUEUED


def test_where_there_is_no_room_for_both_the_old_one_leaves_first(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    first, behind = a_pair(provider, cluster)
    cluster.refusal["submit"] = SiteRefused(FULL)

    # when
    changed = provider.change_limits(first, a_start("t1", point="first", signal="USR1@60"))
    answer = stands(provider, behind)

    # then
    assert changed.remote_id == "103"
    assert cluster.since("cancel 101") == ["cancel 101", "submit", "release 103"]
    assert answer == Waiting(
        JobState.QUEUED,
        "what it waits for was submitted again, and Slurm took it out of the queue:"
        " `cmx wait` and `cmx up` submit it behind that",
        is_due=True,
    )
    assert provider.try_again([behind]) is None
    assert cluster.orders("104") == ["afterok:103"]


def test_a_run_that_died_between_the_two_is_gone_on_with(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    first, _ = a_pair(provider, cluster)
    other = a_start("t1", point="first", signal="USR1@60")
    cluster.refusal["update"] = SiteUnreachable("killed")
    with pytest.raises(SiteUnreachable):
        provider.change_limits(first, other)

    # when
    changed = provider.change_limits(first, other)

    # then
    assert changed.remote_id == "103"
    assert len(cluster.submitted) == 3
    assert cluster.orders("102") == ["afterok:101", *["afterok:103"] * 2]  # the first was not taken
    states = {job.remote_id: job.state for job in cluster.queue}
    assert states == {"101": "CANCELLED", "102": "PENDING", "103": "PENDING"}


def test_an_order_that_may_not_be_changed_is_given_to_a_new_submission(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    _, behind = a_pair(provider, cluster)
    cluster.refusal["update"] = SiteRefused("Access/permission denied")

    # when
    submit(provider, again())

    # then
    assert cluster.since("cancel-waiting 102")[:3] == [
        "cancel-waiting 102",
        "submit",
        "release 104",
    ]
    assert cluster.orders("104") == ["afterok:103"]
    assert cluster.submitted[-1][-1] == "1"  # with a claim of its own
    assert stands(provider, behind).state is JobState.QUEUED
    manifest = manifest_of(behind)
    assert manifest is not None
    assert (manifest.remote_id, manifest.replaced) == ("104", "102")
    assert attempts_of(Path(behind.directory)) == ()


def test_what_has_begun_meanwhile_is_left_alone(provider: SlurmProvider, cluster: Queueing) -> None:
    # given: the queue is older than what Slurm does
    _, behind = a_pair(provider, cluster)
    cluster.refusal["update"] = SiteRefused("Job is no longer pending execution")
    before = manifest_of(behind)

    class Begun(Queueing):
        def cancel_waiting(self, ids: Sequence[str]) -> None:
            self.put(*ids, state="RUNNING", reason="None")

    cluster.__class__ = Begun

    # when
    submit(provider, again())

    # then
    assert len(cluster.submitted) == 3
    assert manifest_of(behind) == before
    assert stands(provider, behind).state is JobState.RUNNING


def test_a_site_that_lets_nobody_take_a_job_out_leaves_everything_as_it_was(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    _, behind = a_pair(provider, cluster)
    before = manifest_of(behind)
    cluster.refusal["update"] = SiteRefused("Access/permission denied")
    cluster.refusal["cancel-waiting"] = SiteRefused("Access/permission denied")

    # when
    with pytest.raises(SiteRefused):
        submit(provider, again())

    # then
    assert manifest_of(behind) == before
    assert "release 103" not in cluster.calls


def test_behind_a_job_that_is_tried_again_what_slurm_took_out_is_submitted_again(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    first, behind = a_pair(provider, cluster, retries=1, retry_on=("NODE_FAIL",))
    cluster.put("101", state="NODE_FAIL", nodes="n1")
    cluster.put("102", state="CANCELLED", reason=NEVER)

    # when
    early = stands(provider, behind)
    provider.try_again([first])
    due = stands(provider, behind)
    failure = provider.try_again([behind])

    # then
    assert early == Waiting(
        JobState.QUEUED, "it goes on behind job 101 when that is submitted again"
    )
    assert isinstance(due, Waiting)
    assert due.is_due
    assert failure is None
    assert cluster.orders("104") == ["afterok:103"]
    assert attempts_of(Path(behind.directory)) == ()


def test_behind_the_last_attempt_that_ends_badly_it_stays_out(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    first, behind = a_pair(provider, cluster, retries=1, retry_on=("NODE_FAIL",))
    cluster.put("101", state="NODE_FAIL", nodes="n1")
    provider.try_again([first])
    (Path(first.directory) / "attempts").write_text("101 0\n103 0\n")

    # when
    cluster.put("103", state="NODE_FAIL", nodes="n1")
    cluster.put("102", state="CANCELLED", reason=NEVER)

    # then
    assert stands(provider, behind) == Done(JobState.CANCELLED, reason=TAKEN_OUT)


def test_a_chain_goes_on_link_by_link(provider: SlurmProvider, cluster: Queueing) -> None:
    # given
    first, behind = a_pair(provider, cluster, retries=1, retry_on=("NODE_FAIL",))
    last_start = replace(a_next(behind, point="last", identity="i3"), token="t4")
    (last,) = submit(provider, last_start)
    cluster.put("101", state="NODE_FAIL", nodes="n1")
    cluster.put("102", "103", state="CANCELLED", reason=NEVER)

    # when
    provider.try_again([first])
    waits = stands(provider, last)
    provider.try_again([behind])
    provider.try_again([last])

    # then
    assert waits == Waiting(
        JobState.QUEUED, "it goes on behind job 102 when that is submitted again"
    )
    assert cluster.orders("105") == ["afterok:104"]
    assert cluster.orders("106") == ["afterok:105"]


def test_a_job_that_somebody_took_out_stays_out(provider: SlurmProvider, cluster: Queueing) -> None:
    # given
    first, behind = a_pair(provider, cluster, retries=1, retry_on=("NODE_FAIL",))
    cluster.put("101", state="NODE_FAIL", nodes="n1")
    provider.try_again([first])

    # when
    cluster.put("102", state="CANCELLED", reason="Dependency")

    # then
    assert stands(provider, behind) == Done(JobState.CANCELLED)


def test_jobs_that_slurm_has_forgotten_are_looked_up_on_both_sides(
    tmp_path: Path, cluster: Queueing
) -> None:
    # given: the controller knows neither; the accounting is asked once a minute at most
    clock = StoppedClock()
    provider = a_provider(tmp_path, cluster, clock)
    first, behind = a_pair(provider, cluster, retries=1, retry_on=("NODE_FAIL",))
    cluster.queue = []
    names = {job: f"{point}.cmx-{token}" for job, point, token in PAIR}
    cluster.accounting = [
        an_accounted("101", "NODE_FAIL", name=names["101"]),
        an_accounted("102", "CANCELLED", name=names["102"], nodes="", by_slurm=True),
    ]

    # when
    early = stands(provider, behind)
    provider.try_again([first])
    clock.passed_s += 61
    due = stands(provider, behind)

    # then
    assert early == Waiting(
        JobState.QUEUED, "it goes on behind job 101 when that is submitted again"
    )
    assert isinstance(due, Waiting)
    assert due.is_due


def test_what_slurm_took_out_for_no_job_is_cancelled(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    (alone,) = submit(provider, a_start("t1", point="first"))
    cluster.queue = []
    cluster.accounting = [
        an_accounted("101", "CANCELLED", name="first.cmx-t1", nodes="", by_slurm=True)
    ]

    # then
    assert stands(provider, alone) == Done(
        JobState.CANCELLED, reason="Slurm took it out of the queue"
    )


def test_what_is_new_behind_a_job_whose_next_attempt_is_due_comes_later(
    provider: SlurmProvider, cluster: Queueing
) -> None:
    # given
    (first,) = submit(provider, a_start("t1", point="first", retries=1, retry_on=("NODE_FAIL",)))
    cluster.put("101", state="NODE_FAIL", nodes="n1")

    # when
    (early,) = provider.start([a_next(first)])
    provider.try_again([first])
    submit(provider, a_next(first))

    # then
    assert early == Failure(
        "it waits for job 101, whose next attempt is due",
        "`cmx wait` and the next `cmx up` start that, and this one behind it",
        is_later=True,
    )
    assert cluster.orders("103") == ["afterok:102"]
