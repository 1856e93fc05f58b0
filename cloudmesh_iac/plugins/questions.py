"""Write the engine's questions as messages of the plugin protocol.

Source: proto/pulumi/provider.proto and pkg/resource/plugin/provider_plugin.go of Pulumi.
"""

from collections.abc import Mapping

from cloudmesh_iac.core.naming import Naming, NamingMode
from cloudmesh_iac.core.packages import package_of
from cloudmesh_iac.core.urns import name_of, type_of
from cloudmesh_iac.core.values import Properties, Unknown, Value, has_unknown, without_secrets
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    ConfigureAsk,
    CreateAsk,
    DeleteAsk,
    DiffAsk,
    InvokeAsk,
    ReadAsk,
    UpdateAsk,
)
from cloudmesh_iac.plugins.accepting import EVERYTHING, Accepts, sent
from cloudmesh_iac.wire.marks import UNKNOWN_TEXT
from cloudmesh_iac.wire.plain import to_json
from cloudmesh_iac.wire.protos import provider_pb2 as wire

PLAIN = Accepts()  # questions about configuration carry no marks
_VERSION = "version"  # of the package: it is no setting
_Options = wire.CheckRequest.AutonamingOptions
_MODES = {
    NamingMode.PROPOSE: _Options.PROPOSE,
    NamingMode.ENFORCE: _Options.ENFORCE,
    NamingMode.DISABLED: _Options.DISABLE,
}


def check_request(ask: CheckAsk, accepts: Accepts) -> wire.CheckRequest:
    return wire.CheckRequest(
        urn=ask.urn,
        name=name_of(ask.urn),
        type=ask.type,
        olds=sent(ask.olds, accepts),
        news=sent(ask.news, accepts),
        randomSeed=bytes.fromhex(ask.seed),
        autonaming=_naming(ask.naming) if accepts.naming else None,
    )


def _naming(naming: Naming | None) -> _Options | None:
    if naming is None:
        return None
    return _Options(proposed_name=naming.name, mode=_MODES[naming.mode])


def diff_request(ask: DiffAsk, accepts: Accepts) -> wire.DiffRequest:
    return wire.DiffRequest(
        id=ask.id,
        urn=ask.urn,
        name=name_of(ask.urn),
        type=ask.type,
        olds=sent(ask.old_outputs, accepts),
        old_inputs=sent(ask.old_inputs, accepts),
        news=sent(ask.news, accepts),
        ignoreChanges=ask.ignore_changes,
    )


def create_request(ask: CreateAsk, accepts: Accepts) -> wire.CreateRequest:
    return wire.CreateRequest(
        urn=ask.urn,
        name=name_of(ask.urn),
        type=ask.type,
        properties=sent(ask.inputs, accepts),
        timeout=ask.timeout_s or 0,
        preview=ask.is_preview,
    )


def update_request(ask: UpdateAsk, accepts: Accepts) -> wire.UpdateRequest:
    return wire.UpdateRequest(
        id=ask.id,
        urn=ask.urn,
        name=name_of(ask.urn),
        type=ask.type,
        olds=sent(ask.old_outputs, accepts),
        old_inputs=sent(ask.old_inputs, accepts),
        news=sent(ask.news, accepts),
        timeout=ask.timeout_s or 0,
        ignoreChanges=ask.ignore_changes,
        preview=ask.is_preview,
    )


def delete_request(ask: DeleteAsk, accepts: Accepts) -> wire.DeleteRequest:
    return wire.DeleteRequest(
        id=ask.id,
        urn=ask.urn,
        name=name_of(ask.urn),
        type=ask.type,
        properties=sent(ask.outputs, accepts),
        old_inputs=sent(ask.inputs, accepts),
        timeout=ask.timeout_s or 0,
    )


def read_request(ask: ReadAsk, accepts: Accepts) -> wire.ReadRequest:
    """Nothing known is not sent: that is how a plugin tells an import from a refresh."""
    return wire.ReadRequest(
        id=ask.id,
        urn=ask.urn,
        name=name_of(ask.urn),
        type=ask.type,
        properties=sent(ask.outputs, accepts) if ask.outputs else None,
        inputs=sent(ask.inputs, accepts) if ask.inputs else None,
        timeout=ask.timeout_s or 0,
    )


def invoke_request(ask: InvokeAsk, accepts: Accepts) -> wire.InvokeRequest:
    return wire.InvokeRequest(tok=ask.token, args=sent(ask.args, accepts), preview=ask.is_preview)


def configure_request(ask: ConfigureAsk) -> wire.ConfigureRequest:
    """Secrets stay marked here, whatever the plugin says: it has said nothing yet."""
    return wire.ConfigureRequest(
        id=UNKNOWN_TEXT if isinstance(ask.id, Unknown) else ask.id,
        urn=ask.urn,
        name=name_of(ask.urn),
        type=type_of(ask.urn),
        variables=_variables(ask),
        args=sent(ask.inputs, EVERYTHING),
        acceptSecrets=True,
        acceptResources=True,
        sends_old_inputs=True,
        sends_old_inputs_to_delete=True,
    )


def is_known(inputs: Properties) -> bool:
    """Say whether a provider can be configured with these inputs."""
    return not any(has_unknown(value) for key, value in inputs.items() if key != _VERSION)


def _variables(ask: ConfigureAsk) -> Mapping[str, str]:
    """Return the settings as text, the only form that old plugins read."""
    package = package_of(type_of(ask.urn))
    return {
        f"{package}:config:{key}": _text(without_secrets(value))
        for key, value in ask.inputs.items()
        if key != _VERSION
    }


def _text(value: Value) -> str:
    return value if isinstance(value, str) else to_json(value)
