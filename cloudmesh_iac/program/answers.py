"""What a program is told, as messages of the protocol."""

from google.protobuf.message import Message

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.registrations import Registered
from cloudmesh_iac.core.values import Unknown
from cloudmesh_iac.engine.asks import Invoked, Refusal
from cloudmesh_iac.engine.component_asks import Called
from cloudmesh_iac.engine.ports.program import Existence
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.wire.protos import provider_pb2, resource_pb2
from cloudmesh_iac.wire.structs import to_struct


def registered_message(answer: Registered) -> Message:
    result = resource_pb2.FAIL if answer.failed else resource_pb2.SUCCESS
    return resource_pb2.RegisterResourceResponse(
        urn=answer.urn,
        id=answer.id,
        object=to_struct(answer.outputs),
        stables=list(answer.stables),
        result=result,
        unknown=answer.is_unknown,
        propertyDependencies={
            key: resource_pb2.RegisterResourceResponse.PropertyDependencies(urns=urns)
            for key, urns in answer.dependencies.items()
        },
    )


def read_message(answer: Registered) -> Message:
    result = resource_pb2.FAIL if answer.failed else resource_pb2.SUCCESS
    return resource_pb2.ReadResourceResponse(
        urn=answer.urn,
        id=answer.id,
        properties=to_struct(answer.outputs),
        result=result,
        unknown=answer.is_unknown,
    )


def existence_message(there: Existence) -> Message:
    return resource_pb2.ExistsResourceResponse(
        exists=there is True, unknown=isinstance(there, Unknown)
    )


def called_message(answer: Called | Refusal | Failure) -> Message:
    """Errors: CmxError that names everything that is wrong."""
    if isinstance(answer, Refusal | Failure):
        raise _refused(answer)
    message = provider_pb2.CallResponse()
    getattr(message, "return").CopyFrom(to_struct(answer.result))
    for key, urns in answer.dependencies.items():
        message.returnDependencies[key].urns.extend(urns)
    return message


def _refused(answer: Refusal | Failure) -> CmxError:
    hint = answer.hint if isinstance(answer, Failure) else ""
    return CmxError(f"{answer.message} ({hint})" if hint else answer.message)


def invoked_message(answer: Invoked | Refusal | Failure) -> Message:
    """Errors: CmxError that names everything that is wrong: the protocol's own form loses some."""
    if isinstance(answer, Refusal | Failure):
        raise _refused(answer)
    message = resource_pb2.ResourceInvokeResponse(unknown=answer.is_unknown)
    getattr(message, "return").CopyFrom(to_struct(answer.result))
    return message
