"""Clouds that OpenStack's own files name."""

from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.clouds_yaml import clouds_file
from cloudmesh_iac.settings.load import load_settings
from tests.contract.jobs import a_computer

CLOUDS = "clouds:\n  {name}: {{auth: {{auth_url: 'http://127.0.0.1:9/v3', password: hunter2}}}}\n"


def write(file: Path, name: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CLOUDS.format(name=name))
    return file


def test_a_cloud_is_a_site_without_an_entry_and_without_its_secrets(tmp_path: Path) -> None:
    # given
    computer = a_computer(tmp_path)
    file = write(computer.home / ".config" / "openstack" / "clouds.yaml", "jetstream2")

    # when
    site = load_settings(computer, tmp_path).site("jetstream2")

    # then
    assert (site.kind, site.origin) == ("openstack", str(file))
    assert site.options == {"cloud": "jetstream2"}


def test_an_entry_of_the_project_says_more(tmp_path: Path) -> None:
    # given
    computer = a_computer(tmp_path)
    write(computer.home / ".config" / "openstack" / "clouds.yaml", "lab")
    (tmp_path / "cloudmesh.yaml").write_text("sites: {lab: {kind: simulated}}\n")

    # then
    assert load_settings(computer, tmp_path).site("lab").kind == "simulated"


def test_the_first_file_counts_where_openstacks_clients_look(tmp_path: Path) -> None:
    # given
    named = write(tmp_path / "elsewhere.yaml", "named")
    plain = a_computer(tmp_path)
    told = a_computer(tmp_path, environment={"OS_CLIENT_CONFIG_FILE": str(named)})
    own = write(plain.home / ".config" / "openstack" / "clouds.yaml", "own")
    project = tmp_path / "project"
    project.mkdir()

    # then
    assert clouds_file(plain, project) == own
    here = write(project / "clouds.yaml", "here")
    assert clouds_file(plain, project) == here
    assert clouds_file(told, project) == named


@pytest.mark.parametrize(
    ("text", "words"), [("clouds: [", "is not YAML"), ("cloud: {}", "it needs `clouds:`")]
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "clouds.yaml").write_text(text)
    with pytest.raises(UsageProblem, match=words) as refused:
        load_settings(a_computer(tmp_path), tmp_path)
    assert str(tmp_path / "clouds.yaml") in refused.value.message
