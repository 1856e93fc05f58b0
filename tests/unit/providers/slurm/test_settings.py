"""What may be said about a Slurm site."""

from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.slurm.settings import read_settings
from tests.unit.providers.slurm.fake_slurm import FakeSlurm, a_computer, a_provider, a_site


def test_paths_begin_at_the_home_or_at_the_project(tmp_path: Path) -> None:
    # given
    computer = a_computer(tmp_path)

    # when
    at_home = read_settings(a_site(tmp_path, workdir="~/jobs"), computer)
    in_project = read_settings(a_site(tmp_path, workdir="jobs", bin="bin"), computer)

    # then
    assert at_home.workdir == tmp_path / "home" / "jobs"
    assert at_home.bin is None
    assert in_project.workdir == tmp_path / "jobs"
    assert in_project.bin == tmp_path / "bin"


def test_every_wrong_key_is_named_with_its_site_and_its_file(tmp_path: Path) -> None:
    # when
    with pytest.raises(UsageProblem) as refused:
        read_settings(a_site(tmp_path, poll_s=0, quue="long"), a_computer(tmp_path))

    # then
    message = refused.value.message
    assert "site big" in message
    assert "poll_s" in message
    assert "quue" in message
    assert refused.value.place == "sites.yaml"
    assert refused.value.hint is not None
    assert "queue" in refused.value.hint


def test_polls_become_rarer_up_to_the_sites_maximum(tmp_path: Path) -> None:
    # given
    provider = a_provider(tmp_path, FakeSlurm())

    # when
    waits_s = [provider.poll_after_s(polls) for polls in (0, 1, 2, 10, 100_000)]

    # then
    assert waits_s == [15, 22.5, 33.75, 120, 120]
