"""Call the hooks of resources: functions of the program, around a change or when it fails.

They are side effects that the journal knows nothing of: whoever writes them makes them repeatable.
"""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from cloudmesh_iac.core.events import LogLine
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.outcomes import FailedChange
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.hooking import ErrorHook, FailureAsk, HookAsk, ResourceHook
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.errors import ExperimentError

MOST_TRIES = 100

_Answer = TypeVar("_Answer")


class AskOfFailure(Protocol):
    def __call__(self, *, errors: tuple[str, ...]) -> FailureAsk: ...


class HookBook:
    """All hooks that the program has registered, by name; any thread may call them.

    `troubles` are hooks that failed after a change: the change stands, but the run has failed.
    `hold` is called before each of them, and raises when nothing more may happen.
    """

    def __init__(
        self, *, is_preview: bool, events: Events, hold: Callable[[], None] = lambda: None
    ) -> None:
        self.hold = hold
        self.is_preview = is_preview
        self._events = events
        self._lock = threading.Lock()
        self._hooks: dict[str, ResourceHook] = {}
        self._error_hooks: dict[str, ErrorHook] = {}
        self._troubles: list[FailedChange] = []

    def add(self, hook: ResourceHook | ErrorHook) -> None:
        """Errors: ExperimentError for a name that is empty or was given before."""
        with self._lock:
            if not hook.name:
                raise ExperimentError("a hook has no name", hint="give it one of its own")
            if hook.name in self._hooks or hook.name in self._error_hooks:
                raise ExperimentError(
                    f"two hooks are called {hook.name}", hint="give each a name of its own"
                )
            if isinstance(hook, ResourceHook):
                self._hooks[hook.name] = hook
            else:
                self._error_hooks[hook.name] = hook

    def is_empty(self) -> bool:
        with self._lock:
            return not self._hooks and not self._error_hooks

    def troubles(self) -> tuple[FailedChange, ...]:
        with self._lock:
            return tuple(self._troubles)

    def before(self, record: Record, ask: HookAsk) -> Failure | None:
        """Call what comes before a change; a failure of one of them is a failure of the change."""
        return self._call(record, ask)

    def after(self, record: Record, ask: HookAsk) -> None:
        """Call what comes after a change that went well."""
        failure = self._call(record, ask)
        if failure is not None:
            self.note(record, failure)

    def note(self, record: Record, failure: Failure) -> None:
        """The run has failed by a hook, whatever became of the change."""
        with self._lock:
            self._troubles.append(FailedChange(record.urn, failure.message, failure.hint))
        self._events.tell(LogLine(failure.message, record.urn, "error"))

    def _call(self, record: Record, ask: HookAsk) -> Failure | None:
        for name in record.options.hooks.at(ask.moment):
            hook = self._hooks.get(name)
            if hook is None:
                return Failure(f"its hook {name} is not known", hint=_REGISTER)
            if self.is_preview and not hook.on_dry_run:
                continue
            self.hold()
            error = hook.run(ask)
            if error is None:
                continue
            words = f"{ask.moment.replace('_', '-')} hook {name} failed: {error}"
            if not hook.ignore_errors:
                return Failure(words)
            self._events.tell(LogLine(words, record.urn, "warning"))
        return None

    def wants_retry(self, record: Record, ask: FailureAsk) -> bool | Failure:
        """Ask every error hook of a resource; one of them is enough."""
        wants = False
        for name in record.options.hooks.on_error:
            hook = self._error_hooks.get(name)
            if hook is None:
                return Failure(f"its error hook {name} is not known", hint=_REGISTER)
            self.hold()
            answer = hook.wants_retry(ask)
            if isinstance(answer, Failure):
                return Failure(f"error hook {name} failed: {answer.message}")
            wants = wants or answer
        if wants:
            words = f"trying again, as an error hook wants it ({len(ask.errors)}/{MOST_TRIES})"
            self._events.tell(LogLine(words, record.urn, "warning"))
        return wants

    def with_retries(
        self,
        record: Record,
        operation: Callable[[], _Answer | Failure],
        *,
        ask: AskOfFailure,
        unready: Callable[[_Answer], tuple[str, ...]] = lambda _: (),
    ) -> _Answer | Failure:
        """Carry out an operation, again and again while its error hooks want it.

        `unready` says why an answer is no success either; `ask` makes the question, from what went
        wrong so far, the last failure first.
        """
        errors: tuple[str, ...] = ()
        while True:
            answer = operation()
            wrong = answer.message if isinstance(answer, Failure) else "; ".join(unready(answer))
            if not wrong or not record.options.hooks.on_error:
                return answer
            errors = (wrong, *errors)
            if len(errors) >= MOST_TRIES:
                self._events.tell(LogLine(f"tried {MOST_TRIES} times", record.urn, "warning"))
                return answer
            retry = self.wants_retry(record, ask(errors=errors))
            if isinstance(retry, Failure):
                self._events.tell(LogLine(retry.message, record.urn, "error"))
                return _joined(answer, retry)
            if not retry:
                return answer


_REGISTER = "register it in the program under this name"


def _joined(answer: "_Answer | Failure", retry: Failure) -> "_Answer | Failure":
    """The failure of the operation comes first; an answer that is not ready stands as it is."""
    if not isinstance(answer, Failure):
        return answer
    return Failure(f"{answer.message}; {retry.message}", retry.hint, is_certain=answer.is_certain)


def raise_delete_hooks(snapshot: Snapshot) -> None:
    """Errors: ExperimentError that names each resource whose delete hooks need the program."""
    lines = [
        f"{name_of(record.urn)}{f' ({record.source})' if record.source else ''}: it has delete"
        f" hooks ({', '.join(names)}), and only the program can call them"
        for record in snapshot.records
        if (names := record.options.hooks.of_deletes)
    ]
    if lines:
        hint = "take them out of the program, leave their hooks in it, and run `cmx up`"
        raise ExperimentError("\n".join(lines), hint=hint)
