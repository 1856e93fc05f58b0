"""`cmx init`: make this folder a project with a first program."""

import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.errors import UsageProblem

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_PROJECT = """name: {name}
description: Research experiments as Python programs
main: stacks
stackConfigDir: stacks
runtime:
  name: python
"""
_SETTINGS = """# Sites of this project. `local` is this computer and needs no entry.
default:
  site: local
# sites:
#   cluster:
#     kind: slurm
#     workdir: ~/experiments
#     queue: batch
"""
_IGNORE = """.cmx/
.venv/
__pycache__/
results/
"""
_ENTRY = '''"""Let `pulumi up -s NAME` run NAME.py, up to the stack's first dot."""

import runpy
from pathlib import Path

import pulumi

program = pulumi.get_stack().partition(".")[0]
runpy.run_path(str(Path(__file__).with_name(f"{program}.py")), run_name="__main__")
'''
_PROGRAM = '''"""A first experiment: one job per value of an axis."""

import cloudmesh_iac as cmx

with cmx.Experiment("first") as exp:
    most = exp.param("most", 5, help="the largest number to square")

    def square(point: cmx.Point) -> cmx.JobSpec:
        return cmx.JobSpec(
            command=cmx.fmt(
                "python3 -c 'print({{\\"square\\": {0} ** 2}})' | tr \\\\' '\\"' > out.json",
                point["number"],
            ),
            walltime="1m",
            metrics={"square": cmx.json_path("out.json", "$.square")},
        )

    sweep = cmx.Sweep("squares", job=square, axes={"number": list(range(1, most + 1))})
    exp.export("results", sweep.results)
'''


@app.command()
def init(
    folder: Annotated[
        Path | None, typer.Argument(help="Where; made if it is not there. (this folder)")
    ] = None,
    name: str | None = typer.Option(None, "--name", help="The project's name (the folder's)."),
) -> None:
    """Write Pulumi.yaml, cloudmesh.yaml, .gitignore and a first program. Overwrites nothing."""
    desk = Desk()
    here = desk.here if folder is None else (desk.here / folder).resolve()
    project = name or re.sub(r"[^A-Za-z0-9_-]", "-", here.name) or "experiments"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", project):
        raise UsageProblem(
            f"{project!r} is no name for a project", hint="use letters, digits, `-` and `_`"
        )
    files = {
        here / "Pulumi.yaml": _PROJECT.format(name=project),
        here / "cloudmesh.yaml": _SETTINGS,
        here / ".gitignore": _IGNORE,
        here / "stacks" / "__main__.py": _ENTRY,
        here / "stacks" / "first.py": _PROGRAM,
    }
    for file, text in files.items():
        desk.say(f"{_write(file, text)} {file.relative_to(here)}")
    enter = "" if here.resolve() == desk.here.resolve() else f"cd {shlex.quote(str(folder))} && "
    desk.say(f"next: {enter}cmx up first --wait")


def _write(file: Path, text: str) -> str:
    """Errors: UsageProblem for a folder that cannot be written."""
    try:
        if file.exists():
            return "kept   "
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    except OSError as error:
        raise UsageProblem(f"{file} cannot be written: {error.strerror}") from error
    return "wrote  "
