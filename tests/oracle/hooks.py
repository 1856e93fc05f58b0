"""The hooks of the histories on our side; `rigs/pulumi/go/hooks.go` is the other."""

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.engine.hooking import ErrorHook, FailureAsk, HookAsk, ResourceHook
from tests.oracle.case import Hook
from tests.oracle.marks import all_marked
from tests.oracle.outcome import Call
from tests.oracle.provider import World


def made_hook(hook: Hook, world: World) -> ResourceHook | ErrorHook:
    """Return the hook; what it is told is noted among the calls of the provider."""

    def run(ask: HookAsk) -> str | None:
        world.note(_call(f"hook {hook.name}", ask))
        return "the hook fails" if hook.fails else None

    def wants_retry(ask: FailureAsk) -> bool | Failure:
        world.note(_call(f"hook {hook.name} {ask.op}", ask))
        return Failure("the hook fails") if hook.fails else len(ask.errors) <= hook.retries

    if hook.for_errors:
        return ErrorHook(hook.name, wants_retry)
    return ResourceHook(
        hook.name, run, on_dry_run=hook.on_dry_run, ignore_errors=hook.ignore_errors
    )


def _call(method: str, ask: HookAsk | FailureAsk) -> Call:
    return Call(
        method,
        ask.urn,
        ask.id,
        old_inputs=all_marked(ask.old_inputs or {}),
        old_outputs=all_marked(ask.old_outputs or {}),
        inputs=all_marked(ask.new_inputs or {}),
    )
