"""Questions about components and methods, and their answers, as messages of the plugin protocol.

Source: proto/pulumi/provider.proto and pkg/resource/plugin/provider_plugin.go of Pulumi.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.registrations import Alias, Options
from cloudmesh_iac.core.timeouts import Timeouts
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    OutputValue,
    Properties,
    Value,
    children,
    without_output_values,
)
from cloudmesh_iac.engine.asks import Problem, Refusal
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.plugins.accepting import EVERYTHING, received, sent
from cloudmesh_iac.wire.protos import alias_pb2
from cloudmesh_iac.wire.protos import provider_pb2 as wire
from cloudmesh_iac.wire.structs import to_struct

_ORGANIZATION = "organization"
_PARALLEL = 16


def construct_request(ask: ConstructAsk, caller: Caller) -> wire.ConstructRequest:
    one = ask.registration
    options = one.options
    given: dict[str, Any] = {}
    if options.delete_before_replace is not None:
        given["deleteBeforeReplace"] = options.delete_before_replace
    for name in ("protect", "retain_on_delete"):
        if name not in one.unsaid:
            said = "retainOnDelete" if name == "retain_on_delete" else name
            given[said] = getattr(options, name)
    if options.replacement_trigger is not None:
        trigger = to_struct({"trigger": options.replacement_trigger})
        given["replacement_trigger"] = trigger.fields["trigger"]
    return wire.ConstructRequest(
        **_about(caller),
        type=one.type,
        name=one.name,
        parent=one.parent or "",
        inputs=sent(one.inputs, EVERYTHING),
        inputDependencies={
            key: wire.ConstructRequest.PropertyDependencies(urns=urns)
            for key, urns in _sources(one.inputs, one.property_dependencies).items()
        },
        providers=one.providers,
        dependencies=one.dependencies,
        additionalSecretOutputs=options.additional_secret_outputs,
        customTimeouts=_timeouts(options.timeouts),
        deletedWith=options.deleted_with or "",
        ignoreChanges=options.ignore_changes,
        replaceOnChanges=options.replace_on_changes,
        replace_with=options.replace_with,
        resource_hooks=_hooks(options),
        aliases=[_alias(alias) for alias in options.aliases],
        accepts_output_values=True,
        **given,
    )


def to_constructed(reply: wire.ConstructResponse) -> Constructed:
    outputs = received(reply.state)
    told = {key: value.urns for key, value in reply.stateDependencies.items()}
    return Constructed(Urn(reply.urn), _plain(outputs), _sources(outputs, told))


def call_request(ask: CallAsk) -> wire.CallRequest:
    return wire.CallRequest(
        **_about(ask.caller),
        tok=ask.token,
        args=sent(ask.args, EVERYTHING),
        argDependencies={
            key: wire.CallRequest.ArgumentDependencies(urns=urns)
            for key, urns in _sources(ask.args, ask.dependencies).items()
        },
        accepts_output_values=True,
    )


def to_called(reply: wire.CallResponse) -> Called | Refusal:
    if reply.failures:
        return Refusal(tuple(Problem(one.property, one.reason) for one in reply.failures))
    result = received(getattr(reply, "return"))
    told = {key: value.urns for key, value in reply.returnDependencies.items()}
    return Called(_plain(result), _sources(result, told))


def _about(caller: Caller) -> dict[str, Any]:
    return {
        "project": caller.project,
        "stack": caller.stack,
        "organization": _ORGANIZATION,
        "config": caller.config,
        "configSecretKeys": sorted(caller.secret_keys),
        "dryRun": caller.is_preview,
        "parallel": _PARALLEL,
        "monitorEndpoint": caller.monitor,
    }


def _sources(
    properties: Properties, told: Mapping[str, Iterable[str]]
) -> Mapping[str, tuple[Urn, ...]]:
    """Return where each property comes from: what is told, and what output values say inside."""
    found = {key: {Urn(urn) for urn in urns} for key, urns in told.items()}
    for key, value in properties.items():
        found.setdefault(key, set()).update(_inside(value))
    return {key: tuple(sorted(urns)) for key, urns in found.items() if urns}


def _inside(value: Value) -> set[Urn]:
    found = set(value.dependencies) if isinstance(value, OutputValue) else set[Urn]()
    return found.union(*map(_inside, children(value)))


def _plain(properties: Properties) -> Properties:
    """Return the properties as programs take them: secrets stay, output values are unwrapped."""
    return {key: without_output_values(value) for key, value in properties.items()}


def _timeouts(timeouts: Timeouts) -> wire.ConstructRequest.CustomTimeouts:
    return wire.ConstructRequest.CustomTimeouts(
        create=_text(timeouts.create_s),
        update=_text(timeouts.update_s),
        delete=_text(timeouts.delete_s),
        read=_text(timeouts.read_s),
    )


def _text(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:g}s"


def _hooks(options: Options) -> wire.ConstructRequest.ResourceHooksBinding:
    hooks = options.hooks
    return wire.ConstructRequest.ResourceHooksBinding(
        before_create=hooks.before_create,
        after_create=hooks.after_create,
        before_update=hooks.before_update,
        after_update=hooks.after_update,
        before_delete=hooks.before_delete,
        after_delete=hooks.after_delete,
        on_error=hooks.on_error,
    )


def _alias(alias: Alias) -> alias_pb2.Alias:
    if alias.urn is not None:
        return alias_pb2.Alias(urn=alias.urn)
    spec = alias_pb2.Alias.Spec(
        name=alias.name, type=alias.type, stack=alias.stack, project=alias.project
    )
    if alias.no_parent:
        spec.noParent = True
    elif alias.parent is not None:
        spec.parentUrn = alias.parent
    return alias_pb2.Alias(spec=spec)
