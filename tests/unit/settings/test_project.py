"""Which project, which program, which stack, and what its settings say."""

from pathlib import Path

import pytest

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.project import (
    ProgramFile,
    Project,
    find_program,
    find_project,
    programs_of,
    read_project,
    stack_name,
)

HELLO = ProgramFile("hello", Path("hello.py"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two programs and a module."""
    (tmp_path / "Pulumi.yaml").write_text("name: lab\nmain: stacks\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    for name in ("hello.py", "ior_burst.py", "_shared.py", "__main__.py", "notes.md"):
        (tmp_path / "stacks" / name).write_text("")
    return read_project(tmp_path)


# --- the project ----------------------------------------------------------------------------------


def test_a_project_is_found_upwards(project: Project) -> None:
    assert find_project(project.folder / "stacks") == project
    assert project == Project(
        "lab", project.folder, project.folder / "stacks", project.folder / "stacks"
    )
    assert find_project(Path("/no/such/place")) is None


def test_a_project_can_do_with_a_name(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: lab\nruntime: {name: python}\nconfig: {}\n")
    assert read_project(tmp_path) == Project("lab", tmp_path, tmp_path / ".", tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not a project file: it is no mapping"),
        (b"- a", "is not a project file: it is no mapping"),
        (b"main: stacks", "is not a project file: name: Field required"),
        (b"name: [a]", "is not a project file: name: Input should be a valid string"),
        (b"name: {", "is not a project file: while parsing"),
        (b"\xff\xfe", "is not a project file: 'utf-8' codec"),
    ],
)
def test_a_bad_project_file_says_what_it_needs(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(content)
    with pytest.raises(UsageProblem) as refused:
        find_project(tmp_path)
    assert says in refused.value.message
    assert "_ProjectFile" not in refused.value.message
    assert "`cmx init` writes one" in (refused.value.hint or "")


# --- the program ----------------------------------------------------------------------------------


def test_programs_are_the_files_that_are_no_modules(project: Project) -> None:
    assert [one.name for one in programs_of(project)] == ["hello", "ior_burst"]
    gone = Project("lab", project.folder, project.folder / "gone", project.folder)
    assert programs_of(gone) == ()


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("hello", "hello"),
        ("stacks/hello.py", "hello"),
        ("./stacks/_shared.py", "_shared"),
        ("./stacks", "stacks"),
    ],
)
def test_a_program_is_asked_for_by_name_or_path(project: Project, asked: str, name: str) -> None:
    found = find_program(project, asked, here=project.folder)
    assert found.name == name
    assert found.file.exists()


@pytest.mark.parametrize(
    ("asked", "says", "hint"),
    [
        ("helo", "there is no program 'helo'", "did you mean 'hello'?"),
        ("zzz", "there is no program 'zzz'", "the programs here: hello, ior_burst"),
        ("zzz.py", "there is no program at", "name a Python file"),
        ("stacks/zzz.py", "there is no program at", "name a Python file"),
        ("./", "there is no program at", "name a Python file"),
    ],
)
def test_a_program_that_is_not_there_is_refused(
    project: Project, asked: str, *, says: str, hint: str
) -> None:
    with pytest.raises(UsageProblem) as refused:
        find_program(project, asked, here=project.folder)
    assert says in refused.value.message
    assert refused.value.hint == hint


def test_without_a_name_it_is_the_only_program(project: Project) -> None:
    # then
    with pytest.raises(UsageProblem, match=r"which program\?") as refused:
        find_program(project, None, here=project.folder)
    assert refused.value.hint == "the programs here: hello, ior_burst"

    # when
    (project.programs_dir / "ior_burst.py").unlink()

    # then
    assert find_program(project, None, here=project.folder).name == "hello"

    # when
    (project.programs_dir / "hello.py").unlink()

    # then
    with pytest.raises(UsageProblem, match="there is no program") as refused:
        find_program(project, None, here=project.folder)
    assert "`cmx init`" in (refused.value.hint or "")


def test_a_folder_with_a_main_is_a_program_where_one_stands_in_it(project: Project) -> None:
    # given
    here = project.folder / "burst"
    here.mkdir()
    (here / "__main__.py").write_text("")

    # then
    assert find_program(project, None, here=here) == ProgramFile("burst", here)


# --- the stack ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "full"),
    [
        (None, "hello"),
        ("", "hello"),
        ("hello", "hello"),
        ("big", "hello.big"),
        ("hello.big", "hello.big"),
        ("hello2", "hello.hello2"),
    ],
)
def test_a_stack_is_called_after_its_program(asked: str | None, full: str) -> None:
    assert stack_name(HELLO, asked) == full


@pytest.mark.parametrize("asked", ["a b", "a/b", "ü", "x" * 100])
def test_a_name_that_pulumi_would_not_take_is_refused(asked: str) -> None:
    with pytest.raises(UsageProblem, match="is no name for a stack"):
        stack_name(HELLO, asked)
