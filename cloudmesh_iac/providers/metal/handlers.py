"""The two dynamic providers of machines: one leases them, the other waits until they are installed.

Their path and class names are stored in state: they stay.
"""

from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.core.urns import ALLOCATION_TYPE, INSTALLATION_TYPE, ResourceType
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.errors import CmxError, SiteUnreachable
from cloudmesh_iac.providers.dynamic.calls import is_unknown
from cloudmesh_iac.providers.dynamic.found_again import FoundAgain
from cloudmesh_iac.providers.dynamic.keyed_diff import KeyedDiff, changed_inputs
from cloudmesh_iac.providers.dynamic.seed import token_of
from cloudmesh_iac.providers.metal.metal import Metal
from cloudmesh_iac.providers.metal.props import NEEDS, allocated
from cloudmesh_iac.providers.metal.words import NO_KEY, OVER, wiped_words
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.load import load
from cloudmesh_iac.settings.public_keys import own_public_key, read_public_key

SEARCHES: Mapping[ResourceType, Search] = {
    ALLOCATION_TYPE: Search.TOKEN,  # the id of its lease is made of it
    INSTALLATION_TYPE: Search.KEY,  # its lease
}
_PLACE = ("site", *NEEDS)
_TERMS = ("hours", "role", "service")
_OUTFIT = ("profile", "ssh_keys", "user_data")
_OF_THE_LEASE = ("lease", "machines", "starts_at")
_OUTPUTS = (*_OF_THE_LEASE, "ends_at")
_OF_THE_MACHINES = ("machines", "hostnames", "addresses", "roles")


class NotedCheck(CheckResult):
    """Checked inputs, and what a person should know of them before; for our own engine."""

    def __init__(
        self, inputs: dict[str, Any], failures: list[CheckFailure], notes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(inputs, failures)
        self.notes = notes


class _MetalHandler(ResourceProvider):
    serialize_as_secret_always = False  # the pickle holds a module path, nothing else

    def configure(self, req: ConfigureRequest) -> None:
        self.metal = Metal(load(), this_computer())


class AllocationHandler(_MetalHandler):
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        filled = {
            **news,
            "token": token_of(_olds),
            "user": _olds.get("user") or self.metal.computer.user,
        }
        if any(map(is_unknown, news.values())):
            return NotedCheck(filled, [])
        try:
            problems, notes = self.metal.outlook(filled, is_new=not _olds)
        except CmxError as error:
            problems, notes = [("site", error.in_one_line)], ()
        return NotedCheck(filled, [CheckFailure(key, words) for key, words in problems], notes)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        if self.metal.lease(_olds) is None:  # it was ended, or released when it was over
            return KeyedDiff(("lease",), ("lease",), losses=(OVER,), delete_before_replace=True)
        keys = changed_inputs(_olds, _news, (*_PLACE, *_TERMS))
        replaces = tuple(key for key in keys if key in _PLACE)
        losses = (f"{wiped_words(_olds.get('machines') or ())}, other machines are taken",)
        return KeyedDiff(
            keys,
            replaces,
            losses=losses if replaces else (),
            stables=_OF_THE_LEASE,
            # The pool may have no other ones.
            delete_before_replace=bool(replaces) and "site" not in replaces,
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        outputs = self.metal.allocate(props)
        return CreateResult(outputs["lease"], outputs)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self.metal.extend(_olds, _news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        lease = self.metal.found(props)
        if lease is None:
            return ReadResult("", {})
        hours = (lease.window.end - lease.window.start).total_seconds() / 3600
        given = {key: value for key, value in props.items() if key not in _OUTPUTS}
        inputs = {**given, "hours": hours}
        return FoundAgain(id_, allocated(inputs, lease), inputs)

    def find(self, props: dict[str, Any], token: str) -> str | None:
        """Look for the lease that a create may have taken whose answer nobody saw."""
        lease = self.metal.found({**props, "token": token})
        return None if lease is None else str(lease.id)

    def delete(self, id_: str, _props: dict[str, Any]) -> None:
        """Switch the machines off and give them back; what is over already is no error."""
        self.metal.release(str(_props["site"]), id_)


class InstallationHandler(_MetalHandler):
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        filled, failures, notes = dict(news), [], []
        if not news.get("profile"):
            try:
                filled["profile"] = _olds.get("profile") or self._first_profile(news)
            except CmxError as error:
                failures.append(CheckFailure("profile", error.in_one_line))
        if news.get("ssh_keys") is None:
            settled = _olds.get("ssh_keys")
            try:
                filled["ssh_keys"] = self._own_key() if settled is None else settled
            except ValueError as error:
                failures.append(CheckFailure("ssh_keys", f"{error}; say ssh_keys="))
            else:
                notes = [] if filled["ssh_keys"] else [NO_KEY]
        return NotedCheck(filled, failures, tuple(notes))

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        keys = changed_inputs(_olds, _news, ("site", "lease", *_OUTFIT))
        replaces = tuple(key for key in keys if key in {"site", "lease"})
        losses = (wiped_words(_olds.get("machines") or ()),)
        return KeyedDiff(
            keys,
            replaces,
            losses=losses if keys else (),
            stables=_OF_THE_MACHINES,
            interrupts=bool(keys),
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Wait here until they are ready; our own engine waits without holding a worker."""
        return CreateResult(str(props["lease"]), self.metal.install(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Install the machines anew, where they are."""
        return UpdateResult(self.metal.install(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        if self.metal.lease(props) is None:
            return ReadResult("", {})
        given = {key: value for key, value in props.items() if key not in _OF_THE_MACHINES}
        return FoundAgain(id_, self.metal.installed(given), given)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Switch off what was installed; the machines stay leased."""
        self.metal.stop(_props)

    def _first_profile(self, props: Mapping[str, Any]) -> str:
        """Errors: UsageProblem, SiteUnreachable."""
        try:
            profiles = self.metal.keeper(str(props["site"])).site.profiles()
        except SiteUnreachable as error:
            words = f"site {props['site']} cannot be asked which profiles it has: {error.message}"
            raise SiteUnreachable(words, hint="say profile=...") from error
        if not profiles:
            raise SiteUnreachable(f"site {props['site']} has no profile to install")
        return profiles[0].name

    def _own_key(self) -> list[str]:
        """Return the person's public key; none where there is none: then nobody can log in.

        Errors: ValueError for a file that cannot be read or holds none.
        """
        path = own_public_key(self.metal.computer.home)
        return [] if path is None else [read_public_key(path)]
