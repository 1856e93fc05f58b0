"""Serve the scripted plugin over the plugin protocol."""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import (
    engine_pb2,
    engine_pb2_grpc,
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from tests.oracle.case import Behaviour
from tests.rigs.scripted import behaving
from tests.rigs.scripted.script import VARIABLE, VERSION, ScriptFolder

_NOBODYS_PORT = 1
_KILLED = 9


class ScriptedPlugin(provider_pb2_grpc.ResourceProviderServicer):
    def __init__(self, folder: ScriptFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._engine = ""

    # --- the plugin itself ------------------------------------------------------------------------

    def Handshake(self, request: Any, context: Any) -> Any:
        self._engine = request.engine_address
        script = self._script()
        if not script.handshake:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "Handshake is not known")
        self._note("handshake", request)
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=script.accepts_secrets,
            accept_resources=script.accepts_resources,
            supports_autonaming_configuration=script.naming,
        )

    def Attach(self, request: Any, context: Any) -> Any:
        self._engine = request.address
        self._note("attach", request)
        return empty_pb2.Empty()

    def Parameterize(self, request: Any, context: Any) -> Any:
        value = request.value
        self._note("parameterize", request)
        return provider_pb2.ParameterizeResponse(name=value.name, version=value.version)

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        self._note("get_schema", request)
        if not self._script().schema:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "GetSchema is not known")
        return provider_pb2.GetSchemaResponse(schema=self._script().schema)

    def Cancel(self, request: Any, context: Any) -> Any:
        self._note("cancel", request)
        self._cancelled.set()
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        if not self._script().config_calls:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "CheckConfig is not known")
        self._note("check_config", request)
        self._go_wrong("check_config", request.urn, context)
        return provider_pb2.CheckResponse(
            inputs=request.news, failures=self._failures("check_config", request.urn)
        )

    def DiffConfig(self, request: Any, context: Any) -> Any:
        script = self._script()
        if not script.config_calls:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, "DiffConfig is not known")
        self._note("diff_config", request)
        does = Behaviour(replaces=script.replacing)
        return _difference(_plain(request.old_inputs), _plain(request.news), does)

    def Configure(self, request: Any, context: Any) -> Any:
        script = self._script()
        self._note("configure", request)
        lacks = [key for key in script.needs if key not in request.args.fields]
        if lacks:
            keys = provider_pb2.ConfigureErrorMissingKeys()
            for key in lacks:
                keys.missingKeys.add(name=f"test:{key}", description=f"the {key} of the world")
            _abort(context, grpc.StatusCode.INVALID_ARGUMENT, "lacks settings", detail=keys)
        self._go_wrong("configure", request.urn, context)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=script.accepts_secrets,
            acceptResources=script.accepts_resources,
            supportsPreview=script.previews,
            supports_autonaming_configuration=script.naming,
        )

    # --- its resources ----------------------------------------------------------------------------

    def Check(self, request: Any, context: Any) -> Any:
        self._note("check", request, seed=request.randomSeed.hex())
        self._go_wrong("check", request.urn, context)
        failures = self._failures("check", request.urn)
        inputs = behaving.with_names(
            _plain(request.olds),
            _plain(request.news),
            made_up=_made_up(request),
            does=self._does(request.urn),
        )
        return provider_pb2.CheckResponse(inputs=_struct(inputs), failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        self._note("diff", request)
        self._go_wrong("diff", request.urn, context)
        does = self._does(request.urn)
        return _difference(_plain(request.old_inputs), _plain(request.news), does)

    def Create(self, request: Any, context: Any) -> Any:
        does, inputs = self._does(request.urn), _plain(request.properties)
        if request.preview:
            self._note("create_preview", request)
            return provider_pb2.CreateResponse(
                properties=_struct(behaving.expected(inputs, {}, does))
            )
        name = _name(request.urn)
        with self._lock:
            self._note("create", request)
            made = [one for one in self._folder.calls("create") if _name(one["urn"]) == name]
        self._log(request.urn)
        self._go_wrong("create", request.urn, context)
        id_ = f"{name}#{len(made)}"
        state = _struct(behaving.outputs(id_, inputs, does))
        self._be_partial("create", request.urn, context, id_=id_, state=state)
        return provider_pb2.CreateResponse(id=id_, properties=state)

    def Update(self, request: Any, context: Any) -> Any:
        does, news = self._does(request.urn), _plain(request.news)
        if request.preview:
            self._note("update_preview", request)
            expected = behaving.expected(news, _plain(request.olds), does)
            return provider_pb2.UpdateResponse(properties=_struct(expected))
        with self._lock:
            self._note("update", request)
            updates = [one for one in self._folder.calls("update") if one["id"] == request.id]
        self._go_wrong("update", request.urn, context)
        state = _struct(behaving.outputs(request.id, news, does, updates=len(updates)))
        self._be_partial("update", request.urn, context, id_=request.id, state=state)
        return provider_pb2.UpdateResponse(properties=state)

    def Delete(self, request: Any, context: Any) -> Any:
        self._note("delete", request)
        self._go_wrong("delete", request.urn, context)
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:
        self._note("read", request)
        self._go_wrong("read", request.urn, context)
        inputs, state = _plain(request.inputs), _plain(request.properties)
        match self._fault("read", request.urn):
            case "gone":
                return provider_pb2.ReadResponse()
            case "drift":
                inputs, state = behaving.drifted(inputs), behaving.drifted(state)
            case _:
                pass
        if not state:
            inputs = {"size": "found"}
            state = behaving.outputs(request.id, inputs, self._does(request.urn))
        self._be_partial("read", request.urn, context, id_=request.id, state=_struct(state))
        return provider_pb2.ReadResponse(
            id=request.id, properties=_struct(state), inputs=_struct(inputs)
        )

    # --- its functions ----------------------------------------------------------------------------

    def Invoke(self, request: Any, context: Any) -> Any:
        self._note("invoke", request)
        name = request.tok.rpartition(":")[2]
        if name == "refuse":
            return provider_pb2.InvokeResponse(
                failures=[provider_pb2.CheckFailure(property="size", reason="is not good")]
            )
        if name != "echo":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"there is no function {request.tok}")
        return provider_pb2.InvokeResponse(**{"return": request.args})

    def Call(self, request: Any, context: Any) -> Any:
        self._note("call", request)
        return provider_pb2.CallResponse(**{"return": request.args})

    # --- what the script says ---------------------------------------------------------------------

    def _script(self) -> Any:
        return self._folder.read()

    def _does(self, urn: str) -> Behaviour:
        type_ = urn.split("::")[2].rsplit("$", 1)[-1]
        found: Behaviour = self._script().types.get(type_, Behaviour())
        return found

    def _note(self, method: str, request: Any, **more: str) -> None:
        data = json_format.MessageToDict(request, preserving_proto_field_name=True)
        self._folder.note({"method": method, **data, **more})

    def _fault(self, method: str, urn: str) -> str:
        tries = [one for one in self._folder.calls(method) if one["urn"] == urn]
        for fault in self._script().faults:
            is_over = 0 < fault.times < len(tries)
            if fault.call == method and fault.name == _name(urn) and not is_over:
                return str(fault.kind)
        return ""

    def _failures(self, method: str, urn: str) -> list[Any]:
        if self._fault(method, urn) != "refusal":
            return []
        return [
            provider_pb2.CheckFailure(property="size", reason="is not good"),
            provider_pb2.CheckFailure(property="color", reason="is not known"),
        ]

    def _go_wrong(self, method: str, urn: str, context: Any) -> None:
        match self._fault(method, urn):
            case "certain":
                words = f"{method} of {_name(urn)}: refused"
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, words)
            case "uncertain":
                words = f"{method} of {_name(urn)}: nobody knows"
                context.abort(grpc.StatusCode.UNKNOWN, words)
            case "die":
                sys.stderr.write(f"{method} of {_name(urn)} was too much\n")
                sys.stderr.flush()
                os._exit(_KILLED)
            case "hang":
                self._cancelled.wait()
                context.abort(grpc.StatusCode.CANCELLED, "was cancelled")
            case _:
                pass

    def _be_partial(self, method: str, urn: str, context: Any, *, id_: str, state: Any) -> None:
        if self._fault(method, urn) == "partial":
            half = provider_pb2.ErrorResourceInitFailed(
                id=id_, properties=state, reasons=[f"half of {_name(urn)}"]
            )
            _abort(context, grpc.StatusCode.UNKNOWN, "resource is not ready", detail=half)

    def _log(self, urn: str) -> None:
        text = self._script().logs
        if text:
            with grpc.insecure_channel(self._engine) as channel:
                engine_pb2_grpc.EngineStub(channel).Log(
                    engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=text, urn=urn)
                )


def _made_up(request: Any) -> str:
    if request.HasField("autonaming"):
        return str(request.autonaming.proposed_name)
    return f"seed:{request.randomSeed.hex()[:8]}"


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _plain(struct: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json_format.MessageToDict(struct)
    return plain


def _struct(values: Mapping[str, Any]) -> Any:
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def _difference(olds: Mapping[str, Any], news: Mapping[str, Any], does: Behaviour) -> Any:
    if does.silent:
        return provider_pb2.DiffResponse()
    keys = behaving.changed(olds, news)
    replaces = [key for key in keys if key in does.replaces]
    answer = provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME
        if keys
        else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=keys,
        replaces=replaces,
        stables=does.stables,
        deleteBeforeReplace=any(key in does.deletes_first for key in replaces),
        hasDetailedDiff=does.details,
    )
    for key in keys if does.details else ():
        kind = "UPDATE_REPLACE" if key in replaces else "UPDATE"
        answer.detailedDiff[key].kind = provider_pb2.PropertyDiff.Kind.Value(kind)
        answer.detailedDiff[key].inputDiff = True
    return answer


def _abort(context: Any, code: grpc.StatusCode, words: str, *, detail: Any) -> NoReturn:
    packed = any_pb2.Any()
    packed.Pack(detail)
    status = status_pb2.Status(code=code.value[0], message=words, details=[packed])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, words)
    raise AssertionError("abort raises")


def main() -> None:
    folder = ScriptFolder(Path(os.environ[VARIABLE]))
    script = folder.read()
    signal.signal(signal.SIGINT, signal.SIG_IGN if script.stubborn else signal.SIG_DFL)
    if script.prints:
        sys.stderr.write(script.prints)
        sys.stderr.flush()
    match script.start:
        case "silent":
            threading.Event().wait()
        case "garbage":
            sys.stdout.write("welcome!\n")
            sys.stdout.flush()
            threading.Event().wait()
        case "ends":
            sys.exit(3)
        case "port of nobody":
            sys.stdout.write(f"{_NOBODYS_PORT}\n")
            sys.stdout.flush()
            threading.Event().wait()
        case _:
            pass
    server = grpc.server(ThreadPoolExecutor(32))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(ScriptedPlugin(folder), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
