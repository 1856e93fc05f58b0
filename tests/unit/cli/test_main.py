"""The table of commands, wrong names, and how an error ends the process."""

import os
import signal
import sys

import pytest
import typer

from cloudmesh_iac import __version__
from cloudmesh_iac.cli.failing import report
from cloudmesh_iac.cli.interrupts import Interrupts
from cloudmesh_iac.cli.main import TABLE, app
from cloudmesh_iac.cli.spare import SPARES, Spares
from cloudmesh_iac.core.locks import Stop
from cloudmesh_iac.errors import ExitCode, ProgramFailed, UsageProblem
from tests.unit.cli.conftest import Cli

COMMANDS = [row.name for row in TABLE]


def test_the_table_lists_every_command_without_loading_one(empty: Cli) -> None:
    said = empty("--help")
    assert said.code == 0
    listed = [line.split()[0] for line in said.out.splitlines() if line.startswith("  ")]
    assert set(COMMANDS) <= set(listed)
    assert all(row.help.split(".")[0] in said.out.replace("\n", " ") for row in TABLE[:3])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_a_help_and_starts_no_interpreter_for_it(
    empty: Cli, command: str, flag: str
) -> None:
    said = empty(command, flag)
    assert (said.code, said.err) == (0, "")
    assert said.out.strip().startswith("Usage: cmx " + command)
    assert SPARES._ready is None


def test_a_help_shows_the_parameters_of_the_last_run(cli: Cli) -> None:
    assert "--most" not in cli("up", "study", "--help").out
    assert cli("up", "study", "--yes", "--most", "1").code == 0
    shown = cli("up", "study", "--help").out
    assert "--most INT" in shown
    assert "the largest number  [default: 2] [last: 1]" in shown
    assert "--most" not in cli("up", "other", "--help").out


@pytest.mark.parametrize(
    ("arguments", "says", "remedy"),
    [
        (["upp"], "There is no command 'upp'. Did you mean 'up'?", "cmx"),
        (["statsu"], "Did you mean 'status'?", "cmx"),
        (["zzz"], "There is no command 'zzz'.", "cmx"),
        (["status", "--jsn"], "No such option: --jsn", "cmx status"),
        (["logs"], "Missing argument", "cmx logs"),
        (["up", "--wait-for-lock"], "requires an argument", "cmx up"),
        (["stack", "sel"], "No such command 'sel'", "cmx stack"),
        (["--verion"], "No such option: --verion", "cmx"),
    ],
)
def test_a_wrong_name_is_wrong_usage(
    empty: Cli, *, arguments: list[str], says: str, remedy: str
) -> None:
    said = empty(*arguments)
    assert said.code == ExitCode.USAGE
    assert says in said.err
    assert f"try: {remedy} --help" in said.err
    assert said.out == ""


def test_the_version_is_the_packages(empty: Cli) -> None:
    assert empty("--version").out == f"cmx {__version__}\n"


def test_without_a_command_the_help_is_shown(empty: Cli) -> None:
    said = empty()
    assert "Usage: cmx" in said.out + said.err


# --- errors ---------------------------------------------------------------------------------------


def test_an_error_is_told_on_stderr_and_ends_with_its_code(empty: Cli) -> None:
    said = empty("status")
    assert said.code == ExitCode.USAGE
    assert said.out == ""
    assert "error: there is no Pulumi.yaml" in said.err
    assert "cmx init" in said.err


def test_an_error_is_one_json_document_when_that_was_asked_for(empty: Cli) -> None:
    said = empty("status", "--json")
    assert said.code == ExitCode.USAGE
    [key] = said.json()
    assert key == "error"
    assert said.json()["error"]["exit_code"] == 64
    assert "there is no Pulumi.yaml" in said.json()["error"]["message"]
    assert "subject" not in said.json()["error"]


@pytest.mark.parametrize("is_json", [True, False])
def test_a_failed_program_shows_its_own_lines(
    capsys: pytest.CaptureFixture[str], *, is_json: bool
) -> None:
    # given
    trace = "Traceback:\n  [red]hello.py[/red]:3\n"
    error = ProgramFailed("ZeroDivisionError: by zero", traceback=trace, place="hello.py:3")

    # when
    report(error, is_json=is_json)

    # then
    out, err = capsys.readouterr()
    assert err.startswith(trace)
    assert "ZeroDivisionError: by zero" in err
    assert ('"place": "hello.py:3"' in out) is is_json


def test_an_error_without_traceback_is_itself(capsys: pytest.CaptureFixture[str]) -> None:
    report(ProgramFailed("it died"), is_json=False)
    report(UsageProblem("wrong", hint="do this"), is_json=False)
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "do this" in err


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyboardInterrupt(), ExitCode.INTERRUPTED), (typer.Abort(), ExitCode.INTERRUPTED)],
)
def test_an_interrupt_ends_with_130(
    empty: Cli, monkeypatch: pytest.MonkeyPatch, error: BaseException, *, code: ExitCode
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    command = typer.main.get_command(app)
    monkeypatch.setattr(type(command), "main", fail)
    assert empty("status").code == code


def test_the_first_signal_is_ctrl_c(empty: Cli) -> None:
    Interrupts().install()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    Interrupts().install()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


class Ended(BaseException):
    pass


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_second_signal_ends_the_process(
    empty: Cli,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    is_terminal: bool,
) -> None:
    # given
    codes: list[int] = []

    def leave(code: int) -> None:
        codes.append(code)
        raise Ended

    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    Interrupts().install()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

    # when
    with pytest.raises(Ended):
        signal.raise_signal(signal.SIGINT)

    # then
    assert codes == [130]
    err = capsys.readouterr().err
    assert "settled by the next command" in err
    assert err.startswith("\x1b[?25h") is is_terminal


def test_a_spare_child_is_started_once_and_not_left_behind() -> None:
    # given
    spares = Spares()

    # when
    spares.prepare()
    first = spares._ready
    spares.prepare()

    # then
    assert spares._ready is first
    assert spares.take() is first
    assert first is not None
    first.stop()
    spares.prepare()
    spares.close()
    spares.close()
    assert spares._ready is None


def test_a_request_from_outside_is_one_ctrl_c_however_often_it_comes(empty: Cli) -> None:
    # given
    interrupts = Interrupts()
    interrupts.install()

    # when
    with pytest.raises(KeyboardInterrupt):
        interrupts.press(Stop.SOON)
    interrupts.press(Stop.SOON)

    # then
    assert interrupts._seen == 1


def test_a_request_to_stop_now_ends_the_process(
    empty: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)

    # when
    Interrupts().press(Stop.NOW)

    # then
    assert codes == [ExitCode.INTERRUPTED]
