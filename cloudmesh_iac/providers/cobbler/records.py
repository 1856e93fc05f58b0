"""Write Cobbler's records as one writer does: only what differs, and read again what was written.

Cobbler itself keeps no two writers apart, and takes some values without keeping them.
"""

import fcntl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.cobbler.dialects import Dialect, dialect_of
from cloudmesh_iac.providers.cobbler.translate import META, Fields, What, Write, changed
from cloudmesh_iac.settings.computer import SystemClock

_EACH_S = 0.1
_DONE, _FAILED = "complete", "failed"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one change may wait for another writer, and for Cobbler's own task. In seconds."""

    clock: SystemClock
    limit_s: float


class Records:
    """The records of one Cobbler. `lock` is a file that all writers of this person share."""

    def __init__(
        self, site: str, call: Callable[..., Any], *, lock: Path, patience: Patience
    ) -> None:
        self._site = site
        self._call = call
        self._lock = lock
        self._patience = patience
        self._dialect: Dialect | None = None

    @property
    def dialect(self) -> Dialect:
        """Errors: SiteRefused for a version that is not known; SiteUnreachable."""
        if self._dialect is None:
            self._dialect = dialect_of(self._call)
        return self._dialect

    def fetch(self, what: What, name: str) -> Fields | None:
        return self.dialect.fetch(what, name)

    def names(self, what: What) -> Sequence[str]:
        return sorted(str(one["name"]) for one in self.dialect.items(what))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep other writers out. Errors: SiteUnreachable when one does not come to its end."""
        self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock.open("w") as file:
            if not self._waited(lambda: _is_locked(file)):
                raise SiteUnreachable(
                    f"site {self._site}: somebody else has been writing to Cobbler for "
                    f"{self._patience.limit_s:g} s",
                    subject=self._site,
                    hint="run it again when that run has ended",
                )
            yield

    def put(self, wanted: Sequence[Write]) -> None:
        """Make records as they are wanted. Call it in `writing`.

        A record that is not there is made. One that looks as it is wanted is saved all the same:
        Cobbler shows a change before it is saved, and who made it may have died in between.
        Errors: SiteRefused when Cobbler has something else afterwards; it names what.
        """
        writes = []
        for one in wanted:
            record = self.fetch(one.what, one.name)
            fields = one.fields if record is None else changed(one.fields, record)
            writes.append(replace(one, fields=fields, is_new=record is None))
        for task in self.dialect.write(writes):
            self._await(task)
        for one in writes:
            self._compare(one)

    def remove(self, what: What, name: str) -> None:
        """Remove a record that is there. Errors: SiteRefused when it is in use."""
        self.dialect.remove(what, name)

    def demand(self, what: What, name: str) -> Fields:
        """Return a record. Errors: SiteRefused when there is none ("did you mean")."""
        found = self.fetch(what, name)
        if found is not None:
            return found
        known = self.names(what)
        raise SiteRefused(
            f"site {self._site}: Cobbler has no {what} {name!r}",
            subject=name,
            hint=instead_of(name, known, otherwise=f"there are: {', '.join(known) or '-'}"),
        )

    def _compare(self, written: Write) -> None:
        found = self.fetch(written.what, written.name) or {}
        wrong = changed(written.fields, found)
        if wrong:
            words = "; ".join(_difference(key, wrong, found) for key in sorted(wrong))
            raise SiteRefused(
                f"site {self._site}: Cobbler took the {written.what} {written.name} and did not "
                f"keep all of it: {words}",
                subject=written.name,
                hint="see that these values are what Cobbler understands",
            )

    def _await(self, task: str) -> None:
        """Wait until Cobbler has made its boot files. Errors: SiteRefused when it could not."""
        state = ""

        def is_over() -> bool:
            nonlocal state
            state = str(self._call("get_task_status", task)[2])
            return state in {_DONE, _FAILED}

        if not self._waited(is_over):
            raise SiteUnreachable(
                f"site {self._site}: Cobbler has been making its boot files for "
                f"{self._patience.limit_s:g} s",
                subject=self._site,
                hint="`cobbler sync` on its server shows what is in the way",
            )
        if state == _FAILED:
            raise SiteRefused(
                f"site {self._site}: Cobbler could not make its boot files",
                subject=self._site,
                hint="`cobbler sync` on its server, and its log, say why",
            )

    def _waited(self, is_over: Callable[[], bool]) -> bool:
        clock = self._patience.clock
        deadline = clock.monotonic_s() + self._patience.limit_s
        never = threading.Event()
        while not is_over():
            if clock.monotonic_s() > deadline:
                return False
            clock.wait(never, _EACH_S)
        return True


def _is_locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _difference(key: str, wanted: Mapping[str, Any], found: Fields) -> str:
    """The variables of an answer file are named only: a nonce is among them."""
    if key == META:
        return key
    return f"{key} is {found.get(key)!r}, not {wanted[key]!r}"
