"""`cmx job`: look at what a job is, and accept what it left."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.again import finished, runs_anew
from cloudmesh_iac.cli.approved import recorded_request, recorded_site
from cloudmesh_iac.cli.completing import programs_and_jobs
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.jobs import job_called, jobs_like
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.urns import JOB_START_TYPE, name_of
from cloudmesh_iac.core.values import has_unknown
from cloudmesh_iac.engine.keeping import keep_results
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.batch.identity import IDENTITY_KEYS, LIMIT_KEYS, PLACEMENT_KEYS
from cloudmesh_iac.providers.batch.kept import with_old_result
from cloudmesh_iac.providers.dynamic.convert import to_python
from cloudmesh_iac.views.job_text import script_text

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="[PROGRAM] JOB...", help="As in `status`.", autocompletion=programs_and_jobs
    ),
]


@app.command("script")
def script(
    words: Words, *, stack: options.Stack = None, on: options.On = None, json: options.Json = False
) -> None:
    """Print the script that a job is submitted as, and its command. Submits nothing."""
    desk = Desk(is_json=json)
    program, items = desk.program_and_items(words)
    if len(items) != 1:
        raise UsageProblem("which job?", hint="`cmx preview --all` lists them")
    recorded = desk.snapshot(program, stack)
    with desk.runtime(program, stack=stack, on=on or recorded_site(recorded)) as runtime:
        plan = desk.preview(runtime, recorded_request(recorded))
        change = _declared(plan, items[0])
        if has_unknown(change.inputs):
            raise UsageProblem(
                f"job {items[0]} uses values that are known only when what makes them is there",
                hint="`cmx up` makes it; then ask again",
            )
        found = runtime.jobs.script(to_python(change.inputs))
    if json:
        kinds = {"identity": IDENTITY_KEYS, "limits": LIMIT_KEYS, "placement": PLACEMENT_KEYS}
        desk.answer(
            {
                "version": 1,
                "job": items[0],
                "script": found.script,
                "command": found.command,
                "submission": list(found.submission),
                "kinds": {kind: [*filter(change.inputs.get, keys)] for kind, keys in kinds.items()},
            }
        )
    else:
        desk.write(script_text(found))


@app.command("keep")
def keep(
    words: Words,
    *,
    stack: options.Stack = None,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
) -> None:
    """Accept what finished jobs have left, although the program says something else by now.

    The next `up` takes them for done. Names may be patterns.
    """
    desk = Desk(is_json=json)
    program, items = desk.program_and_items(words)
    desk.wait_for_turn(program, stack, wait_for_lock)
    recorded = desk.snapshot(program, stack)
    with desk.runtime(program, stack=stack, on=recorded_site(recorded)) as runtime:
        plan = desk.preview(runtime, recorded_request(recorded))
        chosen = _finished(plan, recorded, items)
        live = recorded.live()
        records = [with_old_result(live[one.urn], one.inputs) for one in chosen.values()]
        keep_results(plan, records, runtime.parts)
    for name in chosen:
        desk.say(f"job {name}: its result is kept")
    if json:
        desk.answer({"version": 1, "kept": list(chosen)})


def _declared(plan: Plan, name: str) -> Change:
    """Errors: UsageProblem for a name that no job of the program has."""
    jobs = {
        name_of(change.urn): change
        for change in plan.changes
        if change.type == JOB_START_TYPE and change.action is not Action.DELETE
    }
    return job_called(name, jobs, listed_by="cmx preview --all")


def _finished(plan: Plan, recorded: Snapshot, items: Sequence[str]) -> Mapping[str, Change]:
    """Return the jobs that would run again although they ended well.

    Errors: UsageProblem for a name that none of them has.
    """
    done = finished(recorded)
    there = {
        name_of(change.urn): change
        for change in plan.changes
        if runs_anew(change) and change.urn in done
    }
    if not items:
        raise UsageProblem("which jobs?", hint="name them; patterns too: pi/*")
    wrong = [item for item in items if not jobs_like(item, there)]
    if wrong:
        words = ", ".join(there) or "none"
        raise UsageProblem(
            f"{', '.join(wrong)}: no finished job of this name would run again",
            hint=f"those that would: {words}",
        )
    chosen = {name: there[name] for item in items for name in jobs_like(item, there)}
    if unknown := [name for name, change in chosen.items() if has_unknown(change.inputs)]:
        raise UsageProblem(
            f"what {', '.join(unknown)} would be is not known before `cmx up`",
            hint="rerun_on= or the command holds a value that is made only then",
        )
    return chosen
