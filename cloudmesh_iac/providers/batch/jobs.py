"""Start, await and cancel the jobs of the two job resources on whatever site they name."""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    Forecast,
    JobScript,
    JobState,
    LimitsChanged,
    LiveJob,
    SiteName,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.engine.abilities import (
    ChangesLimits,
    Explains,
    FindsResults,
    Foresees,
    HasDefaults,
    RunsJobs,
    ShowsScripts,
    TriesAgain,
)
from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable, UsageProblem
from cloudmesh_iac.providers.batch.identity import has_missing_values
from cloudmesh_iac.providers.batch.job_secrets import remove_secrets
from cloudmesh_iac.providers.batch.layout import RELEASED
from cloudmesh_iac.providers.batch.manifest import manifest_of
from cloudmesh_iac.providers.batch.progress import read_progress
from cloudmesh_iac.providers.batch.props import to_completed, to_start, to_submitted, to_ticket
from cloudmesh_iac.providers.batch.reading import read_results
from cloudmesh_iac.providers.batch.results import results_folder
from cloudmesh_iac.providers.batch.together import Together
from cloudmesh_iac.settings.computer import SystemClock
from cloudmesh_iac.settings.load import OpenSites

_OF_READING = ("outputs", "measure", "parameters", "metrics", "files", "missing", "summary")


class Jobs:
    """Works on plain properties, so that both engines can use it."""

    def __init__(self, sites: OpenSites) -> None:
        self._sites = sites
        self._cancels: dict[str, Together[Ticket]] = {}
        self._released: set[tuple[str, str]] = set()  # tokens and ids
        self._lock = threading.Lock()

    def scheduler(self, site: str) -> RunsJobs:
        """Errors: UsageProblem for a site that is not there or runs no jobs."""
        provider = self._sites.provider(site)
        if not isinstance(provider, RunsJobs):
            raise UsageProblem(f"site {site!r} does not run jobs", subject=site)
        return provider

    def runs_at(self, site: str) -> bool:
        """Say whether a site runs jobs; False for one that is not there."""
        try:
            self.scheduler(site)
        except CmxError:
            return False
        return True

    def problem(self, site: str) -> str | None:
        """Return why a site cannot be used from here, in one sentence."""
        scheduler = self.scheduler(site)
        return scheduler.problem() if isinstance(scheduler, Explains) else None

    def has_result(self, props: Mapping[str, Any]) -> bool:
        """Say whether a submission would find its result; False where the site cannot tell."""
        try:
            scheduler = self.scheduler(str(props["site"]))
            request = to_start(props, project_dir="").request
            return isinstance(scheduler, FindsResults) and scheduler.has_result(request)
        except CmxError:
            return False

    def defaults(self, site: str) -> Mapping[str, str]:
        """Return the inputs that a job of this person has where the program says nothing.

        Errors: UsageProblem for a site that is not there or runs no jobs.
        """
        scheduler = self.scheduler(site)
        return scheduler.defaults() if isinstance(scheduler, HasDefaults) else {}

    def change_limits(
        self, olds: Mapping[str, Any], news: Mapping[str, Any]
    ) -> LimitsChanged | None:
        """Give a submitted job other limits; None where its site cannot.

        Errors: SiteUnreachable, SiteRefused.
        """
        ticket = to_ticket(olds["ticket"])
        scheduler = self.scheduler(ticket.site)
        if not isinstance(scheduler, ChangesLimits) or ticket.token != news["token"]:
            return None
        start = to_start(news, project_dir=str(self._sites.settings.project_dir))
        return scheduler.change_limits(ticket, start)

    def forecast(self, site: str, submissions: Sequence[Mapping[str, Any]]) -> Forecast:
        """Return what a site expects of jobs that are not submitted yet."""
        nothing = Forecast((None,) * len(submissions))
        try:
            scheduler = self.scheduler(site)
            if not isinstance(scheduler, Foresees):
                return nothing
            return scheduler.forecast([_foreseen(props) for props in submissions])
        except CmxError:
            return nothing

    def script(self, props: Mapping[str, Any]) -> JobScript:
        """Return what would be submitted. Errors: UsageProblem, SiteRefused."""
        scheduler = self.scheduler(str(props["site"]))
        if not isinstance(scheduler, ShowsScripts):
            raise UsageProblem(f"site {props['site']} runs no scripts", subject=str(props["site"]))
        project_dir = str(self._sites.settings.project_dir)
        return scheduler.script(to_start(props, project_dir=project_dir))

    def start(
        self, site: str, submissions: Sequence[Mapping[str, Any]]
    ) -> Sequence[dict[str, Any] | Failure]:
        """Return the outputs of each submission, or why it was not started; in the same order."""
        project_dir = str(self._sites.settings.project_dir)
        lacking = [_lacks(props) for props in submissions]
        whole = [props for props, lack in zip(submissions, lacking, strict=True) if lack is None]
        try:
            commit = self._sites.commit()
            starts = [
                replace(start, request=replace(start.request, commit=commit))
                for start in (to_start(props, project_dir=project_dir) for props in whole)
            ]
            answers = iter(self.scheduler(site).start(starts) if starts else ())
        except CmxError as error:
            return [lack or _failure(error) for lack in lacking]
        started: list[dict[str, Any] | Failure] = []
        for props, lack in zip(submissions, lacking, strict=True):
            answer = lack or next(answers)
            started.append(_submitted(props, answer) if isinstance(answer, Ticket) else answer)
        return started

    def confirm(self, site: str, tickets: Sequence[Ticket]) -> None:
        """Release jobs, and remember it beside them. Errors: SiteUnreachable, SiteRefused."""
        self.scheduler(site).confirm(tickets)
        for ticket in tickets:
            id_ = _id_now(ticket)
            self._released.add((ticket.token, id_))
            if ticket.directory:
                with suppress(OSError):  # then a later run releases it once more
                    Path(ticket.directory, RELEASED).write_text(id_)

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        """Release again what is still held: a run may have died between its record and its word.

        What was let go once, and is held all the same, is held by somebody: it stays so.
        """
        try:
            scheduler = self.scheduler(site)
            answers = scheduler.poll(tickets)
            held = [
                ticket
                for ticket, answer in answers.items()
                if isinstance(answer, Waiting)
                and answer.state is JobState.HELD
                and not self._was_released(ticket)
            ]
            if held:
                self.confirm(site, held)
        except CmxError as error:
            return dict.fromkeys(tickets, _failure(error))
        return {ticket: _with_progress(scheduler, ticket, one) for ticket, one in answers.items()}

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        """Start the next attempt of jobs that are due; return why one could not be now."""
        try:
            scheduler = self.scheduler(site)
            if not isinstance(scheduler, TriesAgain):
                return Failure(f"site {site} does not try jobs again")
            failure = scheduler.try_again(tickets)
            self.confirm(site, tickets)
        except CmxError as error:
            return _failure(error)
        return failure

    def _was_released(self, ticket: Ticket) -> bool:
        id_ = _id_now(ticket)
        if (ticket.token, id_) in self._released:
            return True
        try:
            return bool(ticket.directory) and Path(ticket.directory, RELEASED).read_text() == id_
        except OSError:
            return False

    def collect(self, props: Mapping[str, Any], done: Done) -> dict[str, Any]:
        """Fetch outputs and logs of an ended job and return the outputs of its Completion.

        Errors: SiteUnreachable, SiteRefused.
        """
        return self._read(props, to_completed(props, done))

    def read_again(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """Read other outputs or metrics of a job that ended before."""
        kept = {key: value for key, value in olds.items() if key not in _OF_READING}
        return self._read(news, {**kept, **news})

    def _read(self, props: Mapping[str, Any], outputs: dict[str, Any]) -> dict[str, Any]:
        project_dir = self._sites.settings.project_dir
        ticket = to_ticket(props["ticket"])
        folder = results_folder(project_dir, props["stack"], props["point"])
        try:
            scheduler = self.scheduler(ticket.site)
            return read_results(props, outputs, scheduler, folder=folder, project_dir=project_dir)
        except OSError as error:
            raise SiteRefused(f"the results cannot be kept in {folder}: {error}") from error

    def cancel(self, site: str, tickets: Sequence[Ticket]) -> None:
        """Errors: SiteUnreachable, SiteRefused.

        A destroy takes each job away by itself: a scheduler is asked for many of them at once.
        """
        scheduler = self.scheduler(site)
        with self._lock:
            together = self._cancels.setdefault(site, Together(scheduler.cancel, SystemClock()))
        together.do(tickets)
        for ticket in tickets:
            if ticket.directory:
                remove_secrets(Path(ticket.directory))

    def live(self, site: str, project: str, stack: str) -> Sequence[LiveJob]:
        return self.scheduler(site).live_jobs(project, stack)


def _foreseen(props: Mapping[str, Any]) -> Start:
    """What is not known yet is where a job runs, not what it asks for."""
    known = {**props, "token": props.get("token") or "", "placement": {}, "arguments": {}}
    return to_start({**known, "after": [], "command": ""}, project_dir="")


def _submitted(props: Mapping[str, Any], ticket: Ticket) -> dict[str, Any]:
    """A result that was found may be that of a later run: the next rerun counts on from there."""
    outputs = to_submitted(props, ticket)
    if ticket.token == props["token"]:
        return outputs
    manifest = manifest_of(ticket)
    return outputs if manifest is None else {**outputs, "found_run": manifest.run}


def _with_progress(
    scheduler: RunsJobs, ticket: Ticket, answer: Waiting | Done | Failure
) -> Waiting | Done | Failure:
    if not isinstance(answer, Waiting) or answer.state is not JobState.RUNNING:
        return answer
    return replace(answer, progress=read_progress(scheduler.log_path(ticket)))


def _id_now(ticket: Ticket) -> str:
    """Return the id of the job that a ticket stands for: it may have been submitted again."""
    manifest = manifest_of(ticket)
    return manifest.remote_id if manifest is not None else ticket.remote_id


def _lacks(props: Mapping[str, Any]) -> Failure | None:
    """Say that a value of another resource is not there, which would be written as `None`."""
    if not has_missing_values(props):
        return None
    return Failure(
        "a value in its command is not there: the resource that it comes from left it empty",
        "a metric that was not found is empty: see `cmx logs` of that job, and run it again",
    )


def _failure(error: CmxError) -> Failure:
    return Failure.of(error, is_certain=not isinstance(error, SiteUnreachable))
