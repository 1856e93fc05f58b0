"""`cmx history` from end to end, against a site in memory."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from cloudmesh_iac.errors import ExitCode
from tests.unit.cli.conftest import Cli


@pytest.fixture
def twice(cli: Cli) -> Cli:
    """A stack with two updates."""
    assert cli("up", "--yes", "--wait").code == 0
    assert cli("up", "--yes", "--wait", "--most", "1").code == 0
    return cli


def execute(cli: Cli, statement: str) -> None:
    path = cli.folder.with_name("home") / ".cloudmesh" / "cmx.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute(statement)
        file.commit()


def test_the_history_shows_the_newest_update_first(twice: Cli) -> None:
    # when
    plain, few, as_json = twice("history"), twice("history", "-n", "1"), twice("history", "--json")

    # then
    assert (plain.code, few.code, as_json.code) == (0, 0, 0)
    assert [line.split()[1] for line in plain.out.splitlines()[2:]] == ["2", "1"]
    assert "1 older: --all" in few.out
    assert "1 older" not in twice("history", "study", "--all", "-n", "1").out
    assert [one["number"] for one in as_json.json()["updates"]] == [2, 1]


def test_a_stack_without_updates_says_so(cli: Cli) -> None:
    assert "study: no updates yet" in cli("history").out
    assert cli("history", "--verify").code == 0
    assert "it has none yet" in cli("history", "show", "1").err


def test_one_update_is_shown_with_its_parameters_and_its_program(twice: Cli) -> None:
    # when
    plain, named = twice("history", "show", "2"), twice("history", "study", "show", "2")
    as_json = twice("history", "show", "2", "--json")
    program = twice("history", "show", "2", "--program")

    # then
    assert plain.out == named.out
    assert "option, default 2" in plain.out
    assert "- job squares/n=2" in plain.out
    assert program.out == (twice.folder / "stacks" / "study.py").read_text()
    assert as_json.json()["files"] == {"stacks/study.py": program.out}
    assert len(as_json.json()["plan_digest"]) == 64


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "9"], "study has no update 9"),
        (["show"], "'show' is not an update"),
        (["show", "x"], "'show x' is not an update"),
        (["study", "more"], "'more' is not an update"),
        (["nothing"], "there is no program 'nothing'"),
    ],
)
def test_a_wrong_word_is_one_clear_error(twice: Cli, words: list[str], said: str) -> None:
    answer = twice("history", *words)
    assert (answer.code, said in answer.err) == (ExitCode.USAGE, True)


def test_several_files_of_a_program_are_told_apart(cli: Cli) -> None:
    # given
    cli.write("stacks/_helping.py", "LEVEL = 3\n")
    program = (cli.folder / "stacks" / "study.py").read_text()
    cli.write("stacks/study.py", f"import _helping\n{program}")
    cli("up", "--yes", "--wait")

    # when
    said = cli("history", "show", "1", "--program")

    # then
    assert (
        "# --- stacks/_helping.py\nLEVEL = 3\n# --- stacks/study.py\nimport _helping\n" in said.out
    )


def test_the_history_outlives_its_stack_and_its_program(twice: Cli) -> None:
    # given
    assert twice("destroy", "--yes").code == 0
    assert twice("stack", "rm", "study", "--yes").code == 0
    (twice.folder / "stacks" / "study.py").unlink()
    shutil.rmtree(twice.folder / "results", ignore_errors=True)

    # when
    said = twice("history", "study")

    # then
    assert said.code == 0
    assert [line.split()[2] for line in said.out.splitlines()[2:]] == ["destroy", "up", "up"]
    assert twice("history", "other").code == ExitCode.USAGE


def test_verify_names_an_entry_that_was_changed(twice: Cli) -> None:
    # given
    whole = twice("history", "--verify")
    execute(
        twice, "UPDATE updates SET started = replace(started, '\"up\"', '\"wait\"') WHERE id = 1"
    )

    # when
    said, as_json = twice("history", "--verify"), twice("history", "--verify", "--json")

    # then
    assert (whole.code, said.code, as_json.code) == (0, 1, 1)
    assert "study: 2 updates, all as they were written" in whole.out
    assert "update 1 was changed after it was written" in said.out
    assert as_json.json()["flaws"] == [{"number": 1, "kind": "changed"}]


def test_verify_names_an_entry_without_the_copy_of_its_program(twice: Cli) -> None:
    execute(twice, "DELETE FROM copies")
    said = twice("history", "--verify")
    assert said.code == 1
    assert "update 1 has lost the copy of its program" in said.out
    gone = twice("history", "show", "1", "--program")
    assert "update 1 keeps no copy of its program" in gone.err
