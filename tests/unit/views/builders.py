"""Small plans, as a stack called hello would have them."""

import io

from rich.console import Console, RenderableType

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Plan, Reason, Step
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.core.registrations import Source
from cloudmesh_iac.core.urns import STACK_TYPE, ResourceType, Urn, make_urn, type_of
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.views.words import COMPLETION, SUBMISSION

STACK = StackId("cloudmesh", "hello")
EXPERIMENT_TYPE = "cmx:index:Experiment"


def an_urn(type_: str, name: str, parent: Urn | None = None) -> Urn:
    return make_urn(
        stack="hello", project="cloudmesh", parent=parent, type_=ResourceType(type_), name=name
    )


ROOT = an_urn(STACK_TYPE, "cloudmesh-hello")
EXPERIMENT = an_urn(EXPERIMENT_TYPE, "hello", ROOT)
SWEEP = an_urn("cmx:index:Sweep", "pi", EXPERIMENT)


def a_change(
    urn: Urn,
    action: Action,
    *reasons: Reason,
    parent: Urn | None = EXPERIMENT,
    losses: tuple[str, ...] = (),
    line: int | None = None,
    site: str = "",
    certain: bool = True,
    inputs: Properties | None = None,
    creation: int = 1,
) -> Change:
    custom = type_of(urn) != STACK_TYPE and not type_of(urn).startswith("cmx:index:")
    return Change(
        urn=urn,
        type=type_of(urn),
        action=action,
        custom=custom,
        parent=parent,
        certain=certain,
        reasons=reasons,
        losses=losses,
        steps=(Step(Op.CREATE, urn, creation),) if action is Action.CREATE else (),
        source=Source("stacks/hello.py", line) if line else None,
        site=site,
        inputs=inputs or {},
        creation=creation,
    )


def levels(action: Action = Action.SAME) -> tuple[Change, ...]:
    return (
        a_change(ROOT, action, parent=None),
        a_change(EXPERIMENT, action, parent=ROOT),
    )


def a_job(
    name: str,
    submission: Action,
    completion: Action,
    *reasons: Reason,
    parent: Urn = SWEEP,
    site: str = "local",
    line: int | None = 14,
    losses: tuple[str, ...] = (),
) -> tuple[Change, Change]:
    first = an_urn(SUBMISSION, name, parent)
    second = an_urn(COMPLETION, name, parent)
    ours, theirs = (reasons, ()) if submission is not Action.SAME else ((), reasons)
    if submission is Action.REPLACE:
        theirs = (Reason(Cause.DEPENDENCY, key="ticket", urn=first),)
    return (
        a_change(first, submission, *ours, parent=parent, site=site, line=line, losses=losses),
        a_change(second, completion, *theirs, parent=parent, site=site, line=line),
    )


def a_plan(
    *changes: Change, parameters: tuple[Parameter, ...] = (), old: tuple[Parameter, ...] = ()
) -> Plan:
    return Plan(
        stack=STACK,
        base_serial=4,
        changes=changes,
        program="stacks/hello.py",
        program_digest="0" * 64,
        parameters=parameters,
        old_parameters=old,
    )


def a_parameter(name: str, value: str, origin: str = "default") -> Parameter:
    return Parameter(name=name, value=value, default=value, kind="int", origin=origin)


def a_console(*, width: int = 100, terminal: bool = False, height: int = 20) -> Console:
    return Console(
        file=io.StringIO(),
        width=width,
        height=height,
        force_terminal=terminal,
        color_system="standard" if terminal else None,
        legacy_windows=False,
    )


def printed(renderable: RenderableType, console: Console | None = None) -> str:
    console = console or a_console()
    console.print(renderable, soft_wrap=True)
    return written(console)


def written(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()
