"""How Slurm's commands are run, with commands of our own in their place."""

import os
from pathlib import Path

import pytest

from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.slurm.client import SlurmClient
from cloudmesh_iac.providers.slurm.controller import controller_host
from cloudmesh_iac.providers.slurm.submit_limits import Limit
from tests.unit.providers.slurm.fake_slurm import NOON, a_computer

ANY = frozenset({""})


@pytest.fixture
def commands(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sbatch", "squeue", "scontrol", "sacct", "scancel"):
        a_command(folder, name, "true")
    return folder


def a_command(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def a_client(folder: Path, *, timeout_s: float = 10, **environment: str) -> SlurmClient:
    given = {"PATH": os.defpath, **environment}
    return SlurmClient(
        "big", a_computer(folder, environment=given), folder=folder, timeout_s=timeout_s
    )


def test_a_command_gets_the_clusters_address_and_nothing_else_of_ours(commands: Path) -> None:
    # given
    a_command(commands, "squeue", "env >&2; exit 1")
    client = a_client(
        commands, SLURM_CONF="/c", SLURM_JWT="j", SQUEUE_USERS="x", SLURM_CLUSTERS="y", CANARY="z"
    )

    # when
    with pytest.raises(SiteRefused) as refused:
        client.jobs()

    # then
    told = {line.partition("=")[0] for line in refused.value.message.split("; ")}
    assert told - {"PWD", "_", "SHLVL", "OLDPWD"} == {
        "PATH",
        "LC_ALL",
        "SLURM_BITSTR_LEN",
        "TZ",
        "SLURM_CONF",
        "SLURM_JWT",
    }


def test_a_missing_command_is_told_with_the_remedy(tmp_path: Path) -> None:
    # given
    client = a_client(tmp_path)

    # when
    with pytest.raises(SiteUnreachable) as unreachable:
        client.jobs()

    # then
    assert "squeue" in unreachable.value.message
    assert "module load slurm" in (unreachable.value.hint or "")
    assert (client.problem() or "").startswith("sbatch is not found on this computer: load")


def test_a_command_that_does_not_return_is_given_up(commands: Path) -> None:
    # given
    a_command(commands, "scontrol", "exec sleep 60")
    client = a_client(commands, timeout_s=0.2)

    # when
    with pytest.raises(SiteUnreachable) as unreachable:
        client.release(["1"])

    # then
    assert unreachable.value.message == "site big did not answer scontrol within 0.2 s"
    assert "did not answer scontrol" in (client.problem() or "")


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        (
            "sbatch: error: invalid partition specified: nosuch\n"
            "sbatch: error: Batch job submission failed: Invalid partition name specified",
            SiteRefused,
            "invalid partition specified: nosuch; "
            "Batch job submission failed: Invalid partition name specified",
        ),
        (
            "sbatch: error: Batch job submission failed: Unable to contact slurm controller "
            "(connect failure)",
            SiteUnreachable,
            "Batch job submission failed: Unable to contact slurm controller (connect failure)",
        ),
        (
            "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation",
            SiteUnreachable,
            "Batch job submission failed: Socket timed out on send/recv operation",
        ),
        (
            "slurm_load_jobs error: Access/permission denied",
            SiteRefused,
            "Access/permission denied",
        ),
        ("", SiteRefused, "no reason given (exit 1)"),
    ],
)
def test_a_failure_is_told_in_the_sites_own_words(
    commands: Path, *, said: str, kind: type[Exception], message: str
) -> None:
    # given
    a_command(commands, "sbatch", f"printf '%s' '{said}' >&2; exit 1")

    # when
    with pytest.raises(kind) as failed:
        a_client(commands).submit([])

    # then
    assert str(failed.value) == message


def test_an_sbatch_without_an_id_leaves_open_whether_there_is_a_job(commands: Path) -> None:
    # given
    a_command(commands, "sbatch", "echo fine")

    # then
    with pytest.raises(SiteUnreachable):
        a_client(commands).submit([])


def test_a_cluster_without_accounting_has_no_history(commands: Path) -> None:
    # given
    a_command(commands, "sacct", "echo Slurm accounting storage is disabled >&2; exit 1")

    # then
    assert a_client(commands).history(["1"], NOON) is None


def test_the_arguments_arrive_as_they_are(commands: Path) -> None:
    # given
    log = commands / "log"
    for name in ("scontrol", "scancel"):
        a_command(commands, name, f'echo "{name} $*" >> {log}')
    client = a_client(commands)

    # when
    client.release(["1", "2"])
    client.cancel(["3", "4"])

    # then
    assert log.read_text() == "scontrol release 1,2\nscancel 3 4\n"


def test_the_accounting_is_asked_for_these_jobs_since_their_days(commands: Path) -> None:
    # given
    log = commands / "log"
    a_command(commands, "sacct", f'echo "$*" > {log}')

    # when
    a_client(commands).history(["1", "2"], NOON)

    # then
    said = log.read_text().split()
    assert "--starttime=2026-03-01T12:00:00" in said
    assert "--jobs=1,2" in said


def test_limits_are_asked_for_once_and_none_is_no_limit(commands: Path) -> None:
    # given
    log = commands / "log"
    a_command(commands, "scontrol", f'echo asked >> {log}; echo "MaxArraySize            = 101"')
    a_command(commands, "sacctmgr", f"echo asked >> {log}; echo 'c|science|ada|||50|'")
    client = a_client(commands)

    # then
    assert [client.largest_array(), client.largest_array()] == [101, 101]
    limit = Limit(50, "GrpSubmitJobs=50 of ada in account science")
    assert [client.submit_limit(ANY, ANY), client.submit_limit(ANY, ANY)] == [limit, limit]
    assert log.read_text().count("asked") == 3  # of scontrol, and of sacctmgr for both limits

    # when the accounting is closed
    a_command(commands, "sacctmgr", "exit 1")

    # then
    assert a_client(commands).submit_limit(ANY, ANY) is None

    # when it is not installed here, or its server does not answer in time
    (commands / "sacctmgr").unlink()

    # then
    assert a_client(commands).submit_limit(ANY, ANY) is None


def test_a_controller_that_is_down_is_a_problem(commands: Path) -> None:
    # given
    a_command(commands, "scontrol", 'echo "Slurmctld(primary) at head is DOWN"; exit 1')
    client = a_client(commands)

    # then
    assert client.problem() == (
        "the controller of Slurm does not answer (Slurmctld(primary) at head is DOWN): "
        "ask the site, or try again later"
    )


def test_the_controllers_host_is_known_even_when_it_is_down(commands: Path) -> None:
    # given
    a_command(
        commands,
        "scontrol",
        'echo "Slurmctld(primary) at head is DOWN"; echo "Slurmctld(backup) at head2 is UP"',
    )

    # then
    assert controller_host(a_computer(commands, environment={"PATH": str(commands)})) == "head"
    assert a_client(commands).problem() is None


def test_a_computer_without_slurm_has_no_controller(tmp_path: Path) -> None:
    assert controller_host(a_computer(tmp_path, environment={"PATH": str(tmp_path)})) is None


def test_the_cluster_of_a_site_is_named_to_every_command(commands: Path) -> None:
    # given
    log = commands / "log"
    for name in ("sbatch", "squeue", "scontrol", "sacct", "scancel", "sacctmgr"):
        a_command(commands, name, f'echo "{name} $*" >> {log}; echo 1')
    client = SlurmClient(
        "big",
        a_computer(commands, environment={"PATH": os.defpath}),
        folder=commands,
        cluster="gpu",
    )

    # when
    client.submit(["job.sh"])
    client.jobs()
    client.history(["1"], NOON)
    client.release(["1"])
    client.hold(["1"])
    client.update("1", ["TimeLimit=2"])
    client.cancel(["1"])
    client.cluster()
    client.ping()
    client.expected_start([])
    client.submit_limit(ANY, ANY)

    # then
    said = [line.split() for line in log.read_text().splitlines()]
    assert len(said) == 12
    assert all(words[1] == "--clusters=gpu" for words in said if words[0] != "sacctmgr")
    assert [words[-1] for words in said if "associations" in words] == ["cluster=gpu"]
