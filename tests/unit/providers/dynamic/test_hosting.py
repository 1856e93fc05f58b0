"""The process that runs a program's own provider classes."""

import base64
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import dill
import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret, Value
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    Problem,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.providers.dynamic.host import Handlers, _answer
from cloudmesh_iac.providers.dynamic.hosting import HandlerHost, HostBegin, HostCall
from cloudmesh_iac.providers.dynamic.resolver import DynamicProviders
from cloudmesh_iac.settings.computer import SystemClock, is_alive, process_started, this_computer
from cloudmesh_iac.settings.computer import python as interpreter
from tests.builders import a_urn
from tests.rigs.waiting import eventually
from tests.unit.providers.dynamic.handler_classes import by_reference, by_value

TYPE = ResourceType("pulumi-python:dynamic:Lab")
URN = a_urn(type_=TYPE)
DEADLINE_S = 20.0


class Host:
    """A host process for tests: remembers what it printed, and asks in few words."""

    def __init__(self, folder: Path) -> None:
        self.lines: list[str] = []
        self.folder = folder
        self.begun = 0
        self.host = HandlerHost(
            self._begin,
            python=interpreter(),
            environment=this_computer().environment,
            on_line=self.lines.append,
        )

    def _begin(self) -> HostBegin:
        self.begun += 1
        return HostBegin("lab", str(self.folder), {"lab:region": "iu"})

    def create(self, handler: Value, **inputs: Value) -> Created | Failure:
        return self.host.create(CreateAsk(URN, TYPE, {**inputs, "__provider": handler}))

    def pid(self, handler: Value) -> int:
        answer = self.create(handler)
        assert isinstance(answer, Created)
        pid = answer.outputs["pid"]
        assert isinstance(pid, int)
        return pid


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host that no test harms."""
    host = Host(tmp_path_factory.mktemp("program"))
    yield host
    host.host.close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    host = Host(tmp_path)
    yield host
    host.host.close()


@pytest.fixture(scope="module")
def lab() -> str:
    return by_value()


def until(condition: Callable[[], bool]) -> None:
    clock = SystemClock()
    deadline = clock.monotonic_s() + DEADLINE_S
    while not condition():
        assert clock.monotonic_s() < deadline
        threading.Event().wait(0.01)


# --- the five questions ---------------------------------------------------------------------------


def test_a_class_of_the_program_itself_is_hosted(shared: Host, lab: str) -> None:
    # when
    answer = shared.create(Secret(lab), name="head")

    # then
    assert isinstance(answer, Created)
    assert answer.id == "lab-1"
    assert (answer.outputs["name"], answer.outputs["region"]) == ("head", "iu")
    assert answer.outputs["__provider"] == Secret(lab)


def test_a_class_of_a_module_beside_the_program_is_hosted(shared: Host) -> None:
    # given
    handler = by_reference(shared.folder)
    assert len(handler) < 200, "a path, not the code"

    # then
    assert isinstance(shared.create(handler), Created)


def test_the_other_questions_are_answered_too(shared: Host, lab: str) -> None:
    # given
    news: Properties = {"name": "head", "x": UNKNOWN, "__provider": lab}
    bad: Properties = {"name": "bad", "__provider": lab}
    stuck: Properties = {"do": "raise"}

    # then
    assert shared.host.check(CheckAsk(URN, TYPE, {}, news, "5eed")) == Checked(
        {"name": "head", "x": UNKNOWN, "size": 4, "__provider": lab}
    )
    refused = shared.host.check(CheckAsk(URN, TYPE, {}, bad, "5eed"))
    assert refused == Refusal((Problem("name", "it is bad"),))
    different = shared.host.diff(DiffAsk(URN, TYPE, "lab-1", {}, {"name": "a"}, news))
    assert isinstance(different, Difference)
    assert different.has_changes
    updated = shared.host.update(UpdateAsk(URN, TYPE, "lab-1", {}, {"a": 1}, news))
    assert isinstance(updated, Updated)
    inputs: Properties = {"__provider": lab}
    known: Properties = {"a": 1, "__provider": lab}
    assert shared.host.read(ReadAsk(URN, TYPE, "lab-1", inputs, known)) == Read(
        "lab-1", known, is_blind=True
    )
    assert shared.host.delete(DeleteAsk(URN, TYPE, "lab-1", inputs, {})) == Deleted()
    failed = shared.host.delete(DeleteAsk(URN, TYPE, "lab-1", inputs, stuck))
    assert isinstance(failed, Failure)
    assert failed.message.startswith("KeyError: 'stuck'")


def test_many_questions_are_answered_at_once_by_one_process(shared: Host, lab: str) -> None:
    # given
    pids: list[int] = []
    threads = [
        threading.Thread(target=lambda: pids.append(shared.pid(lab)), daemon=True) for _ in range(8)
    ]

    # when
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE_S)

    # then
    assert len(pids) == 8
    assert len(set(pids)) == 1


def test_what_a_handler_prints_is_handed_on(shared: Host, lab: str) -> None:
    shared.create(lab, do="print")
    until(lambda: "hello from the handler" in shared.lines)


# --- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "says", "is_certain"),
    [
        ("raise", "ValueError: no room", True),
        ("exit", "SystemExit: enough", False),
        ("nan", "a handler returned nan", False),
        ("no id", "its create returned no id", False),
    ],
)
def test_a_handler_that_fails_says_only_with_an_exception_that_nothing_was_made(
    shared: Host, lab: str, do: str, *, says: str, is_certain: bool
) -> None:
    answer = shared.create(lab, do=do)
    assert isinstance(answer, Failure)
    assert says in answer.message
    assert answer.is_certain is is_certain
    assert isinstance(shared.create(lab), Created), "and the host goes on"


@pytest.mark.parametrize("handler", [None, 4])
def test_a_resource_without_a_class_is_a_failure(shared: Host, handler: Value) -> None:
    assert shared.create(handler) == Failure("it carries no provider class")


@pytest.mark.parametrize("handler", [UNKNOWN, Secret(UNKNOWN)])
def test_a_class_that_is_secret_and_sealed_asks_for_the_passphrase(
    shared: Host, handler: Value
) -> None:
    failure = shared.create(handler)
    assert isinstance(failure, Failure)
    assert "cannot be read without the passphrase" in failure.message
    assert "PULUMI_CONFIG_PASSPHRASE" in failure.hint
    assert failure.is_certain


def test_a_class_that_cannot_be_loaded_is_a_failure(shared: Host, tmp_path: Path) -> None:
    # given
    elsewhere = by_reference(tmp_path, module="not_beside_the_program")
    cases = {
        elsewhere: "ModuleNotFoundError",
        "no pickle": "cannot be loaded",
        by_value("Broken"): "RuntimeError: no credentials",
        by_value("Leaving"): "SystemExit: 1",
    }

    # then
    for handler, says in cases.items():
        answer = shared.create(handler)
        assert isinstance(answer, Failure)
        assert says in answer.message


def test_a_handler_that_kills_its_process_hangs_nobody(host: Host, lab: str) -> None:
    # when
    answer = host.create(lab, do="die")

    # then
    assert isinstance(answer, Failure)
    assert "has died" in answer.message
    assert not answer.is_certain
    eventually(lambda: "last words" in host.lines)  # they come from another thread
    assert host.create(lab) == answer, "nor does the next question"


def test_an_interpreter_that_is_no_interpreter_is_a_failure(tmp_path: Path, lab: str) -> None:
    # given
    host = Host(tmp_path)
    host.host._python = str(tmp_path / "no-python")

    # then
    answer = host.create(lab)
    assert isinstance(answer, Failure)
    assert "has died" in answer.message
    host.host.close()


def test_closing_leaves_no_process(host: Host, lab: str) -> None:
    # given
    pid = host.pid(lab)
    started = process_started(pid)
    assert is_alive(pid, started)

    # when
    host.host.close()
    host.host.close()

    # then
    assert not is_alive(pid, started)


def test_closing_what_never_ran_starts_nothing(host: Host) -> None:
    host.host.close()
    assert host.lines == []


def test_what_only_the_program_knows_does_not_stop_the_answers(shared: Host) -> None:
    # given
    painted = by_reference(shared.folder, "Painted")
    unreadable = by_reference(shared.folder, "Unreadable")
    news: Properties = {"__provider": unreadable}

    # when
    created = shared.create(painted)
    different = shared.host.diff(DiffAsk(URN, TYPE, "lab-1", {}, {}, news))

    # then
    outputs: Properties = {"size": 4, "color": "red", "__provider": painted}
    assert created == Created("Color.RED", outputs)
    assert isinstance(different, Failure)
    assert "its answer cannot be read" in different.message


def checked(host: Host, **news: Value) -> Checked | Refusal | Failure:
    return host.host.check(CheckAsk(URN, TYPE, {}, news, seed="1"))


@pytest.mark.parametrize(
    "news",
    [
        {"name": "a", "size": 4.5, "tags": ("x", {"y": True, "z": None}), "left": None},
        {"name": Secret("a")},
        {"name": UNKNOWN, "parts": (Secret("a"), "b")},
        {},
    ],
)
def test_a_class_that_takes_everything_is_asked_once(host: Host, news: Properties) -> None:
    # given
    handler = by_value("Unchecked")
    asked = checked(host, **news, __provider=handler)

    # when
    again = checked(host, **news, __provider=handler)

    # then
    assert isinstance(asked, Checked)
    assert again == asked


def test_nothing_is_started_to_ask_a_class_that_takes_everything(host: Host, lab: str) -> None:
    # given
    handler = by_value("Unchecked")
    for one in (handler, lab):
        checked(host, name="a", __provider=one)
    host.host.close()
    begun = host.begun

    # when
    checked(host, name="b", __provider=handler)
    started = host.begun - begun
    checked(host, name="b", __provider=lab)

    # then
    assert started == 0
    assert host.begun - begun == 1


def test_it_is_started_before_it_is_asked_where_a_class_of_the_program_will_be(host: Host) -> None:
    # given
    providers = DynamicProviders({}, host.host)
    ours = ResourceType("pulumi-python:dynamic/cmx:Submission")

    # when
    providers.expect({ours, ResourceType("openstack:compute/instance:Instance")})
    unasked = host.begun
    providers.expect({ours, TYPE})

    # then
    assert unasked == 0
    eventually(lambda: host.begun == 1)
    checked(host, name="a", __provider=by_value("Unchecked"))
    assert host.begun == 1


def test_what_cannot_be_started_early_is_said_when_it_is_asked(tmp_path: Path, lab: str) -> None:
    # given
    host = HandlerHost(
        lambda: HostBegin("lab", str(tmp_path)),
        python=str(tmp_path / "python"),
        environment={},
        on_line=lambda _: None,
    )

    # when
    host.prepare()
    answer = host.check(CheckAsk(URN, TYPE, {}, {"__provider": lab}, seed="1"))

    # then
    assert isinstance(answer, Failure)
    host.close()


# --- inside the process ---------------------------------------------------------------------------


def test_a_handler_is_loaded_and_configured_once(lab: str) -> None:
    # given
    handlers = Handlers(HostBegin("lab", ".", {"lab:region": "iu"}))

    # then
    assert handlers.calls(lab) is handlers.calls(lab)
    ask = CreateAsk(URN, TYPE, {"name": "head"})
    answer = _answer(handlers, HostCall("create", lab, ask))
    assert isinstance(answer, Created)
    assert answer.outputs["region"] == "iu"


def test_a_pickle_of_something_else_is_no_class() -> None:
    # given
    handlers = Handlers(HostBegin("lab", "."))
    text = base64.b64encode(dill.dumps({"no": "class"})).decode()

    # then
    answer = _answer(handlers, HostCall("create", text, CreateAsk(URN, TYPE, {})))
    assert isinstance(answer, Failure)
    assert "cannot be loaded" in answer.message


# --- who answers ----------------------------------------------------------------------------------


def test_our_own_types_are_answered_here_and_a_programs_in_its_host(host: Host) -> None:
    # given
    ours = ResourceType("pulumi-python:dynamic/cmx:Submission")
    own = host.host  # any provider will do
    providers = DynamicProviders({ours: own}, Host(host.folder).host)

    # then
    assert providers.provider(ours) is own
    assert providers.provider(TYPE) is not own
    answer = providers.provider(ResourceType("aws:ec2/instance:Instance"))
    assert answer == Failure("provider package 'aws': plugins are not supported yet")
    providers.close()


def test_types_of_ours_that_few_programs_have_are_loaded_when_one_comes(host: Host) -> None:
    # given
    loads: list[str] = []
    vm = ResourceType("pulumi-python:dynamic/cmx:Vm")
    unknown = ResourceType("pulumi-python:dynamic/cmx:Nothing")

    def late() -> Mapping[ResourceType, Provider]:
        loads.append("late")
        return {vm: host.host}

    providers = DynamicProviders({}, host.host, late=[late])

    # then
    providers.provider(TYPE)
    assert loads == []
    assert providers.provider(vm) is host.host
    assert providers.provider(unknown) is host.host  # a class of the program's own
    assert loads == ["late"]
    providers.close()
