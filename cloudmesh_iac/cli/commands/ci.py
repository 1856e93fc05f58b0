"""`cmx ci`: what a pull request sees of plans."""

from contextlib import suppress
from pathlib import Path
from threading import Event

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import finish
from cloudmesh_iac.cli.asking import needed_project
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.forges.github import Comments, pull_request_of
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import ExitCode
from cloudmesh_iac.settings.project import programs_of
from cloudmesh_iac.views.plan_json import plan_digest
from cloudmesh_iac.views.plan_markdown import Foot, comment_of, marker

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def ci() -> None:
    """Show plans on pull requests."""


@app.command("comment")
def comment(
    programs: options.Programs = None,
    *,
    stack: options.Stack = None,
    name: options.CommentName = "",
    exit_code: options.ExitWithChanges = False,
) -> None:
    """Preview programs, all of the project if none is named, and keep one comment up to date.

    Run it in a GitHub workflow `on: pull_request`. Without a token, as for a fork, the comment is
    printed instead, and put into the summary of the workflow.
    """
    desk = Desk()
    project = needed_project(desk.here)
    where = pull_request_of(desk.computer.environment)
    chosen = programs or [one.name for one in programs_of(project)]
    sections = [_section(desk, program, stack) for program in chosen]
    name = name or project.name
    text = comment_of(sections, name)
    if where is None:
        desk.err.print("there is no GITHUB_TOKEN: the comment is printed, not made", markup=False)
        desk.write(text)
        _summarise(desk, text)
    else:
        comments = Comments(where, wait=lambda seconds: _sleep(desk, seconds))
        desk.say(comments.put(marker(name), text))
    has_changes = any(plan.has_changes for plan, _ in sections)
    finish(ExitCode.CHANGES if exit_code and has_changes else ExitCode.DONE)


def _section(desk: Desk, program: str, stack: str | None) -> tuple[Plan, Foot]:
    with desk.runtime(program, stack=stack) as runtime:
        plan = desk.preview(runtime, Request(runtime.place.stack))
        return plan, Foot(plan_digest(plan, desk.hide(plan)), f"cmx up {plan.stack}")


def _summarise(desk: Desk, text: str) -> None:
    """A workflow shows this on its own page."""
    summary = desk.computer.environment.get("GITHUB_STEP_SUMMARY")
    if summary:
        with suppress(OSError), Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)


def _sleep(desk: Desk, seconds: float) -> None:
    desk.computer.clock.wait(Event(), seconds)
