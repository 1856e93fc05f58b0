"""How a program is run, and the one door through which it comes in."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.registrations import Registered, Registration, Sought
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties, Unknown
from cloudmesh_iac.engine.asks import (
    InvokeAsk,
    Invoked,
    Refusal,
)
from cloudmesh_iac.engine.component_asks import CallAsk, Called
from cloudmesh_iac.engine.hooking import ErrorHook, ResourceHook
from cloudmesh_iac.errors import CmxError

Existence: TypeAlias = bool | Unknown
"""Whether something exists; unknown when its id is not known yet."""


class Registrar(Protocol):
    """The inward port: what a running program asks of the engine.

    Called from the program's reader, and from the thread that has looked at its files.
    """

    def register(self, registration: Registration) -> Future[Registered]: ...

    def exists(self, sought: Sought) -> Future[Existence]:
        """Say whether something exists. Errors, in the future: ExperimentError."""
        ...

    def invoke(self, ask: InvokeAsk) -> Future[Invoked | Refusal | Failure]:
        """Call a function of a package."""
        ...

    def call(self, ask: CallAsk) -> Future[Called | Refusal | Failure]:
        """Call a method of something that a plugin serves."""
        ...

    def set_outputs(self, urn: Urn, outputs: Properties) -> None: ...

    def add_hook(self, hook: ResourceHook | ErrorHook) -> None:
        """Take a function that is called around changes.

        A program with hooks stays alive after `finish`, until it is stopped.
        Errors: ExperimentError for a name that is taken.
        """
        ...

    def grew_quiet(self) -> None:
        """The program can do nothing more until one of its registrations is answered."""
        ...

    def finish(self, error: CmxError | None) -> None:
        """The program has ended; nothing more will be asked."""
        ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One run of a program. `options` are the parameters given as text on the command line."""

    stack: StackId
    is_preview: bool
    options: Mapping[str, str] = field(default_factory=dict)


class RunningProgram(Protocol):
    def is_quiet(self) -> bool:
        """Say whether the program has every answer there is and still can do nothing more."""
        ...

    def stop(self) -> None:
        """End the child now; returns when it is gone. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What the program asked for by name, whether it exists or not: configuration keys."""

    keys: frozenset[str]


class Program(Protocol):
    @property
    def path(self) -> str:
        """The program's file, relative to its project."""
        ...

    @property
    def digest(self) -> str:
        """A digest of the program's own files."""
        ...

    def start(self, evaluation: Evaluation, registrar: Registrar) -> RunningProgram:
        """Begin an evaluation; the registrar is called from another thread until `finish`."""
        ...

    def asked(self) -> Asked:
        """What the last evaluation asked for."""
        ...
