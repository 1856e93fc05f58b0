"""What the engine asks of the store: state, the right to write it, and its history."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cloudmesh_iac.core.chain import Chain
from cloudmesh_iac.core.journal import Entry, HistoryEntry, UpdateEnded, UpdateStarted
from cloudmesh_iac.core.locks import Held, Holder, StopRequest
from cloudmesh_iac.core.records import Parameter, Snapshot, StackId, StackSummary
from cloudmesh_iac.errors import StackLocked


class Ears(Protocol):
    """Who hears what comes to a run from outside; called from a thread of its store."""

    def stop(self, request: StopRequest) -> None:
        """Somebody asks the run to stop. A request comes once."""
        ...

    def lost(self, error: StackLocked) -> None:
        """The lock was taken over. This may come again and again."""
        ...


class Writing(Protocol):
    """The right to write one stack, until it is closed. Calls may come from several threads."""

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write entries in one transaction; durable when it returns.

        Errors: StoreUnusable (disk full, file gone), StackLocked (the lock was taken over).
        """
        ...

    def hold(self) -> None:
        """Return when enough of the lock is left to begin a side effect.

        Errors: StackLocked (the lock was taken over); StoreUnusable.
        """
        ...

    def listen(self, ears: Ears) -> None:
        """Say to whom it is told that the run should stop, or that its lock is lost."""
        ...

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        """Remember the parameters that the last evaluation used."""
        ...

    def close(self, ended: UpdateEnded) -> None:
        """Write the end of the run into the history and give the lock back. Idempotent."""
        ...


class Store(Protocol):
    def snapshot(self, stack: StackId) -> Snapshot:
        """Return the records of a stack; an empty snapshot (with a seed key) for a new one."""
        ...

    def stacks(self, project: str | None = None) -> Sequence[StackSummary]: ...

    def history(self, stack: StackId, *, newest: int | None = None) -> Sequence[HistoryEntry]:
        """Return the runs of a stack, the oldest first; only so many of the newest, if said."""
        ...

    def chain(self, stack: StackId) -> Chain:
        """Return the history as it is stored, for who wants to see whether it is whole."""
        ...

    def program_copy(self, stack: StackId, digest: str) -> Mapping[str, str] | None:
        """Return a copy of a program, text by path; empty for one that is not kept.

        None for one that is encrypted, where its passphrase is not at hand.
        """
        ...

    def lock(self, stack: StackId) -> Held | None:
        """Return the lock that a run has on a stack; None when it is free, or its holder gone.

        A holder is gone when its process is known to have ended, or when this store has seen no
        sign of its life, look after look, for as long as a lease lasts.
        """
        ...

    def write(self, snapshot: Snapshot, started: UpdateStarted, holder: Holder) -> Writing:
        """Take the stack's lock and open a run in the history.

        `snapshot` is what the run was planned from: its seed key becomes the stack's at the first
        write. Errors: PlanBroken when the stack's serial has moved on since the snapshot;
        StackLocked, naming the living holder; StoreUnusable.
        """
        ...

    def ask_to_stop(self, stack: StackId, request: StopRequest) -> Held | None:
        """Ask the run that writes a stack to stop, and return whom; None when there is none."""
        ...

    def remove_stack(self, stack: StackId) -> None:
        """Forget an empty stack. Errors: UsageProblem when it still has records."""
        ...

    def close(self) -> None: ...
