"""One tree of errors, and an exit code for each."""

import re
from collections.abc import Iterator

import pytest

from cloudmesh_iac import errors
from cloudmesh_iac.errors import CmxError, ExitCode, ProgramFailed, StackLocked, UsageProblem


def tree(root: type[CmxError] = CmxError) -> Iterator[type[CmxError]]:
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


def drawn() -> dict[str, int]:
    """Return the tree that the module's docstring draws."""
    found = re.findall(r"^(?:[├└]── )?(\w+) +exit (\d+)", errors.__doc__ or "", re.MULTILINE)
    return {name: int(code) for name, code in found}


def test_the_drawn_tree_is_the_tree_there_is() -> None:
    assert drawn() == {kind.__name__: int(kind.exit_code) for kind in tree()}


@pytest.mark.parametrize("kind", list(tree()), ids=lambda kind: kind.__name__)
def test_every_error_carries_what_a_person_needs(kind: type[CmxError]) -> None:
    # when
    error = kind("it broke", place="hello.py:3", hint="mend it")

    # then
    assert (str(error), error.message) == ("it broke", "it broke")
    assert (error.subject, error.place, error.hint) == (None, "hello.py:3", "mend it")
    assert isinstance(error.exit_code, ExitCode)


def test_exit_codes_have_their_numbers() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "CHANGES": 2,
        "FORBIDDEN": 3,
        "LOCKED": 4,
        "PLAN": 5,
        "USAGE": 64,
        "INTERRUPTED": 130,
    }
    assert UsageProblem("x", subject="big").subject == "big"
    assert StackLocked("x").exit_code == 4


def test_a_failed_program_may_say_which_exit_code_it_means() -> None:
    error = ProgramFailed("bad value", traceback="Traceback", exit_code=ExitCode.USAGE)
    assert (error.exit_code, error.traceback) == (64, "Traceback")
    assert ProgramFailed("x").exit_code == ExitCode.FAILED
