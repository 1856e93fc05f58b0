"""Values for tests: each builder takes only what matters to the test."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cloudmesh_iac.core.jobs import SiteName, Ticket
from cloudmesh_iac.core.journal import UpdateEnded, UpdateKind, UpdateResult, UpdateStarted
from cloudmesh_iac.core.locks import Holder
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Change, Plan, Reason, Step
from cloudmesh_iac.core.records import Intent, Parameter, Record, Snapshot, StackId
from cloudmesh_iac.core.registrations import Options, Registration, Source
from cloudmesh_iac.core.urns import ResourceType, Urn, make_urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.settings.computer import Computer, SystemClock, own_pid, process_started

STACK = StackId("lab", "hello")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
THING = "cmx:index:Thing"


def a_urn(name: str = "head", *, type_: str = THING, parent: Urn | None = None) -> Urn:
    return make_urn(
        stack=STACK.name,
        project=STACK.project,
        parent=parent,
        type_=ResourceType(type_),
        name=name,
    )


def a_source(line: int = 12) -> Source:
    return Source("stacks/hello.py", line)


def a_record(
    name: str = "head",
    *,
    type_: str = THING,
    custom: bool = True,
    id: str | None = None,  # noqa: A002 - the field's name
    inputs: Properties | None = None,
    outputs: Properties | None = None,
    parent: Urn | None = None,
    dependencies: tuple[Urn, ...] = (),
    creation: int = 1,
    doomed: bool = False,
    failed: bool = False,
    from_apply: bool = False,
    protect: bool = False,
    retain_on_delete: bool = False,
    order: int = 0,
) -> Record:
    """Return a record; its id is made of its name and creation, its outputs are its inputs."""
    given = inputs if inputs is not None else {}
    made = f"{name}-{creation}" if custom else ""
    return Record(
        urn=a_urn(name, type_=type_, parent=parent),
        type=ResourceType(type_),
        custom=custom,
        id=made if id is None else id,
        inputs=given,
        outputs=outputs if outputs is not None else given,
        parent=parent,
        dependencies=dependencies,
        creation=creation,
        doomed=doomed,
        failed=failed,
        from_apply=from_apply,
        protect=protect,
        retain_on_delete=retain_on_delete,
        order=order,
        source=a_source(),
    )


def a_registration(
    name: str = "head",
    *,
    type_: str = THING,
    custom: bool = True,
    inputs: Properties | None = None,
    parent: Urn | None = None,
    dependencies: tuple[Urn, ...] = (),
    property_dependencies: Mapping[str, tuple[Urn, ...]] | None = None,
    options: Options | None = None,
    from_apply: bool = False,
    line: int = 12,
) -> Registration:
    return Registration(
        urn=a_urn(name, type_=type_, parent=parent),
        type=ResourceType(type_),
        name=name,
        custom=custom,
        inputs=inputs if inputs is not None else {},
        parent=parent,
        dependencies=dependencies,
        property_dependencies=property_dependencies or {},
        options=options or Options(),
        source=a_source(line),
        from_apply=from_apply,
    )


def a_ticket(token: str = "t1", *, remote_id: str = "41", index: int | None = None) -> Ticket:
    return Ticket(SiteName("bigred200"), token, remote_id, index, f"/jobs/{token}")


def an_intent(
    record: Record | None = None, *, op: Op = Op.CREATE, ticket: Ticket | None = None
) -> Intent:
    """Return the intent to make a record as it is given."""
    goal = record if record is not None else a_record(id="", outputs={})
    return Intent(goal.urn, op, goal.creation, goal, ticket)


def a_parameter(name: str = "repeats", value: str = "3", *, origin: str = "default") -> Parameter:
    return Parameter(name, value, value, "int", origin)


def a_snapshot(
    *records: Record,
    stack: StackId = STACK,
    serial: int = 4,
    intents: tuple[Intent, ...] = (),
    parameters: tuple[Parameter, ...] = (),
) -> Snapshot:
    """Return a snapshot of records in their order, with the creations that they imply."""
    made = [(record.urn, record.creation) for record in records]
    made += [(intent.urn, intent.creation) for intent in intents]
    creations: dict[Urn, int] = {}
    for urn, creation in made:
        creations[urn] = max(creation, creations.get(urn, 0))
    return Snapshot(
        stack=stack,
        serial=serial,
        records=records,
        intents=intents,
        parameters=parameters,
        creations=creations,
        seed_key="5eed" * 16,
        program="stacks/hello.py",
        program_digest="d1",
    )


def a_change(
    name: str = "head",
    action: Action = Action.CREATE,
    *,
    type_: str = THING,
    custom: bool = True,
    parent: Urn | None = None,
    certain: bool = True,
    reasons: tuple[Reason, ...] = (),
    losses: tuple[str, ...] = (),
    steps: tuple[Step, ...] = (),
    inputs: Properties | None = None,
    site: str = "",
    creation: int = 1,
    line: int = 12,
) -> Change:
    return Change(
        urn=a_urn(name, type_=type_, parent=parent),
        type=ResourceType(type_),
        action=action,
        custom=custom,
        parent=parent,
        certain=certain,
        reasons=reasons,
        losses=losses,
        steps=steps,
        source=a_source(line),
        inputs=inputs if inputs is not None else {},
        site=site,
        creation=creation,
    )


def a_plan(*changes: Change, stack: StackId = STACK, base_serial: int = 4) -> Plan:
    return Plan(
        stack=stack,
        base_serial=base_serial,
        changes=changes,
        program="stacks/hello.py",
        program_digest="d1",
    )


def a_start(
    kind: UpdateKind = UpdateKind.UP, *, parameters: tuple[Parameter, ...] = ()
) -> UpdateStarted:
    """Return the head of a run."""
    return UpdateStarted(
        kind=kind,
        at=NOON,
        user="ada",
        host="login1",
        program="stacks/hello.py",
        program_digest="d1",
        plan_digest="p1",
        parameters=parameters,
    )


def an_end(result: UpdateResult = UpdateResult.DONE) -> UpdateEnded:
    return UpdateEnded(at=NOON, result=result, counts={"create": 1})


class HandClock(SystemClock):
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self._passed_s = 0.0

    def advance(self, *, seconds: float) -> None:
        self._passed_s += seconds

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._passed_s)

    def monotonic_s(self) -> float:
        return self._passed_s

    def asleep_or_awake_s(self) -> float:
        return self._passed_s

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        due_s = self._passed_s + timeout_s
        while self._passed_s < due_s and not event.is_set():
            event.wait(0.001)  # look again whether a test has moved the clock
        return event.is_set()

    def sleep(self, seconds: float) -> None:
        self.wait(threading.Event(), seconds)


def a_computer(*, host: str = "login1", clock: SystemClock | None = None) -> Computer:
    return Computer(
        environment={},
        host=host,
        user="ada",
        home=Path("/home/ada"),
        boot_id="b1",
        cores=2,
        clock=clock or HandClock(),
    )


def a_holder(*, host: str = "login1", is_alive: bool = True, purpose: str = "up") -> Holder:
    """Return a holder of locks: this process, or one that had its number before."""
    started = process_started(own_pid()) if is_alive else "1"
    system = a_computer().system
    return Holder("ada", host, own_pid(), started, purpose, system)
