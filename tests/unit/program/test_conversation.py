"""Every call that the SDK can make is answered, or refused by its name."""

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from pulumi.runtime.proto import callback_pb2, engine_pb2, resource_pb2

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.events import Event, LogLine
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package, Parameter
from cloudmesh_iac.core.registrations import Registered, Registration, Sought
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import UNKNOWN, Asset, AssetKind, Properties, Secret
from cloudmesh_iac.engine.asks import InvokeAsk, Invoked, Problem, Refusal
from cloudmesh_iac.engine.component_asks import CallAsk, Called
from cloudmesh_iac.engine.hooking import ErrorHook, ResourceHook
from cloudmesh_iac.engine.ports.program import Existence
from cloudmesh_iac.errors import CmxError, ExitCode, ProgramFailed
from cloudmesh_iac.program.conversation import Conversation
from cloudmesh_iac.program.decode import Decoder
from cloudmesh_iac.program.messages import Ended, Failed
from cloudmesh_iac.program.methods import NAMES, REQUESTS, RESPONSES
from cloudmesh_iac.wire.frames import Frame, FrameSocket, Kind
from cloudmesh_iac.wire.structs import from_struct, to_struct
from tests.builders import STACK, a_urn

DEADLINE_S = 10.0
ANSWERED = {
    "RegisterPackage",
    "Call",
    "ExistsResource",
    "GetDeploymentInfo",
    "Invoke",
    "ReadResource",
    "SupportsFeature",
    "RegisterResource",
    "RegisterErrorHook",
    "RegisterResourceHook",
    "RegisterResourceOutputs",
    "RegisterStackInvokeTransform",
    "RegisterStackTransform",
    "SignalAndWaitForShutdown",
}

ANSWERED_BY_THE_ENGINE = {"Call", "Invoke", "ExistsResource", "ReadResource", "RegisterResource"}


class ListeningRegistrar:
    """Keeps what it is told, and the answers that it owes."""

    def __init__(self) -> None:
        self.registrations: list[Registration] = []
        self.answers: list[Future[Registered]] = []
        self.outputs: list[tuple[Urn, Properties]] = []
        self.sought: list[Sought] = []
        self.found: list[Future[Existence]] = []
        self.invokes: list[InvokeAsk] = []
        self.returns: list[Future[Invoked | Refusal | Failure]] = []
        self.hooks: list[ResourceHook | ErrorHook] = []
        self.quiet = threading.Event()
        self.finished = threading.Event()
        self.error: CmxError | None = None
        self.is_asked = False
        self.may_register = threading.Event()
        self.may_register.set()

    def register(self, registration: Registration) -> Future[Registered]:
        self.is_asked = True
        assert self.may_register.wait(DEADLINE_S)
        self.registrations.append(registration)
        self.answers.append(Future())
        return self.answers[-1]

    def exists(self, sought: Sought) -> Future[Existence]:
        self.sought.append(sought)
        answer: Future[Existence] = Future()
        self.found.append(answer)
        return answer

    def call(self, ask: CallAsk) -> Future[Called | Refusal | Failure]:
        raise AssertionError(f"no program calls {ask.token}")

    def set_outputs(self, urn: Urn, outputs: Properties) -> None:
        self.outputs.append((urn, outputs))

    def invoke(self, ask: InvokeAsk) -> Future[Invoked | Refusal | Failure]:
        self.invokes.append(ask)
        self.returns.append(Future())
        return self.returns[-1]

    def add_hook(self, hook: ResourceHook | ErrorHook) -> None:
        self.hooks.append(hook)

    def grew_quiet(self) -> None:
        self.quiet.set()

    def finish(self, error: CmxError | None) -> None:
        self.error = error
        self.finished.set()


class Wire:
    """A conversation with a child that the test plays."""

    def __init__(self, folder: Path = Path("/lab")) -> None:
        ours, theirs = socket.socketpair()
        theirs.settimeout(DEADLINE_S)
        self.child = FrameSocket(theirs)
        self.frames = self.child.receive()
        self.registrar = ListeningRegistrar()
        self.events: list[Event] = []
        self.parent = FrameSocket(ours)
        self.conversation = Conversation(
            self.parent,
            registrar=self.registrar,
            decoder=Decoder(STACK, project_dir=Path("/lab"), foreign=()),
            evaluated=Caller(STACK.project, STACK.name, "", is_preview=True),
            events=self,
            folder=folder,
        )
        self.conversation.begin()

    def tell(self, event: Event) -> None:
        self.events.append(event)

    def call(self, name: str, request: Message | None = None, *, number: int = 1) -> None:
        method = NAMES.index(name)
        body = (request or REQUESTS[method]()).SerializeToString()
        self.child.send(Frame(Kind.CALL, number, method, body))

    def answer(self) -> Frame:
        return next(self.frames)

    def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(int(DEADLINE_S * 1000)):
            if condition():
                return
            threading.Event().wait(0.001)
        raise AssertionError("it does not come to that")

    def close(self) -> None:
        self.conversation.stop()
        self.child.close()
        self.conversation._thread.join(DEADLINE_S)
        assert not self.conversation._thread.is_alive()
        for end in (self.parent, self.child):
            end._reader.close()  # it holds the descriptor for as long as it is open


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    made = Wire(tmp_path)
    yield made
    made.close()


def a_request(name: str = "head", inputs: Properties | None = None) -> Any:
    return resource_pb2.RegisterResourceRequest(
        type="test:index:Thing", name=name, custom=True, object=to_struct(inputs or {"size": 4})
    )


def test_every_call_of_the_service_has_its_place(wire: Wire) -> None:
    service = resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"]
    assert [method.name for method in service.methods] == list(NAMES)
    assert wire.conversation._calls._calls.keys() == set(NAMES)


def test_no_call_of_the_service_is_left_without_an_answer() -> None:
    assert set(NAMES) == ANSWERED


@pytest.mark.parametrize("name", sorted(ANSWERED - ANSWERED_BY_THE_ENGINE))
def test_the_other_calls_are_answered_at_once(wire: Wire, name: str) -> None:
    wire.call(name, number=7)
    answer = wire.answer()
    assert (answer.kind, answer.number) == (Kind.ANSWER, 7)


def test_every_feature_that_the_sdk_asks_for_is_there(wire: Wire) -> None:
    wire.call("SupportsFeature", resource_pb2.SupportsFeatureRequest(id="secrets"))
    reply = RESPONSES[NAMES.index("SupportsFeature")].FromString(wire.answer().body)
    assert reply == resource_pb2.SupportsFeatureResponse(hasSupport=True)


def test_a_registration_is_answered_when_the_engine_has_its_answer(wire: Wire) -> None:
    # given
    wire.call("RegisterResource", a_request("one"), number=1)
    wire.call("RegisterResource", a_request("two"), number=2)
    wire.until(lambda: len(wire.registrar.answers) == 2)
    outputs: Properties = {"at": Secret("x"), "to": UNKNOWN}

    # when
    wire.registrar.answers[1].set_result(Registered(a_urn("two"), "id-2", outputs, stables=("at",)))
    wire.registrar.answers[0].set_result(Registered(a_urn("one"), "", {}, failed=True))
    second, first = wire.answer(), wire.answer()

    # then
    assert [one.name for one in wire.registrar.registrations] == ["one", "two"]
    assert (second.number, first.number) == (2, 1)
    reply = resource_pb2.RegisterResourceResponse.FromString(second.body)
    assert (reply.urn, reply.id, list(reply.stables)) == (a_urn("two"), "id-2", ["at"])
    assert from_struct(reply.object) == outputs
    assert reply.result == resource_pb2.SUCCESS
    failed = resource_pb2.RegisterResourceResponse.FromString(first.body)
    assert failed.result == resource_pb2.FAIL


def test_what_is_only_read_is_answered_with_its_id_and_properties(wire: Wire) -> None:
    # given
    request = resource_pb2.ReadResourceRequest(type="test:index:Thing", name="net", id="i-1")
    wire.call("ReadResource", request, number=1)
    wire.call("ReadResource", request, number=2)
    wire.until(lambda: len(wire.registrar.answers) == 2)

    # when
    wire.registrar.answers[0].set_result(Registered(a_urn("net"), "i-7", {"at": Secret("x")}))
    wire.registrar.answers[1].set_result(Registered(a_urn("net"), "", {}, is_unknown=True))
    found, unknown = (
        resource_pb2.ReadResourceResponse.FromString(wire.answer().body) for _ in range(2)
    )

    # then
    assert [one.read_id for one in wire.registrar.registrations] == ["i-1", "i-1"]
    assert (found.urn, found.id, found.unknown) == (a_urn("net"), "i-7", False)
    assert from_struct(found.properties) == {"at": Secret("x")}
    assert (unknown.id, unknown.unknown, unknown.result) == ("", True, resource_pb2.SUCCESS)


def test_a_reading_without_an_id_is_refused(wire: Wire) -> None:
    wire.call("ReadResource", resource_pb2.ReadResourceRequest(type="t:i:T", name="net"))
    assert wire.answer().body == b"net: the id to look for is empty"
    assert wire.registrar.registrations == []


@pytest.mark.parametrize(
    ("there", "told"),
    [
        (True, resource_pb2.ExistsResourceResponse(exists=True)),
        (False, resource_pb2.ExistsResourceResponse(exists=False)),
        (UNKNOWN, resource_pb2.ExistsResourceResponse(unknown=True)),
    ],
)
def test_a_program_may_ask_whether_something_exists(
    wire: Wire, there: Existence, told: Message
) -> None:
    # given
    request = resource_pb2.ExistsResourceRequest(
        type="t:i:T", id="i-1", properties=to_struct({"size": 4})
    )
    wire.call("ExistsResource", request)
    wire.until(lambda: len(wire.registrar.found) == 1)

    # when
    wire.registrar.found[0].set_result(there)
    answer = resource_pb2.ExistsResourceResponse.FromString(wire.answer().body)

    # then
    (sought,) = wire.registrar.sought
    assert (sought.type, sought.id, sought.inputs) == ("t:i:T", "i-1", {"size": 4})
    assert answer == told


def test_a_package_is_named_by_a_reference_from_then_on(wire: Wire) -> None:
    # given
    told = resource_pb2.Parameterization(name="lab", version="2.0.0", value=b"\x00lab")
    package = resource_pb2.RegisterPackageRequest(
        name="base", version="1.0.0", parameterization=told
    )
    wire.call("RegisterPackage", package, number=1)
    wire.call("RegisterPackage", package, number=2)
    first, again = (
        resource_pb2.RegisterPackageResponse.FromString(wire.answer().body).ref for _ in range(2)
    )

    # when
    for number, reference in enumerate((first, "package-9")):
        request = a_request()
        request.packageRef = reference
        wire.call("RegisterResource", request, number=number)

    # then
    assert first == again
    refused = wire.answer().body
    (registered,) = wire.registrar.registrations
    parameter = Parameter("lab", "2.0.0", b"\x00lab")
    assert registered.package == Package("base", "1.0.0", parameter=parameter)
    assert refused == b"there is no package package-9"


def test_a_registration_that_cannot_be_obeyed_is_refused(wire: Wire) -> None:
    request = a_request()
    request.state_migrations.add(token="t")
    wire.call("RegisterResource", request)
    assert wire.answer().body == b"head: state migrations: not supported yet"
    assert wire.registrar.registrations == []


def an_invoke(**fields: Any) -> Any:
    return resource_pb2.ResourceInvokeRequest(
        tok="test:index:find", args=to_struct({"name": "rocky"}), **fields
    )


def test_a_function_is_called_with_all_that_the_program_says(wire: Wire) -> None:
    # when
    request = an_invoke(
        provider="u::i", version="1.0.0", pluginDownloadURL="https://x", dependsOn=[a_urn()]
    )
    wire.call("Invoke", request, number=3)
    wire.until(lambda: bool(wire.registrar.invokes))
    wire.registrar.returns[0].set_result(Invoked({"id": 4, "key": Secret("x")}))
    reply = resource_pb2.ResourceInvokeResponse.FromString(wire.answer().body)

    # then
    assert wire.registrar.invokes == [
        InvokeAsk("test:index:find", {"name": "rocky"}, "u::i", "1.0.0", "https://x", (a_urn(),))
    ]
    assert from_struct(getattr(reply, "return")) == {"id": 4, "key": Secret("x")}
    assert not reply.unknown


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Failure("no such image", "ask for another"), "no such image (ask for another)"),
        (
            Refusal((Problem("name", "is needed"), Problem("", "too much"))),
            "name: is needed; too much",
        ),
    ],
)
def test_a_function_that_fails_says_all_that_is_wrong(
    wire: Wire, answer: Refusal | Failure, words: str
) -> None:
    wire.call("Invoke", an_invoke(), number=3)
    wire.until(lambda: bool(wire.registrar.invokes))
    wire.registrar.returns[0].set_result(answer)
    refused = wire.answer()
    assert (refused.kind, refused.body.decode()) == (Kind.REFUSED, words)


def test_a_function_that_cannot_be_asked_yet_answers_that_nothing_is_known(wire: Wire) -> None:
    wire.call("Invoke", an_invoke())
    wire.until(lambda: bool(wire.registrar.invokes))
    wire.registrar.returns[0].set_result(Invoked({}, is_unknown=True))
    assert resource_pb2.ResourceInvokeResponse.FromString(wire.answer().body).unknown


def test_transforms_of_invokes_change_their_arguments(wire: Wire) -> None:
    # given
    wire.call("RegisterStackInvokeTransform", callback_pb2.Callback(token="t"))
    wire.answer()
    wire.call("Invoke", an_invoke())

    # when
    frame = wire.answer()
    token, _, body = frame.body.partition(b"\n")
    seen = resource_pb2.TransformInvokeRequest.FromString(body)
    changed = resource_pb2.TransformInvokeResponse(
        args=to_struct({"name": "debian"}),
        options=resource_pb2.TransformInvokeOptions(version="2.0.0"),
    )
    wire.child.send(Frame(Kind.CALLED, frame.number, body=changed.SerializeToString()))
    wire.until(lambda: bool(wire.registrar.invokes))

    # then
    assert (token, seen.token, from_struct(seen.args)) == (
        b"t",
        "test:index:find",
        {"name": "rocky"},
    )
    (asked,) = wire.registrar.invokes
    assert (asked.args, asked.version) == ({"name": "debian"}, "2.0.0")


def test_outputs_of_components_are_handed_on(wire: Wire) -> None:
    # when
    wire.call(
        "RegisterResourceOutputs",
        resource_pb2.RegisterResourceOutputsRequest(
            urn=a_urn("lab"), outputs=to_struct({"size": 4})
        ),
    )
    wire.answer()

    # then
    assert wire.registrar.outputs == [(a_urn("lab"), {"size": 4})]


def an_asset(name: str) -> Properties:
    return {"source": Asset(AssetKind.PATH, name)}


ONE = Asset(AssetKind.PATH, "in.txt", sha256(b"one").hexdigest())


def test_files_are_looked_at_before_the_engine_hears_of_them(wire: Wire, tmp_path: Path) -> None:
    # given
    (tmp_path / "in.txt").write_text("one")
    outputs = resource_pb2.RegisterResourceOutputsRequest(
        urn=a_urn("lab"), outputs=to_struct(an_asset("in.txt"))
    )

    # when
    wire.call("RegisterResource", a_request(inputs=an_asset("in.txt")))
    wire.until(lambda: len(wire.registrar.answers) == 1)
    wire.registrar.answers[0].set_result(Registered(a_urn(), "id", {}))
    first = wire.answer()
    wire.call("RegisterResourceOutputs", outputs, number=2)
    second = wire.answer()

    # then
    assert [first.kind, second.kind] == [Kind.ANSWER, Kind.ANSWER]
    assert wire.registrar.registrations[0].inputs == {"source": ONE}
    assert wire.registrar.outputs == [(a_urn("lab"), {"source": ONE})]


def test_a_file_that_is_missing_is_an_error_of_the_program(wire: Wire, tmp_path: Path) -> None:
    # when
    wire.call("RegisterResource", a_request(name="kept", inputs=an_asset("gone")))
    refused = wire.answer()

    # then
    assert refused.kind is Kind.REFUSED
    assert refused.body.decode() == f"kept: source: there is no {tmp_path}/gone"
    assert wire.registrar.registrations == []


def test_a_program_whose_files_are_being_read_is_not_quiet(wire: Wire, tmp_path: Path) -> None:
    # given: the first file takes as long as the test wants, the second one waits behind it
    (tmp_path / "in.txt").write_text("one")
    wire.registrar.may_register.clear()
    wire.call("RegisterResource", a_request(inputs=an_asset("in.txt")))
    wire.call("RegisterResource", a_request(inputs=an_asset("in.txt")), number=2)
    wire.child.send(Frame(Kind.QUIET, 0))
    assert wire.registrar.quiet.wait(DEADLINE_S)
    wire.registrar.quiet.clear()
    before = wire.conversation.is_quiet()

    # when
    wire.registrar.may_register.set()
    assert wire.registrar.quiet.wait(DEADLINE_S)

    # then
    assert not before
    assert wire.conversation.is_quiet()
    assert len(wire.registrar.registrations) == 2


def test_a_program_that_is_stopped_has_no_more_files_read(wire: Wire, tmp_path: Path) -> None:
    # given
    (tmp_path / "in.txt").write_text("one")
    wire.registrar.may_register.clear()
    for number in (1, 2):
        asked = a_request(inputs=an_asset("in.txt"))
        wire.call("RegisterResource", asked, number=number)
    wire.until(lambda: wire.registrar.is_asked)

    # when
    wire.conversation.stop()
    wire.registrar.may_register.set()
    thread = wire.conversation._calls._digesting._thread
    assert thread is not None
    thread.join(DEADLINE_S)

    # then
    assert not thread.is_alive()
    assert len(wire.registrar.registrations) == 1


def test_a_program_is_quiet_only_when_it_has_seen_every_answer(wire: Wire) -> None:
    # given
    wire.call("RegisterResource", a_request())
    wire.child.send(Frame(Kind.QUIET, 0))
    assert wire.registrar.quiet.wait(DEADLINE_S)
    before = wire.conversation.is_quiet()

    # when
    wire.registrar.answers[0].set_result(Registered(a_urn(), "id", {}))
    with_an_answer = wire.conversation.is_quiet()
    wire.answer()
    wire.registrar.quiet.clear()
    wire.child.send(Frame(Kind.QUIET, 1))
    assert wire.registrar.quiet.wait(DEADLINE_S)

    # then
    assert before
    assert not with_an_answer
    assert wire.conversation.is_quiet()


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (engine_pb2.INFO, "info"),
        (engine_pb2.WARNING, "warning"),
        (engine_pb2.ERROR, "error"),
    ],
)
def test_log_lines_keep_their_level_and_their_thing(wire: Wire, severity: int, level: str) -> None:
    # when
    wire.child.send(Frame(Kind.LOG, method=severity, body=f"{a_urn()}\none\ntwo".encode()))
    wire.child.send(Frame(Kind.LOG, method=severity, body=b"\nplain"))
    wire.until(lambda: len(wire.events) == 2)

    # then
    assert wire.events == [LogLine("one\ntwo", a_urn(), level), LogLine("plain", None, level)]


def test_the_end_of_a_program_is_told_with_what_it_asked_for(wire: Wire) -> None:
    # when
    ended = Ended(asked=["lab:repeats"], files=["/lab/hello.py"])
    wire.child.send(Frame(Kind.ENDED, body=ended.to_json()))
    wire.child.close()

    # then
    assert wire.registrar.finished.wait(DEADLINE_S)
    assert wire.registrar.error is None
    assert wire.conversation.asked.keys == {"lab:repeats"}
    assert wire.conversation.files == ("/lab/hello.py",)


def test_a_program_that_failed_is_told_with_its_traceback(wire: Wire) -> None:
    # when
    failed = Failed(message="no", traceback="line 1", place="a.py:1", hint="try", exit_code=64)
    wire.child.send(Frame(Kind.ENDED, body=Ended(failed=failed).to_json()))
    wire.child.close()

    # then
    assert wire.registrar.finished.wait(DEADLINE_S)
    error = wire.registrar.error
    assert isinstance(error, ProgramFailed)
    assert (error.message, error.traceback, error.place, error.hint, error.exit_code) == (
        "no",
        "line 1",
        "a.py:1",
        "try",
        ExitCode.USAGE,
    )


def test_a_child_that_dies_without_a_word_is_a_failed_program(wire: Wire) -> None:
    wire.child.close()
    assert wire.registrar.finished.wait(DEADLINE_S)
    assert isinstance(wire.registrar.error, ProgramFailed)
    assert "died without a word" in str(wire.registrar.error)


def test_a_conversation_that_is_stopped_tells_nobody(wire: Wire) -> None:
    wire.conversation.stop()
    wire.conversation._thread.join(DEADLINE_S)
    assert not wire.registrar.finished.is_set()


def test_an_answer_for_a_child_that_is_gone_is_dropped(wire: Wire) -> None:
    # given
    wire.call("RegisterResource", a_request())
    wire.until(lambda: len(wire.registrar.answers) == 1)
    wire.child.close()
    assert wire.registrar.finished.wait(DEADLINE_S)

    # when
    wire.registrar.answers[0].set_result(Registered(a_urn(), "id", {}))

    # then
    assert wire.registrar.answers[0].done()
