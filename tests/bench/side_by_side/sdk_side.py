"""Pulumi's SDK alone: the same program against a monitor that answers at once, with no engine.

Arguments: the number of resources. This is what any engine has to wait for.
"""

import asyncio
import gc
import sys
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime import settings as sdk_settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.stack import run_in_stack

from cloudmesh_iac.program.calls_first import let_calls_begin_first
from cloudmesh_iac.program.loop import a_loop, close


class AtOnceMonitor:
    """Echoes what is registered."""

    def GetDeploymentInfo(self, _: Any) -> Any:
        features = resource_pb2.ResourceMonitorFeature.values()
        return resource_pb2.DeploymentInfo(supportedFeatures=features)

    def RegisterResource(self, request: Any) -> Any:
        urn = f"urn:pulumi:many::bench::{request.type}::{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=urn, id="id", object=request.object)

    def RegisterResourceOutputs(self, _: Any) -> Any:
        return empty_pb2.Empty()

    def SignalAndWaitForShutdown(self, _: Any) -> Any:
        return empty_pb2.Empty()


class NoLog:
    def Log(self, _: Any) -> Any:
        return empty_pb2.Empty()


def main(count: str) -> None:
    gc.disable()
    sys.path.insert(0, str(Path.cwd()))
    things = __import__("things")
    sdk_settings.configure(
        sdk_settings.Settings(
            project="bench", stack="many", monitor=AtOnceMonitor(), engine=NoLog()
        )
    )
    sdk_settings.ROOT.set(None)
    loop = a_loop(lambda: None)
    asyncio.set_event_loop(loop)

    def program() -> None:
        let_calls_begin_first()
        things.declare(int(count), 0)

    loop.run_until_complete(run_in_stack(program))
    close(loop)


if __name__ == "__main__":
    main(*sys.argv[1:])
