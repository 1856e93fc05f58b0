"""What a transform is shown of a registration, and what its answer makes of it.

Messages in, messages out. The rules are those of Pulumi's engine, also where they surprise: which
dependencies are kept depends on whether the resource has transforms of its own.
"""

from collections.abc import Mapping
from typing import Any

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    OutputValue,
    Secret,
    Unknown,
    Value,
    children,
    without_output_values,
)
from cloudmesh_iac.wire.protos import alias_pb2, resource_pb2
from cloudmesh_iac.wire.structs import from_struct, to_struct

# The names of an option in a registration, and in what a transform sees.
_OPTIONS = {
    "additionalSecretOutputs": "additional_secret_outputs",
    "customTimeouts": "custom_timeouts",
    "deletedWith": "deleted_with",
    "hideDiffs": "hide_diff",
    "hooks": "hooks",
    "ignoreChanges": "ignore_changes",
    "importId": "import",
    "pluginChecksums": "plugin_checksums",
    "pluginDownloadURL": "plugin_download_url",
    "protect": "protect",
    "provider": "provider",
    "providers": "providers",
    "replaceOnChanges": "replace_on_changes",
    "replace_with": "replace_with",
    "replacement_trigger": "replacement_trigger",
    "retainOnDelete": "retain_on_delete",
    "version": "version",
}


def with_output_values(request: Any, *, with_sources: bool) -> None:
    """Make outputs of what is secret or unknown, and with `with_sources` of what has sources."""
    properties = {
        key: _with_sources(value, _sources(request, key) if with_sources else ())
        for key, value in from_struct(request.object).items()
    }
    request.object.CopyFrom(to_struct(properties))


def _sources(request: Any, key: str) -> tuple[Urn, ...]:
    """Without any word on single properties, each of them depends on all that is depended on."""
    if not request.propertyDependencies and not request.remote:
        return tuple(Urn(urn) for urn in request.dependencies)
    if key not in request.propertyDependencies:
        return ()
    return tuple(Urn(urn) for urn in request.propertyDependencies[key].urns)


def _with_sources(value: Value, sources: tuple[Urn, ...]) -> Value:
    value = _upgraded(value)
    if not sources:
        return value
    if not isinstance(value, OutputValue):
        value = OutputValue(value, is_secret=False, dependencies=())
    missing = tuple(urn for urn in sources if urn not in value.dependencies)
    return OutputValue(value.value, value.is_secret, (*value.dependencies, *missing))


def _upgraded(value: Value) -> Value:
    """A secret or unknown value is an output, at any depth."""
    if isinstance(value, Unknown):
        return OutputValue(value, is_secret=False, dependencies=())
    if isinstance(value, Secret):
        inner = _upgraded(value.value)
        if isinstance(inner, OutputValue):
            return OutputValue(inner.value, is_secret=True, dependencies=inner.dependencies)
        return OutputValue(inner, is_secret=True, dependencies=())
    if isinstance(value, tuple):
        return tuple(_upgraded(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _upgraded(item) for key, item in value.items()}
    return value


def to_transform(request: Any) -> Any:
    """Return what a transform is shown."""
    options = resource_pb2.TransformResourceOptions(depends_on=request.dependencies)
    _copy(request, options, _OPTIONS)
    if request.deleteBeforeReplaceDefined:
        options.delete_before_replace = request.deleteBeforeReplace
    options.aliases.extend(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs)
    options.aliases.extend(request.aliases)
    return resource_pb2.TransformRequest(
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent=request.parent,
        properties=request.object,
        options=options,
    )


def take_transformed(request: Any, answer: Any, *, is_own: bool) -> None:
    """Put what a transform made of it into the registration.

    `is_own`: the resource has transforms of its own; only then do they decide on `depends_on`.
    """
    if answer.HasField("properties"):
        request.object.CopyFrom(answer.properties)
    if not answer.HasField("options"):
        return
    options = answer.options
    if not options.hide_diff:  # the SDK has no way to hand them on
        options.hide_diff.extend(request.hideDiffs)
    _copy(options, request, {ours: theirs for theirs, ours in _OPTIONS.items()})
    if is_own:
        _copy(options, request, {"depends_on": "dependencies"})
    request.deleteBeforeReplaceDefined = options.HasField("delete_before_replace")
    request.deleteBeforeReplace = options.delete_before_replace
    request.ClearField("aliasURNs")
    _copy(options, request, {"aliases": "aliases"})


def _copy(source: Any, target: Any, names: Mapping[str, str]) -> None:
    """Copy fields of one message to those of another kind; what is not there is taken away."""
    for name, other in names.items():
        target.ClearField(other)
        field = source.DESCRIPTOR.fields_by_name[name]
        value = getattr(source, name)
        if field.has_presence and not source.HasField(name):
            continue
        if hasattr(value, "MergeFrom"):
            getattr(target, other).MergeFrom(value)
        else:
            setattr(target, other, value)


def settle_dependencies(request: Any, *, is_own: bool) -> None:
    """Read the dependencies off the properties, and leave these without the marks of outputs."""
    properties = from_struct(request.object)
    if is_own:
        request.ClearField("propertyDependencies")
    for key, value in properties.items():
        sources = {str(urn) for urn in sources_of(value)}
        known = request.propertyDependencies[key].urns
        known.extend(sorted(sources.difference(known)))
        if is_own:
            missing = sources.difference(request.dependencies)
            request.dependencies.extend(sorted(missing))
    if not request.remote:
        bare = {key: without_output_values(value) for key, value in properties.items()}
        request.object.CopyFrom(to_struct(bare))


def sources_of(value: Value) -> frozenset[Urn]:
    """Return the resources that a value says it comes from, at any depth."""
    own = frozenset(value.dependencies) if isinstance(value, OutputValue) else frozenset()
    return own.union(*(sources_of(child) for child in children(value)))


def to_invoke_transform(request: Any) -> Any:
    """Return what a transform of invokes is shown."""
    return resource_pb2.TransformInvokeRequest(
        token=request.tok,
        args=request.args,
        options=resource_pb2.TransformInvokeOptions(
            provider=request.provider,
            plugin_download_url=request.pluginDownloadURL,
            version=request.version,
            plugin_checksums=dict(request.pluginChecksums),
        ),
    )


def take_transformed_invoke(request: Any, answer: Any) -> None:
    if answer.HasField("args"):
        bare = {
            key: without_output_values(value) for key, value in from_struct(answer.args).items()
        }
        request.args.CopyFrom(to_struct(bare))
    if answer.HasField("options"):
        options = answer.options
        request.provider = options.provider
        request.version = options.version
        request.pluginDownloadURL = options.plugin_download_url
        request.ClearField("pluginChecksums")
        request.pluginChecksums.update(options.plugin_checksums)
