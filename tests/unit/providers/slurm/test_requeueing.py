"""The bash by which a job puts itself back, run here with stand-ins for Slurm's commands."""

import signal
import subprocess
from pathlib import Path

import pytest

from cloudmesh_iac.providers.slurm.requeueing import begin_lines, end_lines, requeue_option
from cloudmesh_iac.providers.slurm.translate import to_header
from tests.unit.providers.slurm.fake_slurm import a_request

_STOPPED = 128 + signal.SIGTERM


def run(folder: Path, rule: str, *, ends: str, attempt: int = 1, reason: str = "None") -> int:
    """Return the exit code; what was asked of the stand-in for scontrol stands in `asked`.

    That one answers as on a site that refuses: the script goes on, and is not stopped.
    """
    request = a_request(retries=1, retry_on=(rule,))
    for name, line in (("scontrol", 'echo "$@" >>asked; exit 1'), ("squeue", f"echo {reason}")):
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    script = "\n".join(
        [
            f"cmx_job=7_3 CMX_ATTEMPT={attempt}",
            *begin_lines(request, folder),
            ends,
            "cmx_code=$?",
            *end_lines(request),
            'exit "$cmx_code"',
        ]
    )
    return subprocess.run(["bash", "-c", script], cwd=folder, check=False).returncode


def asked(folder: Path) -> str:
    return (folder / "asked").read_text() if (folder / "asked").exists() else ""


@pytest.mark.parametrize(
    ("rule", "code", "attempt", "is_asked"),
    [
        ("exit:75", 75, 1, True),
        ("exit:75", 75, 2, False),
        ("exit:75", 3, 1, False),
        ("exit:75", 0, 1, False),
        ("FAILED", 3, 1, True),
        ("FAILED", 0, 1, False),
        ("TIMEOUT", 75, 1, False),
    ],
)
def test_an_exit_code_of_the_rule_asks_for_a_requeue_as_often_as_it_says(
    tmp_path: Path, rule: str, *, code: int, attempt: int, is_asked: bool
) -> None:
    assert run(tmp_path, rule, ends=f"(exit {code})", attempt=attempt) == code
    assert asked(tmp_path) == ("requeue 7_3\n" if is_asked else "")


@pytest.mark.parametrize(("reason", "is_asked"), [("TimeLimit", True), ("None", False)])
def test_a_stopped_job_asks_only_when_its_time_is_over(
    tmp_path: Path, *, reason: str, is_asked: bool
) -> None:
    assert run(tmp_path, "TIMEOUT", ends="kill $$", reason=reason) == _STOPPED
    assert asked(tmp_path) == ("requeue 7_3\n" if is_asked else "")


def test_a_job_without_a_rule_has_none_of_it() -> None:
    # given
    request = a_request()

    # then
    assert [*begin_lines(request, None), *end_lines(request), *requeue_option(request)] == []


def test_a_job_with_a_rule_asks_for_being_put_back_whatever_the_site_says() -> None:
    request = a_request(retries=1, retry_on=("NODE_FAIL",))
    assert "#SBATCH --requeue" in to_header(request, queue=None, account=None)
