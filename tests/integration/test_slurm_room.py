"""Limits of accounts above and of qualities of service, on a real cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Failure, JobState, Start, Ticket
from cloudmesh_iac.providers.slurm.client import SlurmClient
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.providers.slurm.submit_limits import Limit
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster

PATIENCE_S = 120


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


@pytest.fixture
def _tree(slurm: SlurmCluster) -> Iterator[None]:
    """An account with room for three jobs, one below it, and three qualities of service."""

    def manage(*lines: str) -> None:
        for words in lines:
            done = slurm.run(["sacctmgr", "-i", *words.split()])
            assert done.returncode == 0, done.stdout + done.stderr

    manage(
        "add account roomy Description=a Organization=cmx GrpSubmitJobs=3",
        "add account below parent=roomy Description=a Organization=cmx GrpSubmitJobs=30",
        "add qos perperson MaxSubmitJobsPerUser=2",
        "add qos peraccount MaxSubmitJobsPerAccount=2",
        "add qos together GrpSubmitJobs=1",
        "add user root account=below qos=normal,perperson,peraccount,together",
    )
    yield
    manage(
        "delete user root account=below",
        "delete account below",
        "delete account roomy",
        "delete qos perperson,peraccount,together",
    )


def a_sweep(bench: Bench, **changes: object) -> list[Start]:
    return [
        bench.a_start(
            f"p{n}", f"echo {n} >>{bench.folder}/ran", point=f"s/n={n}", account="below", **changes
        )
        for n in range(5)
    ]


@pytest.mark.usefixtures("_tree")
@pytest.mark.timeout(300)
def test_the_smallest_limit_above_and_beside_is_known_before_anything_is_submitted(
    bench: Bench,
) -> None:
    # when
    said = [
        bench.provider.forecast(a_sweep(bench, qos=qos))
        for qos in (None, "perperson", "peraccount", "together")
    ]

    # then
    assert [(one.room, one.limit) for one in said] == [
        (3, "GrpSubmitJobs=3 of account roomy"),
        (2, "MaxSubmitJobsPerUser=2 of QOS perperson"),
        (2, "MaxSubmitJobsPerAccount=2 of QOS peraccount"),
        (1, "GrpSubmitJobs=1 of QOS together"),
    ]


class NobodyTells(SlurmClient):
    """A cluster whose accounting is closed."""

    def submit_limit(self, accounts: frozenset[str], qualities: frozenset[str]) -> Limit | None:
        return None


@pytest.mark.usefixtures("_tree")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("qos", "most", "words"),
    [
        (None, 3, "AssocGrpSubmitJobsLimit"),
        ("peraccount", 2, "MaxSubmitJobsPerAccount"),
        ("together", 1, "QOSGrpSubmitJobsLimit"),
    ],
)
def test_a_limit_that_nobody_tells_is_found_with_parts_of_the_array(
    bench: Bench, qos: str | None, most: int, *, words: str
) -> None:
    # given
    silent = SlurmProvider(bench.site, bench.computer, slurm=NobodyTells("rig", bench.computer))

    # when
    answers = silent.start(a_sweep(bench, qos=qos))
    tickets = [one for one in answers if isinstance(one, Ticket)]
    silent.confirm(tickets)
    done = bench.ends(tickets, within_s=PATIENCE_S)

    # then
    assert 0 < len(tickets) <= most
    later = [one for one in answers if isinstance(one, Failure)]
    assert all(one.is_later and words in one.message for one in later), later
    assert {one.state for one in done} == {JobState.COMPLETED}
