"""Keep secrets out of what is said: errors of providers and lines of programs may quote them."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import assert_never

from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    ChangeWaits,
    Event,
    LogLine,
    Noticed,
)
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.registrations import Registered, Registration, Sought
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    PLAIN_TYPES,
    OutputValue,
    Properties,
    Secret,
    Value,
    children,
)
from cloudmesh_iac.engine.asks import InvokeAsk, Invoked, Refusal
from cloudmesh_iac.engine.component_asks import CallAsk, Called
from cloudmesh_iac.engine.hooking import ErrorHook, ResourceHook
from cloudmesh_iac.engine.ports.program import Existence, Registrar
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.errors import CmxError, ProgramFailed

MASK = "[secret]"
_SHORTEST = 3  # as in Pulumi: shorter ones would make a riddle of every line
_SHORTEST_LINE = 8  # of a secret of several lines
_SHORTEST_NUMBER = 6
_WORDS = frozenset({"true", "false", "null", "none"})


class Masks:
    """Knows the secrets that were seen so far. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._texts: set[str] = set()
        self._longest_first: tuple[str, ...] | None = ()

    def learn(self, value: Value) -> None:
        """Remember every secret inside a value."""
        found = {text for text in _secrets_in(value, inside=False) if text not in self._seen}
        if not found:
            return
        with self._lock:
            self._seen |= found
            self._texts.update(form for text in found for form in _forms(text))
            self._longest_first = None

    def hide(self, text: str) -> str:
        """Return a text with a word in place of each secret."""
        for secret in self._known():
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def _known(self) -> tuple[str, ...]:
        with self._lock:
            if self._longest_first is None:
                self._longest_first = tuple(sorted(self._texts, key=len, reverse=True))
            return self._longest_first

    def in_event(self, event: Event) -> Event:
        match event:
            case LogLine() | Noticed():
                return replace(event, text=self.hide(event.text))
            case ChangeFailed():
                return replace(event, message=self.hide(event.message), hint=self.hide(event.hint))
            case ChangeDone():
                return replace(event, note=self.hide(event.note))
            case ChangeWaits():
                waiting = replace(event.waiting, reason=self.hide(event.waiting.reason))
                return replace(event, waiting=waiting)
            case ChangeStarted() | ChangeSkipped():
                return event
            case _:
                assert_never(event)

    def in_outcome(self, outcome: RunOutcome) -> RunOutcome:
        hide = self.hide
        return replace(
            outcome,
            failed=tuple(
                replace(one, message=hide(one.message), hint=hide(one.hint))
                for one in outcome.failed
            ),
            waiting=tuple(replace(one, reason=hide(one.reason)) for one in outcome.waiting),
            left=tuple(replace(one, what=hide(one.what)) for one in outcome.left),
            remarks=tuple(replace(one, text=hide(one.text)) for one in outcome.remarks),
        )

    def in_error(self, error: CmxError) -> None:
        """Change the words of an error in place: whoever catches it goes by its class."""
        error.message = self.hide(error.message)
        error.hint = None if error.hint is None else self.hide(error.hint)
        error.args = (error.message,)
        if isinstance(error, ProgramFailed):
            error.traceback = self.hide(error.traceback)


class MaskedEvents:
    """Satisfies `engine.ports.surroundings.Events`."""

    def __init__(self, events: Events, masks: Masks) -> None:
        self._events = events
        self._masks = masks

    def tell(self, event: Event) -> None:
        self._events.tell(self._masks.in_event(event))


class LearningRegistrar:
    """Learns the secrets that a program says and is told.

    Satisfies `engine.ports.program.Registrar`.
    """

    def __init__(self, inner: Registrar, masks: Masks) -> None:
        self._inner = inner
        self._masks = masks

    def register(self, registration: Registration) -> Future[Registered]:
        self._masks.learn(registration.inputs)
        answer = self._inner.register(registration)
        answer.add_done_callback(self._learn_outputs)
        return answer

    def exists(self, sought: Sought) -> Future[Existence]:
        return self._inner.exists(sought)

    def invoke(self, ask: InvokeAsk) -> Future[Invoked | Refusal | Failure]:
        self._masks.learn(ask.args)
        return self._inner.invoke(ask)

    def call(self, ask: CallAsk) -> Future[Called | Refusal | Failure]:
        self._masks.learn(ask.args)
        answer = self._inner.call(ask)
        answer.add_done_callback(self._learn_result)
        return answer

    def set_outputs(self, urn: Urn, outputs: Properties) -> None:
        self._masks.learn(outputs)
        self._inner.set_outputs(urn, outputs)

    def add_hook(self, hook: ResourceHook | ErrorHook) -> None:
        self._inner.add_hook(hook)

    def grew_quiet(self) -> None:
        self._inner.grew_quiet()

    def finish(self, error: CmxError | None) -> None:
        self._inner.finish(error)

    def _learn_outputs(self, answer: Future[Registered]) -> None:
        if not answer.cancelled() and answer.exception() is None:
            self._masks.learn(answer.result().outputs)

    def _learn_result(self, answer: Future[Called | Refusal | Failure]) -> None:
        if not answer.cancelled() and answer.exception() is None:
            called = answer.result()
            if isinstance(called, Called):
                self._masks.learn(called.result)


def _secrets_in(value: Value, *, inside: bool) -> Iterator[str]:
    """Yield the texts, and the long numbers, that stand in a secret."""
    if not inside and type(value) in PLAIN_TYPES:
        return
    inside = inside or isinstance(value, Secret)
    inside = inside or (isinstance(value, OutputValue) and value.is_secret)
    if isinstance(value, str):
        if inside and len(value) >= _SHORTEST and value.lower() not in _WORDS:
            yield value
    elif isinstance(value, int | float) and inside:
        if len(str(value)) >= _SHORTEST_NUMBER:
            yield str(value)
    else:
        for child in children(value):
            yield from _secrets_in(child, inside=inside)


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it may be quoted: as it is, in JSON, in Python, line by line."""
    yield text
    for escaped in (
        json.dumps(text),
        json.dumps(text, ensure_ascii=False),
        repr(text),
        ascii(text),
    ):
        yield escaped[1:-1]
    lines = text.splitlines()
    if len(lines) > 1:
        yield from (line for line in map(str.strip, lines) if len(line) >= _SHORTEST_LINE)
