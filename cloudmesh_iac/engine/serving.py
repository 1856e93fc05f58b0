"""Which provider resource answers for a resource or a function of the program?

The one that it names, else that of the resource which it is a part of, if that is of the same
package, else the one that a component above it hands down, else the default one of its package,
which is registered when it is first needed.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import (
    Package,
    is_provider_type,
    package_of,
    provider_type,
    provider_urn,
)
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.registrations import Registered, Registration, Sought
from cloudmesh_iac.core.urns import Urn, make_urn, type_of
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import InvokeAsk
from cloudmesh_iac.engine.component_asks import CallAsk
from cloudmesh_iac.engine.instances import HasProviderResources
from cloudmesh_iac.engine.ports.providers import Providers
from cloudmesh_iac.engine.provider_inputs import as_provider, default_name, is_version, with_package

Register = Callable[[Registration], Future[Registered]]


class Serving:
    """Knows the providers of one evaluation; called from any thread.

    `provider_of` returns the reference of the provider of a declared resource, empty for none.
    """

    def __init__(
        self,
        providers: Providers,
        stack: StackId,
        register: Register,
        *,
        provider_of: Callable[[Urn], str],
    ) -> None:
        self._providers = providers if isinstance(providers, HasProviderResources) else None
        self._stack = stack
        self._register = register
        self._provider_of = provider_of
        self._lock = threading.Lock()
        self._defaults: dict[Package, Future[Registered]] = {}
        self._handed_down: dict[Urn, Mapping[str, str]] = {}

    def placed(self, registration: Registration) -> Registration:
        """Return it with the provider that is named for it, by itself or above it."""
        if is_provider_type(registration.type):
            return as_provider(registration)
        if registration.custom or registration.remote:
            named = self._named(registration)
            if named == registration.provider:
                return registration  # a copy of each of ten thousand would be felt
            return replace(registration, provider=named)
        parent = registration.parent
        with self._lock:
            above = {} if parent is None else self._handed_down.get(parent, {})
            self._handed_down[registration.urn] = {**above, **registration.providers}
        return replace(registration, provider="")

    def _named(self, registration: Registration) -> str:
        """Return the reference that somebody has given, empty for none."""
        package, parent = package_of(registration.type), registration.parent
        if registration.provider or parent is None:
            return registration.provider or registration.providers.get(package, "")
        with self._lock:
            above = self._handed_down.get(parent, {})
        its = "" if registration.read_id else self._provider_of(parent)
        if its and type_of(provider_urn(its)) == provider_type(package):
            return its
        return registration.providers.get(package, "") or above.get(package, "")

    def default(self, package: Package) -> Future[Registered] | Failure | None:
        """Return the answer to the registration of a package's default provider.

        None for a package that needs no such resource.
        """
        if self._providers is None:
            return None
        inputs = self._providers.default_inputs(package)
        if inputs is None or isinstance(inputs, Failure):
            return inputs
        if package.version and not is_version(package.version):
            return Failure(f"version: {package.version!r} is not a version like 1.2.3")
        with self._lock:
            known = self._defaults.get(package)
            if known is None:
                known = self._defaults[package] = Future()
                is_first = True
            else:
                is_first = False
        if is_first:
            declared = self._register(self._declared(package, inputs))
            declared.add_done_callback(lambda done: known.set_result(done.result()))
        return known

    def _declared(self, package: Package, inputs: Properties) -> Registration:
        type_, name = provider_type(package.serves), default_name(package)
        return Registration(
            urn=make_urn(
                stack=self._stack.name,
                project=self._stack.project,
                parent=None,
                type_=type_,
                name=name,
            ),
            type=type_,
            name=name,
            custom=True,
            inputs=with_package(inputs, package),
        )


def package_for(registration: Registration) -> Package | None:
    """Return whose default provider a resource would need."""
    is_served = registration.custom or registration.remote
    if not is_served or registration.provider or is_provider_type(registration.type):
        return None
    if registration.package is not None:
        return registration.package
    options = registration.options
    return Package(package_of(registration.type), options.version, options.plugin_download_url)


def package_asked(token: str, ask: InvokeAsk | CallAsk | Sought) -> Package:
    """Return whose default provider would answer."""
    return ask.package or Package(package_of(token), ask.version, ask.plugin_download_url)


def reference_to(provider: Registered) -> str:
    """Return how others name a provider; the id is empty while it is not there."""
    return f"{provider.urn}::{provider.id}"


def call_served(serving: Serving, package: Package, then: Callable[[str | Failure], None]) -> None:
    """Go on with the reference of the provider that answers, empty where none is needed."""
    default = serving.default(package)
    if default is None:
        then("")
    elif isinstance(default, Failure):
        then(default)
    else:
        default.add_done_callback(lambda done: then(reference_to(done.result())))
