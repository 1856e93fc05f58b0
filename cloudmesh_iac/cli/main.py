"""The `cmx` command: a table of commands, each loaded when it is asked for."""

import gc
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cloudmesh_iac import __version__
from cloudmesh_iac.cli.failing import report
from cloudmesh_iac.cli.interrupts import INTERRUPTS
from cloudmesh_iac.cli.spare import SPARES
from cloudmesh_iac.core.near_names import nearest
from cloudmesh_iac.errors import CmxError, ExitCode, UsageProblem


@dataclass(frozen=True, slots=True)
class Row:
    """One command; `evaluates` says that it will run a program, `hidden` that it is an old name."""

    name: str
    help: str
    evaluates: bool = False
    hidden: bool = False


# What a run learns it keeps to its end, and hardly any of it is in rings: with Python's own numbers
# a third of our time went into looking for them.
_GARBAGE_COLLECTIONS = (100_000, 20, 20)

TABLE = (
    Row("init", "Make this folder a project with a first program."),
    Row("preview", "Show what would change, and why. Changes nothing.", evaluates=True),
    Row("up", "Carry out what a program declares.", evaluates=True),
    Row("wait", "Wait for the jobs of a stack, and go on with what stood behind.", evaluates=True),
    Row("status", "Show how the jobs of a stack stand."),
    Row("outputs", "Print the outputs of a stack."),
    Row("results", "Print what the jobs have measured: table, CSV, JSON, plot."),
    Row("job", "Show the script of a job; keep an old result.", evaluates=True),
    Row("logs", "Print what a job has written."),
    Row("rerun", "Run jobs again.", evaluates=True),
    Row("refresh", "Record what has changed outside. Changes nothing there."),
    Row("history", "Show what was done to a stack, when and by whom."),
    Row("destroy", "Take a stack away; results stay."),
    Row("graph", "Draw what stands on what, and what would change.", evaluates=True),
    Row("vm", "Make, list and take away machines."),
    Row("ssh", "Log in to a machine, or run a command there."),
    Row("inventory", "Bring, list and take away the machines of a pool."),
    Row("lease", "Show who has which machines until when; extend, end, reap leases."),
    Row("reservation", "Promise machines for a time that lies ahead; a calendar of them."),
    Row("rain", "Put machines into the pool or take them out; show how they stand."),
    Row("site", "List sites, and check whether they can be used."),
    Row("default", "Show and set what holds where a program does not say."),
    Row("ci", "Show plans on pull requests."),
    Row("plan", "Look at a plan that was saved."),
    Row("plugin", "List, install and mirror provider plugins."),
    Row("config", "Show and change the settings of a stack."),
    Row("cancel", "Ask a run to stop, on whatever computer it runs."),
    Row("stack", "List, select and remove stacks; change a passphrase."),
    Row("state", "List, show, examine, settle, copy, restore what is recorded."),
)
_ROWS = {row.name: row for row in TABLE}


class CommandTable(TyperGroup):
    """Shows the table without loading a command."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        return [row.name for row in TABLE if not row.hidden]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _ROWS:
            return None
        if _ROWS[cmd_name].evaluates and not ctx.resilient_parsing and not _asks_for_help():
            SPARES.prepare()
        module = import_module(f"cloudmesh_iac.cli.commands.{cmd_name}")
        return typer.main.get_command(module.app)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in _ROWS and not args[0].startswith("-"):
            near = nearest(args[0], _ROWS)
            meant = "" if near is None else f" Did you mean {near!r}?"
            ctx.fail(f"There is no command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        rows = [(row.name, row.help) for row in TABLE if not row.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _asks_for_help() -> bool:
    return not {"--help", "-h"}.isdisjoint(sys.argv)


app = typer.Typer(
    cls=CommandTable,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cmx {__version__}")
        raise typer.Exit


@app.callback()
def cmx(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Plan and apply research experiments: batch jobs and sweeps as Python programs."""


def main() -> None:
    """Run one command and end the process with its exit code."""
    gc.set_threshold(*_GARBAGE_COLLECTIONS)
    try:
        _run_command()
    finally:
        gc.freeze()  # the process ends: nobody needs to look through all that it holds once more


def _command_of(error: typer.TyperException, arguments: Sequence[str]) -> str:
    """Return the command whose words were wrong, as it is typed."""
    context = getattr(error, "ctx", None)
    if context is not None:
        return str(context.command_path)
    known = arguments[:1] if any(row.name in arguments[:1] for row in TABLE) else ()
    return " ".join(("cmx", *known))


def _run_command() -> None:
    arguments = sys.argv[1:]
    INTERRUPTS.install()
    command = typer.main.get_command(app)
    try:
        result = command.main(args=arguments, prog_name="cmx", standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        sys.exit(ExitCode.INTERRUPTED)
    except typer.TyperException as error:
        if error.format_message().startswith("Usage:"):  # nothing was asked
            sys.stdout.write(f"{error.format_message()}\n")
            sys.exit(ExitCode.DONE)
        problem = UsageProblem(
            error.format_message(), hint=f"{_command_of(error, arguments)} --help"
        )
        report(problem, is_json="--json" in arguments)
        sys.exit(ExitCode.USAGE)
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
    except BrokenPipeError:  # who read has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.DONE)
    except CmxError as error:
        report(error, is_json="--json" in arguments)
        sys.exit(error.exit_code)
    finally:
        SPARES.close()
    sys.exit(result if isinstance(result, int) else ExitCode.DONE)
