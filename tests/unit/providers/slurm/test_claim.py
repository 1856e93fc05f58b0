"""Of two jobs of one token one runs; the bash of it is run here as Slurm's script runs it."""

import subprocess
from pathlib import Path

import pytest

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.slurm.answer import Answer, may_mean_hold
from cloudmesh_iac.providers.slurm.claim import TAKEN_BY_ANOTHER, Owner, claim_lines, owner_of
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.unit.providers.slurm.fake_slurm import FakeSlurm, a_computer, a_provider, a_site

_ID = "$SLURM_JOB_ID${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}"


def run(folder: Path, job_id: str, **more: str) -> int:
    script = "\n".join([*claim_lines("t1", _ID), "echo run >>runs"])
    environment = {"PATH": "/usr/bin:/bin", "SLURM_JOB_ID": job_id, **more}
    done = subprocess.run(["bash", "-c", script], cwd=folder, env=environment, check=False)
    return done.returncode


def test_the_first_job_runs_and_the_second_leaves_everything_alone(tmp_path: Path) -> None:
    # when
    codes = [run(tmp_path, "7"), run(tmp_path, "8")]

    # then
    assert codes == [0, TAKEN_BY_ANOTHER]
    assert (tmp_path / "runs").read_text() == "run\n"
    assert owner_of(tmp_path, "t1") == Owner("7", None)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["runs", "taken.t1"]


def test_a_job_that_was_put_back_into_the_queue_runs_again(tmp_path: Path) -> None:
    assert [run(tmp_path, "7"), run(tmp_path, "7")] == [0, 0]
    assert (tmp_path / "runs").read_text() == "run\nrun\n"


def test_a_task_of_an_array_claims_with_its_place(tmp_path: Path) -> None:
    run(tmp_path, "7", SLURM_ARRAY_TASK_ID="3")
    assert owner_of(tmp_path, "t1") == Owner("7", 3)


def test_nobody_owns_what_has_not_begun(tmp_path: Path) -> None:
    (tmp_path / "taken.t2" / "no number").mkdir(parents=True)
    assert owner_of(tmp_path, "t1") is None
    assert owner_of(tmp_path, "t2") is None


@pytest.mark.parametrize(
    ("said", "sentence", "is_of_the_hold"),
    [
        (
            "sbatch: error: No held jobs here\n"
            "sbatch: error: Batch job submission failed: Unspecified error",
            "No held jobs here",
            True,
        ),
        (
            "sbatch: error: Batch job submission failed: Unspecified error",
            "Batch job submission failed: Unspecified error",
            True,
        ),
        (
            "sbatch: error: invalid partition specified: x\n"
            "sbatch: error: Batch job submission failed: Invalid partition name specified",
            "invalid partition specified: x; "
            "Batch job submission failed: Invalid partition name specified",
            False,
        ),
    ],
)
def test_only_what_a_site_says_itself_may_mean_that_the_job_is_held(
    said: str, sentence: str, *, is_of_the_hold: bool
) -> None:
    answer = Answer(1, "", said)
    assert answer.sentence == sentence
    assert may_mean_hold(SiteRefused(answer.sentence)) is is_of_the_hold


def test_an_account_of_the_shell_is_a_default_unless_the_site_has_one(tmp_path: Path) -> None:
    # given
    shell = a_computer(tmp_path, environment={"SBATCH_ACCOUNT": "physics"})

    def defaults(**options: object) -> object:
        site = a_site(tmp_path, **options)
        return SlurmProvider(site, shell, slurm=FakeSlurm()).defaults()

    # then
    assert defaults() == {"account": "physics"}
    assert defaults(account="science") == {}
    assert a_provider(tmp_path, FakeSlurm()).defaults() == {}
