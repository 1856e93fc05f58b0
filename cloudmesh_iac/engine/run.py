"""What one evaluation has learned so far; safe to use from several threads."""

import threading
from collections.abc import Mapping
from dataclasses import replace

from cloudmesh_iac.core.naming import NamingRules
from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Intent, Parameter, Record, Snapshot
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.aliases import former_urns, renamed
from cloudmesh_iac.engine.asked_parameters import EXPERIMENT_TYPE, parse_parameters
from cloudmesh_iac.engine.asks import MoveAsk, Read
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.clashes import Clashes
from cloudmesh_iac.engine.concluded import Concluded
from cloudmesh_iac.engine.conclusions import Conclusion
from cloudmesh_iac.engine.condemned import Condemned
from cloudmesh_iac.engine.moves import move_of
from cloudmesh_iac.engine.needs import needs_of
from cloudmesh_iac.engine.numbers import NUMBERED, Numbers
from cloudmesh_iac.engine.open_intents import OpenIntents
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.recognising import Recogniser
from cloudmesh_iac.engine.seeds import seed_of
from cloudmesh_iac.engine.situation import Situation, next_creation, without_lost
from cloudmesh_iac.engine.users import Users


class Run:
    """Declared resources, conclusions, outputs. Rules stand in the planner, not here."""

    def __init__(
        self,
        snapshot: Snapshot,
        *,
        reruns: Mapping[Urn, Properties],
        choice: Choice | None = None,
        naming: NamingRules | None = None,
        approved: Plan | None = None,
        recogniser: Recogniser | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.recogniser = recogniser
        self.recorded: Mapping[Urn, Record] = snapshot.live()  # under the names in the snapshot
        self._live = dict(self.recorded)
        self._users: Users | None = None
        self._open = OpenIntents(snapshot.intents)
        self._reruns = reruns
        self._lock = threading.Lock()
        self._declared: dict[Urn, Registration] = {}
        self._concluded = Concluded()
        self._outputs: dict[Urn, Properties] = {}
        self._clashes = Clashes()
        self._taken: dict[Urn, Urn] = {}  # recorded names, and the new ones that took them over
        self._old_names: dict[Urn, Urn] = {}
        self.choice = choice or Choice()
        self._naming = naming or NamingRules()
        self._chosen: tuple[set[Urn], set[Urn]] = (set(), set())  # targets, excluded ones
        self._left_out: set[Urn] = set()
        self._numbers = Numbers(snapshot.creations, approved)
        self.condemned = Condemned()
        self.found: dict[Urn, Read] = {}  # what was read in this run

    def declare(self, registration: Registration) -> Registration | None:
        """Take a registration; None when its urn was declared before."""
        if registration.urn in self._reruns:
            extra = self._reruns[registration.urn]
            registration = replace(registration, inputs={**registration.inputs, **extra})
        with self._lock:
            first = self._declared.get(registration.urn)
            if first is not None:
                self._clashes.note_twice(first, registration)
                return None
            if registration.parent in self._declared:
                registration = registration.below(self._declared[registration.parent])
            self._declared[registration.urn] = registration
            taken, left = self._chosen
            if not self.choice.takes(registration, taken=taken, left=left):
                self._left_out.add(registration.urn)
            self._take_over(registration)
            if self.recogniser is not None and registration.urn in self._live:
                record = self._live[registration.urn]
                self._live[registration.urn] = self.recogniser.opened(record, registration.inputs)
            if registration.type in NUMBERED:
                self._take_number(registration.urn)
        self.condemned.arrive(registration.urn, self._recorded_name(registration.urn))
        return registration

    def _take_number(self, urn: Urn) -> None:
        record, intent = self._live.get(urn), self._open.create_of(urn)
        goal = intent.goal if intent is not None and intent.makes else None
        known = record or goal
        self._numbers.take(urn, known.inputs if known is not None else None)

    def _take_over(self, registration: Registration) -> None:
        """Find the record that this resource has under a former name, once for each record."""
        urn = registration.urn
        if urn in self._taken:
            self._clashes.note_alias(registration, urn, self._taken[urn])
        if urn in self._live:
            return
        for old in former_urns(registration, self.snapshot.stack, self._old_names):
            if old not in self._live:
                continue
            if old in self._declared or old in self._taken:
                self._clashes.note_alias(registration, old, self._taken.get(old, old))
            self._taken[old] = urn
            self._old_names[urn] = old
            self._live[urn] = renamed(self._live[old], registration)
            return

    def situation(self, registration: Registration, role: Role) -> Situation:
        urn = registration.urn
        record = self.record(urn)
        intent = self._open.create_of(urn)
        creations = self.snapshot.creations.get(urn, 0)
        if record is not None:
            creations = max(creations, record.creation)
        key = self.snapshot.seed_key
        current = seed_of(key, urn, record.creation) if record is not None else ""
        lost = None if role is not Role.PLAIN else self.lost_change(urn)
        with self._lock:
            return Situation(
                record=without_lost(record, lost),
                intent=intent,
                role=role,
                creations=creations,
                seeds=(current, seed_of(key, urn, next_creation(intent, creations))),
                blocked_by=self._concluded.blocked_by(registration),
                replaced=self._concluded.replaced(registration),
                is_forced=urn in self._reruns,
                condemned_by=self.condemned.root_of(self._recorded_name(urn)),
                condemned_keys=self.condemned.keys_of(self._recorded_name(urn)),
                former_urn=self._old_names.get(urn),
                is_orphan=self._is_orphan(registration),
                is_left_out=urn in self._left_out,
                missing=self._missing(registration),
                is_asked_for=self.choice.wants_new(urn),
                move=self._move(registration),
                lost=None if lost is None else lost.op,
                naming=self._naming.of(registration.type),
                number=self._numbers.of(urn),
            )

    def _move(self, registration: Registration) -> MoveAsk | None:
        if not registration.provider:
            return None
        urn = provider_urn(registration.provider)
        concluded = self._concluded.of(urn)
        return move_of(
            self._live.get(registration.urn),
            registration,
            providers=self.recorded,
            inputs=concluded.change.inputs if concluded is not None else {},
            former=self._old_names.get(urn),
        )

    def _is_orphan(self, registration: Registration) -> bool:
        parent = registration.parent
        return parent is not None and parent not in self._declared and parent not in self._taken

    def _missing(self, registration: Registration) -> Urn | None:
        """Return something new that is needed and left out."""
        if not self._left_out:
            return None
        needs = sorted(needs_of(registration) & self._left_out)
        return next((urn for urn in needs if urn not in self._live), None)

    def leaves_out(self, urn: Urn) -> bool:
        """Say whether a declared resource stays as it is, because a person chose others."""
        with self._lock:
            return urn in self._left_out

    def record(self, urn: Urn) -> Record | None:
        """Return the live record that the run began with, under its name in this run.

        What has made room since then is marked: its object is gone.
        """
        record = self._live.get(urn)
        if record is not None and self.has_made_way(urn):
            return replace(record, pending_replacement=True)
        return record

    def users(self) -> Users:
        """Return who stands on what in the snapshot; the index is made when it is first needed."""
        with self._lock:
            if self._users is None:
                self._users = Users(self.recorded.values())
            return self._users

    def has_made_way(self, urn: Urn) -> bool:
        """Say whether its object has gone in this run for the replacement of another."""
        return self.condemned.root_of(self._recorded_name(urn)) is not None

    # --- what an earlier run has left open ------------------------------------------------------

    def lost_change(self, urn: Urn) -> Intent | None:
        """Return the update or deletion of the live object whose end nobody saw."""
        record = self._live.get(urn)
        return None if record is None else self._open.change_of(self._recorded_name(urn), record)

    def recorded_as(self, urn: Urn) -> Record | None:
        """Return the live record of a resource as it stands in the state, under its name there."""
        return self.recorded.get(self._recorded_name(urn))

    def lost_create(self, urn: Urn) -> Intent | None:
        """Return the create whose end nobody saw, and nothing remote is waited for."""
        intent = self._open.create_of(urn)
        return intent if intent is not None and intent.ticket is None else None

    def open_intents(self) -> tuple[Intent, ...]:
        """Return what is not settled yet, in the order in which it began."""
        return tuple(filter(self._open.is_open, self.snapshot.intents))

    def is_open(self, urn: Urn) -> bool:
        """Say whether something about it has to be settled, whatever it is."""
        return self.lost_create(urn) is not None or self.lost_change(urn) is not None

    def settle(self, intent: Intent, urn: Urn, record: Record | None) -> None:
        """Go on with what has become of it; None where there is no object."""
        self._open.close(intent)
        with self._lock:
            if record is None:
                self._live.pop(urn, None)
            elif record.urn == urn:
                self._live[urn] = record
            else:
                self._live[urn] = renamed(record, self._declared[urn])

    def made_way(self) -> frozenset[Urn]:
        """Return the recorded names of what has made room in this run."""
        return frozenset(urn for urn in self.recorded if self.condemned.root_of(urn) is not None)

    def wait_for_room(self, urn: Urn) -> None:
        """Return when the object of this resource, if it has to make room, is gone."""
        self.condemned.wait(self._recorded_name(urn))

    def former(self, urn: Urn) -> Record | None:
        """Return the record under its former name, where the resource has got a new one."""
        old, record = self._old_names.get(urn), self.record(urn)
        if old is None or record is None:
            return None
        return replace(self._live[old], pending_replacement=record.pending_replacement)

    def _recorded_name(self, urn: Urn) -> Urn:
        return self._old_names.get(urn, urn)

    def old_name(self, urn: Urn) -> Urn | None:
        """Return the name under which a resource is recorded, where it has got a new one."""
        return self._old_names.get(urn)

    def accounted(self) -> frozenset[Urn]:
        """Return the recorded and new names of everything that the program has declared."""
        with self._lock:
            return frozenset((*self._declared, *self._taken))

    def provider_of(self, urn: Urn) -> str:
        """Return the reference of the provider of a declared resource, empty for none."""
        declared = self.declaration(urn)
        return declared.provider if declared is not None else ""

    def set_outputs(self, urn: Urn, outputs: Properties) -> None:
        with self._lock:
            self._outputs[urn] = outputs

    def conclude(self, conclusion: Conclusion) -> None:
        self._concluded.add(conclusion)

    def conclusion(self, urn: Urn) -> Conclusion | None:
        return self._concluded.of(urn)

    def conclusions(self) -> Mapping[Urn, Conclusion]:
        return self._concluded.all()

    def stands_on_postponed(self, registration: Registration) -> bool:
        return self._concluded.has_postponed(registration.dependencies)

    def has_gaps(self) -> bool:
        """Say whether something the program declares may never have been reached."""
        return self._concluded.has_gaps(len(self.declared()))

    def unfinished(self) -> tuple[Urn, ...]:
        """Return what could not be brought to what the program wants, under recorded names."""
        return tuple(map(self._recorded_name, self._concluded.unfinished()))

    def raise_clashes(self) -> None:
        """Errors: ExperimentError naming every urn that was declared twice, with both lines."""
        with self._lock:
            self._clashes.raise_all()

    def declaration(self, urn: Urn) -> Registration | None:
        with self._lock:
            return self._declared.get(urn)

    def declared(self) -> Mapping[Urn, Registration]:
        with self._lock:
            return dict(self._declared)

    def outputs(self) -> Mapping[Urn, Properties]:
        with self._lock:
            return dict(self._outputs)

    def parameters(self) -> tuple[Parameter, ...]:
        """Return what the experiments of the program asked for by name."""
        declared, outputs = self.declared(), self.outputs()
        found = [
            parameter
            for urn, registration in declared.items()
            if registration.type == EXPERIMENT_TYPE
            for parameter in parse_parameters(outputs.get(urn, {}))
        ]
        return tuple(found)
