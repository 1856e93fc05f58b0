"""`cmx rerun`: run jobs again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approved import recorded_request, recorded_site
from cloudmesh_iac.cli.approving import carry_out, finish, patience_s
from cloudmesh_iac.cli.completing import programs_and_jobs
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.jobs import jobs_hint, jobs_like
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import JOB_END_TYPE, JOB_START_TYPE, Urn, name_of
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.errors import ExitCode, UsageProblem

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def rerun(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROGRAM] [JOB]...",
            help="Names or patterns: pi/n=100,*",
            autocompletion=programs_and_jobs,
        ),
    ] = None,
    *,
    failed: bool = typer.Option(False, "--failed", help="Every job that ended badly."),
    stack: options.Stack = None,
    yes: options.Yes = False,
    wait: options.Wait = False,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
    events: options.EventsTo = None,
    full: options.Full = False,
) -> None:
    """Run jobs again, with the parameters of the last `up`. Earlier results stay on the site."""
    desk = Desk(is_json=json, events=events)
    program, items = desk.program_and_items(words or [])
    desk.wait_for_turn(program, stack, wait_for_lock)
    recorded = desk.snapshot(program, stack)
    with desk.runtime(program, stack=stack, on=recorded_site(recorded)) as runtime:
        reruns = _reruns(recorded, items, failed=failed)
        if not reruns:
            desk.say("no job has ended badly: nothing to run again")
            finish(ExitCode.DONE)
        request = replace(
            recorded_request(recorded), reruns=reruns, patience_s=patience_s(desk, wait=wait)
        )
        plan = desk.preview(runtime, request)
        code = carry_out(desk, runtime, request=request, plan=plan, yes=yes, full=full)
    finish(code)


def _reruns(snapshot: Snapshot, items: Sequence[str], *, failed: bool) -> Mapping[Urn, Properties]:
    """Return the number of the next run of each job that was asked for.

    Errors: UsageProblem when nothing was asked for, or a name fits no job.
    """
    live = snapshot.live().values()
    jobs = {name_of(one.urn): one for one in live if one.type == JOB_START_TYPE}
    bad = {name_of(one.urn) for one in live if one.type == JOB_END_TYPE and one.failed}
    if not items and not failed:
        raise UsageProblem("which jobs?", hint="name them, or say --failed")
    unknown = [item for item in items if not jobs_like(item, jobs)]
    if unknown:
        raise UsageProblem(
            f"no job is called {', '.join(unknown)}", hint=jobs_hint(unknown[0], jobs)
        )
    named = {name for item in items for name in jobs_like(item, jobs)}
    chosen = (named or set(jobs)) & bad if failed else named
    return {jobs[name].urn: {"run": _runs(jobs[name]) + 1} for name in sorted(chosen)}


def _runs(record: Record) -> int:
    """Return the number of the newest run that is known of a job."""
    known = (record.inputs.get("run"), record.outputs.get("found_run"))
    return max((run for run in known if isinstance(run, int)), default=0)
