"""How do the jobs of a stack stand?"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.outcomes import JobSeen
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.words import UNICODE, Marks, duration, one_line, path

_HEAD = ("job", "site", "id", "state", "elapsed", "starts", "reason")
_ELAPSED = 5  # column numbers, after the mark


def status_text(
    stack: StackId, jobs: Sequence[JobSeen], *, now: datetime, marks: Marks = UNICODE
) -> Text:
    """Return a line that counts, then one line per job. Times are in the time zone of `now`."""
    if not jobs:
        return Text(f"{one_line(str(stack))}: no jobs")
    number = Counter(job.state for job in jobs)
    said = ", ".join(f"{number[state]:,} {state.lower()}" for state in JobState if number[state])
    head = Text(f"{one_line(str(stack))}: ", style="bold").append(said, style="")
    return lines([head, *jobs_text(jobs, now=now, marks=marks)])


def jobs_text(jobs: Sequence[JobSeen], *, now: datetime, marks: Marks = UNICODE) -> list[Text]:
    """Return a table of jobs as lines, in the given order; the head is the first."""
    rows = [_row(job, now=now, marks=marks) for job in jobs]
    used = [any(row[number] for row in rows) for number in range(len(_HEAD) + 1)]
    used[0] = True
    head = [Text(""), *(Text(name, style="bold") for name in _HEAD)]
    kept = [
        [cell for cell, is_used in zip(row, used, strict=True) if is_used] for row in [head, *rows]
    ]
    return columns(kept, right=[sum(used[:_ELAPSED])] if used[_ELAPSED] else [])


def _row(job: JobSeen, *, now: datetime, marks: Marks) -> list[Text]:
    mark, colour = _mark(job.state, marks)
    state = Text(str(job.state), style=colour)
    if job.exit_code:
        state.append(f" ({job.exit_code})")
    if job.progress is not None and job.state is JobState.RUNNING:
        state.append(f" {job.progress} %")
    return [
        Text(mark, style=colour),
        Text(path(job.urn)),
        Text(one_line(job.site)),
        Text(one_line(job.remote_id)),
        state,
        Text(_elapsed(job, now)),
        Text(_start(job, now)),
        Text(one_line(job.reason)),
    ]


def _mark(state: JobState, marks: Marks) -> tuple[str, str]:
    if state is JobState.RUNNING:
        return marks.running, "cyan"
    if not state.has_ended:
        return marks.queued, ""
    return (marks.good, "green") if state.is_good else (marks.bad, "red")


def _elapsed(job: JobSeen, now: datetime) -> str:
    if job.started_at is None:
        return ""
    return duration(((job.ended_at or now) - job.started_at).total_seconds())


def _start(job: JobSeen, now: datetime) -> str:
    """Return when a queued job may start: the time, with the date unless it is today."""
    if job.expected_start is None or job.started_at is not None or job.state.has_ended:
        return ""
    start = job.expected_start.astimezone(now.tzinfo)
    return f"{start:%H:%M}" if start.date() == now.date() else f"{start:%Y-%m-%d %H:%M}"
