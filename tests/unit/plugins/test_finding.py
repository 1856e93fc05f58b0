"""Where a plugin is looked for, and which of several is taken."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.plugins.finding import (
    Places,
    find_program,
    installed,
    parse_attached,
    version_order,
)


def a_program(folder: Path, name: str = "test") -> Path:
    program = folder / f"pulumi-resource-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return program


def test_the_version_has_to_be_the_one_that_is_asked_for(tmp_path: Path) -> None:
    # given
    a_program(tmp_path / "resource-test-v1.2.4")
    wanted = a_program(tmp_path / "resource-test-v1.2.3")

    # then
    places = Places(folders=[tmp_path])
    assert find_program(Package("test", "1.2.3"), places) == wanted
    assert find_program(Package("test", "1.2.5"), places) is None


def test_a_folder_without_a_version_serves_every_version(tmp_path: Path) -> None:
    # given
    bare = a_program(tmp_path / "resource-test")
    exact = a_program(tmp_path / "resource-test-v1.2.3")

    # then
    places = Places(folders=[tmp_path])
    assert find_program(Package("test", "1.2.5"), places) == bare
    assert find_program(Package("test", "1.2.3"), places) == exact


def test_who_asks_for_no_version_gets_the_newest(tmp_path: Path) -> None:
    # given
    for version in ("1.9.0", "1.10.0-rc.1", "1.10.0", "1.2.3"):
        a_program(tmp_path / f"resource-test-v{version}")

    # then
    found = find_program(Package("test"), Places(folders=[tmp_path]))
    assert found == tmp_path / "resource-test-v1.10.0" / "pulumi-resource-test"


def test_an_earlier_folder_wins(tmp_path: Path) -> None:
    # given
    first = a_program(tmp_path / "one" / "resource-test-v1.2.3")
    a_program(tmp_path / "two" / "resource-test-v1.2.3")

    # then
    folders = [tmp_path / "none", tmp_path / "one", tmp_path / "two"]
    assert find_program(Package("test", "1.2.3"), Places(folders=folders)) == first


def test_a_folder_that_is_still_being_filled_does_not_count(tmp_path: Path) -> None:
    # given
    a_program(tmp_path / "resource-test-v1.2.3")
    (tmp_path / "resource-test-v1.2.3.partial").touch()

    # then
    places = Places(folders=[tmp_path])
    assert find_program(Package("test", "1.2.3"), places) is None
    assert find_program(Package("test"), places) is None


def test_a_program_on_the_path_serves_when_no_folder_does(tmp_path: Path) -> None:
    # given
    program = a_program(tmp_path / "bin")

    # then
    places = Places(folders=[tmp_path / "plugins"], search_path=[tmp_path / "bin"])
    assert find_program(Package("test", "1.2.3"), places) == program


def test_a_file_that_cannot_be_run_is_no_program(tmp_path: Path) -> None:
    # given
    a_program(tmp_path / "resource-test-v1.2.3").chmod(0o644)

    # then
    assert find_program(Package("test", "1.2.3"), Places(folders=[tmp_path])) is None


@pytest.mark.parametrize("named", ["mine", "mine/pulumi-resource-test"])
def test_a_named_path_wins_over_everything(tmp_path: Path, named: str) -> None:
    # given
    mine = a_program(tmp_path / "mine")
    a_program(tmp_path / "resource-test-v1.2.3")

    # then
    places = Places(folders=[tmp_path], named={"test": tmp_path / named})
    assert find_program(Package("test", "1.2.3"), places) == mine


def test_a_named_path_without_a_program_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="the plugin test is not at") as refused:
        find_program(Package("test"), Places(named={"test": tmp_path}))
    assert refused.value.hint


def test_the_plugins_of_a_folder_are_listed_by_name_and_age(tmp_path: Path) -> None:
    # given
    for name in ("test-v1.10.0", "test-v1.9.0", "a-b-v2.0.0", "bare"):
        (tmp_path / f"resource-{name}").mkdir()
    (tmp_path / "language-python-v3.0.0").mkdir()
    (tmp_path / "resource-file-v1.0.0").touch()

    # then
    assert [str(package) for package, _ in installed(tmp_path)] == [
        "a-b 2.0.0",
        "bare",
        "test 1.9.0",
        "test 1.10.0",
    ]
    assert list(installed(tmp_path / "nowhere")) == []


def test_versions_are_ordered_as_semver_says() -> None:
    versions = ["", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2"]
    versions += ["1.0.0-rc.11", "1.0.0", "1.2.0", "1.10.0+build"]
    shuffled = [*versions[4:], *versions[:4]]
    assert sorted(shuffled, key=version_order) == versions


def test_attached_plugins_are_names_and_ports() -> None:
    assert parse_attached("") == {}
    assert parse_attached("openstack:1234, aws:5678,") == {"openstack": 1234, "aws": 5678}


@pytest.mark.parametrize("text", ["openstack", "openstack:x", ":1", "a:0", "a:65536"])
def test_an_attached_plugin_without_a_port_is_an_error(text: str) -> None:
    with pytest.raises(UsageProblem, match="is not a name and a port"):
        parse_attached(text)
