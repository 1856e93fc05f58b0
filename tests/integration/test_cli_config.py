"""Settings that `cmx` writes are settings for the `pulumi` program, and the other way round."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.cli import Cmx

CANARY = "canary-ü"
VARIABLE = "PULUMI_CONFIG_PASSPHRASE"
PASSPHRASE = {VARIABLE: "open sesame"}


@pytest.fixture
def pulumi(cmx: Cmx, pulumi_programs: Path) -> "Pulumi":
    cmx.program("")
    pulumi = Pulumi(cmx, pulumi_programs)
    pulumi("stack", "init", "study")  # it is the selected one from now on
    return pulumi


class Pulumi:
    """The real program, with a backend in a folder."""

    def __init__(self, cmx: Cmx, programs: Path) -> None:
        self._cmx = cmx
        self._program = programs / "pulumi"

    def __call__(self, *arguments: str, passphrase: str = PASSPHRASE[VARIABLE]) -> str:
        backend = self._cmx.folder / "backend"
        backend.mkdir(exist_ok=True)
        more = {
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_HOME": str(self._cmx.folder / "pulumi-home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            VARIABLE: passphrase,
        }
        done = subprocess.run(
            [str(self._program), *arguments],
            capture_output=True,
            text=True,
            cwd=self._cmx.project,
            env=self._cmx.environment_of(more),
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def test_pulumi_reads_what_we_write(cmx: Cmx, pulumi: Pulumi) -> None:
    # when
    for words in (
        ("number", "1e3"),
        ("--path", "login.user", "ada"),
        ("--secret", "token", CANARY),
        ("--secret", "--path", "login.keys[0]", CANARY),
        ("aws:region", "eu"),
    ):
        cmx("config", "set", *words, environment=PASSPHRASE)

    # then
    assert pulumi("config", "get", "number") == "1e3\n"
    assert pulumi("config", "get", "token") == f"{CANARY}\n"
    assert pulumi("config", "get", "aws:region") == "eu\n"
    assert pulumi("config", "get", "--path", "login.keys[0]") == f"{CANARY}\n"
    assert pulumi("config", "get", "--path", "login.user") == "ada\n"


def test_we_read_what_pulumi_writes_and_change_it(cmx: Cmx, pulumi: Pulumi) -> None:
    # given
    pulumi("config", "set", "--secret", "token", CANARY)
    pulumi("config", "set", "--path", "sizes[0]", "5")

    # when
    cmx("config", "set", "token", "another", environment=PASSPHRASE)
    cmx("config", "set", "--path", "sizes[1]", "6")

    # then
    assert pulumi("config", "get", "token") == "another\n"
    assert pulumi("config", "get", "--path", "sizes[1]") == "6\n"
    assert cmx("config", "get", "sizes").stdout == "[5, 6]\n"


def test_pulumi_opens_a_stack_with_the_passphrase_that_we_have_given_it(
    cmx: Cmx, pulumi: Pulumi
) -> None:
    # given
    pulumi("config", "set", "--secret", "token", CANARY)

    # when
    cmx("stack", "passphrase", environment=PASSPHRASE, piped="shut sesame\n")

    # then
    assert pulumi("config", "get", "token", passphrase="shut sesame") == f"{CANARY}\n"
