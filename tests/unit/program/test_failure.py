"""What goes wrong in a program is told from the program's own first line on."""

import traceback
from pathlib import Path
from types import CodeType

import pytest
from pulumi.errors import RunError

from cloudmesh_iac.errors import ExitCode, UsageProblem
from cloudmesh_iac.program.failure import describe
from cloudmesh_iac.program.messages import Failed
from cloudmesh_iac.program.monitor import CallRefused

ROOT = Path("/home/ada/lab")
FOLDER = ROOT / "stacks"


def told(source: str, file: Path = FOLDER / "hello.py", **known: object) -> Failed:
    """Run a text as if it stood in a file of the program, and describe what it throws."""
    with pytest.raises(BaseException) as thrown:  # noqa: PT011 - whatever it is
        exec(compiled(source, file), dict(known))
    return describe(thrown.value, folder=FOLDER, root=ROOT)


def compiled(source: str, file: Path) -> CodeType:
    return compile(source, str(file), "exec")


def test_an_error_shows_its_traceback_from_the_programs_first_frame() -> None:
    # when
    failed = told("def f():\n    return 1 / 0\n\nf()\n")

    # then
    assert failed.message == "ZeroDivisionError: division by zero"
    assert failed.place == "stacks/hello.py:2"
    assert failed.exit_code == ExitCode.FAILED
    assert failed.traceback.splitlines() == [
        "Traceback (most recent call last):",
        '  File "/home/ada/lab/stacks/hello.py", line 4, in <module>',
        '  File "/home/ada/lab/stacks/hello.py", line 2, in f',
        "ZeroDivisionError: division by zero",
    ]


def test_the_place_is_the_programs_own_line_when_a_library_breaks() -> None:
    # given
    library: dict[str, object] = {}
    exec(compiled("def g(): raise KeyError('x')", Path("/usr/lib/python3/lib.py")), library)

    # when
    failed = told("\ng()\n", g=library["g"])

    # then
    assert failed.place == "stacks/hello.py:2"
    assert "/usr/lib/python3/lib.py" in failed.traceback


def test_frames_of_the_sdk_are_left_out() -> None:
    # given
    sdk: dict[str, object] = {}
    exec(compiled("def g(): raise KeyError('x')", Path("/lib/pulumi/output.py")), sdk)

    # then
    assert "/pulumi/" not in told("g()", g=sdk["g"]).traceback


def test_an_error_without_a_line_of_the_program_has_no_traceback() -> None:
    failed = told("1 / 0", Path("/usr/lib/python3/lib.py"))
    assert (failed.place, failed.traceback) == (None, "")


def test_an_error_of_ours_keeps_its_words_and_its_exit_code() -> None:
    # when
    failed = told("raise error", error=UsageProblem("no site 'x'", hint="sites: local"))

    # then
    assert failed == Failed(
        message="no site 'x'",
        hint="sites: local",
        place="stacks/hello.py:1",
        exit_code=ExitCode.USAGE,
    )


def test_an_error_of_ours_that_knows_its_place_keeps_it() -> None:
    error = UsageProblem("no", place="cloudmesh.yaml:3")
    assert told("raise error", error=error).place == "cloudmesh.yaml:3"


@pytest.mark.parametrize("error", [CallRefused("no functions yet"), RunError("no functions yet")])
def test_what_the_engine_or_the_sdk_says_to_people_stands_alone(error: Exception) -> None:
    failed = told("raise error", error=error)
    assert (failed.message, failed.traceback) == ("no functions yet", "")


def test_a_program_that_cannot_be_read_shows_where() -> None:
    failed = told("import_it()", import_it=lambda: compiled("x = (\n", FOLDER / "part.py"))
    assert failed.message == "the program cannot be read: '(' was never closed"
    assert failed.place == "stacks/part.py:1"
    assert "x = (" in failed.traceback


def test_a_program_that_ends_itself_says_with_which_code() -> None:
    failed = told("raise SystemExit(3)")
    assert failed.message == "the program ended itself with exit code 3"
    assert failed.place == "stacks/hello.py:1"


def test_a_file_outside_the_project_is_shown_whole() -> None:
    with pytest.raises(ZeroDivisionError) as thrown:
        exec(compiled("1 / 0", FOLDER / "hello.py"), {})
    failed = describe(thrown.value, folder=FOLDER, root=Path("/other"))
    assert failed.place == "/home/ada/lab/stacks/hello.py:1"
    assert traceback.format_exception_only(thrown.value)[0].strip() == failed.message
