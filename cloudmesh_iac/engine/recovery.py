"""What is to be done about a side effect whose end nobody saw? Decided here; asked elsewhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.records import Intent
from cloudmesh_iac.core.values import Properties, is_same
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import Found

CLOCKS_DIFFER_BY = timedelta(minutes=5)  # the site's clock says when something was made, not ours


@dataclass(frozen=True, slots=True)
class Adopt:
    """This is it: read it, and record it."""

    id: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """It never came to be: it can be made, or forgotten."""


Verdict: TypeAlias = Adopt | Nothing | Failure


def decide_lost_create(
    intent: Intent, search: Search, found: Sequence[Found], *, held: Collection[str]
) -> Verdict:
    """Return which object a lost create has made; a Failure where nobody can tell.

    `held` are the ids of everything that is recorded: none of these is lost.
    """
    if search is Search.NONE:
        return _untold(intent, "and nobody can look for it")
    match candidates(intent, search, found, held=held):
        case ():
            return Nothing()
        case (id_,):
            return Adopt(id_)
        case several:
            return _untold(intent, f"and it could be any of these: {', '.join(several)}")


def candidates(
    intent: Intent, search: Search, found: Sequence[Found], *, held: Collection[str]
) -> tuple[str, ...]:
    """Return the ids of what a create may have made, and no record holds."""
    free = [one for one in found if one.id not in held]
    if search is Search.EQUAL:
        free = [one for one in free if _could_be(one, intent)]
    return tuple(sorted({one.id for one in free}))


def _could_be(found: Found, intent: Intent) -> bool:
    """Say whether an object is as the create wanted it, and was not there before."""
    is_older = (
        found.made_at is not None
        and intent.begun is not None
        and found.made_at < intent.begun - CLOCKS_DIFFER_BY
    )
    return not is_older and _has(found.inputs or {}, intent.goal.inputs)


def _has(inputs: Properties, wanted: Properties) -> bool:
    """Say whether all that was wanted is so; a site may say more of it."""
    return all(is_same(inputs.get(key), value) for key, value in wanted.items())


def _untold(intent: Intent, why: str) -> Failure:
    return Failure(
        f"{unseen(intent.op)}, {why}",
        f"look for it yourself: `cmx state settle '{intent.urn}' ID` takes over what has this id,"
        " with --gone instead of an id it is made anew",
    )


def unseen(op: Op) -> str:
    """Say what is not known about a side effect."""
    match op:
        case Op.CREATE | Op.CREATE_REPLACEMENT:
            what = "creation"
        case Op.DELETE | Op.DELETE_REPLACED:
            what = "deletion"
        case _:
            what = "last update"
    return f"its {what} began, and nobody saw the end of it"


def unsettled(op: Op) -> Reason:
    """Return why a plan cannot say what is going to be done."""
    match op:
        case Op.CREATE | Op.CREATE_REPLACEMENT:
            what = "create or adopt"
        case Op.DELETE | Op.DELETE_REPLACED:
            what = "keep, or create again"
        case _:
            what = "look, then update"
    return Reason(Cause.UNSETTLED, note=f"{what} ({unseen(op)})")
