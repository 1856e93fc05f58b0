"""Settle what an earlier run left open, resource by resource, while a program is carried out."""

from collections.abc import Callable
from dataclasses import replace

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.applier import Applier
from cloudmesh_iac.engine.asks import Refusal
from cloudmesh_iac.engine.looking import look_at
from cloudmesh_iac.engine.ports.providers import Providers, Role
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.recovery import unseen
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.seeking import Seeker


class Settling:
    """What is not settled, because nobody answers or can tell, is a Failure of its resource.

    `outdated` are objects that a replacement stands for which was found.
    """

    def __init__(self, run: Run, *, applier: Applier, providers: Providers, events: Events) -> None:
        self.outdated: list[Record] = []
        self._run = run
        self._applier = applier
        self._providers = providers
        self._events = events
        self._seeker = Seeker(run.snapshot.records, providers)

    def decide(
        self,
        registration: Registration,
        role: Role,
        decide: Callable[[], Change | Refusal | Failure],
    ) -> Change | Refusal | Failure:
        """Look at an object again before its change is decided, and for a new one afterwards."""
        urn = registration.urn
        if self._run.leaves_out(urn):
            return decide()
        if role is not Role.PLAIN:
            self._close(urn)
            return decide()
        failure = self._settle_change(registration)
        if failure is not None:
            return failure
        decision = decide()
        intent = self._run.lost_create(urn)
        if intent is None or not isinstance(decision, Change) or not _makes(decision):
            return decision
        found = self._settle_create(intent, registration)
        if isinstance(found, Failure):
            return found
        return decision if found is None else decide()

    def _close(self, urn: Urn) -> None:
        """What is begun on a site is asked for by its ticket: how it is, shows there."""
        intent, record = self._run.lost_change(urn), self._run.recorded_as(urn)
        if intent is not None and record is not None:
            self._applier.note(record, record)
            self._run.settle(intent, urn, record)

    def _settle_create(self, intent: Intent, registration: Registration) -> Record | Failure | None:
        """Take over what is there; what is not there is made under the same number."""
        urn = registration.urn
        found = self._seeker.seek(intent, registration)
        if not isinstance(found, Record):
            return found
        old = self._run.former(urn) or self._run.record(urn)
        self._applier.take_over(found, old)
        if old is not None and not old.pending_replacement:
            self.outdated.append(replace(old, doomed=True))
        self._run.settle(intent, urn, found)
        self._say(urn, intent.op, f"found and taken over as {found.id}")
        return found

    def _settle_change(self, registration: Registration) -> Failure | None:
        urn = registration.urn
        intent, record = self._run.lost_change(urn), self._run.recorded_as(urn)
        if intent is None or record is None:
            return None
        seen = look_at(replace(record, provider=registration.provider), self._providers)
        if isinstance(seen.now, Failure):
            return seen.now
        now = None if seen.now is None else replace(seen.now, provider=record.provider)
        if seen.is_blind and intent.op is Op.UPDATE:
            return None  # it is done once more
        if seen.is_blind:
            now = None
            failure = self._delete_again(intent, record)
            if failure is not None:
                return failure
        if now is None and intent.op is Op.DELETE_REPLACED:
            now = replace(record, pending_replacement=True)
        self._applier.note(record, now)
        self._run.settle(intent, urn, now)
        self._say(urn, intent.op, _what_is_left(now, is_blind=seen.is_blind))
        return None

    def _delete_again(self, intent: Intent, record: Record) -> Failure | None:
        if intent.op is Op.DELETE_REPLACED:
            return self._applier.make_way(record)
        return self._applier.delete(record)

    def _say(self, urn: Urn, op: Op, what: str) -> None:
        self._events.tell(Noticed(f"{name_of(urn)}: {unseen(op)}; {what}"))


def _makes(change: Change) -> bool:
    return change.action in {Action.CREATE, Action.REPLACE}


def _what_is_left(now: Record | None, *, is_blind: bool) -> str:
    if now is not None and not now.pending_replacement:
        return "it is there, and is compared again"
    return "deleted once more" if is_blind else "it is gone"
