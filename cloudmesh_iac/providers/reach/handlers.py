"""The dynamic provider of a wait: until a machine answers as an ssh server does.

Its path and class name are stored in state: they stay.
"""

from typing import Any

from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.providers.reach.reaching import Reaching, reached_id
from cloudmesh_iac.settings.computer import SystemClock


class ReachHandler(ResourceProvider):
    """Waits at most `limit_s` seconds for `address` and `port`; another machine is waited for anew.

    A shorter or longer limit counts from the next wait on; `site` is told to people.
    """

    serialize_as_secret_always = False  # the pickle holds a module path, nothing else

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        replaces = [key for key in ("machine", "address", "port") if _is_other(key, _olds, _news)]
        changes = bool(replaces) or _is_other("limit_s", _olds, _news)
        return DiffResult(changes=changes, replaces=replaces)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Wait here, for Pulumi's engine. Errors: SiteRefused when nobody answers in time."""
        outputs = Reaching(SystemClock()).reach(props)
        return CreateResult(reached_id(props), outputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(dict(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """A machine was reached when it was made; how it is now is its own matter."""
        return ReadResult(id_, dict(props))


def _is_other(key: str, olds: dict[str, Any], news: dict[str, Any]) -> bool:
    return bool(olds.get(key) != news.get(key))
