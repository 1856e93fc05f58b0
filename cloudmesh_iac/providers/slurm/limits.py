"""Give a job that waits other limits: in the queue where the site lets us, else by a new place.

A job that is submitted again is held and taken out first, and its manifest says so before that: a
run that dies in between leaves either job or a note to submit it, never two that could both run.
Where others wait for it, it is taken out when these wait for the new one, and is held until then.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.jobs import JobState, LimitsChanged, Start, Ticket
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.files import rewrite_script
from cloudmesh_iac.providers.batch.layout import SCRIPT
from cloudmesh_iac.providers.batch.manifest import manifest_of, write_manifest
from cloudmesh_iac.providers.slurm.behind import let_follow, waiting_behind
from cloudmesh_iac.providers.slurm.following import (
    followed,
    is_being_submitted_again,
    its,
    raise_elsewhere,
)
from cloudmesh_iac.providers.slurm.places import by_place
from cloudmesh_iac.providers.slurm.submission import Submissions
from cloudmesh_iac.providers.slurm.words import state_of

_FROM_THE_NEXT_RUN_ON = "counts from the next run on"
_OPTION, _QUOTES = "#SBATCH ", '"'
# Options of sbatch, and what scontrol calls them.
_WORDS = {
    "--time": "TimeLimit",
    "--mem": "MinMemoryNode",
    "--partition": "Partition",
    "--account": "Account",
    "--qos": "QOS",
    "--constraint": "Features",
    "--reservation": "ReservationName",
    "--licenses": "Licenses",
}
_WAITS = frozenset({JobState.QUEUED, JobState.HELD})


def change_limits(submissions: Submissions, ticket: Ticket, start: Start) -> LimitsChanged:
    """Errors: SiteUnreachable; SiteRefused, with the job as it was."""
    slurm = submissions.slurm
    raise_elsewhere([ticket], slurm)
    jobs = by_place(slurm.jobs())
    current = followed(ticket, jobs)
    job = its(current, jobs)
    if is_being_submitted_again(ticket):
        return _submit_again(submissions, start, old=current)
    if job is None or state_of(job.state, job.reason) not in _WAITS:
        return LimitsChanged(current.shown_id, _FROM_THE_NEXT_RUN_ON)
    said = _said(Path(ticket.directory), submissions.script(start).script)
    if said is not None:
        try:
            slurm.update(current.shown_id, said)
        except SiteRefused:
            pass
        else:
            rewrite_script(Path(ticket.directory), submissions.script(start).script)
            return LimitsChanged(current.shown_id, "changed in the queue")
    return _take_out_and_submit(submissions, start, current)


def _take_out_and_submit(submissions: Submissions, start: Start, current: Ticket) -> LimitsChanged:
    """Errors: SiteRefused when the site lets nobody hold or cancel it."""
    slurm, shown_id = submissions.slurm, current.shown_id
    slurm.hold([shown_id])
    jobs = by_place(slurm.jobs())
    now = its(current, jobs)
    if now is None or state_of(now.state, now.reason) is not JobState.HELD:
        return LimitsChanged(shown_id, _FROM_THE_NEXT_RUN_ON)  # it has begun meanwhile
    manifest = manifest_of(current)
    point = Path(current.directory).parent
    if manifest is not None and any(waiting_behind(submissions.workdir, {point}, jobs)):
        # Slurm takes out what waits for a job that is cancelled: the new one has to be there first.
        try:
            return _submit_again(submissions, start, old=current)
        except SiteRefused:
            pass  # no room for both: then what waits goes with it, and is submitted again later
    if manifest is not None:
        alone = replace(manifest, remote_id="", index=None, array="")
        write_manifest(Path(current.directory), alone)
    slurm.cancel([shown_id])
    return _submit_again(submissions, start, old=current)


def _submit_again(submissions: Submissions, start: Start, *, old: Ticket) -> LimitsChanged:
    """Submit it, put behind it what waits, and take out the old job where it is still held."""
    slurm = submissions.slurm
    ticket = submissions.submit_again(start, old=old.remote_id)
    jobs = by_place(slurm.jobs())
    behind = let_follow(submissions, [ticket], jobs)
    left = its(old, jobs)
    if left is not None and not state_of(left.state).has_ended:
        slurm.cancel([old.shown_id])
    slurm.release([ticket.remote_id])
    note = f"submitted again as job {ticket.remote_id}: its place in the queue is lost"
    return LimitsChanged(ticket.remote_id, f"{note}{_who_waits(behind)}")


def _who_waits(ids: Sequence[str]) -> str:
    """Say which jobs wait for the new one; nothing where nobody did."""
    if not ids:
        return ""
    one, verb = ("job", "waits") if len(ids) == 1 else ("jobs", "wait")
    return f"; {one} {', '.join(ids)} {verb} for it now"


def _said(directory: Path, script: str) -> list[str] | None:
    """Return what scontrol is told of the lines that differ from the script that was submitted.

    None when it has no words for one of them, or cannot take one back.
    """
    try:
        old = _options((directory / SCRIPT).read_text(errors="surrogateescape"))
    except OSError:
        return None
    new = _options(script)
    if old == new:  # how often it is tried again stands in the script itself
        return None
    names = {line.partition("=")[0] for line in old ^ new}
    now = dict(line.split("=", 1) for line in new if "=" in line)
    if any(name not in _WORDS or name not in now for name in names):
        return None
    return [f"{_WORDS[name]}={_value(name, now[name])}" for name in sorted(names)]


def _value(name: str, written: str) -> str:
    value = written.strip(_QUOTES)
    return value.removesuffix("M") if name == "--mem" else value  # MiB in both, here without unit


def _options(script: str) -> set[str]:
    lines = script.splitlines()
    return {line.removeprefix(_OPTION) for line in lines if line.startswith(_OPTION)}
