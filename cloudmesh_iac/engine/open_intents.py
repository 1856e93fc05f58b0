"""Which side effects did earlier runs begin, and nobody saw the end of them?"""

import threading
from collections.abc import Iterable
from typing import TypeAlias

from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.urns import Urn

_Key: TypeAlias = tuple[Urn, int, Op]


class OpenIntents:
    """Intents by urn; those that are settled in this run are left out. For several threads."""

    def __init__(self, intents: Iterable[Intent]) -> None:
        self._by_urn: dict[Urn, list[Intent]] = {}
        for intent in intents:
            self._by_urn.setdefault(intent.urn, []).append(intent)
        self._closed: set[_Key] = set()
        self._lock = threading.Lock()

    def create_of(self, urn: Urn) -> Intent | None:
        """Return the newest create. It stays when it is settled by finding nothing.

        Then it is repeated under its number.
        """
        return next((one for one in self._newest(urn) if one.makes), None)

    def change_of(self, urn: Urn, record: Record) -> Intent | None:
        """Return the newest update or deletion of an object."""
        found = (one for one in self._newest(urn) if not one.makes)
        return next((one for one in found if one.creation == record.creation), None)

    def is_open(self, intent: Intent) -> bool:
        with self._lock:
            return _key_of(intent) not in self._closed

    def close(self, intent: Intent) -> None:
        with self._lock:
            self._closed.add(_key_of(intent))

    def _newest(self, urn: Urn) -> list[Intent]:
        with self._lock:
            open_ = [one for one in self._by_urn.get(urn, ()) if _key_of(one) not in self._closed]
        return open_[::-1]


def _key_of(intent: Intent) -> _Key:
    return intent.urn, intent.creation, intent.op
