"""The dynamic providers of Cobbler's records: distributions, profiles, systems.

Their paths and class names are stored in state: they stay.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.errors import SiteRefused, UsageProblem
from cloudmesh_iac.providers.cobbler.properties import (
    NEEDED,
    OWN,
    REPLACING,
    as_read,
    fields_of,
    from_record,
    inputs_of,
    losses_of,
)
from cloudmesh_iac.providers.cobbler.provider import CobblerProvider
from cloudmesh_iac.providers.cobbler.translate import META, Fields, What, Write, lease_in, meta_of
from cloudmesh_iac.providers.dynamic.calls import is_unknown
from cloudmesh_iac.providers.dynamic.found_again import FoundAgain
from cloudmesh_iac.providers.dynamic.keyed_diff import KeyedDiff, changed_inputs
from cloudmesh_iac.providers.dynamic.seed import token_of
from cloudmesh_iac.providers.dynamic.site_handler import SiteHandler, told_handlers
from cloudmesh_iac.settings.load import OpenSites


class _RecordHandler(SiteHandler):
    what: ClassVar[What]

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        filled = {**news, "token": token_of(_olds)}
        missing = [key for key in NEEDED[self.what] if news.get(key) in (None, "")]
        problems = [CheckFailure(key, f"a {self.what} needs {key}") for key in missing]
        site = news.get("site")
        if not is_unknown(site):
            try:
                provider_of(self.sites, str(site))
            except UsageProblem as error:
                problems.append(CheckFailure("site", error.in_one_line))
        return CheckResult(filled, problems)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        keys = changed_inputs(_olds, _news, inputs_of(self.what))
        replaces = tuple(key for key in keys if key in REPLACING)
        losses = losses_of(self.what, keys)
        return KeyedDiff(keys, replaces, losses=losses, delete_before_replace=True)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Errors: SiteRefused for a name that is taken; what is there is left as it is."""
        provider, name = self._provider(props), str(props["name"])
        with provider.records.writing():
            found = provider.records.fetch(self.what, name)
            if found is not None and not _is_own(found, props):
                raise SiteRefused(
                    f"Cobbler has a {self.what} {name!r} already, which is not of this stack",
                    subject=name,
                    hint="choose another name, or take that one over with `cmx import`",
                )
            fields = _with_mark(fields_of(self.what, props, found), found, props)
            provider.records.put([Write(self.what, name, fields)])
            self._made(provider, props, is_new=found is None)
        return CreateResult(name, dict(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        provider = self._provider(_news)
        with provider.records.writing():
            found = provider.records.demand(self.what, _id)
            fields = _with_mark(fields_of(self.what, _news, found), found, _news)
            provider.records.put([Write(self.what, _id, fields)])
            self._made(provider, _news, is_new=False)
        return UpdateResult(dict(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        record = self._provider(props).records.fetch(self.what, id_)
        if record is None:
            return ReadResult("", {})
        if not props.get("name"):
            # It is being imported: there is nothing yet that was said of it.
            props = {**props, "name": id_, **from_record(self.what, record)}
        found = as_read(self.what, props, record)
        return FoundAgain(id_, found, found)

    def find(self, props: dict[str, Any], token: str) -> str | None:
        """Look for what a create may have made whose answer nobody saw."""
        record = self._provider(props).records.fetch(self.what, str(props["name"]))
        return str(props["name"]) if record is not None and _is_own(record, props) else None

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Errors: SiteRefused when something stands on it, or somebody has it: nothing is gone."""
        provider = self._provider(_props)
        with provider.records.writing():
            record = provider.records.fetch(self.what, _id)
            if record is None:
                return
            if lease := lease_in(record):
                raise SiteRefused(
                    f"the {self.what} {_id} is held by the lease {lease}",
                    subject=_id,
                    hint="remove it when the lease is over",
                )
            provider.records.remove(self.what, _id)

    def _made(self, provider: CobblerProvider, props: Mapping[str, Any], *, is_new: bool) -> None:
        """See that what was made is what is meant."""

    def _provider(self, props: Mapping[str, Any]) -> CobblerProvider:
        return provider_of(self.sites, str(props["site"]))


class CobblerDistroHandler(_RecordHandler):
    """A distribution whose files lie on Cobbler's server; their checksums are compared."""

    what = What.DISTRO

    def _made(self, provider: CobblerProvider, props: Mapping[str, Any], *, is_new: bool) -> None:
        """One whose files are others than they should be is not left behind."""
        try:
            provider.compare_checksums(props)
        except SiteRefused:
            if is_new:
                provider.records.remove(self.what, str(props["name"]))
            raise


class CobblerProfileHandler(_RecordHandler):
    what = What.PROFILE


class CobblerSystemHandler(_RecordHandler):
    """A machine in Cobbler's inventory. Who has it, and whether it installs itself, leases say."""

    what = What.SYSTEM


_HANDLERS = (CobblerDistroHandler, CobblerProfileHandler, CobblerSystemHandler)


def record_handlers(sites: OpenSites) -> Mapping[ResourceType, ResourceProvider]:
    return told_handlers(_HANDLERS, sites)


def provider_of(sites: OpenSites, name: str) -> CobblerProvider:
    """Errors: UsageProblem for a site that is not there or is no Cobbler."""
    provider = sites.provider(name)
    if not isinstance(provider, CobblerProvider):
        raise UsageProblem(f"site {name!r} is no Cobbler", subject=name)
    return provider


def _with_mark(
    fields: dict[str, Any], record: Fields | None, props: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the fields with the token of this create among the variables of answer files.

    Variables that the program does not name stay as they are there: a lease's are among them.
    """
    said = fields.get(META)
    if said is None:
        said = meta_of(record or {})
    return {**fields, META: {**said, OWN: str(props["token"])}}


def _is_own(record: Fields, props: Mapping[str, Any]) -> bool:
    return bool(meta_of(record).get(OWN) == str(props["token"]))
