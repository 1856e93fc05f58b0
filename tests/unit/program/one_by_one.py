"""Evaluate a program whose calls are answered one by one, in an interpreter of its own.

Prints how many were answered, and how often the SDK looked at all of its outputs meanwhile.
"""

import asyncio
import sys
from concurrent.futures import Future
from typing import Any, cast

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from cloudmesh_iac.program.calls_first import let_calls_begin_first
from cloudmesh_iac.program.loop import a_loop, close

THINGS = 200


class OneByOne:
    """A monitor that answers one registration in each turn of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._asked: list[tuple[Any, Future[Any]]] = []
        self.answered = 0

    def GetDeploymentInfo(self, _: Any) -> Any:
        features = resource_pb2.ResourceMonitorFeature.values()
        return resource_pb2.DeploymentInfo(supportedFeatures=features)

    def RegisterResource(self, request: Any) -> "Future[Any]":
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()
        if not self._asked:
            self._loop.call_soon(self._answer_one)
        self._asked.append((request, answer))
        return answer

    def _answer_one(self) -> None:
        request, answer = self._asked.pop(0)
        urn = f"urn:pulumi:lab::hello::{request.type}::{request.name}"
        answer.set_result(resource_pb2.RegisterResourceResponse(urn=urn, object=request.object))
        self.answered += 1
        if self._asked:
            self._loop.call_soon(self._answer_one)

    def RegisterResourceOutputs(self, _: Any) -> Any:
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, _: Any) -> Any:
        return empty_pb2.Empty()


class NoLog:
    def Log(self, _: Any) -> Any:
        return empty_pb2.Empty()


def _program() -> None:
    let_calls_begin_first()
    for number in range(THINGS):
        pulumi.ComponentResource("lab:index:Thing", f"thing-{number}")


def _evaluate(loop: asyncio.AbstractEventLoop, monitor: OneByOne) -> None:
    settings = sdk_settings.Settings(
        project="hello", stack="lab", monitor=monitor, engine=NoLog(), dry_run=True
    )
    sdk_settings.configure(settings)
    sdk_settings.ROOT.set(None)
    asyncio.set_event_loop(loop)
    loop.run_until_complete(run_in_stack(_program))
    close(loop)


def main() -> None:
    loop = a_loop(lambda: None)
    monitor = OneByOne(loop)
    looks = 0
    wait = asyncio.wait

    def counted(waited_for: Any, **options: Any) -> Any:
        nonlocal looks
        looks += 1
        return wait(waited_for, **options)

    asyncio.wait = cast("Any", counted)
    _evaluate(loop, monitor)
    sys.stdout.write(f"{monitor.answered} {looks}")


if __name__ == "__main__":
    main()
