"""Run a function as a program, in this process, and keep what it declares."""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime import config as sdk_config
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime.proto import engine_pb2, resource_pb2
from pulumi.runtime.stack import run_in_stack

from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import UNKNOWN, Properties, Value
from cloudmesh_iac.program.decode import Decoder
from cloudmesh_iac.program.loop import a_loop, close
from cloudmesh_iac.wire.structs import from_struct, to_struct
from tests.builders import STACK

EXPERIMENT = "cmx:index:Experiment"
JOB = "cmx:index:Job"
SWEEP = "cmx:index:Sweep"
SUBMISSION = "pulumi-python:dynamic/cmx:Submission"
COMPLETION = "pulumi-python:dynamic/cmx:Completion"

Answers = Callable[[Registration], Properties]


@dataclass
class Declared:
    """What a program has declared, in the order of its registrations, and its warnings."""

    registrations: list[Registration] = field(default_factory=list)
    outputs: dict[Urn, Properties] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def one(self, type_: str, name: str | None = None) -> Registration:
        [found] = [one for one in self.all(type_) if name in {None, one.name}]
        return found

    def all(self, type_: str) -> list[Registration]:
        return [one for one in self.registrations if one.type == type_]

    def names(self, type_: str) -> list[str]:
        return [one.name for one in self.all(type_)]

    def stack_outputs(self) -> Properties:
        [stack] = [one for one in self.registrations if one.is_stack]
        return self.outputs[stack.urn]


class Monitor:
    """The monitor of the SDK: keeps what is registered, and answers at once."""

    def __init__(self, decoder: Decoder, answers: Answers) -> None:
        self._decoder = decoder
        self._answers = answers
        self.declared = Declared()

    def GetDeploymentInfo(self, _: Any) -> Message:
        features = tuple(resource_pb2.ResourceMonitorFeature.values())
        return resource_pb2.DeploymentInfo(supportedFeatures=features)

    def RegisterResource(self, request: Any) -> Message:
        registration = self._decoder.registration(request)
        self.declared.registrations.append(registration)
        outputs = {**registration.inputs, **self._answers(registration)}
        return resource_pb2.RegisterResourceResponse(
            urn=registration.urn,
            id=f"id-of-{registration.name}" if registration.custom else "",
            object=to_struct(outputs),
        )

    def RegisterResourceOutputs(self, request: Any) -> Message:
        self.declared.outputs[Urn(request.urn)] = from_struct(request.outputs)
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, _: Any) -> Message:
        return empty_pb2.Empty()


class Log:
    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings

    def Log(self, request: Any) -> Message:
        if request.severity == engine_pb2.WARNING:
            self._warnings.append(request.message)
        return empty_pb2.Empty()

    def RequirePulumiVersion(self, _: Any) -> Message:
        return engine_pb2.RequirePulumiVersionResponse()


def as_in_a_preview(_: Registration) -> Properties:
    """Answer that nothing of a job is known."""
    return dict.fromkeys(("ticket", "job_id", "state", "metrics"), UNKNOWN)


def as_done(registration: Registration) -> Properties:
    """Answer as when a job has ended well; its metric is the length of its name."""
    ticket: Value = {"site": "local", "token": "t1", "remote_id": "41", "directory": "/jobs"}
    if registration.type == SUBMISSION:
        return {"job_id": "41", "ticket": ticket}
    if registration.type == COMPLETION:
        end: Properties = {"state": "COMPLETED", "exit_code": 0, "log": "/jobs/stdout.log"}
        return {**end, "metrics": {"size": len(registration.name)}}
    return {}


def evaluate(
    program: Callable[[], object],
    *,
    folder: Path,
    answers: Answers = as_done,
    config: Mapping[str, str] | None = None,
) -> Declared:
    """Run a program; what it raises comes out here."""
    evaluation = partial(_evaluate, program, folder=folder, answers=answers, config=config or {})
    return contextvars.copy_context().run(evaluation)


def _evaluate(
    program: Callable[[], object], *, folder: Path, answers: Answers, config: Mapping[str, str]
) -> Declared:
    monitor = Monitor(Decoder(STACK, project_dir=folder, foreign=()), answers)
    sdk_config.CONFIG.set(dict(config))
    sdk_settings.configure(
        sdk_settings.Settings(
            project=STACK.project,
            stack=STACK.name,
            organization="organization",
            root_directory=str(folder),
            monitor=monitor,
            engine=Log(monitor.declared.warnings),
            dry_run=answers is as_in_a_preview,
        )
    )
    sdk_settings.ROOT.set(None)
    loop = a_loop(lambda: None)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_in_stack(lambda: _run(program)))
    finally:
        close(loop)
        asyncio.set_event_loop(None)
    return monitor.declared


def _run(program: Callable[[], object]) -> None:
    program()  # what a lambda returns is no program to be awaited
