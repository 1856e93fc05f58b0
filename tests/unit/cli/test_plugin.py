"""`cmx plugin` shows what is here, brings more, and fills mirrors."""

import io
import os
import tarfile
from pathlib import Path

import pytest

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import ExitCode
from cloudmesh_iac.plugins.downloading import digest_of
from cloudmesh_iac.plugins.finding import folder_name, program_name
from cloudmesh_iac.plugins.lock_file import LockFile
from cloudmesh_iac.plugins.sources import Platform, archive_name, platform_of
from tests.unit.cli.conftest import Cli

TEST = Package("test", "1.2.3")
MACHINE = os.uname()
HERE = platform_of(MACHINE.sysname, MACHINE.machine)
OTHER = Platform("plan9", "mips")


@pytest.fixture
def shop(cli: Cli) -> Path:
    """A mirror of the project, with one archive for this platform and one for another."""
    folder = cli.folder / "shop"
    folder.mkdir()
    for platform in (HERE, OTHER):
        with tarfile.open(folder / archive_name(TEST, platform), "w:gz") as archive:
            member = tarfile.TarInfo(program_name("test"))
            member.size, member.mode = 3, 0o755
            archive.addfile(member, io.BytesIO(b"#!\n"))
    settings = cli.folder / "cloudmesh.yaml"
    settings.write_text(f"{settings.read_text()}plugins: {{mirror: shop, download: false}}\n")
    return folder


def home(cli: Cli) -> Path:
    return cli.folder.with_name("home")


def lock(cli: Cli) -> LockFile:
    return LockFile(cli.folder / "cmx.lock")


def test_without_plugins_there_is_nothing_to_list(cli: Cli) -> None:
    assert cli("plugin", "ls").out == "no plugins\n"
    assert cli("plugin", "ls", "--json").json() == {"version": 1, "plugins": []}


def test_a_plugin_is_installed_once_and_listed(cli: Cli, shop: Path) -> None:
    # when
    first = cli("plugin", "install", "test", "v1.2.3")
    again = cli("plugin", "install", "test", "1.2.3")

    # then
    folder = home(cli) / ".pulumi" / "plugins" / folder_name(TEST)
    assert (first.code, first.out) == (0, f"{folder / program_name('test')}\n")
    assert "installed the plugin test 1.2.3" in first.err
    assert (again.out, again.err) == (first.out, "")
    listed = cli("plugin", "ls", "--json").json()["plugins"]
    assert listed == [{"name": "test", "version": "1.2.3", "locked": True, "place": str(folder)}]
    assert str(folder) in cli("plugin", "ls").out


def test_what_the_project_has_used_and_is_not_here_is_listed_too(cli: Cli) -> None:
    # given
    lock(cli).note(TEST, "linux-amd64", "a" * 64)

    # then
    assert cli("plugin", "ls").out.splitlines()[1].split() == [
        "test",
        "1.2.3",
        "yes",
        "not",
        "here",
    ]


def test_a_plugin_that_cannot_be_had_is_an_error(cli: Cli, shop: Path) -> None:
    # when
    said = cli("plugin", "install", "test", "9.9.9")

    # then
    assert said.code == ExitCode.FAILED
    assert "the plugin test 9.9.9 is not here" in said.err
    assert "downloads are switched off" in said.err


@pytest.mark.parametrize("words", [("test", "new"), ("", "1.2.3")])
def test_what_is_no_version_is_refused(cli: Cli, words: tuple[str, str]) -> None:
    assert cli("plugin", "install", *words).code == ExitCode.USAGE


def test_a_mirror_gets_all_that_the_project_uses(cli: Cli, shop: Path) -> None:
    # given
    cli("plugin", "install", "test", "1.2.3")
    folder = cli.folder / "usb"

    # when
    said = cli("plugin", "mirror", str(folder), "--platform", str(OTHER))

    # then
    assert said.out == f"2 archives in {folder}, 2 of them new\n"
    files = [folder / archive_name(TEST, platform) for platform in (HERE, OTHER)]
    assert [lock(cli).digest(TEST, str(HERE)), lock(cli).digest(TEST, str(OTHER))] == [
        digest_of(file) for file in files
    ]
    again = cli("plugin", "mirror", str(folder), "--json").json()
    assert again["archives"] == [{"file": str(files[0]), "new": False}]


def test_a_mirror_can_be_filled_by_name(cli: Cli, shop: Path) -> None:
    # when
    said = cli("plugin", "mirror", "usb", "test@1.2.3")

    # then
    assert said.code == 0
    assert (cli.folder / "usb" / archive_name(TEST, HERE)).is_file()


def test_an_archive_that_has_changed_is_not_mirrored(cli: Cli, shop: Path) -> None:
    # given
    lock(cli).note(TEST, str(HERE), "a" * 64)

    # when
    said = cli("plugin", "mirror", "usb")

    # then
    assert said.code == ExitCode.FAILED
    assert "it is not the one that cmx.lock knows" in said.err
    assert not list((cli.folder / "usb").iterdir())


def test_a_project_without_plugins_has_nothing_to_mirror(cli: Cli) -> None:
    # when
    said = cli("plugin", "mirror", "usb")

    # then
    assert said.code == ExitCode.USAGE
    assert "cmx plugin mirror DIR openstack@5.5.3" in said.err


def test_a_platform_has_two_parts(cli: Cli) -> None:
    assert cli("plugin", "mirror", "usb", "test@1.2.3", "--platform", "arm").code == ExitCode.USAGE
