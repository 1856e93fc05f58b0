"""Keep the plugins that provider resources of a stack have configured, and find them again.

A provider resource is a resource like others: it is checked, compared, made and updated. What is
made is an instance of a plugin with that configuration.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package, is_provider_type, package_of, provider_urn
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import ResourceType, Urn, name_of
from cloudmesh_iac.core.values import (
    UNKNOWN,
    Properties,
    Unknown,
    has_unknown,
    is_identical,
    is_same,
)
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    ConfigureAsk,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    InvokeAsk,
    Problem,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.instances import Instance, Packages
from cloudmesh_iac.engine.ports import HasFunctions, Invokes, Provider, Providers
from cloudmesh_iac.engine.provider_inputs import for_plugin, package_in, with_what_is_ours
from cloudmesh_iac.engine.unconfigured import Unconfigured


@dataclass(frozen=True, slots=True)
class _Held:
    """An instance and the inputs that it was configured with; `failure` says that it refused.

    `is_planned` says that its resource is not there yet.
    """

    instance: Instance | Unconfigured
    inputs: Properties
    failure: Failure | None = None
    is_planned: bool = False


class Registry:
    """Satisfies Providers, HasFunctions, HasProviderResources.

    `own` are the providers without such resources. `configured` returns the settings of a package
    (`openstack:cloud` is its `cloud`), or why nobody may use it unconfigured.
    """

    def __init__(
        self,
        own: Providers,
        packages: Packages,
        *,
        configured: Callable[[str], Properties | Failure | None],
        new_id: Callable[[], str],
    ) -> None:
        self._own = own
        self._packages = packages
        self._configured = configured
        self._resources = ProviderResources(self, new_id)
        self._lock = threading.RLock()
        self._held: dict[str, _Held] = {}
        self._checked: dict[Urn, Instance] = {}
        self._records: dict[str, Record] = {}
        self._is_preview = False

    # --- for whoever needs a provider ---------------------------------------------------------

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        if is_provider_type(type_):
            return self._resources
        if not reference or self._configured(package_of(type_)) is None:
            return self._own.provider(type_, reference)
        return self.instance(reference)

    def functions(self, ask: InvokeAsk) -> Invokes | Failure:
        if ask.provider:
            return self.instance(ask.provider)
        if isinstance(self._own, HasFunctions):
            return self._own.functions(ask)
        return Failure(f"nobody knows the function {ask.token}")

    def default_inputs(self, package: Package) -> Properties | Failure | None:
        return self._configured(package.serves)

    def recall(self, records: Iterable[Record], *, is_preview: bool) -> None:
        with self._lock:
            self._is_preview = is_preview
            self._held = {
                key: held
                for key, held in self._held.items()
                if held.failure is None and not held.is_planned
            }
            self._records = {one.id: one for one in records if is_provider_type(one.type)}

    def close(self) -> None:
        self._packages.close()
        self._own.close()

    # --- instances ----------------------------------------------------------------------------

    def instance(self, reference: str) -> Instance | Unconfigured | Failure:
        """Return who was configured by a provider resource; one that is recorded is started."""
        with self._lock:
            key = _key(reference)
            held, record = self._held.get(key), self._records.get(key)
            if held is None and record is not None:
                instance = self._load(record.type, record.inputs)
                if not isinstance(instance, Refusal | Failure):
                    ask = ConfigureAsk(record.urn, record.id, for_plugin(record.inputs))
                    held = self._configure(key, instance, ask)
                else:
                    return Failure(instance.message)
        if held is None:
            return Failure(f"there is no provider {name_of(provider_urn(reference))}")
        # Without its configuration a plugin still knows what a change means.
        return held.instance if self._is_preview else held.failure or held.instance

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        instance = self._load(ask.type, ask.news)
        if isinstance(instance, Refusal | Failure):
            return instance
        news = for_plugin(ask.news)
        checked = instance.check_config(replace(ask, olds=for_plugin(ask.olds), news=news))
        if not isinstance(checked, Checked):
            instance.close()
            return checked
        with self._lock:
            before = self._checked.get(ask.urn)
            self._checked[ask.urn] = instance
        if before is not None:
            before.close()
        return Checked(with_what_is_ours(checked.inputs, ask.news))

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        with self._lock:
            checked = self._checked.get(ask.urn)
        found = checked or self.instance(f"{ask.urn}::{ask.id}")
        if isinstance(found, Failure):
            return found
        news = for_plugin(ask.news)
        answer = found.diff_config(replace(ask, old_inputs=for_plugin(ask.old_inputs), news=news))
        if isinstance(answer, Difference) and answer.has_changes is None:
            return replace(answer, has_changes=not is_same(for_plugin(ask.old_outputs), news))
        return answer

    def configure(self, ask: ConfigureAsk, type_: ResourceType) -> Properties | Failure:
        """Make the provider that was checked last the one of this resource."""
        key = ask.id if isinstance(ask.id, str) else str(ask.urn)
        inputs = for_plugin(ask.inputs)
        with self._lock:
            instance = self._checked.pop(ask.urn, None)
            held = self._held.get(key)
            if held is not None and is_identical(held.inputs, inputs) and held.failure is None:
                if instance is not None:
                    instance.close()
                return inputs
            if instance is None:
                loaded = self._load(type_, ask.inputs)
                if isinstance(loaded, Refusal | Failure):
                    return Failure(loaded.message)
                instance = loaded
            held = self._configure(key, instance, replace(ask, inputs=inputs))
        return held.failure or inputs

    def _configure(self, key: str, instance: Instance, ask: ConfigureAsk) -> _Held:
        is_planned = isinstance(ask.id, Unknown)
        if has_unknown(ask.inputs):
            held = _Held(Unconfigured(instance), ask.inputs, is_planned=is_planned)
        else:
            held = _Held(instance, ask.inputs, instance.configure(ask), is_planned)
        self._held[key] = held
        return held

    def _load(self, type_: ResourceType, inputs: Properties) -> Instance | Refusal | Failure:
        package = package_in(type_, inputs)
        return Refusal((package,)) if isinstance(package, Problem) else self._packages.load(package)


def _key(reference: str) -> str:
    """Return the id of a provider, which it keeps under a new name; the urn of a planned one."""
    urn, _, id_ = reference.rpartition("::")
    return id_ or urn


class ProviderResources:
    """The provider of provider resources; satisfies Provider, Previews."""

    previews = True

    def __init__(self, registry: Registry, new_id: Callable[[], str]) -> None:
        self._registry = registry
        self._new_id = new_id

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return self._registry.check(ask)

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        return self._registry.diff(ask)

    def create(self, ask: CreateAsk) -> Created | Failure:
        id_ = UNKNOWN if ask.is_preview else self._new_id()
        found = self._registry.configure(ConfigureAsk(ask.urn, id_, ask.inputs), ask.type)
        if isinstance(found, Failure) and not ask.is_preview:
            return found
        outputs = for_plugin(ask.inputs) if isinstance(found, Failure) else found
        return Created("" if ask.is_preview else str(id_), outputs)

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        found = self._registry.configure(ConfigureAsk(ask.urn, ask.id, ask.news), ask.type)
        if isinstance(found, Failure) and not ask.is_preview:
            return found
        return Updated(for_plugin(ask.news) if isinstance(found, Failure) else found)

    def search(self, _: FindAsk) -> Search:
        return Search.KEY

    def find(self, _: FindAsk) -> Sequence[Found]:
        """What is made lives as long as the run that makes it: nothing gets lost."""
        return ()

    def delete(self, _: DeleteAsk) -> Deleted | Failure:
        """Its process ends with the run: others may still be at work with it."""
        return Deleted()
