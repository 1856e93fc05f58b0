"""Plan, show, ask, carry out: what `up`, `wait` and `rerun` have in common."""

import sys
from dataclasses import dataclass, replace

import typer

from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.showing import show_results
from cloudmesh_iac.cli.spare import SPARES
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import Declined, ExitCode, PlanBroken, SiteRefused, UsageProblem
from cloudmesh_iac.runtime import Runtime
from cloudmesh_iac.views.again_text import again_text
from cloudmesh_iac.views.plan_json import plan_dict, with_digest
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.run_json import outcome_dict
from cloudmesh_iac.views.run_text import run_text

PATIENCE_S = 60.0
_MOST_ROUNDS = 8


def patience_s(desk: Desk, *, wait: bool) -> float | None:
    """Return how long to stay when only waits are left: a log is not kept waiting."""
    if wait:
        return None
    return PATIENCE_S if desk.is_interactive else 0.0


def ask(desk: Desk, question: str, *, yes: bool) -> None:
    """Errors: Declined for a no; UsageProblem when there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageProblem("there is no terminal to ask on", hint="say --yes to go ahead")
    desk.err.print(f"{question} [y/N] ", end="", soft_wrap=True, markup=False)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        desk.err.print()
    if answer.strip().lower() not in {"y", "yes"}:
        raise Declined("nothing was changed")


def _ask_for_reruns(desk: Desk, plan: Plan) -> None:
    """Finished work is lost hours: its own question. Errors: Declined; UsageProblem."""
    words = again_text(plan.again)
    if not sys.stdin.isatty():
        raise UsageProblem(
            f"{words}, and --yes alone does not say that they may",
            hint="say --rerun too, or accept what is there with `cmx job keep NAME`",
        )
    ask(desk, f"{words}. Is that wanted?", yes=False)


@dataclass(frozen=True, slots=True)
class Says:
    """What a person has said on the command line instead of answering."""

    yes: bool
    rerun: bool


def carry_out(
    desk: Desk,
    runtime: Runtime,
    *,
    request: Request,
    plan: Plan,
    yes: bool,
    full: bool = False,
    once: bool = False,
    rerun: bool = True,
) -> ExitCode:
    """Show a plan, have it approved, carry it out, and say how it ended.

    `rerun` says that finished work may run again, which `yes` alone does not.

    What appears on the way, behind values that the plan could not know, gets a plan of its own,
    unless `once` says that nobody is there to approve it.
    """
    if plan.has_work and not plan.only_waits:
        SPARES.prepare()  # it loads while the plan is shown
    desk.say(plan_text(plan, marks=desk.marks, full=full))
    if not plan.has_work:
        return _end_unchanged(desk, plan)
    says = Says(yes=yes, rerun=rerun)
    outcome = _approved(desk, runtime, request=request, plan=plan, says=says)
    if not once:
        outcome = _until_nothing_appears(desk, runtime, request=request, says=says, first=outcome)
    desk.say(run_text(outcome, now=desk.now(), marks=desk.marks, full=full))
    if not outcome.waiting and not desk.is_json:
        show_results(desk, runtime, changed={one.urn for one in outcome.carried})
    if desk.is_json:
        desk.answer({"plan": plan_dict(plan, desk.hide(plan)), "outcome": outcome_dict(outcome)})
    return exit_code_of(outcome)


def _until_nothing_appears(
    desk: Desk, runtime: Runtime, *, request: Request, says: Says, first: RunOutcome
) -> RunOutcome:
    """Plan and ask again while a run makes something known; return all rounds as one outcome.

    Errors: PlanBroken when there is no end to it.
    """
    whole = latest = first
    request = replace(request, reruns={}, refresh=False)
    for _ in range(_MOST_ROUNDS):
        if not latest.appeared or latest.failed or latest.is_interrupted:
            return whole
        desk.say(f"{len(latest.appeared)} more became known on the way: planning again")
        plan = desk.preview(runtime, request)
        desk.say(plan_text(plan, marks=desk.marks))
        latest = _approved(desk, runtime, request=request, plan=plan, says=says)
        whole = merged(whole, latest)
    if not latest.appeared:
        return whole
    raise PlanBroken(
        f"after {_MOST_ROUNDS} plans there is still something new: {latest.appeared[0]}",
        hint="a name inside an `apply` may differ each time",
    )


def merged(earlier: RunOutcome, later: RunOutcome) -> RunOutcome:
    """Return one outcome for two rounds of one command: what was done first was still done."""
    done = {one.urn: one for one in later.carried}
    done |= {one.urn: one for one in earlier.carried if one.action.is_change}
    return replace(
        later,
        carried=tuple(done.values()),
        removed=(*earlier.removed, *later.removed),
        remarks=(*earlier.remarks, *later.remarks),
        duration_s=earlier.duration_s + later.duration_s,
    )


def _approved(
    desk: Desk, runtime: Runtime, *, request: Request, plan: Plan, says: Says
) -> RunOutcome:
    for problem in runtime.engine.problems(plan):
        raise SiteRefused(problem.message, hint=problem.hint)
    if plan.has_changes:
        ask(desk, f"Apply this to {plan.stack}?", yes=says.yes)
    if plan.again and not says.rerun:
        _ask_for_reruns(desk, plan)
    program = runtime.program(request.options)
    held = with_digest(plan, desk.hide(plan))
    return desk.watched(plan, lambda: runtime.engine.up(program, request, held))


def _end_unchanged(desk: Desk, plan: Plan) -> ExitCode:
    """A stack that still holds a failed job says so each time."""
    outcome = RunOutcome(plan.stack, UpdateKind.UP, failed=plan.failed)
    if plan.failed:
        desk.say(run_text(outcome, now=desk.now(), marks=desk.marks))
    if desk.is_json:
        desk.answer({"plan": plan_dict(plan, desk.hide(plan)), "outcome": outcome_dict(outcome)})
    return exit_code_of(outcome)


def exit_code_of(outcome: RunOutcome) -> ExitCode:
    if outcome.is_interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.FAILED if outcome.failed or outcome.left else ExitCode.DONE


def finish(code: ExitCode) -> None:
    raise typer.Exit(int(code))
