"""What person, project and host say about plugins."""

from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.load import load_settings
from cloudmesh_iac.settings.plugin_settings import (
    PluginSettings,
    plugin_environment,
    plugin_settings,
)
from cloudmesh_iac.settings.project import read_project
from tests.builders import a_computer

PROJECT = """
name: lab
plugins:
  providers:
    - {name: test, path: bin/test, version: 1.2.3}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lab"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: lab\n")
    return folder


def computer(folder: Path, **environment: str) -> Computer:
    host = {"CMX_HOST_FILE": str(folder / "host.yaml"), "PATH": ""}
    home = folder.parent / "home"
    return replace(a_computer(), home=home, environment={**host, **environment})


def settings(folder: Path, **environment: str) -> PluginSettings:
    here = computer(folder, **environment)
    return plugin_settings(here, load_settings(here, folder), read_project(folder))


def test_plugins_are_shared_with_pulumi(folder: Path) -> None:
    # given
    home = computer(folder).home

    # then
    ours = home / ".cloudmesh/plugins"
    assert settings(folder).folders == (home / ".pulumi/plugins", ours)
    assert settings(folder, PULUMI_HOME="/data").folders == (Path("/data/plugins"), ours)


def test_the_path_counts_unless_it_is_to_be_ignored(folder: Path) -> None:
    assert settings(folder, PATH="/a::/b").search_path == (Path("/a"), Path("/b"))
    assert settings(folder, PATH="/a", PULUMI_IGNORE_AMBIENT_PLUGINS="true").search_path == ()


def test_files_say_where_more_are(folder: Path) -> None:
    # given
    home = computer(folder).home
    (home / ".cloudmesh").mkdir(parents=True)
    (home / ".cloudmesh/cloudmesh.yaml").write_text(
        "plugins: {mirror: 'https://example.org/m', folder: ~/mine, paths: {a: x, b: y}}"
    )
    (folder / "host.yaml").write_text("plugins: {folder: /opt/plugins, mirror: /opt/mirror}")
    (folder / "cloudmesh.yaml").write_text("plugins: {mirror: usb, paths: {a: /z}}")

    # when
    said = settings(folder)

    # then
    assert said.folders[2:] == (home / "mine", Path("/opt/plugins"))
    assert said.mirrors == (str(folder / "usb"), "https://example.org/m", "/opt/mirror")
    assert said.named == {"a": Path("/z"), "b": home / ".cloudmesh/y"}
    assert said.may_download


def test_a_project_names_plugins_as_for_pulumi(folder: Path) -> None:
    # given
    (folder / "Pulumi.yaml").write_text(PROJECT)

    # then
    assert settings(folder).named == {"test": folder / "bin/test"}


def test_one_file_or_the_environment_switches_downloads_off(folder: Path) -> None:
    # given
    assert not settings(folder, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="true").may_download

    # when
    (folder / "host.yaml").write_text("plugins: {download: false}")
    (folder / "cloudmesh.yaml").write_text("plugins: {download: true}")

    # then
    assert not settings(folder).may_download


def test_a_plugin_does_not_see_what_opens_secrets_and_state(folder: Path) -> None:
    # given
    here = computer(folder, PULUMI_CONFIG_PASSPHRASE="x", CMX_STORE="s", OS_CLOUD="lab")

    # when
    seen = plugin_environment(here, read_project(folder))

    # then
    assert seen["OS_CLOUD"] == "lab"
    assert seen["PULUMI_PROJECT"] == "lab"
    assert not {"PULUMI_CONFIG_PASSPHRASE", "CMX_STORE"} & seen.keys()


def test_only_the_administrator_allows_plugins_on_a_login_node(folder: Path) -> None:
    # given
    here = computer(folder)
    (folder / "host.yaml").write_text("plugins: {on_login_node: true}")
    assert load_settings(here, folder).plugins.on_login_node

    # when
    (folder / "cloudmesh.yaml").write_text("plugins: {on_login_node: true}")

    # then
    with pytest.raises(UsageProblem, match="only the administrator"):
        load_settings(here, folder)
