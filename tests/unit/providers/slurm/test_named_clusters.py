"""A job may name one of the clusters that the site's commands speak to."""

import os
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Failure, JobState, Start, Ticket, Waiting
from cloudmesh_iac.providers.batch.props import from_ticket, to_ticket
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.unit.providers.slurm.fake_slurm import a_computer, a_site, a_start

NO_CLUSTER = """squeue: error: No cluster 'nosuch' known by database.
squeue: error: 'nosuch' can't be reached now, or it is an invalid entry for --cluster.  Use \
'sacctmgr list clusters' to see available clusters."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def folder(tmp_path: Path, log: Path) -> Path:
    """Commands that write down how they are called, of a site with two clusters.

    Both give the id 7 to each job. The queue has what was submitted, held, and the limit is three
    jobs of a person.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    said = f'echo "${{0##*/}} $*" >> {log}; cluster=big; case $1 in --clusters=*) '
    first = f"{said}cluster=${{1#--clusters=}};; esac; queue={tmp_path}/queue.$cluster\n"
    for name, text in {
        "sbatch": r'''
            case "$*" in *--test-only*) exit 0;; esac
            for one; do case $one in
                --job-name=*) name=${one#*=};; --chdir=*) at=${one#*=};;
            esac; done
            echo "7|N/A|PENDING|JobHeldUser|N/A|N/A|0|0||$name|(null)|$at|" > $queue
            echo "7;$cluster"''',
        "squeue": "[ ! -e $queue ] || cat $queue",
        "scontrol": '[ "$*" != "${*%config}" ] && echo "ClusterName = $cluster"; true',
        "sacctmgr": '[ "$4" != associations ] || echo "big|a|ada||3||"',
        "scancel": "true",
        "sacct": "true",
    }.items():
        (folder / name).write_text(f"#!/bin/sh\n{first}{text}\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def provider(tmp_path: Path, folder: Path) -> SlurmProvider:
    computer = a_computer(tmp_path, environment={"PATH": os.defpath})
    return SlurmProvider(a_site(tmp_path, bin=str(folder)), computer)


def on(cluster: str | None, token: str = "t1", **changes: object) -> Start:
    point = cluster or "own"
    return a_start(token, **{"point": point, "identity": point, "cluster": cluster, **changes})


def submit(provider: SlurmProvider, *starts: Start) -> list[Ticket]:
    tickets = [one for one in provider.start(starts) if isinstance(one, Ticket)]
    assert len(tickets) == len(starts)
    return tickets


def asked(log: Path) -> list[tuple[str, str]]:
    """Return each command that was run, with the cluster that was named to it."""
    lines = [line.split() for line in log.read_text().splitlines()]
    named = [(name, first.partition("--clusters=")[2]) for name, first, *_ in lines]
    log.unlink()
    return [(name, cluster) for name, cluster in named if name != "sacctmgr"]


def test_everything_about_a_job_is_asked_of_its_cluster(provider: SlurmProvider, log: Path) -> None:
    # when
    start = on("gpu")
    provider.forecast([start])
    (ticket,) = submit(provider, start)
    provider.confirm([ticket])
    answer = provider.poll([ticket])[ticket]
    provider.cancel([ticket])

    # then
    said = asked(log)
    assert {cluster for _, cluster in said} == {"gpu"}
    assert {name for name, _ in said} == {"sbatch", "squeue", "scontrol", "scancel"}
    assert isinstance(answer, Waiting)
    assert ticket.cluster == "gpu"
    assert ticket.by_name
    assert to_ticket(from_ticket(ticket)) == ticket


def test_the_accounting_is_asked_of_its_cluster(
    provider: SlurmProvider, tmp_path: Path, log: Path
) -> None:
    # given: the controller has forgotten it
    (ticket,) = submit(provider, on("gpu"))
    (tmp_path / "queue.gpu").unlink()
    log.unlink()

    # when
    provider.poll([ticket])

    # then
    assert ("sacct", "gpu") in asked(log)


def test_jobs_of_several_clusters_come_back_in_their_order(
    provider: SlurmProvider, log: Path
) -> None:
    # when
    starts = [on("gpu", "t1"), on(None, "t2"), on("gpu", "t3", point="b", identity="b")]
    tickets = submit(provider, *starts)
    answers = provider.poll(tickets)

    # then
    assert [one.token for one in tickets] == ["t1", "t2", "t3"]
    assert [one.cluster for one in tickets] == ["gpu", "big", "gpu"]
    assert [one.by_name for one in tickets] == [True, False, True]
    assert set(answers) == set(tickets)
    assert sorted(cluster for name, cluster in asked(log) if name == "sbatch") == ["", "gpu", "gpu"]


def test_what_lives_is_looked_for_on_every_cluster_that_jobs_of_the_stack_named(
    provider: SlurmProvider, log: Path
) -> None:
    # given: the same id on both
    submit(provider, on(None, "t1"), on("gpu", "t2"))
    log.unlink()

    # when
    live = provider.live_jobs("lab", "hello")
    other = provider.live_jobs("lab", "other")

    # then
    assert [(one.remote_id, one.token, one.cluster) for one in live] == [
        ("7", "t1", ""),
        ("7", "t2", "gpu"),
    ]
    assert {one.state for one in live} == {JobState.HELD}
    assert other == []
    assert asked(log) == [("squeue", ""), ("squeue", "gpu"), ("squeue", "")]


def test_a_job_that_names_the_sites_own_cluster_lives_once(provider: SlurmProvider) -> None:
    submit(provider, on("big", "t1"), on(None, "t2"))
    assert [one.token for one in provider.live_jobs("lab", "hello")] == ["t2"]


def test_a_cluster_that_nobody_knows_is_named_with_the_sites_sentence(
    provider: SlurmProvider, folder: Path
) -> None:
    # given
    (folder / "squeue").write_text(f'#!/bin/sh\ncat >&2 <<"E"\n{NO_CLUSTER}\nE\nexit 1\n')

    # when
    (refused,) = provider.start([on("nosuch")])

    # then
    assert isinstance(refused, Failure)
    assert refused.is_certain
    assert refused.message.startswith(
        "site big cannot ask cluster 'nosuch': No cluster 'nosuch' known by database.; 'nosuch'"
    )
    assert refused.hint == "name one that `sacctmgr show clusters` lists, or take `cluster` away"


def test_the_submission_that_people_see_names_the_cluster(provider: SlurmProvider) -> None:
    assert provider.script(on("gpu")).submission[:3] == ("sbatch", "--clusters=gpu", "--parsable")
    assert provider.script(on(None)).submission[:2] == ("sbatch", "--parsable")


def test_the_room_of_several_clusters_is_that_of_all(provider: SlurmProvider) -> None:
    # given: three jobs fit on each
    starts = [on("gpu", f"g{n}") for n in range(5)] + [on(None, "t9")]

    # when
    forecast = provider.forecast(starts)

    # then
    assert forecast.starts == (None,) * 6
    assert (forecast.room, forecast.limit) == (4, "MaxSubmitJobs=3 of account a")
