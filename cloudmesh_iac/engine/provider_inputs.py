"""What do the inputs of a provider resource say about its plugin? In Pulumi's form."""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import replace

from cloudmesh_iac.core.packages import Package, Parameter, package_of
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties, Value
from cloudmesh_iac.engine.asks import Problem

_VERSION = "version"
_INTERNAL = "__internal"  # for the engine alone, no plugin sees it
_URL = "pluginDownloadURL"
_NAME = "name"
_PARAMETER = "parameterization"
_ENVIRONMENT = "envVarMappings"
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_IN_A_NAME = re.compile(r"[^A-Za-z0-9_.]")


def default_name(package: Package) -> str:
    """Return the name of the provider that nobody has declared: one for each version and place."""
    name = "default"
    if package.served_version:
        name += "_" + re.sub(r"[.+-]", "_", package.served_version)
    if package.plugin_download_url:
        pieces = filter(None, package.plugin_download_url.split("/"))
        name += "_" + "/".join(_IN_A_NAME.sub("_", piece) for piece in pieces)
    return name


def is_version(text: str) -> bool:
    """Say whether a text is a semantic version."""
    return _SEMANTIC.fullmatch(text) is not None


def as_provider(registration: Registration) -> Registration:
    """Return a provider of the program with the options that are inputs of such a resource."""
    options = registration.options
    package = registration.package or Package(
        package_of(registration.type), options.version, options.plugin_download_url
    )
    environment = tuple((there, here) for here, there in registration.env_var_mappings)
    package = replace(package, environment=environment)
    return replace(registration, inputs=with_package(registration.inputs, package))


def with_package(inputs: Properties, package: Package) -> Properties:
    """Return the inputs of a provider whose plugin is to be this one; what is said there stays."""
    if package == Package(package.name):
        return inputs
    found: dict[str, Value] = dict(inputs)
    if package.served_version:
        found[_VERSION] = package.served_version
    internal: dict[str, Value] = {}
    if package.plugin_download_url:
        internal[_URL] = package.plugin_download_url
    if package.environment:
        internal[_ENVIRONMENT] = {here: there for there, here in package.environment}
    if package.parameter is not None:
        internal |= {_NAME: package.name, _VERSION: package.version}
        internal[_PARAMETER] = b64encode(package.parameter.value).decode("ascii")
    return {**found, _INTERNAL: internal}  # also when empty: so Pulumi knows that nothing is in it


def package_in(type_: ResourceType, inputs: Properties) -> Package | Problem:
    """Return which plugin a provider resource means."""
    internal = inputs.get(_INTERNAL, {})
    version = inputs.get(_VERSION, "")
    if not isinstance(internal, Mapping):
        return Problem(_INTERNAL, "must be a map")
    url, mapped = internal.get(_URL, ""), internal.get(_ENVIRONMENT, {})
    if not isinstance(version, str):
        return Problem(_VERSION, "must be a string")
    if version and not is_version(version):
        return Problem(_VERSION, f"{version!r} is not a version like 1.2.3")
    if not isinstance(url, str):
        return Problem(_URL, "must be a string")
    if not isinstance(mapped, Mapping):
        return Problem(_ENVIRONMENT, "must be a map")
    environment = tuple((str(there), here) for here, there in sorted(mapped.items()))
    package = Package(package_of(type_), version, url, environment)
    return _with_parameter(package, internal) if _PARAMETER in internal else package


def _with_parameter(package: Package, internal: Mapping[str, Value]) -> Package | Problem:
    """Return the plugin's own package, with what makes the one that is meant of it."""
    name, version = internal.get(_NAME, ""), internal.get(_VERSION, "")
    text = internal[_PARAMETER]
    if not (isinstance(name, str) and isinstance(version, str) and isinstance(text, str)):
        return Problem(_PARAMETER, "must be a string, with the name and version of its plugin")
    try:
        value = b64decode(text, validate=True)
    except ValueError:
        return Problem(_PARAMETER, "is not in base64")
    parameter = Parameter(package.name, package.version, value)
    return replace(package, name=name, version=version, parameter=parameter)


def for_plugin(inputs: Properties) -> Properties:
    """Return what the plugin sees of the inputs."""
    return {key: value for key, value in inputs.items() if key != _INTERNAL}


def with_what_is_ours(checked: Properties, news: Properties) -> Properties:
    """Return what a plugin made of its inputs, with what it was not shown."""
    ours = {key: news[key] for key in (_VERSION, _INTERNAL) if key in news}
    return {**ours, **checked, **({_INTERNAL: ours[_INTERNAL]} if _INTERNAL in ours else {})}
