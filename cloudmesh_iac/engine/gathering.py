"""Evaluate a program to learn what it says now of what is recorded; nothing is made or changed."""

import threading
from abc import abstractmethod
from concurrent.futures import Executor, Future
from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.packages import is_provider_type, provider_urn
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.around import call_before
from cloudmesh_iac.engine.asks import CheckAsk, Checked, CreateAsk
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.goals import goal_of, unchanged
from cloudmesh_iac.engine.looking import Seen
from cloudmesh_iac.engine.needs import needs_of
from cloudmesh_iac.engine.ports.providers import Providers, Remote
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.session import Session


class GatheringSession(Session):
    """Collects a record for each resource that is there; what is not there stays unknown.

    `gathered` are the records with what the program says now, under their new names. `absent` are
    the resources that are declared and not there, and what needs them; `seen` was looked at.
    """

    def __init__(
        self, run: Run, *, providers: Providers, remote: Remote, events: Events, pool: Executor
    ) -> None:
        super().__init__(run, providers=providers, remote=remote, events=events, pool=pool)
        self.gathered: dict[Urn, Record] = {}
        self.absent: set[Urn] = set()
        self.seen: list[Seen] = []
        self._lock = threading.Lock()

    takes_all = True
    """Whether a custom resource is asked about although a person chose others."""

    knows_what_is_cut_off = False
    """Whether what is recorded counts as there although something that it needs is not."""

    @abstractmethod
    def known(self, record: Record) -> Record | Failure | None:
        """Return how a custom resource is recorded now; None when it is not there."""

    def _work(self, registration: Registration, answer: Future[Registered]) -> None:
        record = self.run.record(registration.urn)
        if registration.read_id:
            super()._work(registration, answer)
            return
        if registration.custom and not self.takes_all and self.run.leaves_out(registration.urn):
            super()._work(registration, answer)
            return
        is_cut_off = self._stands_on_absent(registration)
        if is_cut_off and (record is None or not self.knows_what_is_cut_off):
            self._leave(registration, self._told_as_it_was(registration, record), answer)
        elif registration.custom:
            self._take(registration, record, answer)
        elif is_cut_off and record is not None:
            self._gather(registration, record, answer)
        else:
            super()._work(registration, answer)

    def _take(
        self, registration: Registration, record: Record | None, answer: Future[Registered]
    ) -> None:
        found = None if record is None else self.known(record)
        if isinstance(found, Failure):
            self.fail(registration, found, answer)
        elif found is None:
            if is_provider_type(registration.type):
                self._stand_in(registration)
            self._leave(registration, {}, answer)
        else:
            self._gather(
                registration, self._served(self.as_declared(registration, found), found), answer
            )

    def as_declared(self, registration: Registration, record: Record) -> Record:
        """Return it with what the program says of it now."""
        return with_goal(registration, record)

    def _served(self, now: Record, found: Record) -> Record:
        """A provider that is not recorded answers for nothing yet: the one of before does."""
        return now if self._is_served(now) else replace(now, provider=found.provider)

    def _is_served(self, record: Record) -> bool:
        """Say whether its provider is recorded, if it has one."""
        return not record.provider or self.run.record(provider_urn(record.provider)) is not None

    def _tell(self, record: Record, answer: Future[Registered]) -> None:
        """What is read through a provider that is not recorded cannot be recorded either."""
        with self._lock:
            self.absent.add(record.urn)
        answer.set_result(Registered(record.urn, record.id, record.outputs))

    def _stand_in(self, registration: Registration) -> None:
        """Configure a provider that is not recorded: its functions are called all the same."""
        urn, type_ = registration.urn, registration.type
        provider = self._providers.provider(type_)
        if isinstance(provider, Failure):
            return
        checked = provider.check(CheckAsk(urn, type_, {}, registration.inputs, seed=""))
        if isinstance(checked, Checked):
            provider.create(CreateAsk(urn, type_, checked.inputs, is_preview=True))

    def conclude(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        """Take a component, or what is only read."""
        if change.action is Action.UNDECIDED:
            self.skip(registration, change, answer)
            return
        old = self.run.record(change.urn)
        record = goal_of(registration, change, old)
        failure = None if change.custom else call_before(self.hooks, change.action, record, old=old)
        if failure is not None:
            self.fail(registration, failure, answer)
            return
        self.run.conclude(Conclusion(change, End.DONE))
        found = self.run.found.get(change.urn)
        if found is not None:
            record = replace(record, id=found.id, outputs=found.outputs, external=True)
            record = record if old is None else self._served(record, old)
        elif old is not None:
            record = replace(record, creation=old.creation)
        if self._is_served(record):
            self._gather(registration, record, answer)
        else:
            self._tell(record, answer)

    def leave_out(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        """What is not there and left out is missing for what needs it."""
        if self.run.record(registration.urn) is None:
            with self._lock:
                self.absent.add(registration.urn)
        super().leave_out(registration, change, answer)

    def _stands_on_absent(self, registration: Registration) -> bool:
        with self._lock:
            return not self.absent.isdisjoint(needs_of(registration))

    def _told_as_it_was(self, registration: Registration, record: Record | None) -> Properties:
        """Return the outputs of what is cut off; secret is what the program calls so now."""
        if record is None or not registration.custom:
            return {}
        urn = registration.urn
        change = Change(urn, registration.type, Action.SAME, inputs=registration.inputs)
        outputs = unchanged(record, registration, change).outputs
        if self.run.old_name(urn) is None:  # what is cut off keeps its recorded name
            with self._lock:
                self.gathered[urn] = replace(record, urn=urn, outputs=outputs)
        return outputs

    def _leave(
        self, registration: Registration, outputs: Properties, answer: Future[Registered]
    ) -> None:
        with self._lock:
            self.absent.add(registration.urn)
        answer.set_result(Registered(registration.urn, "", outputs, is_unknown=True))

    def _gather(
        self, registration: Registration, record: Record, answer: Future[Registered]
    ) -> None:
        with self._lock:
            self.gathered[registration.urn] = record
        outputs = record.outputs if record.custom else {}
        answer.set_result(Registered(registration.urn, record.id, outputs))


def with_goal(registration: Registration, record: Record) -> Record:
    """Return the record with the options and the place that the program gives it now."""
    change = Change(
        registration.urn,
        registration.type,
        Action.SAME,
        inputs=record.inputs,
        creation=record.creation,
    )
    return replace(
        goal_of(registration, change, record),
        pending_replacement=record.pending_replacement,
        init_errors=record.init_errors,
        external=record.external,
    )
