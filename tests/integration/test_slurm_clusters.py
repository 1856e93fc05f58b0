"""Jobs that name their cluster, on a real one that its accounting knows."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import After, Done, Failure, JobState
from cloudmesh_iac.providers.slurm.names import job_name
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster

PATIENCE_S = 120


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


@pytest.mark.timeout(300)
def test_jobs_of_a_named_cluster_run_and_are_followed_and_cancelled_there(bench: Bench) -> None:
    # given: an array, a job behind one of its points, and one that is cancelled
    array = bench.run(
        *(bench.a_start(f"p{n}", "exit $CMX_RUN", point=f"s/n={n}", cluster="cmx") for n in (0, 1))
    )
    last_start = bench.a_start("last", after=(After(array[1]),), cluster="cmx")
    (last,) = bench.run(last_start)
    (stopped,) = bench.run(bench.a_start("stopped", "sleep 300", cluster="cmx"))
    live = bench.provider.live_jobs("lab", bench.folder.name)
    bench.provider.cancel([stopped])

    # when
    *ended, end = bench.ends([*array, last, stopped], within_s=PATIENCE_S)

    # then
    assert array[0].remote_id == array[1].remote_id
    assert {(one.cluster, one.by_name) for one in (*array, last)} == {("cmx", True)}
    assert [one.state for one in ended] == [JobState.COMPLETED] * 3
    assert end.state is JobState.CANCELLED
    assert len([one for one in live if one.token == stopped.token]) == 1
    assert len(bench.known(job_name(last_start.request, last_start.token))) == 1


@pytest.mark.timeout(120)
def test_a_cluster_that_the_accounting_does_not_know_is_refused_in_its_words(bench: Bench) -> None:
    # when
    refused, other = bench.provider.start(
        [bench.a_start("away", cluster="nosuch"), bench.a_start("here")]
    )

    # then: and nothing else is
    assert isinstance(refused, Failure)
    assert refused.is_certain
    assert "site rig cannot ask cluster 'nosuch': No cluster 'nosuch' known by" in refused.message
    assert "sacctmgr show clusters" in refused.hint
    assert not isinstance(other, Failure)
    bench.provider.confirm([other])
    (done,) = bench.ends([other], within_s=PATIENCE_S)
    assert isinstance(done, Done)
