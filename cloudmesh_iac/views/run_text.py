"""How did a run end, and what is still to come?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from rich.text import Text

from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, FailedChange, RunOutcome
from cloudmesh_iac.core.urns import STACK_TYPE, Urn, type_of
from cloudmesh_iac.views.items import PLAIN_VERBS, verb_of_job
from cloudmesh_iac.views.jobs_text import jobs_text
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.words import (
    CHOICE,
    PAST,
    UNICODE,
    Marks,
    Verb,
    count,
    duration,
    is_completion,
    is_default_provider,
    is_job,
    job_urn,
    one_line,
    path,
    skipped_text,
    title,
    word,
)

_MOST_NAMES = 12


def run_text(
    outcome: RunOutcome, *, now: datetime, marks: Marks = UNICODE, full: bool = False
) -> Text:
    """Return the last words of a run: what failed first, then what waits, the summary at the end.

    Times of day are shown in the time zone of `now`.
    """
    said = [
        *_failed(outcome, marks),
        *_skipped(outcome, marks=marks, full=full),
        *_remarks(outcome, marks=marks, full=full),
        *_removed(outcome, marks=marks, full=full),
        *_waiting(outcome, now=now, marks=marks, full=full),
        _summary(outcome),
        *_left(outcome, marks),
    ]
    return lines(said)


def done_counts(outcome: RunOutcome) -> Mapping[Verb, int]:
    """Count what was done as people do: a job once, and not while it waits or when it failed."""
    elsewhere = {job_urn(failed.urn) for failed in outcome.failed}
    elsewhere |= {job_urn(skipped.urn) for skipped in outcome.skipped}
    elsewhere |= {job_urn(waiting.urn) for waiting in outcome.waiting}
    elsewhere |= {job_urn(urn) for urn in outcome.behind}
    groups: dict[Urn, list[Carried]] = {}
    for carried in outcome.carried:
        key = job_urn(carried.urn)
        if key not in elsewhere and not _is_holder(key):
            groups.setdefault(key, []).append(carried)
    return Counter(_verb(key, group) for key, group in groups.items())


def _is_holder(urn: Urn) -> bool:
    """Plans do not count it either: it holds other things, or belongs to them."""
    type_ = type_of(urn)
    is_one = type_ in {STACK_TYPE, CHOICE} or type_.startswith("cmx:index:")
    return is_one or is_default_provider(urn)


def _verb(urn: Urn, group: list[Carried]) -> Verb:
    """Of several things done to one resource the last one counts, but a new object wins."""
    actions: dict[bool, Action] = {}
    for carried in group:
        half = is_job(urn) and is_completion(carried.urn)
        if actions.get(half) not in {Action.CREATE, Action.REPLACE}:
            actions[half] = carried.action
    if is_job(urn):
        return verb_of_job(actions.get(False), actions.get(True))
    return PLAIN_VERBS[actions[False]]


def _summary(outcome: RunOutcome) -> Text:
    if outcome.is_interrupted:
        head, style = "interrupted", "bold yellow"
    elif outcome.failed or outcome.skipped or outcome.left:
        head, style = "failed", "bold red"
    elif outcome.waiting:
        head, style = "waiting", "bold cyan"
    else:
        head, style = "done", "bold green"
    number = done_counts(outcome)
    parts = [(len(outcome.failed), "failed"), (_things(outcome), "skipped")]
    parts.append((len(outcome.waiting), "queued or running"))
    parts.extend((number.get(verb, 0), PAST[verb]) for verb in Verb)
    if outcome.kind is UpdateKind.DESTROY and not number.get(Verb.DELETE):
        gone = {job_urn(urn) for urn in outcome.removed if not _is_holder(urn)}
        parts.append((len(gone), PAST[Verb.DELETE]))
    said = ", ".join(f"{how_many:,} {what}" for how_many, what in parts if how_many)
    rest = f": {said or 'nothing to do'}, in {duration(outcome.duration_s)}"
    return Text(head, style=style).append(rest, style="")


def _things(outcome: RunOutcome) -> int:
    failed = {job_urn(failure.sought) for failure in outcome.failed}
    return len({job_urn(skipped.urn) for skipped in outcome.skipped} - failed)


def _failed(outcome: RunOutcome, marks: Marks) -> Iterator[Text]:
    for failure in outcome.failed:
        yield (
            Text(f"{marks.bad} ", style="red")
            .append(title(failure.sought), style="bold")
            .append(f" {_how(failure)}", style="")
        )
        if failure.hint:
            yield Text(f"  try: {one_line(failure.hint)}")


def _how(failure: FailedChange) -> str:
    said = one_line(failure.message)
    if failure.state is None:
        return f"failed: {said}"
    return f"{failure.state}: {said}" if said else str(failure.state)


def _skipped(outcome: RunOutcome, *, marks: Marks, full: bool) -> Iterator[Text]:
    failed = {job_urn(failure.sought) for failure in outcome.failed}
    because = {job_urn(skip.urn): skip.because for skip in outcome.skipped}
    rows: list[list[str | Text]] = [
        [Text(marks.dot), title(urn), skipped_text(urn, cause)]
        for urn, cause in because.items()
        if urn not in failed
    ]
    yield from _cut(columns(rows), marks=marks, full=full)


def _remarks(outcome: RunOutcome, *, marks: Marks, full: bool) -> Iterator[Text]:
    rows = [
        Text(marks.danger, style="yellow").append(
            f" {title(one.urn)}: {one_line(one.text)}", style=""
        )
        for one in outcome.remarks
    ]
    yield from _cut(rows, marks=marks, full=full)


def _removed(outcome: RunOutcome, *, marks: Marks, full: bool) -> Iterator[Text]:
    rows: list[list[str | Text]] = [
        [Text(marks.delete, style="red"), word(urn), path(urn), "removed"]
        for urn in dict.fromkeys(job_urn(urn) for urn in outcome.removed)
        if type_of(urn) != CHOICE and not is_default_provider(urn)
    ]
    yield from _cut(columns(rows), marks=marks, full=full)


def _waiting(outcome: RunOutcome, *, now: datetime, marks: Marks, full: bool) -> Iterator[Text]:
    if outcome.waiting:
        yield from _cut(jobs_text(outcome.waiting, now=now, marks=marks), marks=marks, full=full)
    behind = [title(urn) for urn in dict.fromkeys(job_urn(urn) for urn in outcome.behind)]
    if behind:
        shown = behind if full else behind[:_MOST_NAMES]
        more = len(behind) - len(shown)
        names = ", ".join(shown) + (f" and {more:,} more" if more else "")
        yield Text(f"behind them: {names}")
    if outcome.waiting or behind:
        yield Text("`cmx wait` stays until they end and goes on with what stands behind them")


def _left(outcome: RunOutcome, marks: Marks) -> Iterator[Text]:
    for left in outcome.left:
        where = f"still on {one_line(left.site)}" if left.site else "look whether it is still there"
        said = f"{marks.danger} {where}: {one_line(left.what)}"
        yield Text(said, style="bold red")
    dirty = {left.site for left in outcome.left}
    clean = [one_line(site) for site in dict.fromkeys(outcome.checked_sites) if site not in dirty]
    if clean:
        yield Text(f"nothing is left on {_and(clean)}")


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _cut(rows: Iterable[Text], *, marks: Marks, full: bool) -> Iterator[Text]:
    """Show all of a short list, and the beginning of a long one."""
    found = list(rows)
    if full or len(found) <= _MOST_NAMES + 1:
        yield from found
    else:
        yield from found[:_MOST_NAMES]
        yield Text(
            f"  {marks.more} and {count(len(found) - _MOST_NAMES, 'more line')}", style="dim"
        )
