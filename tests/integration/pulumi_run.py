"""One operation of Pulumi's engine with an inline program; run in a process of its own.

Arguments: the operation (preview, up, refresh, destroy; `up-refresh` looks first) and the file of
the program. Prints a JSON document as its last line: the error, and the state after it.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

from pulumi import automation


class JustTheRun(automation.Stack):
    """Leaves out the processes with which the SDK asks for outputs and history afterwards."""

    def outputs(self) -> automation.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> Any:  # noqa: FBT001, FBT002 - the SDK's signature
        return object()


def main(operation: str, file: str) -> None:
    def program() -> None:
        runpy.run_path(file)

    workspace = automation.LocalWorkspace(
        work_dir=str(Path.cwd()),
        program=program,
        project_settings=automation.ProjectSettings(name="lab", runtime="python"),
    )
    stack = JustTheRun.create_or_select("study", workspace)
    error = ""
    name, _, refresh = operation.partition("-")
    try:
        getattr(stack, name)(**({"refresh": True} if refresh else {}))
    except automation.CommandError as failed:
        error = str(failed)
    state = stack.export_stack().deployment
    sys.stdout.write(f"\n{json.dumps({'error': error, 'state': state})}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
