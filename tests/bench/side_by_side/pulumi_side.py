"""One operation of Pulumi's engine, with the same program inline; run in a process of its own.

Arguments: up or destroy, the number of resources, the number of the edit.
"""

import sys
from pathlib import Path
from typing import Any

from pulumi import automation


class JustTheUpdate(automation.Stack):
    """Leaves out the three more processes with which the SDK asks for outputs and history."""

    def outputs(self) -> automation.OutputMap:
        return {}

    def info(self, show_secrets: bool = True) -> Any:  # noqa: FBT001, FBT002 - the SDK's signature
        return object()


def main(operation: str, count: str, edit: str) -> None:
    folder = Path.cwd()
    sys.path.insert(0, str(folder))
    workspace = automation.LocalWorkspace(
        work_dir=str(folder),
        program=lambda: __import__("things").declare(int(count), int(edit)),
        project_settings=automation.ProjectSettings(name="bench", runtime="python"),
    )
    stack = JustTheUpdate.create_or_select("many", workspace)
    if operation == "destroy":
        stack.destroy()
    else:
        stack.up()


if __name__ == "__main__":
    main(*sys.argv[1:])
