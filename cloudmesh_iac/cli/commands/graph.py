"""`cmx graph`: draw what stands on what."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.asking import split
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.drawing import drawn, recorded_plan
from cloudmesh_iac.cli.parameter_help import ProgramCommand
from cloudmesh_iac.cli.saving import shown_plan
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.views.graph_mermaid import graph_mermaid
from cloudmesh_iac.views.graph_svg import graph_svg
from cloudmesh_iac.views.words import one_line
from cloudmesh_iac.wire.saved_plans import read_saved_plan

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Changed = Annotated[bool, typer.Option("--changed", help="Only what would change.")]
Around = Annotated[
    list[str] | None,
    typer.Option(
        "--around",
        metavar="NAME",
        help="Only this, what it stands on and what stands on it; may be repeated.",
        autocompletion=completing.recorded_names,
    ),
]
Recorded = Annotated[
    bool, typer.Option("--recorded", help="What the state holds; evaluates nothing.")
]
Mermaid = Annotated[bool, typer.Option("--mermaid", help="Print Mermaid, not SVG.")]
OfPlan = Annotated[
    Path | None, typer.Option("--plan", metavar="FILE", help="Draw a plan that was saved.")
]


@app.command(cls=ProgramCommand, context_settings=options.PROGRAM_OPTIONS)
def graph(
    words: options.Words = None,
    *,
    stack: options.Stack = None,
    on: options.On = None,
    changed: Changed = False,
    around: Around = None,
    recorded: Recorded = False,
    plan: OfPlan = None,
    mermaid: Mermaid = False,
    output: options.Output = None,
    full: options.Full = False,
) -> None:
    """Draw what stands on what as SVG or Mermaid, and what would change.

    Left is what others need. Many alike are drawn as one, unless --all says otherwise.
    """
    desk = Desk()
    said = split(words or [])
    if recorded and (changed or said.options or plan is not None):
        raise UsageProblem(
            "what is recorded does not change and takes no parameters",
            hint="leave --recorded away, or all of --changed, --plan and parameters",
        )
    if plan is not None:
        shown = shown_plan(read_saved_plan(desk.here / plan), plan)
    elif recorded:
        shown = recorded_plan(desk.snapshot(desk.one_program(said.plain), stack))
    else:
        shown = _previewed(desk, desk.one_program(said.plain), said.options, stack=stack, on=on)
    picture = drawn(shown, changed=changed, around=around or (), full=full)
    name = one_line(str(shown.stack))
    desk.hand_out(graph_mermaid(picture) if mermaid else graph_svg(picture, name), to=output)


def _previewed(
    desk: Desk,
    program: str | None,
    parameters: Mapping[str, str],
    *,
    stack: str | None,
    on: str | None,
) -> Plan:
    with desk.runtime(program, stack=stack, on=on) as runtime:
        return desk.preview(runtime, Request(runtime.place.stack, options=parameters))
