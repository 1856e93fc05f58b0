"""Points of a sweep that ask for the same go to the scheduler as one array."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Start, Ticket, Waiting
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.layout import SECRETS, job_directory
from cloudmesh_iac.providers.batch.manifest import read_manifest
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.unit.providers.slurm.fake_slurm import (
    FakeSlurm,
    StoppedClock,
    a_job,
    a_provider,
    a_start,
    an_accounted,
)


def points(count: int, **changes: object) -> list[Start]:
    return [
        a_start(f"t{n}", point=f"pi/n={n}", identity=f"i{n}", identity_base=f"i{n}", **changes)
        for n in range(count)
    ]


def tickets_of(provider: SlurmProvider, starts: Sequence[Start]) -> list[Ticket]:
    answers = provider.start(starts)
    assert all(isinstance(one, Ticket) for one in answers), answers
    return [one for one in answers if isinstance(one, Ticket)]


def name_of(arguments: Sequence[str]) -> str:
    return next(one for one in arguments if one.startswith("--job-name=")).partition("=")[2]


@pytest.fixture
def cluster() -> FakeSlurm:
    return FakeSlurm()


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def provider(tmp_path: Path, cluster: FakeSlurm, clock: StoppedClock) -> SlurmProvider:
    return a_provider(tmp_path, cluster, clock)


def test_points_with_one_request_are_one_submission(
    tmp_path: Path, cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # when
    tickets = tickets_of(provider, points(3))

    # then
    (arguments,) = cluster.submitted
    assert "--array=0-2" in arguments
    assert name_of(arguments).startswith("pi.cmx-")
    assert [(one.token, one.shown_id) for one in tickets] == [
        ("t0", "101_0"),
        ("t1", "101_1"),
        ("t2", "101_2"),
    ]
    folder = Path(arguments[-1]).parent
    for ticket in tickets:
        assert (folder / str(ticket.index)).resolve() == Path(ticket.directory)
        manifest = read_manifest(Path(ticket.directory))
        assert manifest is not None
        assert manifest.to_ticket(Path(ticket.directory)) == ticket


def test_the_script_of_an_array_starts_the_script_of_the_job(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # when
    tickets_of(provider, points(2, nodes=2))

    # then
    script = Path(cluster.submitted[0][-1])
    text = script.read_text()
    assert "#SBATCH --nodes=2" in text
    assert text.splitlines()[-1].endswith('/"$SLURM_ARRAY_TASK_ID"/job.sh')
    assert (script.parent / "1" / "command.sh").read_text() == "true"


def test_points_that_ask_for_other_nodes_are_another_array(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    small, large = points(4)[:2], points(4, nodes=2)[2:]
    stranger = a_start("t9", point="other/n=1", identity="i9", identity_base="i9")

    # when
    tickets = tickets_of(provider, [small[0], large[0], stranger, small[1], large[1]])

    # then
    assert len(cluster.submitted) == 3
    assert [one.index for one in tickets] == [0, 0, None, 1, 1]
    assert tickets[0].remote_id == tickets[3].remote_id != tickets[1].remote_id


def test_an_array_is_never_larger_than_the_cluster_takes(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    cluster.most_tasks = 4

    # when
    tickets = tickets_of(provider, points(9))

    # then
    sizes = [one for said in cluster.submitted for one in said if one.startswith("--array")]
    assert sizes == ["--array=0-3", "--array=0-3"]
    assert len(cluster.submitted) == 3
    assert len({(one.remote_id, one.index) for one in tickets}) == 9


def test_one_bad_point_does_not_keep_the_others(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    good = points(2)
    bad = a_start("bad", point="pi/n=bad", identity="ib", environment={"no name": "x"})

    # when
    first, failed, second = provider.start([good[0], bad, good[1]])

    # then
    assert isinstance(failed, Failure)
    assert isinstance(first, Ticket)
    assert isinstance(second, Ticket)
    assert "--array=0-1" in cluster.submitted[0]


def test_a_refused_array_leaves_nothing_that_looks_submitted(
    cluster: FakeSlurm, clock: StoppedClock, provider: SlurmProvider
) -> None:
    # given
    cluster.refusal["submit"] = SiteRefused("Batch job submission failed: no such queue")
    starts = points(3)

    # when
    refused = provider.start(starts)
    accepted = tickets_of(provider, starts)

    # then
    assert refused == [Failure("Batch job submission failed: no such queue")] * 3
    assert len(accepted) == 3
    assert clock.passed_s == 0


def test_an_array_that_did_arrive_is_taken_over(
    tmp_path: Path, cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    cluster.refusal["submit"] = SiteUnreachable("timed out")
    starts = points(3)
    unclear = provider.start(starts)
    folder = next((tmp_path / "jobs").rglob(".arrays")).iterdir()
    token = next(folder).name
    cluster.queue = [
        a_job(
            "9", "PENDING", reason="JobHeldUser", tasks=frozenset({0, 1, 2}), name=f"pi.cmx-{token}"
        ),
        a_job(
            "12",
            "PENDING",
            reason="JobHeldUser",
            tasks=frozenset({0, 1, 2}),
            name=f"pi.cmx-{token}",
        ),
    ]

    # when: one of the points is not asked for any more
    tickets = tickets_of(provider, starts[1:])

    # then
    assert unclear == [Failure("timed out", is_certain=False)] * 3
    assert [one.shown_id for one in tickets] == ["9_1", "9_2"]
    assert cluster.submitted == []
    assert "cancel 12" in cluster.calls

    # when they are let go, the third one stays held
    provider.confirm(tickets)

    # then
    assert cluster.calls[-1] == "release 9_[1-2]"


def test_each_task_has_its_state_also_where_some_share_a_line(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    tickets = tickets_of(provider, points(4))
    name = name_of(cluster.submitted[0])
    cluster.queue = [
        a_job("101", "PENDING", reason="Priority", tasks=frozenset({2, 3}), name=name),
        a_job("101", "RUNNING", tasks=frozenset({1}), name=name),
        a_job("101", "FAILED", tasks=frozenset({0}), name=name, wait_status=768),
    ]

    # when
    answers = provider.poll(tickets)

    # then
    assert [answers[one].state for one in tickets] == [  # type: ignore[union-attr]
        JobState.FAILED,
        JobState.RUNNING,
        JobState.QUEUED,
        JobState.QUEUED,
    ]


def test_an_array_of_this_id_that_is_not_ours_is_not_believed(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    (first, _) = tickets_of(provider, points(2))
    cluster.queue = [a_job("101", "RUNNING", tasks=frozenset({0, 1}), name="pi.cmx-another")]

    # then
    answer = provider.poll([first])[first]
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.UNKNOWN


def test_the_accounting_is_asked_for_an_array_once(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    tickets = tickets_of(provider, points(3))
    name = name_of(cluster.submitted[0])
    cluster.accounting = [
        an_accounted("101", "COMPLETED", tasks=frozenset({0}), name=name),
        an_accounted("101", "CANCELLED", tasks=frozenset({1, 2}), name=name, nodes="None assigned"),
    ]

    # when
    answers = list(provider.poll(tickets).values())

    # then
    assert all(isinstance(one, Done) for one in answers)
    assert [str(one.state) for one in answers if isinstance(one, Done)] == [
        "COMPLETED",
        "CANCELLED",
        "CANCELLED",
    ]
    assert cluster.calls.count("history") == 1


def test_the_exit_file_of_a_task_is_its_own(cluster: FakeSlurm, provider: SlurmProvider) -> None:
    # given
    first, second = tickets_of(provider, points(2))
    line = "101_0 0 3 1795572749.5 1795572750.5\n"
    (Path(first.directory) / "exit").write_text(line)
    (Path(second.directory) / "exit").write_text(line)

    # when
    answers = provider.poll([first, second])

    # then
    done, unknown = answers[first], answers[second]
    assert isinstance(done, Done)
    assert done.exit_code == 3
    assert isinstance(unknown, Waiting)


def test_one_task_is_cancelled_alone_and_all_as_one(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    tickets = tickets_of(provider, points(4))
    name = name_of(cluster.submitted[0])
    cluster.queue = [
        a_job("101", "PENDING", tasks=frozenset({1, 2, 3}), name=name),
        a_job("101", "RUNNING", tasks=frozenset({0}), name=name),
    ]

    # when
    provider.cancel([tickets[2]])
    provider.cancel(tickets)

    # then
    assert [one for one in cluster.calls if one.startswith("cancel")] == [
        "cancel 101_2",
        "cancel 101",
    ]


def test_the_live_tasks_carry_the_tokens_of_their_jobs(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    tickets_of(provider, points(3))
    arguments = cluster.submitted[0]
    folder = str(Path(arguments[-1]).parent)
    cluster.queue = [
        a_job("101", "PENDING", tasks=frozenset({1, 2}), name=name_of(arguments), directory=folder)
    ]

    # when
    live = provider.live_jobs("lab", "hello")

    # then
    assert [(one.token, one.shown_id) for one in live] == [("t1", "101_1"), ("t2", "101_2")]
    assert {one.array for one in live} == {token_of(name_of(arguments))}


def test_a_point_that_comes_later_is_a_job_of_its_own(
    tmp_path: Path, cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    starts = points(3)
    first = tickets_of(provider, starts[:2])

    # when
    again = tickets_of(provider, starts)

    # then
    assert again[:2] == first
    assert again[2].index is None
    assert len(cluster.submitted) == 2
    assert job_directory(tmp_path / "jobs", starts[2].request).is_dir()


def test_what_goes_beyond_the_limit_comes_later(
    cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given: a limit of 5, of which 2 are taken
    cluster.limit = 5
    cluster.queue = [a_job("1", "PENDING", name="x"), a_job("2", "RUNNING", name="y")]

    # when
    answers = provider.start(points(7))

    # then
    assert [isinstance(one, Ticket) for one in answers] == [True] * 3 + [False] * 4
    assert all(one.is_later and one.is_certain for one in answers if isinstance(one, Failure))
    assert "--array=0-2" in cluster.submitted[0]


def test_what_comes_later_is_prepared_later(
    tmp_path: Path, cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    cluster.limit = 2
    starts = points(3, secrets={"key": "k"})

    # when
    provider.start(starts)

    # then
    directories = [job_directory(tmp_path / "jobs", one.request) for one in starts]
    assert [one.exists() for one in directories] == [True, True, False]


def test_a_job_that_cannot_be_prepared_leaves_the_others_and_no_secret(
    tmp_path: Path, cluster: FakeSlurm, provider: SlurmProvider
) -> None:
    # given
    (tmp_path / "a.txt").write_text("a")
    there, missing = ({"a.txt": str(tmp_path / name)} for name in ("a.txt", "b.txt"))
    starts = [
        a_start(
            f"t{n}",
            point=f"pi/n={n}",
            identity=f"i{n}",
            identity_base=f"i{n}",
            secrets={"key": "k"},
            input_files=missing if n == 1 else there,
        )
        for n in range(3)
    ]

    # when
    answers = provider.start(starts)

    # then
    assert [isinstance(one, Ticket) for one in answers] == [True, False, True]
    assert "--array=0-1" in cluster.submitted[0]
    assert not (job_directory(tmp_path / "jobs", starts[1].request) / SECRETS).exists()


class Full(FakeSlurm):
    """Refuses what goes beyond a limit that it does not tell."""

    def submit(self, arguments: Sequence[str]) -> str:
        array = next((one for one in arguments if one.startswith("--array=")), "--array=0-0")
        wanted = int(array.rpartition("-")[2]) + 1
        if self.taken + wanted > self.room:
            self.calls.append("refused")
            raise SiteRefused("AssocMaxSubmitJobLimit; Batch job submission failed: Job violates")
        self.taken += wanted
        return super().submit(arguments)

    room = 50
    taken = 0


def test_a_limit_that_nobody_tells_is_found_by_halves(tmp_path: Path) -> None:
    # given
    cluster = Full()

    # when
    starts = points(300, secrets={"key": "k"})
    answers = a_provider(tmp_path, cluster).start(starts)

    # then
    tickets = [one for one in answers if isinstance(one, Ticket)]
    assert len(tickets) == cluster.taken == 50
    assert answers[:50] == tickets
    assert cluster.calls.count("refused") < 15
    later = [one for one in answers if isinstance(one, Failure)]
    assert all(one.is_later for one in later)
    folders = [job_directory(tmp_path / "jobs", one.request) / SECRETS for one in starts]
    assert [one.exists() for one in folders] == [True] * 50 + [False] * 250


def test_a_waiting_task_that_was_cancelled_alone_leaves_no_trace_and_is_no_mystery(
    cluster: FakeSlurm, clock: StoppedClock, provider: SlurmProvider
) -> None:
    # given: only its brother is known
    first, second = tickets_of(provider, points(2))
    name = name_of(cluster.submitted[0])
    cluster.accounting = [an_accounted("101", "COMPLETED", tasks=frozenset({0}), name=name)]

    # when
    early = provider.poll([second])[second]
    clock.passed_s += 60
    late = provider.poll([first, second])[second]

    # then
    assert isinstance(early, Waiting)
    assert isinstance(late, Done)
    assert late.state is JobState.CANCELLED
    assert "before it began" in late.reason
