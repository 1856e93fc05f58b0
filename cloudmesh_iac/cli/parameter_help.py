"""Add a program's own parameters to the help of the commands that take them."""

import sys
from typing import Any

from typer.core import TyperCommand

from cloudmesh_iac.cli.asking import find_place, split
from cloudmesh_iac.core.records import Parameter
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.store.keys import Keys


class ProgramCommand(TyperCommand):
    """A command whose unknown options belong to the program that it is about."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        super().format_epilog(ctx, formatter)
        parameters = _last_parameters()
        if parameters:
            with formatter.section("Parameters of the program, as of its last run"):
                formatter.write_dl([(_option(one), _words(one)) for one in parameters])


def _last_parameters() -> tuple[Parameter, ...]:
    """Return what the last evaluation of the named program asked for; nothing when in doubt."""
    words = [word for word in sys.argv[2:] if word not in {"-h", "--help"}]
    computer = this_computer()
    try:
        plain = split(words).plain
        place = find_place(plain[0] if plain else None, None, computer.works_in())
        return open_store(computer, Keys(computer, None)).snapshot(place.stack).parameters
    except CmxError:
        return ()


def _option(parameter: Parameter) -> str:
    return f"--{parameter.name} {parameter.kind.upper()}"


def _words(parameter: Parameter) -> str:
    text = f"{parameter.help}  [default: {parameter.default}]".strip()
    if parameter.value != parameter.default:
        text += f" [last: {parameter.value}]"
    return text
