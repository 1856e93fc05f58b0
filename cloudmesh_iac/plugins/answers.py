"""Read a plugin's messages as answers to the engine's questions."""

from collections.abc import Iterable
from dataclasses import replace

from cloudmesh_iac.core.plans import Detail, DetailKind
from cloudmesh_iac.core.values import has_secret, has_unknown
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    Difference,
    Gone,
    InvokeAsk,
    Invoked,
    Problem,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.plugins.accepting import Accepts, all_secret, received, secret_again
from cloudmesh_iac.plugins.refusals import Half
from cloudmesh_iac.wire.protos import provider_pb2 as wire

_KINDS = {
    wire.PropertyDiff.ADD: DetailKind.ADD,
    wire.PropertyDiff.ADD_REPLACE: DetailKind.ADD_REPLACE,
    wire.PropertyDiff.DELETE: DetailKind.DELETE,
    wire.PropertyDiff.DELETE_REPLACE: DetailKind.DELETE_REPLACE,
    wire.PropertyDiff.UPDATE: DetailKind.UPDATE,
    wire.PropertyDiff.UPDATE_REPLACE: DetailKind.UPDATE_REPLACE,
}
_CHANGES = {wire.DiffResponse.DIFF_NONE: False, wire.DiffResponse.DIFF_SOME: True}


def to_accepts(reply: wire.ProviderHandshakeResponse) -> Accepts:
    return Accepts(
        secrets=reply.accept_secrets,
        resources=reply.accept_resources,
        outputs=reply.accept_outputs,
        previews=True,
        naming=reply.supports_autonaming_configuration,
    )


def to_accepts_late(reply: wire.ConfigureResponse) -> Accepts:
    """What a plugin without a handshake says only when it is configured."""
    return Accepts(
        secrets=reply.acceptSecrets,
        resources=reply.acceptResources,
        outputs=reply.acceptOutputs,
        previews=reply.supportsPreview,
        naming=reply.supports_autonaming_configuration,
    )


def to_checked(reply: wire.CheckResponse, ask: CheckAsk, accepts: Accepts) -> Checked | Refusal:
    if reply.failures:
        return _refusal(reply.failures)
    inputs = received(reply.inputs)
    return Checked(inputs if accepts.secrets else secret_again(inputs, ask.news))


def to_difference(reply: wire.DiffResponse) -> Difference:
    """An answer without a word about changes leaves the comparison to the engine."""
    details = reply.detailedDiff if reply.hasDetailedDiff else {}
    return Difference(
        has_changes=_CHANGES.get(reply.changes),
        keys=tuple(reply.diffs),
        replaces=tuple(reply.replaces),
        stables=tuple(reply.stables),
        delete_before_replace=reply.deleteBeforeReplace,
        details=tuple(
            Detail(path, _KINDS.get(details[path].kind, DetailKind.UPDATE))
            for path in sorted(details)
        ),
    )


def to_created(reply: wire.CreateResponse, ask: CreateAsk, accepts: Accepts) -> Created:
    """Errors: CmxError for an answer that cannot be."""
    if not reply.id and not ask.is_preview:
        raise CmxError("its create returned no id")
    outputs = received(reply.properties)
    if not accepts.secrets:
        outputs = secret_again(outputs, ask.inputs)
    if not ask.is_preview and has_unknown(outputs):
        raise CmxError("its create returned values that are not known")
    return Created(reply.id, outputs)


def to_updated(reply: wire.UpdateResponse, ask: UpdateAsk, accepts: Accepts) -> Updated:
    """Errors: CmxError for an answer that cannot be."""
    outputs = received(reply.properties)
    if not accepts.secrets:
        outputs = secret_again(outputs, ask.news)
    if not ask.is_preview and has_unknown(outputs):
        raise CmxError("its update returned values that are not known")
    return Updated(outputs)


def to_read(reply: wire.ReadResponse, ask: ReadAsk, accepts: Accepts) -> Read | Gone:
    if not reply.id or not reply.HasField("properties"):
        return Gone()
    outputs = received(reply.properties)
    inputs = received(reply.inputs) if reply.HasField("inputs") else None
    if not accepts.secrets:
        outputs = secret_again(outputs, ask.outputs)
        inputs = None if inputs is None else secret_again(inputs, ask.inputs)
    return Read(reply.id, outputs, inputs)


def to_invoked(reply: wire.InvokeResponse, ask: InvokeAsk, accepts: Accepts) -> Invoked | Refusal:
    """A plugin that knows no secrets may have put one of the arguments into anything."""
    if reply.failures:
        return _refusal(reply.failures)
    result = received(getattr(reply, "return"))
    is_secret = has_secret(ask.args) and not accepts.secrets
    return Invoked(all_secret(result) if is_secret else result)


def to_created_half(half: Half, ask: CreateAsk, accepts: Accepts) -> Created:
    reply = wire.CreateResponse(id=half.state.id, properties=half.state.properties)
    made = to_created(reply, ask, accepts)
    return Created(made.id, made.outputs, init_errors=half.reasons)


def to_updated_half(half: Half, ask: UpdateAsk, accepts: Accepts) -> Updated:
    reply = wire.UpdateResponse(properties=half.state.properties)
    return Updated(to_updated(reply, ask, accepts).outputs, init_errors=half.reasons)


def to_read_half(half: Half, ask: ReadAsk, accepts: Accepts) -> Read | Gone:
    state = half.state
    reply = wire.ReadResponse(id=state.id, properties=state.properties)
    if state.HasField("inputs"):
        reply.inputs.CopyFrom(state.inputs)
    found = to_read(reply, ask, accepts)
    return found if isinstance(found, Gone) else replace(found, init_errors=half.reasons)


def _refusal(failures: Iterable[wire.CheckFailure]) -> Refusal:
    return Refusal(tuple(Problem(one.property, one.reason) for one in failures))
