"""The options that commands share."""

from typing import Annotated

import typer

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PROGRAM] [--PARAMETER VALUE]...", help="Program and its parameters."),
]
Program = Annotated[str | None, typer.Argument(help="A program's name or file.")]
Stack = Annotated[str | None, typer.Option("--stack", "-s", help="Another stack of the program.")]
On = Annotated[str | None, typer.Option("--on", help="The site for what names none.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay until every job has ended.")]
Full = Annotated[bool, typer.Option("--all", help="Fold and cut nothing.")]

PROGRAM_OPTIONS = {"ignore_unknown_options": True, "allow_extra_args": True}
"""For commands that hand unknown options to the program."""
