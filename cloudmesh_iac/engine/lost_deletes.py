"""Is an object gone already, because an earlier run began to delete it?"""

from collections.abc import Iterable

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.engine.looking import look_at
from cloudmesh_iac.engine.order import key_of
from cloudmesh_iac.engine.ports.providers import Providers

_DELETES = {Op.DELETE, Op.DELETE_REPLACED}


class LostDeletes:
    """The deletions of whose end nobody knows."""

    def __init__(self, intents: Iterable[Intent], providers: Providers) -> None:
        self._keys = {(one.urn, one.creation) for one in intents if one.op in _DELETES}
        self._providers = providers

    def is_gone(self, record: Record) -> bool | Failure:
        """Look, if there is a reason to. What nobody can look at counts as there."""
        if key_of(record) not in self._keys:
            return False
        now = look_at(record, self._providers).now
        return now if isinstance(now, Failure) else now is None
