"""A program written as a list of things, played at the Registrar port from a thread of its own.

Like the SDK it registers a thing as soon as everything that its inputs need has been answered, and
it leaves the outputs of a failed registration unknown.
"""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.registrations import Options, Registered, Registration, Source
from cloudmesh_iac.core.urns import (
    ALLOCATION_TYPE,
    INSTALLATION_TYPE,
    JOB_END_TYPE,
    JOB_START_TYPE,
    STACK_TYPE,
    ResourceType,
    Urn,
    make_urn,
)
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret, Unknown, Value
from cloudmesh_iac.engine.ports.program import Asked, Evaluation, Registrar
from cloudmesh_iac.errors import CmxError, ProgramFailed
from tests.builders import STACK

DEADLINE_S = 10.0
THING = "test:index:Thing"
GROUP = "test:index:Group"
_STACK_KEY = ""


@dataclass(frozen=True)
class Out:
    """The output of another thing, by its key; `secret` marks what is read."""

    of: str
    key: str = "address"
    secret: bool = False


Written: TypeAlias = (
    "bool | int | float | str | Out | Unknown | Secret | tuple[Written, ...]"
    " | Mapping[str, Written] | None"
)


@dataclass(frozen=True)
class Thing:
    """One resource. `key` is what others call it, where two have the same name.

    `appears_with` is a value without which the thing is not declared at all; `unless` hides it when
    that value is the given one. A thing that appears with a value is declared inside an apply.
    `provider` is the key of the thing that serves it.
    """

    name: str
    inputs: Mapping[str, Written] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    parent: str = _STACK_KEY
    type_: str = THING
    custom: bool = True
    options: Options = field(default_factory=Options)
    appears_with: Out | None = None
    unless: str | None = None
    outputs: Mapping[str, Written] | None = None
    line: int = 0
    key: str = ""
    read_id: str | Out = ""
    provider: str = ""


@dataclass(frozen=True)
class Error:
    """The program ends with an error once these things are answered."""

    after: tuple[str, ...] = ()
    message: str = "ZeroDivisionError: division by zero"


def a_job(
    name: str = "pi", command: str = "true", *, needs: tuple[str, ...] = (), **inputs: Written
) -> tuple[Thing, Thing]:
    """Return the two resources of a job. Its end is called by the name, its submission `+name`."""
    shared: dict[str, Written] = {"project": STACK.project, "stack": STACK.name, "point": name}
    submission = {"site": "sim", "command": command, **shared, **inputs}
    start = Thing(name, submission, needs, type_=JOB_START_TYPE, key=f"+{name}")
    ended = {"ticket": Out(start.key, "ticket"), **shared}
    return start, Thing(name, ended, type_=JOB_END_TYPE)


_OF_A_KIND = {"names", "cpus", "memory_mb", "tags"}


def machines(
    name: str = "ion", *, profile: str = "ubuntu-24.04", hours: float = 24, **needs: Written
) -> tuple[Thing, Thing]:
    """Return the two resources of leased machines; the installation is called by the name."""
    needs = needs or {"count": 2}
    lease = {"site": "sim", "hours": hours, "project": STACK.project, **needs}
    leased = Thing(name, lease, type_=ALLOCATION_TYPE, key=f"+{name}")
    outfit: dict[str, Written] = {
        "site": "sim",
        "profile": profile,
        "ssh_keys": ("ssh-ed25519 AAAA me",),
    }
    given = {"lease": Out(leased.key, "lease"), "allocated": Out(leased.key, "machines")}
    kept = {key: said for key, said in needs.items() if key in _OF_A_KIND}
    return leased, Thing(name, {**outfit, **kept, **given}, type_=INSTALLATION_TYPE)


def urn_of(thing: Thing, parent: Urn | None = None, stack: StackId = STACK) -> Urn:
    return make_urn(
        stack=stack.name,
        project=stack.project,
        parent=parent,
        type_=ResourceType(thing.type_),
        name=thing.name,
    )


STACK_THING = Thing(f"{STACK.project}-{STACK.name}", type_=STACK_TYPE, custom=False)


class ScriptedProgram:
    """Satisfies `engine.ports.program.Program`; each evaluation plays the same script."""

    path = "stacks/hello.py"
    digest = "d1"

    def __init__(
        self,
        *script: Thing | Error,
        outputs: Mapping[str, Written] | None = None,
        asked: frozenset[str] = frozenset(),
    ) -> None:
        self.script = script
        self._outputs = outputs or {}
        self._asked = Asked(asked)
        self.evaluations: list[Evaluation] = []

    def start(self, evaluation: Evaluation, registrar: Registrar) -> "Playing":
        self.evaluations.append(evaluation)
        playing = Playing(self.script, self._outputs, evaluation.stack, registrar=registrar)
        playing.begin()
        return playing

    def asked(self) -> Asked:
        return self._asked


class Playing:
    """One evaluation; satisfies `engine.ports.program.RunningProgram`."""

    def __init__(
        self,
        script: tuple[Thing | Error, ...],
        outputs: Mapping[str, Written],
        stack: StackId,
        *,
        registrar: Registrar,
    ) -> None:
        self._pending: list[Thing | Error] = [
            _with_line(item, 10 + index) for index, item in enumerate(script)
        ]
        self._outputs = outputs
        self._stack = stack
        self._registrar = registrar
        self._changed = threading.Condition()
        self._urns: dict[str, Urn] = {}
        self._open = 0
        self._came: list[tuple[str, Registered]] = []
        self._answers: dict[str, Registered] = {}
        self._is_asleep = False
        self._is_stopped = False
        self._thread = threading.Thread(target=self._play, name="script", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def is_quiet(self) -> bool:
        with self._changed:
            return self._is_asleep and not self._came

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive(), "the script did not stop"

    # --- the program's own thread -----------------------------------------------------------------

    def _play(self) -> None:
        self._register(_STACK_KEY, STACK_THING)
        while self._open or self._pending:
            if not self._sleep():
                return
            error = self._go_on()
            if error is not None:
                self._registrar.finish(error)
                return
        self._registrar.set_outputs(self._urns[_STACK_KEY], self._known(self._outputs))
        self._registrar.finish(None)

    def _sleep(self) -> bool:
        """Take the answers that have come, or wait for one; False when the program is ended."""
        with self._changed:
            is_awake = bool(self._came) or self._is_stopped
            self._is_asleep = not is_awake
        if not is_awake:
            self._registrar.grew_quiet()
        with self._changed:
            while not self._came and not self._is_stopped:
                self._changed.wait(DEADLINE_S)
            self._is_asleep = False
            for key, answer in self._came:
                self._answers[key] = answer
                self._open -= 1
            self._came.clear()
            return not self._is_stopped

    def _go_on(self) -> CmxError | None:
        ready: list[Thing | Error] = []
        waiting: list[Thing | Error] = []
        for item in self._pending:
            (ready if self._is_ready(item) else waiting).append(item)
        self._pending = waiting
        for item in ready:
            if isinstance(item, Error):
                return ProgramFailed(item.message)
            if self._appears(item):
                self._register(item.key or item.name, item)
        if not self._open:  # what nobody can ever answer is never declared
            self._pending = []
        return None

    def _is_ready(self, item: Thing | Error) -> bool:
        return all(key in self._answers for key in _sources(item))

    def _appears(self, thing: Thing) -> bool:
        if thing.appears_with is None:
            return True
        value = self._value(thing.appears_with)
        return not isinstance(value, Unknown) and (thing.unless is None or value != thing.unless)

    def _register(self, key: str, thing: Thing) -> None:
        registration = self._registration(key, thing)
        self._urns.setdefault(key, registration.urn)
        self._open += 1
        answer = self._registrar.register(registration)
        if thing.outputs is not None:
            self._registrar.set_outputs(registration.urn, self._known(thing.outputs))
        answer.add_done_callback(partial(self._answered, key))

    def _answered(self, key: str, answer: Future[Registered]) -> None:
        with self._changed:
            self._came.append((key, answer.result()))
            self._changed.notify_all()

    def _registration(self, key: str, thing: Thing) -> Registration:
        parent = None if key == _STACK_KEY else self._urns[thing.parent]
        by_key = {
            name: tuple(sorted({self._urns[out.of] for out in _outs(value)}))
            for name, value in thing.inputs.items()
        }
        used = {urn for urns in by_key.values() for urn in urns}
        return Registration(
            urn=urn_of(thing, parent, self._stack),
            type=ResourceType(thing.type_),
            name=thing.name,
            custom=thing.custom,
            inputs=self._known(thing.inputs),
            parent=parent,
            dependencies=tuple(sorted({*used, *(self._urns[need] for need in thing.needs)})),
            property_dependencies={name: urns for name, urns in by_key.items() if urns},
            options=thing.options,
            source=Source("stacks/hello.py", thing.line),
            from_apply=thing.appears_with is not None,
            read_id=self._id(thing.read_id),
            provider=self._provider(thing.provider),
        )

    def _provider(self, key: str) -> str:
        return f"{self._urns[key]}::{self._answers[key].id}" if key else ""

    def _id(self, written: str | Out) -> str | Unknown:
        found = self._value(written)
        assert isinstance(found, str | Unknown)
        return found

    def _known(self, written: Mapping[str, Written]) -> Properties:
        return {key: self._value(value) for key, value in written.items()}

    def _value(self, written: Written) -> Value:
        if isinstance(written, Out):
            answer = self._answers[written.of]
            given = {**answer.outputs, "id": answer.id or UNKNOWN}
            has_none = answer.failed or answer.is_unknown
            found = UNKNOWN if has_none else given.get(written.key, UNKNOWN)
            return Secret(found) if written.secret else found
        if isinstance(written, tuple):
            return tuple(self._value(item) for item in written)
        if isinstance(written, Mapping):
            return {key: self._value(item) for key, item in written.items()}
        return written


def _with_line(item: Thing | Error, line: int) -> Thing | Error:
    if isinstance(item, Error) or item.line:
        return item
    values = {name: getattr(item, name) for name in Thing.__dataclass_fields__}
    return Thing(**{**values, "line": line})


def _outs(written: Written) -> Iterator[Out]:
    if isinstance(written, Out):
        yield written
    elif isinstance(written, tuple):
        for item in written:
            yield from _outs(item)
    elif isinstance(written, Mapping):
        for item in written.values():
            yield from _outs(item)


def _sources(item: Thing | Error) -> set[str]:
    if isinstance(item, Error):
        return {_STACK_KEY, *item.after}
    found = {out.of for value in item.inputs.values() for out in _outs(value)}
    found |= {out.of for value in (item.outputs or {}).values() for out in _outs(value)}
    if item.appears_with is not None:
        found.add(item.appears_with.of)
    if isinstance(item.read_id, Out):
        found.add(item.read_id.of)
    if item.provider:
        found.add(item.provider)
    return {*found, *item.needs, item.parent}
