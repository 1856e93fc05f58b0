"""`cmx ci`: what a pull request sees of plans."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import finish
from cloudmesh_iac.cli.asking import needed_project
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.feet import foot_of
from cloudmesh_iac.cli.forges.github import GitHub, PullRequest, pull_request_of
from cloudmesh_iac.cli.published import store_of
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import CmxError, ExitCode
from cloudmesh_iac.settings.project import programs_of
from cloudmesh_iac.views.plan_markdown import NoPlan, Section, comment_of, marker
from cloudmesh_iac.views.verdict import LABELS, has_failed, label_of, plans_of, status_text

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

TOKENS = ("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")

Label = Annotated[
    bool, typer.Option("--label", help=f"Label the pull request, too: {', '.join(LABELS)}.")
]
Status = Annotated[bool, typer.Option("--status", help="Put a status on the newest commit, too.")]
SettingsFrom = Annotated[
    Path | None,
    typer.Option(
        "--settings-from",
        metavar="FOLDER",
        help="Take the sites from cloudmesh.yaml there: a checkout of the target branch.",
    ),
]


@app.callback()
def ci() -> None:
    """Show plans on pull requests."""


@app.command("comment")
def comment(
    programs: options.Programs = None,
    *,
    stack: options.Stack = None,
    name: options.CommentName = "",
    state: options.PublishedStates = None,
    settings_from: SettingsFrom = None,
    label: Label = False,
    status: Status = False,
    exit_code: options.ExitWithChanges = False,
) -> None:
    """Preview programs, all of the project if none is named, and keep one comment up to date.

    Run it in a GitHub workflow `on: pull_request`. From a fork, and without a token, the comment is
    printed instead, and put into the summary of the workflow. A preview that fails stands in the
    comment too; the others are shown all the same.
    """
    desk = Desk(settings_from=settings_from)
    project = needed_project(desk.here)
    where = pull_request_of(desk.computer.environment)
    desk.keep_from_programs(TOKENS)
    chosen = programs or [one.name for one in programs_of(project)]
    previews = _Previews(desk, stack, state or ())
    sections = [previews.section(program) for program in chosen]
    name = name or project.name
    text = comment_of(sections, name)
    if where is None:
        words = "no GITHUB_TOKEN that may write: the comment is printed, not made"
        desk.err.print(words, soft_wrap=True, markup=False)
        desk.write(text)
        _summarise(desk, text)
    else:
        _tell(desk, where, text, sections=sections, name=name, label=label, status=status)
    if previews.failed is not None:
        raise previews.failed
    has_changes = any(plan.has_changes for plan in plans_of(sections))
    finish(ExitCode.CHANGES if exit_code and has_changes else ExitCode.DONE)


class _Previews:
    """One preview after the other; the first error is kept for the end."""

    def __init__(self, desk: Desk, stack: str | None, states: Sequence[str]) -> None:
        self.failed: CmxError | None = None
        self._desk, self._stack, self._states = desk, stack, states

    def section(self, program: str) -> Section:
        try:
            return self._planned(program)
        except CmxError as error:
            self.failed = self.failed or error
            return NoPlan(program, error.message, error.hint or "")

    def _planned(self, program: str) -> Section:
        desk = self._desk
        store = store_of(desk, self._states, program=program, stack=self._stack)
        with desk.runtime(program, stack=self._stack, store=store) as runtime:
            plan = desk.preview(runtime, Request(runtime.place.stack))
            return plan, foot_of(plan, desk.hide(plan))


def _tell(
    desk: Desk,
    where: PullRequest,
    text: str,
    *,
    sections: Sequence[Section],
    name: str,
    label: bool,
    status: bool,
) -> None:
    forge = GitHub(where, wait=lambda seconds: _sleep(desk, seconds))
    page = forge.put_comment(marker(name), text)
    desk.say(page)
    if label:
        forge.put_label(label_of(sections), LABELS)
    if status:
        is_good = not has_failed(sections)
        words = status_text(sections)
        forge.put_status(f"cmx ({name})", is_good=is_good, words=words, page=page)


def _summarise(desk: Desk, text: str) -> None:
    """A workflow shows this on its own page."""
    summary = desk.computer.environment.get("GITHUB_STEP_SUMMARY")
    if summary:
        with suppress(OSError), Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)


def _sleep(desk: Desk, seconds: float) -> None:
    desk.computer.clock.wait(Event(), seconds)
