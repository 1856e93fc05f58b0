"""Evaluate a program without a side effect and collect the plan."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

from cloudmesh_iac.core.hooks import NO_HOOKS
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Change, Plan, Reason
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import UNKNOWN, Properties, Unknown, is_identical
from cloudmesh_iac.engine.around import (
    call_after,
    call_before,
    call_for_planned_deletes,
)
from cloudmesh_iac.engine.asks import Refusal
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.deletions import Ended, decide_deletions, held_by, raise_protected
from cloudmesh_iac.engine.failures import bad_conclusion, failed_in
from cloudmesh_iac.engine.foreseeing import foresee
from cloudmesh_iac.engine.goals import goal_of, unchanged
from cloudmesh_iac.engine.importing import found_record
from cloudmesh_iac.engine.instances import Previews
from cloudmesh_iac.engine.interrupting import with_interruptions
from cloudmesh_iac.engine.leaving_out import needed_by_left_out, without_deletes
from cloudmesh_iac.engine.leftovers import strays, unwanted
from cloudmesh_iac.engine.outdated import has_moved
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.reads import as_read, is_news
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.seeking import as_far_as_known
from cloudmesh_iac.engine.session import Session
from cloudmesh_iac.engine.steps import steps_of
from cloudmesh_iac.engine.strays import planned
from cloudmesh_iac.engine.tree_order import in_tree_order


class PlanningSession(Session):
    def decide(self, registration: Registration, role: Role) -> Change | Refusal | Failure:
        """What may be there already and cannot be looked for is not decided here."""
        decision = super().decide(registration, role)
        intent = self.run.lost_create(registration.urn) if role is Role.PLAIN else None
        if intent is None or not isinstance(decision, Change):
            return decision
        return as_far_as_known(decision, intent, registration, providers=self._providers)

    def conclude(
        self, registration: Registration, change: Change, answer: Future[Registered]
    ) -> None:
        if change.action is Action.UNDECIDED:
            self.skip(registration, change, answer)
            return
        for urn in change.dependents:
            self.run.condemned.note_gone(urn)
        record = self.run.record(change.urn)
        has_hooks = registration.options.hooks != NO_HOOKS
        failure = self._call_before(registration, change) if has_hooks else None
        if failure is not None:
            self.fail(registration, failure, answer)
            return
        conclusion = Conclusion(change, End.DONE)
        if change.action is Action.SAME and record is not None and record.failed:
            conclusion = bad_conclusion(conclusion, record)
        self.run.conclude(conclusion)
        registered = self._answer_of(registration, change, record)
        if isinstance(registered, Failure):
            self.fail(registration, registered, answer)
            return
        if has_hooks and change.custom:
            self._call_after(registration, change, registered)
        answer.set_result(registered)

    def _answer_of(
        self, registration: Registration, change: Change, record: Record | None
    ) -> Registered | Failure:
        """Return what is known now of the resource as it will be."""
        found = self.run.found.get(change.urn)
        if found is not None and not change.is_import:
            return as_read(found, registration)
        if isinstance(registration.read_id, Unknown):
            return Registered(change.urn, "", {})
        if found is not None:
            record = found_record(registration, found, creation=change.creation)
            change = replace(change, action=Action.UPDATE if change.updates else Action.SAME)
        if change.action is Action.SAME and record is not None:
            return unchanged(record, registration, change)
        return self._foreseen(registration, change, record) or _preview(change, record)

    def _foreseen(
        self, registration: Registration, change: Change, record: Record | None
    ) -> Registered | Failure | None:
        """Return what a provider that can say it expects of a change."""
        if not change.custom:
            return None
        provider = self._providers.provider(change.type, registration.provider)
        if isinstance(provider, Failure):
            return provider
        if not (isinstance(provider, Previews) and provider.previews):
            return None
        goal = goal_of(registration, change, record)
        return foresee(goal, change, record=record, provider=provider)

    # --- hooks that run in previews too ---------------------------------------------------------

    def _call_before(self, registration: Registration, change: Change) -> Failure | None:
        old = self.run.record(change.urn)
        goal = goal_of(registration, change, old)
        return call_before(self.hooks, change.action, goal, old=old)

    def _call_after(
        self, registration: Registration, change: Change, registered: Registered
    ) -> None:
        old = self.run.record(change.urn)
        goal = goal_of(registration, change, old)
        made = replace(goal, id=registered.id, outputs=registered.outputs)
        call_after(self.hooks, change.action, made, old=old)

    def finish_hooks(self) -> None:
        """Call what is left to be called; the program must be alive still."""
        self.finish_calls()
        snapshot = self.run.snapshot
        if self.error is None and any(one.options.hooks.of_deletes for one in snapshot.records):
            call_for_planned_deletes(self.hooks, self._going())

    def _going(self) -> Iterator[Record]:
        """Yield the objects that would be deleted: what was dropped, what was replaced."""
        run = self.run
        objects = {(one.urn, one.creation): one for one in run.snapshot.records}
        for concluded in run.conclusions().values():
            urn = concluded.change.urn
            record = run.record(urn)
            if concluded.change.action is Action.REPLACE and record is not None:
                # the record says already that it has made room; the object is still there
                yield objects.get((run.old_name(urn) or urn, record.creation), record)
        for change in self._deletions():
            if change.action is not Action.UNDECIDED:
                yield objects[change.urn, change.creation]

    def _deletions(self) -> tuple[Change, ...]:
        run, snapshot = self.run, self.run.snapshot
        ended = Ended(
            declared=run.accounted() | needed_by_left_out(run),
            program_failed=self.error is not None,
            has_gaps=run.has_gaps() or _leaves_unknowns(run),
            held=held_by(run.unfinished(), snapshot),
            made_way=run.made_way(),
            spared=run.choice.spared(snapshot),
        )
        return tuple(self._made_anew(change) for change in decide_deletions(ended, snapshot))

    def plan(self, *, program: str, program_digest: str) -> Plan:
        """Return the plan of a finished evaluation.

        Errors: ExperimentError for names that were used twice, and for protected resources and
        others that would be deleted and may not; UsageProblem for a selection of nothing.
        """
        self.run.raise_clashes()
        run, snapshot = self.run, self.run.snapshot
        run.choice.raise_unmet(snapshot, run.declared())
        deletions = self._deletions()
        run.choice.raise_unchosen(deletions)
        raise_protected(deletions, snapshot)
        spared = run.choice.spared(snapshot)
        changes = [
            without_deletes(conclusion.change, spared) for conclusion in run.conclusions().values()
        ]
        return Plan(
            stack=snapshot.stack,
            base_serial=snapshot.serial,
            changes=(
                *with_interruptions((*in_tree_order(changes), *deletions), snapshot),
                *self._strays(),
            ),
            program=program,
            program_digest=program_digest,
            parameters=run.parameters(),
            old_parameters=snapshot.parameters,
            outputs=self._stack_outputs(),
            touches=self._touches(),
            seed_key=snapshot.seed_key,
            failed=tuple(one for one in failed_in(run) if one.state is not None),
            selection=run.choice.selection,
            left_out=_left_out(run),
        )

    def _strays(self) -> tuple[Change, ...]:
        is_limited = self.run.choice.selection.is_limited
        return () if is_limited else planned(strays(self.run, self._remote))

    def _made_anew(self, change: Change) -> Change:
        """What makes room and is declared behind an unknown value will surely come back."""
        record, root = self.run.record(change.urn), self.run.condemned.root_of(change.urn)
        if change.action is not Action.UNDECIDED or record is None or root is None:
            return change
        return replace(
            change,
            action=Action.REPLACE,
            certain=False,
            reasons=(Reason(Cause.DEPENDENCY, urn=root),),
            steps=steps_of(
                Action.REPLACE,
                change.urn,
                creation=record.creation + 1,
                old=record.creation,
                deletes_first=True,
            ),
            inputs=dict.fromkeys(record.inputs, UNKNOWN),
            deletes_first=True,
        )

    def _stack_outputs(self) -> Properties:
        for urn, registration in self.run.declared().items():
            if registration.is_stack:
                return self.run.outputs().get(urn, {})
        return {}

    def _touches(self) -> bool:
        """Say whether unchanged resources get new records: dependencies, options, outputs."""
        concluded = self.run.conclusions()
        for urn, registration in self.run.declared().items():
            record = self.run.record(urn)
            found = self.run.found.get(urn)
            if found is not None and is_news(found, registration, record):
                return True
            if (
                record is not None
                and urn in concluded
                and not self.run.leaves_out(urn)
                and has_moved(registration, record, concluded[urn].change.inputs)
            ):
                return True
            if self.run.old_name(urn) is not None and not self.run.leaves_out(urn):
                return True
            if self.run.is_open(urn) and not self.run.leaves_out(urn):
                return True
        return any(
            (record := self.run.record(urn)) is None or not is_identical(record.outputs, outputs)
            for urn, outputs in self.run.outputs().items()
            if self.run.record(urn) is not None or not self.run.leaves_out(urn)
        ) or bool(unwanted(self.run, self._remote))


def _left_out(run: Run) -> tuple[Urn, ...]:
    """Return what a person did not choose, whether it is declared or only recorded."""
    declared = [urn for urn, one in run.declared().items() if one.custom and run.leaves_out(urn)]
    spared = run.choice.spared(run.snapshot) | needed_by_left_out(run)
    known = run.accounted()
    dropped = [
        one.urn
        for one in run.snapshot.live().values()
        if one.custom and one.urn in spared and one.urn not in known
    ]
    return (*sorted(declared), *sorted(dropped))


def _leaves_unknowns(run: Run) -> bool:
    """Say whether values are only known after a change: what is declared behind them is missing."""
    return any(
        conclusion.change.custom and conclusion.change.action.is_change
        for conclusion in run.conclusions().values()
    )


def _preview(change: Change, record: Record | None) -> Registered:
    """Answer as Pulumi does in a preview: new inputs are known, computed outputs are not."""
    if not change.custom:
        return Registered(change.urn, "", {})
    match change.action:
        case Action.UPDATE:
            assert record is not None
            kept = {key: record.outputs[key] for key in change.stables if key in record.outputs}
            return Registered(change.urn, record.id, {**change.inputs, **kept})
        case _:
            return Registered(change.urn, "", change.inputs)
