"""Why a stack cannot be written now, in words."""

from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.errors import PlanBroken, StackLocked, UsageProblem


def taken_over(stack: StackId) -> StackLocked:
    return StackLocked(
        f"the lock of stack {stack} was taken over by another run, which saw no sign of life of"
        " this one; nothing more was begun",
        subject=str(stack),
        hint="see `cmx status` for what is recorded; the next `cmx up` settles what is open",
    )


def too_slow(stack: StackId, lease_s: float) -> StackLocked:
    return StackLocked(
        f"the lock of stack {stack} could not be kept: the state file takes longer to write than"
        f" a lock lives without a sign of life ({lease_s:g} s)",
        subject=str(stack),
        hint="see whether the disk it lies on is well, then repeat the command",
    )


def plan_broken(snapshot: Snapshot, serial: int) -> PlanBroken:
    return PlanBroken(
        f"stack {snapshot.stack} has changed since this plan was made"
        f" (its state is number {serial}, the plan was made from {snapshot.serial})",
        subject=str(snapshot.stack),
        hint="make a new plan: cmx preview",
    )


def not_empty(stack: StackId) -> UsageProblem:
    return UsageProblem(
        f"stack {stack} still has resources",
        subject=str(stack),
        hint="take them away first: cmx destroy",
    )
