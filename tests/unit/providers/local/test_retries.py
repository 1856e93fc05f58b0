"""A job of this computer is tried again by its own script, which bash runs here."""

import subprocess
from pathlib import Path

import pytest

from cloudmesh_iac.providers.batch.attempts import attempts_of
from cloudmesh_iac.providers.batch.outcome import read_outcome
from cloudmesh_iac.providers.local.submit import local_script
from tests.unit.providers.batch.requests import a_request


@pytest.mark.parametrize(
    ("rule", "good_at", "code", "attempts"),
    [
        ("exit:75", 2, 0, 2),
        ("FAILED", 3, 0, 3),
        ("exit:75", 9, 75, 3),  # twice more, and no more
        ("exit:3", 2, 75, 1),
        ("TIMEOUT", 2, 75, 1),
    ],
)
def test_it_runs_as_often_as_its_rule_says(
    tmp_path: Path, rule: str, *, good_at: int, code: int, attempts: int
) -> None:
    # given
    command = f'echo "$CMX_ATTEMPT" >> said; [ "$CMX_ATTEMPT" = {good_at} ] || exit 75'
    request = a_request(command=command, retries=2, retry_on=(rule,))
    (tmp_path / "command.sh").write_text(command)
    (tmp_path / "job.sh").write_text(local_script(request, tmp_path, "laptop:7"))

    # when
    ended = subprocess.run(["bash", str(tmp_path / "job.sh")], check=False)

    # then
    assert ended.returncode == code
    outcome = read_outcome(tmp_path)
    assert outcome is not None
    assert outcome.exit_code == code
    assert attempts_of(tmp_path) == ("laptop:7 0",) * attempts
    assert (tmp_path / "said").read_text().split() == [str(n + 1) for n in range(attempts)]
