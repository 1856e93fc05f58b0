"""Take the words of a command line apart: program, items, parameters of the program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.timeouts import parse_duration_s
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.runtime import Place
from cloudmesh_iac.settings.project import (
    ProgramFile,
    Project,
    find_program,
    find_project,
    programs_of,
    stack_name,
)

SELECTED = Path(".cmx") / "selected"


@dataclass(frozen=True, slots=True)
class Words:
    """What stands behind a command: plain words, and options for the program."""

    plain: tuple[str, ...]
    options: Mapping[str, str]


def split(words: Sequence[str]) -> Words:
    """Separate `--name value`, `--name=value` and `--flag` from the plain words.

    An option takes the next word unless that is an option too; a negative number is none. Errors:
    UsageProblem for a short option, an option without a name, or one that is given twice.
    """
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not _is_option(word):
            plain.append(word)
            continue
        name, has_value, value = word[2:].partition("=")
        if not word.startswith("--") or not name:
            raise UsageProblem(f"there is no option {word}", hint="see --help")
        if not has_value:
            value = rest.pop(0) if rest and not _is_option(rest[0]) else "true"
        key = name.replace("-", "_")
        if key in options:
            raise UsageProblem(f"--{name} is given twice")
        options[key] = value
    return Words(tuple(plain), options)


def seconds_of(duration: str | None) -> float:
    """Read a duration, 10m or 1h30m or a number of seconds. Errors: UsageProblem."""
    if duration is None:
        return 0.0
    try:
        return parse_duration_s(f"{duration}s" if duration.isdecimal() else duration) or 0.0
    except ValueError as error:
        raise UsageProblem(f"{duration!r} is no duration", hint="write it as 30s or 10m") from error


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-" and not word[1:2].isdecimal()


def find_place(program: str | None, stack: str | None, here: Path) -> Place:
    """Return what a command is about.

    Without a program it is the selected stack of this project, else its only program.
    Errors: UsageProblem that lists the programs there are.
    """
    project = find_project(here)
    if project is None:
        return _without_project(program, stack, here)
    if program is None and stack is None:
        stack = selected(project)
    if program is None and stack is not None:
        name = stack.partition(".")[0]
        if name in {one.name for one in programs_of(project)}:
            program = name
    found = find_program(project, program, here=here)
    return Place(project, found, StackId(project.name, stack_name(found, stack)))


def find_stack(program: str | None, stack: str | None, here: Path) -> Place | None:
    """Return a stack by its name alone, whether its program is still there or not."""
    project = find_project(here)
    if project is None:
        return None
    name = stack or program or selected(project)
    if not name:
        return None
    if program and stack and stack != program and not stack.startswith(f"{program}."):
        name = f"{program}.{stack}"
    return Place(project, None, StackId(project.name, name))


def _without_project(program: str | None, stack: str | None, here: Path) -> Place:
    """A program outside a project: its folder stands for one."""
    if program is None or not (here / program).exists():
        raise UsageProblem(
            f"there is no Pulumi.yaml in {here} or above it",
            hint="`cmx init` makes this folder a project; or name a program file",
        )
    path = (here / program).resolve()
    folder = path if path.is_dir() else path.parent
    project = Project(folder.name, folder, folder, folder)
    found = ProgramFile(folder.name if path.is_dir() else path.stem, path)
    return Place(project, found, StackId(project.name, stack_name(found, stack)))


def selected(project: Project) -> str | None:
    try:
        return (project.folder / SELECTED).read_text().strip() or None
    except OSError:
        return None


def select(project: Project, stack: str) -> None:
    file = project.folder / SELECTED
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{stack}\n")
    except OSError as error:
        raise UsageProblem(f"{file} cannot be written: {error.strerror}") from error


def needed_project(here: Path) -> Project:
    project = find_project(here)
    if project is None:
        raise UsageProblem(
            f"there is no Pulumi.yaml in {here} or above it",
            hint="`cmx init` makes this folder a project",
        )
    return project
