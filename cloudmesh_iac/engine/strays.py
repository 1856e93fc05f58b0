"""Look for what broken off creates have made and nobody wants any more: it has to go."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.journal import Dropped, Entry, Saved
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import FailedChange, Left
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.ports.providers import Providers
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.recovery import unseen
from cloudmesh_iac.engine.seeking import Seeker


@dataclass(frozen=True, slots=True)
class Strays:
    """What was found, recorded as replaced objects are; and what nobody can tell, with the why."""

    found: tuple[Record, ...] = ()
    untold: tuple[tuple[Intent, Failure], ...] = ()

    @property
    def failed(self) -> tuple[FailedChange, ...]:
        return tuple(FailedChange(one.urn, why.message, why.hint) for one, why in self.untold)

    @property
    def left(self) -> tuple[Left, ...]:
        return tuple(
            Left(SiteName(""), f"{one.urn}: {unseen(one.op)} ({why.message})")
            for one, why in self.untold
        )


def planned(intents: Iterable[Intent]) -> tuple[Change, ...]:
    """Return the deletions that a plan shows: nobody has looked yet."""
    return tuple(
        Change(
            urn=intent.urn,
            type=intent.goal.type,
            action=Action.DELETE,
            parent=intent.goal.parent,
            certain=False,
            reasons=(Reason(Cause.UNSETTLED, note=unseen(intent.op)),),
            steps=(Step(Op.DELETE_REPLACED, intent.urn, intent.creation),),
            source=intent.goal.source,
            inputs=intent.goal.inputs,
            creation=intent.creation,
        )
        for intent in intents
    )


def seek_strays(
    intents: Sequence[Intent],
    records: Iterable[Record],
    *,
    providers: Providers,
    journal: Journal,
    events: Events,
) -> Strays:
    """Look for each of them, and write down what there is: an object that has to go, or nothing.

    `records` are all that the stack has: none of their objects is a stray.
    """
    if not intents:
        return Strays()
    seeker = Seeker(records, providers)
    entries: list[Entry] = []
    found: list[Record] = []
    untold: list[tuple[Intent, Failure]] = []
    for intent in intents:
        there = seeker.seek(intent)
        if isinstance(there, Failure):
            untold.append((intent, there))
            continue
        what = "there is nothing of it"
        if isinstance(there, Record):
            found.append(replace(there, doomed=True))
            entries.append(Saved(found[-1]))
            what = f"found as {there.id}"
        else:
            entries.append(Dropped(intent.urn, intent.creation))
        events.tell(Noticed(f"{name_of(intent.urn)}: {unseen(intent.op)}; {what}"))
    journal.write(entries)
    return Strays(tuple(found), tuple(untold))
