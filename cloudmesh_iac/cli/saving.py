"""Keep a plan in a file, and carry out exactly that."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.cli.approved import fingerprint
from cloudmesh_iac.cli.approving import carry_out
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.selection import EVERYTHING, Selection
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import ExitCode, PlanBroken, UsageProblem
from cloudmesh_iac.plugins.lock_file import LOCK_FILE
from cloudmesh_iac.runtime import Runtime
from cloudmesh_iac.views.plan_json import plan_dict
from cloudmesh_iac.wire.plan_reading import to_plan
from cloudmesh_iac.wire.saved_plans import (
    SavedPlan,
    SavedSecret,
    SavedSelection,
    moved,
    to_text,
)


def save(desk: Desk, runtime: Runtime, *, request: Request, plan: Plan, file: Path) -> None:
    """Errors: UsageProblem when the file cannot be written."""
    saved = _saved(desk, runtime, request=request, plan=plan)
    draft = file.with_name(f".{file.name}.{desk.computer.new_id()}")
    try:
        draft.touch(mode=0o600)
        draft.write_text(to_text(saved), encoding="utf-8")
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageProblem(f"{file} cannot be written: {error.strerror}") from error


def shown_plan(saved: SavedPlan, file: Path) -> Plan:
    """Return the plan to look at. Errors: UsageProblem for one that cannot be read."""
    try:
        return to_plan(saved.plan)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageProblem(
            f"{file} holds a plan that cannot be read: {error}",
            hint="make it again: `cmx preview --save FILE`",
        ) from error


def program_of(saved: SavedPlan) -> str:
    """Return the program as a person would name it."""
    return saved.stack.partition(".")[0] if saved.program else ""


def raise_said_again(
    saved: SavedPlan, program: str | None, stack: str | None, *, others: Sequence[object]
) -> None:
    """A saved plan says all of it. Errors: UsageProblem for anything else that is said too."""
    if any(one and one != EVERYTHING for one in others):
        raise UsageProblem(
            "a saved plan says itself what takes part, with which parameters and where",
            hint="leave all but --plan away, or make another plan with `cmx preview --save`",
        )
    if program is not None and program not in {program_of(saved), saved.program}:
        raise UsageProblem(f"the saved plan is of {saved.program}, not of {program}")
    if stack is not None and stack not in {saved.stack, saved.stack.partition(".")[2]}:
        raise UsageProblem(f"the saved plan is of the stack {saved.stack}, not of {stack}")


def carry_out_saved(
    desk: Desk, runtime: Runtime, *, saved: SavedPlan, patience_s: float | None, full: bool
) -> ExitCode:
    """Make the plan again, and carry it out if it is the saved one.

    Errors: PlanBroken that lists everything that is not as it was.
    """
    request = replace(request_of(saved, runtime), patience_s=patience_s)
    plan = desk.preview(runtime, request)
    raise_moved(desk, runtime, request=request, plan=plan, saved=saved)
    return carry_out(desk, runtime, request=request, plan=plan, yes=True, full=full, once=True)


def request_of(saved: SavedPlan, runtime: Runtime) -> Request:
    """Return the request that makes the same plan again, if nothing has moved."""
    return Request(
        runtime.place.stack,
        options=saved.options,
        selection=saved.selection.to_selection(),
        refresh=saved.refresh,
        seed_key=saved.seed_key,
    )


def raise_moved(
    desk: Desk, runtime: Runtime, *, request: Request, plan: Plan, saved: SavedPlan
) -> None:
    """Errors: PlanBroken that lists everything that is not as it was."""
    now = _saved(desk, runtime, request=request, plan=plan)
    if lines := moved(saved, now):
        raise PlanBroken(
            "the saved plan does not hold any more, nothing was done:\n" + "\n".join(lines),
            hint="look at the new plan: `cmx preview --save FILE`",
        )


def _saved(desk: Desk, runtime: Runtime, *, request: Request, plan: Plan) -> SavedPlan:
    return SavedPlan(
        on=runtime.on,
        options=dict(request.options),
        refresh=request.refresh,
        selection=_selection(request.selection),
        seed_key=plan.seed_key,
        settings=fingerprint(plan, runtime.plain_settings()),
        secret_settings={
            key: SavedSecret(text=digest.text, hmac=digest.hmac)
            for key, digest in runtime.secret_settings().items()
        },
        lock=_digest(runtime.place.project.folder / LOCK_FILE),
        plan=dict(plan_dict(plan, desk.hide(plan, keeps_seed=True))),
    )


def _selection(selection: Selection) -> SavedSelection:
    return SavedSelection(
        targets=selection.targets,
        excludes=selection.excludes,
        replaces=selection.replaces,
        target_dependents=selection.target_dependents,
        exclude_dependents=selection.exclude_dependents,
    )


def _digest(file: Path) -> str:
    """Return the SHA-256 of a file, empty for none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.exists() else ""
