"""Which recorded objects go in this run to make room for another one, before they are declared?

Safe to use from several threads: whoever declares such an object waits until it is gone.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cloudmesh_iac.core.urns import Urn


@dataclass(slots=True)
class _Claim:
    root: Urn
    keys: tuple[str, ...] = ()
    is_gone: bool = False
    settled: threading.Event = field(default_factory=threading.Event)


class Condemned:
    """Claims by recorded name. What has been declared before cannot be claimed any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arrived: set[Urn] = set()
        self._claims: dict[Urn, _Claim] = {}
        self._by_root: dict[Urn, list[Urn]] = {}

    def arrive(self, *urns: Urn) -> None:
        """Note that these have been declared."""
        with self._lock:
            self._arrived.update(urns)

    def is_free(self, urn: Urn) -> bool:
        with self._lock:
            return urn not in self._arrived and urn not in self._claims

    def claim(
        self,
        root: Urn,
        urns: Iterable[Urn],
        keys: Mapping[Urn, tuple[str, ...]] = MappingProxyType({}),
    ) -> frozenset[Urn]:
        """Claim those that are still free, for a replacement of `root`; return them.

        `keys` are the inputs for which each of them needs a new object.
        """
        with self._lock:
            free = [urn for urn in urns if urn not in self._arrived and urn not in self._claims]
            self._claims.update({urn: _Claim(root, keys.get(urn, ())) for urn in free})
            self._by_root.setdefault(root, []).extend(free)
            return frozenset(free)

    def note_gone(self, urn: Urn) -> None:
        with self._lock:
            claim = self._claims[urn]
            claim.is_gone = True
        claim.settled.set()

    def settle(self, root: Urn) -> None:
        """Give back what was claimed for `root` and is not gone: it will stay."""
        with self._lock:
            urns = self._by_root.pop(root, [])
            kept = [self._claims.pop(urn) for urn in urns if not self._claims[urn].is_gone]
        for claim in kept:
            claim.settled.set()

    def wait(self, urn: Urn) -> None:
        """Return when a claimed object is gone or given back; the claim's worker never waits."""
        with self._lock:
            claim = self._claims.get(urn)
        if claim is not None:
            claim.settled.wait()

    def root_of(self, urn: Urn) -> Urn | None:
        """Return for what an object is gone, or None when it is not gone."""
        with self._lock:
            claim = self._claims.get(urn)
        return claim.root if claim is not None and claim.is_gone else None

    def keys_of(self, urn: Urn) -> tuple[str, ...]:
        with self._lock:
            claim = self._claims.get(urn)
        return claim.keys if claim is not None and claim.is_gone else ()

    def is_claimed_by_another(self, urn: Urn, root: Urn) -> bool:
        with self._lock:
            claim = self._claims.get(urn)
        return claim is not None and claim.root != root
