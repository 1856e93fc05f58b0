"""The options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROGRAM] [--PARAMETER VALUE]...",
        help="Program and its parameters.",
        autocompletion=completing.programs,
    ),
]
Program = Annotated[
    str | None, typer.Argument(help="A program's name or file.", autocompletion=completing.programs)
]
Stack = Annotated[
    str | None,
    typer.Option(
        "--stack", "-s", help="Another stack of the program.", autocompletion=completing.stacks
    ),
]
On = Annotated[
    str | None,
    typer.Option("--on", help="The site for what names none.", autocompletion=completing.sites),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
EventsTo = Annotated[
    Path | None,
    typer.Option(
        "--events", metavar="FILE", help="Write what happens to a file too, a JSON line for each."
    ),
]
Programs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROGRAM]...", help="Programs; else all.", autocompletion=completing.programs
    ),
]
CommentName = Annotated[
    str, typer.Option("--name", help="Tells this comment from others; else the project's name.")
]
ExitWithChanges = Annotated[
    bool, typer.Option("--exit-code", help="Exit with 2 when there are changes.")
]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write a page that shows the plan.")
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Rerun = Annotated[bool, typer.Option("--rerun", help="Finished work may run again.")]
Wait = Annotated[bool, typer.Option("--wait", help="Stay until every job has ended.")]
Full = Annotated[bool, typer.Option("--all", help="Fold and cut nothing.")]
ShowSecrets = Annotated[
    bool, typer.Option("--show-secrets", help="Print secrets in clear, not as [secret].")
]
Refresh = Annotated[bool, typer.Option("--refresh", "-r", help="Look first at what there is now.")]
WaitForLock = Annotated[
    str | None,
    typer.Option(
        "--wait-for-lock",
        metavar="DURATION",
        help="Wait so long for another run of the stack: 30s, 10m.",
    ),
]
RunProgram = Annotated[
    bool,
    typer.Option("--run-program", help="Run the program too: what it says now counts."),
]

Targets = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        "-t",
        help="Only this resource: a name, a urn or a pattern; may be repeated.",
        autocompletion=completing.recorded_names,
    ),
]
TargetDependents = Annotated[
    bool, typer.Option("--target-dependents", help="And all that needs a target.")
]
Excludes = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        help="All but this resource; may be repeated.",
        autocompletion=completing.recorded_names,
    ),
]
ExcludeDependents = Annotated[
    bool, typer.Option("--exclude-dependents", help="And not what needs an excluded one.")
]
Replaces = Annotated[
    list[str] | None,
    typer.Option(
        "--replace",
        help="Make this resource anew; may be repeated.",
        autocompletion=completing.recorded_names,
    ),
]

PublishedStates = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="FILE|URL",
        help="Compare with a published state, not with this person's; {stack} is the stack's name.",
    ),
]
Save = Annotated[
    Path | None,
    typer.Option("--save", metavar="FILE", help="Keep the plan in a file, for `up --plan`."),
]
SavedPlanFile = Annotated[
    Path | None,
    typer.Option(
        "--plan", metavar="FILE", help="Carry out exactly this saved plan, without a question."
    ),
]

PROGRAM_OPTIONS = {"ignore_unknown_options": True, "allow_extra_args": True}
"""For commands that hand unknown options to the program."""
