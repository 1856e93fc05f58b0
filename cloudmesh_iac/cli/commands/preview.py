"""`cmx preview`: show what would change."""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import finish
from cloudmesh_iac.cli.asking import split
from cloudmesh_iac.cli.choosing import selection_of
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.feet import foot_of
from cloudmesh_iac.cli.parameter_help import ProgramCommand
from cloudmesh_iac.cli.published import store_of
from cloudmesh_iac.cli.saving import save
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import ExitCode
from cloudmesh_iac.views.plan_html import plan_html
from cloudmesh_iac.views.plan_json import plan_dict
from cloudmesh_iac.views.plan_markdown import plan_markdown
from cloudmesh_iac.views.plan_text import plan_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(cls=ProgramCommand, context_settings=options.PROGRAM_OPTIONS)
def preview(
    words: options.Words = None,
    *,
    stack: options.Stack = None,
    on: options.On = None,
    refresh: options.Refresh = False,
    json: options.Json = False,
    markdown: options.Markdown = False,
    html: options.Html = None,
    full: options.Full = False,
    target: options.Targets = None,
    target_dependents: options.TargetDependents = False,
    exclude: options.Excludes = None,
    exclude_dependents: options.ExcludeDependents = False,
    replace: options.Replaces = None,
    save_to: options.Save = None,
    state: options.PublishedStates = None,
    exit_code: options.ExitWithChanges = False,
) -> None:
    """Show what would change, and why. Changes nothing, takes no lock."""
    desk = Desk(is_json=json)
    said = split(words or [])
    selection = selection_of(
        target, exclude, replace, dependents=(target_dependents, exclude_dependents)
    )
    program = desk.one_program(said.plain)
    published = store_of(desk, state or (), program=program, stack=stack)
    with desk.runtime(program, stack=stack, on=on, store=published) as runtime:
        request = Request(
            runtime.place.stack, options=said.options, selection=selection, refresh=refresh
        )
        plan = desk.preview(runtime, request, looks=refresh)
        problems = runtime.engine.problems(plan)
        if save_to is not None:
            save(desk, runtime, request=request, plan=plan, file=save_to)
        hide = desk.hide(plan)
    if html is not None:
        desk.put(html, plan_html(plan, foot_of(plan, hide, save_to)))
    if json:
        desk.answer(plan_dict(plan, hide))
    elif markdown:
        desk.write(plan_markdown(plan, foot_of(plan, hide, save_to)))
    else:
        desk.say(plan_text(plan, marks=desk.marks, full=full))
    if save_to is not None and plan.has_work:
        desk.err.print(f"Apply exactly this: cmx up --plan {save_to}", soft_wrap=True, markup=False)
    for problem in problems:
        desk.err.print(
            f"{problem.message} (`cmx up` would stop here)", soft_wrap=True, markup=False
        )
    finish(ExitCode.CHANGES if exit_code and plan.has_changes else ExitCode.DONE)
