"""Make hooks of what a program registers: the engine calls them, the program runs them."""

from typing import Any

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.hooking import ErrorHook, FailureAsk, HookAsk, ResourceHook
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.program.callbacks import Callbacks
from cloudmesh_iac.wire.protos import resource_pb2
from cloudmesh_iac.wire.structs import to_struct

_PROPERTIES = ("new_inputs", "old_inputs", "new_outputs", "old_outputs")


def to_hook(request: Any, callbacks: Callbacks) -> ResourceHook:
    token = request.callback.token

    def run(ask: HookAsk) -> str | None:
        message = resource_pb2.ResourceHookRequest(**_about(ask))
        try:
            body = callbacks.ask(token, message).result()
        except CmxError as error:
            return error.message
        return resource_pb2.ResourceHookResponse.FromString(body).error or None

    return ResourceHook(
        request.name, run, on_dry_run=request.on_dry_run, ignore_errors=request.ignore_errors
    )


def to_error_hook(request: Any, callbacks: Callbacks) -> ErrorHook:
    token = request.callback.token

    def wants_retry(ask: FailureAsk) -> bool | Failure:
        message = resource_pb2.ErrorHookRequest(
            **_about(ask), failed_operation=ask.op.value, errors=ask.errors
        )
        try:
            body = callbacks.ask(token, message).result()
        except CmxError as error:
            return Failure(error.message)
        answer = resource_pb2.ErrorHookResponse.FromString(body)
        return Failure(answer.error) if answer.error else answer.retry

    return ErrorHook(request.name, wants_retry)


def _about(ask: HookAsk | FailureAsk) -> dict[str, Any]:
    given = {name: getattr(ask, name, None) for name in _PROPERTIES}
    structs = {name: to_struct(value) for name, value in given.items() if value is not None}
    return {"urn": ask.urn, "id": ask.id, "name": name_of(ask.urn), "type": ask.type, **structs}
