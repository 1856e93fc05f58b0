"""The two dynamic providers of every job: one submits it, the other waits for its end.

Their path and class names are stored in state: they stay.
"""

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Waiting
from cloudmesh_iac.core.urns import JOB_END_TYPE, JOB_START_TYPE, ResourceType
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.identity import LIMIT_KEYS, REPLACING_KEYS, SILENT_KEYS
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.metrics import wrong_paths
from cloudmesh_iac.providers.batch.props import to_ticket
from cloudmesh_iac.providers.dynamic.calls import is_unknown
from cloudmesh_iac.providers.dynamic.keyed_diff import KeyedDiff, changed_inputs
from cloudmesh_iac.providers.dynamic.seed import token_of
from cloudmesh_iac.settings.computer import SystemClock
from cloudmesh_iac.settings.load import load

SEARCHES: Mapping[ResourceType, Search] = {
    JOB_START_TYPE: Search.TOKEN,  # `start` gives the ticket that a token has already
    JOB_END_TYPE: Search.KEY,  # its ticket
}
_LIMITS = (
    "a waiting job gets it, maybe at the end of the queue, and what waits for it stays behind it;"
    " others with their next run"
)


class NotedUpdate(UpdateResult):
    """An update that also says what became of it; for our own engine."""

    def __init__(self, outputs: dict[str, Any], note: str = "") -> None:
        super().__init__(outputs)
        self.note = note


class EndedUpdate(UpdateResult):
    """An update that also says whether the job had ended badly; for our own engine."""

    def __init__(self, outputs: dict[str, Any]) -> None:
        super().__init__(outputs)
        self.failed = not JobState(outputs["state"]).is_good


class _JobHandler(ResourceProvider):
    serialize_as_secret_always = False  # the pickle holds a module path, nothing else

    def configure(self, req: ConfigureRequest) -> None:
        self.jobs = Jobs(load())


class SubmissionHandler(_JobHandler):
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        filled = {
            **news,
            "token": token_of(_olds),
            "run": news.get("run", _olds.get("run", 0)),
        }
        failures = []
        if not is_unknown(news.get("site")):
            try:
                filled = {**self.jobs.defaults(str(news["site"])), **filled}
            except CmxError as error:
                failures.append(CheckFailure("site", error.in_one_line))
        return CheckResult(filled, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        keys = _changed(_olds, _news, _SUBMISSION_INPUTS)
        replaces = tuple(key for key in keys if key in REPLACING_KEYS)
        may_queue_anew = bool(set(keys) & set(LIMIT_KEYS)) and not replaces
        return KeyedDiff(
            keys,
            replaces,
            losses=(_LIMITS,) if may_queue_anew else (),
            stables=_stable(keys),
            interrupts=may_queue_anew,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        (answer,) = self.jobs.start(props["site"], [props])
        if isinstance(answer, Failure):
            problem = SiteRefused if answer.is_certain else SiteUnreachable
            raise problem(answer.message, hint=answer.hint)
        return CreateResult(f"{props['site']}:{answer['job_id']}", answer)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Keep what the site gave; an input that is not given any more is gone."""
        kept = {key: _olds[key] for key in _OF_THE_START if key in _olds}
        changed = None
        if "ticket" in _olds and set(_changed(_olds, _news, LIMIT_KEYS)) & set(LIMIT_KEYS):
            changed = self.jobs.change_limits(_olds, _news)
        if changed is None:
            return NotedUpdate({**kept, **_news})
        return NotedUpdate({**kept, "job_id": changed.remote_id, **_news}, changed.note)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Take the job out of the queue or stop it; an ended one, and all results, stay."""
        ticket = to_ticket(_props["ticket"])
        self.jobs.cancel(ticket.site, [ticket])


class CompletionHandler(_JobHandler):
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        wrong = wrong_paths(news.get("measure") or {})
        return CheckResult(news, [CheckFailure("metrics", words) for words in wrong])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        keys = _changed(_olds, _news, _COMPLETION_INPUTS)
        replaces = tuple(key for key in keys if key == "ticket")
        return KeyedDiff(keys, replaces, stables=_OF_THE_END)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Wait here until the job has ended; our own engine waits without holding a worker."""
        ticket = to_ticket(props["ticket"])
        self.jobs.confirm(ticket.site, [ticket])
        scheduler, clock, polls = self.jobs.scheduler(ticket.site), SystemClock(), 0
        while True:
            answer = self.jobs.poll(ticket.site, [ticket])[ticket]
            if isinstance(answer, Done):
                outputs = self.jobs.collect(props, answer)
                return CreateResult(f"{ticket.site}:{ticket.shown_id}", outputs)
            if isinstance(answer, Waiting) and answer.is_due:
                self.jobs.try_again(ticket.site, [ticket])  # what cannot be now is asked again
            clock.sleep(scheduler.poll_after_s(polls))
            polls += 1

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        outputs = self.jobs.read_again(_olds, _news)
        return EndedUpdate(outputs)


def _changed(
    olds: Mapping[str, Any], news: Mapping[str, Any], inputs: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the inputs that changed; `olds` are outputs, among which the inputs stand too.

    A value that is not known yet counts as changed.
    """
    keys = [*news, *(key for key in inputs if key in olds and key not in news)]
    return changed_inputs(olds, news, (key for key in keys if key not in SILENT_KEYS))


def _stable(keys: tuple[str, ...]) -> tuple[str, ...]:
    """A waiting job that gets other limits may be submitted again, under another id."""
    return ("ticket",) if set(keys) & set(LIMIT_KEYS) else _OF_THE_START


_OF_THE_START = ("job_id", "ticket")
_OF_THE_END = ("state", "exit_code", "log", "elapsed_s", "hosts")
_SUBMISSION_INPUTS = (*REPLACING_KEYS, *LIMIT_KEYS, "note")
_COMPLETION_INPUTS = ("ticket", "outputs", "measure", "parameters", "project", "stack", "point")
