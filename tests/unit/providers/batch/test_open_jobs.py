"""A job has no secret values: what it is made of is seen by others."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import JOB_START_TYPE
from cloudmesh_iac.core.values import Properties, Secret
from cloudmesh_iac.engine.asks import CheckAsk, Checked, Refusal
from cloudmesh_iac.providers.batch.handlers import SubmissionHandler
from cloudmesh_iac.providers.batch.open_jobs import OpenJobCalls
from tests.builders import a_urn
from tests.unit.providers.batch.sites import Lab, TickingClock


def _checked(folder: Path, more: Properties) -> Checked | Refusal | Failure:
    lab = Lab(folder, clock=TickingClock())
    handler = SubmissionHandler()
    handler.jobs = lab.jobs
    news = {**lab.submission(), **more}
    return OpenJobCalls(handler).check(CheckAsk(a_urn(), JOB_START_TYPE, {}, news, seed="s" * 64))


@pytest.mark.parametrize(
    ("more", "keys"),
    [
        ({"command": Secret("canary")}, ["command"]),
        (
            {"placement": {"0": Secret("canary")}, "note": ("a", Secret("canary"))},
            ["command", "note"],
        ),
    ],
)
def test_a_secret_is_refused_by_the_name_of_its_place(
    tmp_path: Path, *, more: Properties, keys: list[str]
) -> None:
    refused = _checked(tmp_path, more)
    assert isinstance(refused, Refusal)
    assert [one.key for one in refused.problems] == keys
    assert "holds a secret" in refused.message
    assert "canary" not in refused.message


def test_a_job_without_secrets_is_checked_as_ever(tmp_path: Path) -> None:
    checked = _checked(tmp_path, {"__provider": Secret("pickled")})
    assert isinstance(checked, Checked)
    assert checked.inputs["token"]
