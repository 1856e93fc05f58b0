"""Words of a command line: what is a program, an option, a stack."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.cli.asking import (
    Words,
    find_place,
    find_stack,
    needed_project,
    seconds_of,
    select,
    selected,
    split,
)
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.project import Project, read_project


@pytest.mark.parametrize(
    ("words", "plain", "options"),
    [
        ([], (), {}),
        (["hello"], ("hello",), {}),
        (["hello", "pi/n=1"], ("hello", "pi/n=1"), {}),
        (["hello", "--repeats", "5"], ("hello",), {"repeats": "5"}),
        (["--repeats", "5", "hello"], ("hello",), {"repeats": "5"}),
        (["--repeats=5", "hello"], ("hello",), {"repeats": "5"}),
        (["--name=a=b"], (), {"name": "a=b"}),
        (["--name="], (), {"name": ""}),
        (["--quick"], (), {"quick": "true"}),
        (["--quick", "--repeats", "5"], (), {"quick": "true", "repeats": "5"}),
        (["--offset", "-5"], (), {"offset": "-5"}),
        (["--most-samples", "5"], (), {"most_samples": "5"}),
        (["-"], ("-",), {}),
        (["--file", "-"], (), {"file": "-"}),
        (["-5"], ("-5",), {}),
        (["--sizes", "1m,4m", "x"], ("x",), {"sizes": "1m,4m"}),
    ],
)
def test_options_are_told_from_plain_words(
    words: list[str], plain: tuple[str, ...], options: dict[str, str]
) -> None:
    assert split(words) == Words(plain, options)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-x"], "there is no option -x"),
        (["hello", "-abc", "4"], "there is no option -abc"),
        (["--quick", "-x"], "there is no option -x"),
        (["--"], "there is no option --"),
        (["--=5"], "there is no option --=5"),
        (["--a", "1", "--a", "2"], "--a is given twice"),
        (["--a-b", "1", "--a_b=2"], "--a_b is given twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: list[str], says: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        split(words)
    assert refused.value.message == says


@given(st.dictionaries(st.from_regex("[a-z][a-z0-9_]*", fullmatch=True), st.text()))
def test_every_value_can_be_given_with_an_equals_sign(options: dict[str, str]) -> None:
    assert split([f"--{name}={value}" for name, value in options.items()]).options == options


# --- which program, which stack -------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with two programs."""
    (tmp_path / "Pulumi.yaml").write_text("name: lab\nmain: stacks\n")
    (tmp_path / "stacks").mkdir()
    for name in ("hello", "ior_burst"):
        (tmp_path / "stacks" / f"{name}.py").write_text("")
    return read_project(tmp_path)


@pytest.mark.parametrize(
    ("program", "stack", "current", "found"),
    [
        ("hello", None, None, ("hello", "hello")),
        ("hello", "big", None, ("hello", "hello.big")),
        ("hello", "hello.big", None, ("hello", "hello.big")),
        ("stacks/hello.py", None, None, ("hello", "hello")),
        (None, "hello", None, ("hello", "hello")),
        (None, "hello.big", None, ("hello", "hello.big")),
        (None, None, "ior_burst", ("ior_burst", "ior_burst")),
        (None, None, "hello.big", ("hello", "hello.big")),
        ("hello", None, "ior_burst", ("hello", "hello")),
        (None, "hello", "ior_burst.big", ("hello", "hello")),
    ],
)
def test_a_command_finds_what_it_is_about(
    project: Project,
    program: str | None,
    stack: str | None,
    *,
    current: str | None,
    found: tuple[str, str],
) -> None:
    # given
    if current is not None:
        select(project, current)

    # when
    place = find_place(program, stack, project.folder)

    # then
    assert place.program is not None
    assert (place.program.name, place.stack.name) == found
    assert (place.stack.project, place.project) == ("lab", project)


@pytest.mark.parametrize(
    ("program", "stack", "current"), [(None, None, None), (None, "big", None), (None, None, "gone")]
)
def test_without_a_name_two_programs_are_one_too_many(
    project: Project, program: str | None, stack: str | None, *, current: str | None
) -> None:
    if current is not None:
        select(project, current)
    with pytest.raises(UsageProblem, match=r"which program\?") as refused:
        find_place(program, stack, project.folder)
    assert refused.value.hint == "the programs here: hello, ior_burst"


def test_the_only_program_needs_no_name(project: Project) -> None:
    (project.programs_dir / "ior_burst.py").unlink()
    assert find_place(None, None, project.folder).stack.name == "hello"
    assert find_place(None, "big", project.folder / "stacks").stack.name == "hello.big"


def test_outside_a_project_a_programs_folder_stands_for_one(tmp_path: Path) -> None:
    # given
    (tmp_path / "burst").mkdir()
    (tmp_path / "burst" / "run.py").write_text("")
    (tmp_path / "burst" / "__main__.py").write_text("")

    # when
    file = find_place("burst/run.py", None, tmp_path)
    folder = find_place("burst", "big", tmp_path)

    # then
    assert (file.project.name, file.stack.name) == ("burst", "run")
    assert file.project.folder == tmp_path / "burst"
    assert (folder.project.name, folder.stack.name) == ("burst", "burst.big")


@pytest.mark.parametrize("program", [None, "zzz", "zzz.py"])
def test_outside_a_project_without_a_program_init_is_the_way(
    tmp_path: Path, program: str | None
) -> None:
    with pytest.raises(UsageProblem, match=r"there is no Pulumi\.yaml") as refused:
        find_place(program, None, tmp_path)
    assert "`cmx init`" in (refused.value.hint or "")
    with pytest.raises(UsageProblem, match=r"there is no Pulumi\.yaml"):
        needed_project(tmp_path)


@pytest.mark.parametrize(
    ("program", "stack", "name"),
    [
        ("gone", None, "gone"),
        ("gone", "big", "gone.big"),
        ("gone", "gone", "gone"),
        ("gone", "gone.big", "gone.big"),
        ("gone", "gone2", "gone.gone2"),
        (None, "gone.big", "gone.big"),
        (None, None, "hello.big"),
    ],
)
def test_a_stack_is_found_without_its_program(
    project: Project, program: str | None, stack: str | None, *, name: str
) -> None:
    # given
    select(project, "hello.big")

    # when
    place = find_stack(program, stack, project.folder)

    # then
    assert place is not None
    assert (place.program, place.stack) == (None, StackId("lab", name))


def test_without_a_name_or_a_project_no_stack_is_found(project: Project, tmp_path: Path) -> None:
    assert find_stack(None, None, project.folder) is None
    assert find_stack("hello", None, Path("/")) is None


def test_the_selected_stack_is_kept_in_the_project(project: Project) -> None:
    assert selected(project) is None
    select(project, "hello.big")
    select(project, "hello")
    assert selected(project) == "hello"
    (project.folder / ".cmx" / "selected").write_text("\n")
    assert selected(project) is None
    assert needed_project(project.folder / "stacks") == project


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(None, 0), ("0", 0), ("30", 30), ("30s", 30), ("10m", 600), ("1h30m", 5400)],
)
def test_a_duration_is_read_with_or_without_a_unit(written: str | None, seconds: float) -> None:
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["soon", "10 m", "-5", "m"])
def test_what_is_no_duration_is_said(written: str) -> None:
    with pytest.raises(UsageProblem, match="no duration"):
        seconds_of(written)
