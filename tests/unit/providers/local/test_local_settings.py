from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.local.settings import read_settings
from tests.contract.jobs import a_computer, a_site


def test_without_a_word_all_cores_and_the_home_are_used(tmp_path: Path) -> None:
    settings = read_settings(a_site("local", tmp_path), a_computer(tmp_path / "home"))
    assert settings.slots == 2
    assert settings.workdir == tmp_path / "home" / ".cloudmesh" / "jobs"
    assert not settings.off


@pytest.mark.parametrize(
    ("written", "expected"),
    [("jobs", "project/jobs"), ("~/jobs", "home/jobs"), ("/scratch/ada", "/scratch/ada")],
)
def test_a_path_begins_at_the_project_or_at_home(
    tmp_path: Path, written: str, expected: str
) -> None:
    site = a_site("local", tmp_path / "project", workdir=written)
    settings = read_settings(site, a_computer(tmp_path / "home"))
    assert settings.workdir == tmp_path / expected


def test_every_wrong_key_is_named_with_the_file(tmp_path: Path) -> None:
    # given
    site = a_site("local", tmp_path, slots=0, walltime=3)

    # when
    with pytest.raises(UsageProblem) as refused:
        read_settings(site, a_computer(tmp_path))

    # then
    assert "slots: " in refused.value.message
    assert "walltime: " in refused.value.message
    assert refused.value.place == "sites.yaml"
    assert refused.value.hint is not None
    assert "kill_after_s" in refused.value.hint
