"""Say it while somebody behind a provider lets a run wait: nobody takes silence for work."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.asks import (
    ConfigureAsk,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    Gone,
    InvokeAsk,
    Invoked,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.instance_fronts import Answer, InstanceFront
from cloudmesh_iac.engine.instances import Instance, Packages
from cloudmesh_iac.engine.ports.surroundings import Clock, Events

SAID_AFTER_S = (10.0, 60.0, 300.0)
_LOOK_S = 1.0
_REST_S = 3600.0  # nothing is under way: whatever begins wakes up who looks


@dataclass(slots=True)
class _Silence:
    """Somebody who was asked, and has not answered once."""

    name: str
    since_s: float = 0.0
    under_way: int = 0
    has_answered: bool = False
    said: int = 0


@dataclass(slots=True)
class Patience:
    """Watches over the first questions to each provider, with one thread that starts with them.

    The first answer takes longest: it is behind a login. After that a long question is a long
    piece of work, of which the run tells by itself.
    """

    clock: Clock
    events: Events
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _silences: list[_Silence] = field(default_factory=list)
    _wake: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _is_closed: bool = False

    @contextmanager
    def over(self, silence: _Silence) -> Iterator[None]:
        """Watch over a question, as long as its block lasts."""
        if silence.has_answered:
            yield
            return
        self._begin(silence)
        try:
            yield
        finally:
            with self._lock:
                silence.under_way -= 1
                silence.has_answered = True

    def close(self) -> None:
        """Idempotent."""
        with self._lock:
            self._is_closed = True
            thread = self._thread
        self._wake.set()
        if thread is not None:
            thread.join()

    def _begin(self, silence: _Silence) -> None:
        with self._lock:
            if silence.under_way == 0:
                silence.since_s = self.clock.monotonic_s()
                self._silences.append(silence)
            silence.under_way += 1
            if self._thread is None and not self._is_closed:
                self._thread = threading.Thread(target=self._run, name="patience", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while not self._is_closed:
            self.clock.wait(self._wake, _LOOK_S if self._look() else _REST_S)
            self._wake.clear()

    def _look(self) -> bool:
        """Say who has been silent for long; return whether anybody still is."""
        now_s = self.clock.monotonic_s()
        with self._lock:
            self._silences = [one for one in self._silences if not one.has_answered]
            for one in self._silences:
                if one.said < len(SAID_AFTER_S) and now_s - one.since_s >= SAID_AFTER_S[one.said]:
                    seconds = SAID_AFTER_S[one.said]
                    one.said += 1
                    words = f"{one.name} has not answered for {seconds:g} s: it is waited for,"
                    self.events.tell(Noticed(f"{words} and all that does not need it goes on"))
            return bool(self._silences)


@dataclass(frozen=True, slots=True)
class WatchedPackages:
    """Satisfies `engine.instances.Packages`."""

    packages: Packages
    patience: Patience

    def load(self, package: Package) -> Instance | Failure:
        instance = self.packages.load(package)
        if isinstance(instance, Failure):
            return instance
        return WatchedInstance(instance, self.patience, _Silence(f"provider {package.serves}"))

    def close(self) -> None:
        self.packages.close()
        self.patience.close()


@dataclass(frozen=True, slots=True)
class WatchedInstance(InstanceFront):
    """A plugin that somebody waits for. Satisfies `engine.instances.Instance`."""

    patience: Patience
    silence: _Silence

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        self.silence.name = f"provider {name_of(ask.urn)}"
        return self.inner.configure(ask)

    def create(self, ask: CreateAsk) -> Created | Failure:
        if ask.is_preview:
            return self.inner.create(ask)
        return self._watched(lambda: self.inner.create(ask))

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        if ask.is_preview:
            return self.inner.update(ask)
        return self._watched(lambda: self.inner.update(ask))

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        return self._watched(lambda: self.inner.delete(ask))

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        return self._watched(lambda: self.inner.read(ask))

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure:
        return self._watched(lambda: self.inner.invoke(ask))

    def _watched(self, ask: Callable[[], Answer]) -> Answer:
        with self.patience.over(self.silence):
            return ask()
