"""Keep the plugins that provider resources of a stack have configured, and find them again.

A provider resource is a resource like others: it is checked, compared, made and updated. What is
made is an instance of a plugin with that configuration.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package, is_provider_type, package_of, provider_urn
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import ResourceType, Urn, name_of
from cloudmesh_iac.core.values import (
    UNKNOWN,
    Properties,
    is_identical,
    is_same,
)
from cloudmesh_iac.engine.abilities import FindsLost, Search
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
from cloudmesh_iac.engine.finders import ConfiguredFinder, Finders, nobody
from cloudmesh_iac.engine.instances import Instance, Packages
from cloudmesh_iac.engine.ports.providers import (
    HasFunctions,
    Invokes,
    Provider,
    Providers,
    ReadiesItself,
)
from cloudmesh_iac.engine.provider_inputs import for_plugin, package_in, with_what_is_ours


@dataclass(frozen=True, slots=True)
class _Held:
    """An instance and the inputs that it was configured with; `failure` says that it refused."""

    instance: Instance
    inputs: Properties
    failure: Failure | None


class Registry:
    """Satisfies Providers, HasFunctions, HasFinders, HasProviderResources, ReadiesItself.

    `own` are the providers without such resources. `configured` returns the settings of a package
    (`openstack:cloud` is its `cloud`), or why nobody may use it unconfigured. `finders` look for
    what plugins have made.
    """

    def __init__(
        self,
        own: Providers,
        packages: Packages,
        *,
        configured: Callable[[str], Properties | Failure | None],
        new_id: Callable[[], str],
        finders: Finders = nobody,
    ) -> None:
        self._own = own
        self._finders = finders
        self._packages = packages
        self._configured = configured
        self._resources = ProviderResources(self, new_id)
        self._lock = threading.RLock()
        self._held: dict[str, _Held] = {}
        self._checked: dict[Urn, tuple[Package, Instance]] = {}
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

    def finder(self, ask: FindAsk) -> FindsLost | None:
        kind = self._finders(package_of(ask.type)) if ask.provider else None
        if kind is None or ask.type not in kind.searches:
            return None
        with self._lock:
            held = self._held.get(_key(ask.provider))
        return ConfiguredFinder(kind, {} if held is None else for_plugin(held.inputs))

    def expect(self, types: Collection[ResourceType]) -> None:
        if isinstance(self._own, ReadiesItself):
            self._own.expect(types)

    def default_inputs(self, package: Package) -> Properties | Failure | None:
        return self._configured(package.serves)

    def recall(self, records: Iterable[Record], *, is_preview: bool) -> None:
        with self._lock:
            self._is_preview = is_preview
            self._records = {one.id: one for one in records if is_provider_type(one.type)}
            for key in [key for key, held in self._held.items() if not self._serves(key, held)]:
                self._held.pop(key).instance.close()
            for _, instance in self._checked.values():
                instance.close()
            self._checked.clear()

    def _serves(self, key: str, held: _Held) -> bool:
        """Say whether what an earlier evaluation has configured is what is recorded."""
        record = self._records.get(key)
        if record is None or held.failure is not None:
            return False
        return is_identical(held.inputs, record.inputs)

    def close(self) -> None:
        self._packages.close()
        self._own.close()

    # --- instances ----------------------------------------------------------------------------

    def instance(self, reference: str) -> Instance | Failure:
        """Return who was configured by a provider resource; one that is recorded is started."""
        with self._lock:
            key = _key(reference)
            held, record = self._held.get(key), self._records.get(key)
            if held is None and record is not None:
                found = self._configure(
                    key, record.type, ConfigureAsk(record.urn, record.id, record.inputs)
                )
                if isinstance(found, Failure):
                    return found
                held = found
        if held is None:
            return Failure(f"there is no provider {name_of(provider_urn(reference))}")
        # Without its configuration a plugin still knows what a change means.
        return held.instance if self._is_preview else held.failure or held.instance

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        package = package_in(ask.type, ask.news)
        if isinstance(package, Problem):
            return Refusal((package,))
        instance = self._packages.load(package)
        if isinstance(instance, Failure):
            return instance
        news = for_plugin(ask.news)
        checked = instance.check_config(replace(ask, olds=for_plugin(ask.olds), news=news))
        if not isinstance(checked, Checked):
            instance.close()
            return checked
        with self._lock:
            before = self._checked.get(ask.urn)
            self._checked[ask.urn] = package, instance
        if before is not None:
            before[1].close()
        return Checked(with_what_is_ours(checked.inputs, ask.news))

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        with self._lock:
            checked = self._checked.get(ask.urn)
        found = checked[1] if checked else self.instance(f"{ask.urn}::{ask.id}")
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
        with self._lock:
            held = self._configure(key, type_, ask)
        if isinstance(held, Failure):
            return held
        return held.failure or for_plugin(ask.inputs)

    def _configure(self, key: str, type_: ResourceType, ask: ConfigureAsk) -> _Held | Failure:
        """Take the process that has checked these inputs, if it is of the same package."""
        package = package_in(type_, ask.inputs)
        if isinstance(package, Problem):
            return Failure(package.message)
        checked = self._checked.get(ask.urn)
        if checked is not None and checked[0] == package:
            instance = self._checked.pop(ask.urn)[1]
        else:
            loaded = self._packages.load(package)
            if isinstance(loaded, Failure):
                return loaded
            instance = loaded
        failure = instance.configure(replace(ask, inputs=for_plugin(ask.inputs)))
        held = self._held[key] = _Held(instance, ask.inputs, failure)
        return held


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
