"""Which project is this, and which programs does it have?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.errors import UsageProblem

PROJECT_FILE = "Pulumi.yaml"
_STACK_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


class _NamedPlugin(BaseModel):
    """A plugin whose program lies at a known place; more keys are Pulumi's business."""

    model_config = ConfigDict(extra="ignore")

    name: str
    path: str


class _Plugins(BaseModel):
    model_config = ConfigDict(extra="ignore")

    providers: list[_NamedPlugin] = []


class _ProjectFile(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    name: str
    main: str = "."
    stack_config_dir: str | None = Field(default=None, alias="stackConfigDir")
    plugins: _Plugins = _Plugins()


@dataclass(frozen=True, slots=True)
class Project:
    """A folder with a Pulumi.yaml. `programs_dir` is its `main`, where programs are looked for.

    `plugin_paths` are plugins that it names by where they are.
    """

    name: str
    folder: Path
    programs_dir: Path
    stack_config_dir: Path
    plugin_paths: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProgramFile:
    """A program and the first part of its stacks' names."""

    name: str
    file: Path


def find_project(start: Path) -> Project | None:
    """Look for Pulumi.yaml here and in the folders above. Errors: UsageProblem for a bad one."""
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return read_project(folder)
    return None


def read_project(folder: Path) -> Project:
    file = folder / PROJECT_FILE
    try:
        content = _ProjectFile.model_validate(yaml.safe_load(file.read_text()))
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError, OSError) as error:
        raise UsageProblem(
            f"{file} is not a project file: {_first_line(error)}",
            hint="it needs at least `name:`; `cmx init` writes one",
        ) from error
    main = folder / content.main
    config = folder / content.stack_config_dir if content.stack_config_dir else folder
    named = {one.name: folder / one.path for one in content.plugins.providers}
    return Project(content.name, folder, main, config, named)


def programs_of(project: Project) -> Sequence[ProgramFile]:
    """Return the programs of a project by name: files of its main folder that are not modules."""
    if not project.programs_dir.is_dir():
        return ()
    files = sorted(project.programs_dir.glob("*.py"))
    return tuple(ProgramFile(file.stem, file) for file in files if not file.stem.startswith("_"))


def find_program(project: Project, asked: str | None, *, here: Path) -> ProgramFile:
    """Return the program that was asked for by name or path, else the only one there is.

    Errors: UsageProblem with the programs that there are.
    """
    programs = programs_of(project)
    if asked is None:
        return _only_program(project, programs, here)
    path = here / asked
    if path.suffix == ".py" or "/" in asked:
        return _program_at(path)
    for program in programs:
        if program.name == asked:
            return program
    names = [program.name for program in programs]
    raise UsageProblem(
        f"there is no program {asked!r} in {project.programs_dir}",
        hint=instead_of(asked, names, otherwise=_list(names)),
    )


def _program_at(path: Path) -> ProgramFile:
    if path.is_dir() and (path / "__main__.py").is_file():
        return ProgramFile(path.resolve().name, path)
    if path.is_file():
        return ProgramFile(path.stem, path)
    raise UsageProblem(f"there is no program at {path}", hint="name a Python file")


def _only_program(project: Project, programs: Sequence[ProgramFile], here: Path) -> ProgramFile:
    if (here / "__main__.py").is_file() and here != project.programs_dir:
        return ProgramFile(here.name, here)
    if len(programs) == 1:
        return programs[0]
    names = [program.name for program in programs]
    raise UsageProblem("which program?" if names else "there is no program", hint=_list(names))


def _list(names: Sequence[str]) -> str:
    if not names:
        return "write one, or let `cmx init` write a first one"
    return f"the programs here: {', '.join(names)}"


def stack_name(program: ProgramFile, asked: str | None) -> str:
    """Return the stack's full name: the program's, with `.NAME` behind it when one was asked for.

    Errors: UsageProblem for names that Pulumi would not take.
    """
    full = program.name
    if asked:
        is_full = asked == program.name or asked.startswith(f"{program.name}.")
        full = asked if is_full else f"{program.name}.{asked}"
    if not _STACK_NAME.fullmatch(full):
        raise UsageProblem(
            f"{full!r} is no name for a stack", hint="use letters, digits, `.`, `-` and `_`"
        )
    return full


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        return f"{place}: {first['msg']}" if place else "it is no mapping"
    return str(error).partition("\n")[0]
