"""What is known when a change has come to its end, well or badly?"""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import replace

from cloudmesh_iac.core.events import ChangeDone, ChangeFailed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registered
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.around import call_after
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.failures import bad_conclusion
from cloudmesh_iac.engine.goals import Settled, Task
from cloudmesh_iac.engine.hooks import HookBook
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.engine.run import Run


class Endings:
    """One for each run. `replaced` are the old objects of what got a new one."""

    def __init__(self, run: Run, *, hooks: HookBook, events: Events) -> None:
        self._run = run
        self._hooks = hooks
        self._events = events
        self._found: set[Urn] = set()
        self.replaced: list[Record] = []

    def has_found(self, urns: Iterable[Urn]) -> bool:
        """Say whether one of these was there before, and nothing was started for it."""
        return not self._found.isdisjoint(urns)

    def settle(self, task: Task, answer: Future[Registered], carried: Settled | Failure) -> None:
        """Conclude a change, tell people of it, and answer the program."""
        change = task.change
        if isinstance(carried, Settled) and carried.record.init_errors:
            carried = Failure("; ".join(carried.record.init_errors))
        if isinstance(carried, Failure):
            end = Conclusion(change, End.FAILED, carried.message, carried.hint)
            self._run.conclude(end)
            self._events.tell(
                ChangeFailed(change.urn, change.action, carried.message, carried.hint)
            )
            answer.set_result(Registered(change.urn, "", task.goal.inputs, failed=True))
            return
        record = carried.record
        old = (task.former or task.record) if change.action is Action.REPLACE else None
        if old is not None and not old.pending_replacement:
            self.replaced.append(replace(old, doomed=True))
        if carried.is_found:
            self._found.add(change.urn)
        if change.custom and not record.failed:
            call_after(self._hooks, change.action, record, old=task.record)
        conclusion = Conclusion(change, End.DONE, carried.note)
        self._run.conclude(bad_conclusion(conclusion, record) if record.failed else conclusion)
        state = record.job_state if change.waits else None
        if change.custom and change.action is not Action.READ:
            self._events.tell(ChangeDone(change.urn, change.action, state, carried.note))
        outputs = record.outputs if change.custom else {}
        answer.set_result(Registered(change.urn, record.id, outputs))
