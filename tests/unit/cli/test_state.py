"""`cmx state` from end to end, against a site in memory."""

from pathlib import Path

import pytest

from cloudmesh_iac.errors import ExitCode
from tests.unit.cli.conftest import Cli


def state_of(cli: Cli) -> Path:
    return cli.folder.with_name("home") / ".cloudmesh" / "cmx.db"


def test_what_is_recorded_is_listed(study: Cli) -> None:
    # when
    plain, as_json = study("state", "list"), study("state", "list", "study", "--json")

    # then
    assert (plain.code, as_json.code) == (0, 0)
    assert plain.out.startswith("study: 6 resources, state number")
    assert plain.out.count("squares/n=1") == 2
    assert len(as_json.json()["resources"]) == 7
    assert as_json.json()["open"] == []


def test_nothing_recorded_is_said_so(cli: Cli) -> None:
    assert "study: nothing is recorded" in cli("state", "list").out
    assert cli("state", "doctor").code == 0


def test_both_resources_of_a_job_are_shown_by_its_name(study: Cli) -> None:
    # when
    plain = study("state", "show", "squares/n=1")
    as_json = study("state", "show", "study", "squares/n=1", "--json").json()
    urn = as_json["resources"][0]["urn"]

    # then
    assert plain.out.count("squares/n=1\n  urn") == 2
    assert len(as_json["resources"]) == 2
    assert as_json["resources"][0]["inputs"]["command"]
    assert study("state", "show", urn).out.count("squares/n=1\n  urn") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["squares/n=3"], "did you mean 'squares/n="),
        (["nothing-like-it"], "`cmx state list` shows what it has"),
        (["a", "b"], "which resource?"),
    ],
)
def test_a_name_that_nothing_has_is_refused(study: Cli, words: list[str], said: str) -> None:
    answer = study("state", "show", *words)
    assert (answer.code, said in answer.err) == (ExitCode.USAGE, True)


def test_the_doctor_explains_what_it_finds(cli: Cli) -> None:
    # given
    cli("up", "--yes", "--wait")
    well = cli("state", "doctor")
    state_of(cli).chmod(0o644)

    # when
    said, as_json = cli("state", "doctor"), cli("state", "doctor", "--json")

    # then
    assert (well.code, said.code, as_json.code) == (0, 1, 1)
    assert "1 stack: all is well" in well.out
    assert f"chmod 600 {state_of(cli)}" in said.out
    assert as_json.json()["findings"][0]["subject"] == str(state_of(cli))


def test_a_backup_is_restored(cli: Cli) -> None:
    # given
    cli("up", "--yes", "--wait")
    assert cli("state", "backup", "copy.db").code == 0
    cli("up", "--yes", "--wait", "--most", "1")

    # when
    no = cli("state", "restore", "copy.db", typed="n\n")
    nobody = cli("state", "restore", "copy.db")
    yes = cli("state", "restore", "copy.db", "--yes")

    # then
    assert (no.code, nobody.code, yes.code) == (1, ExitCode.USAGE, 0)
    assert "what was there is in" in yes.out
    assert "6 resources" in cli("state", "list").out
    assert cli("history", "--verify").out.startswith("study: 1 update,")


def test_what_is_no_backup_is_refused_before_anybody_is_asked(cli: Cli) -> None:
    cli("up", "--yes", "--wait")
    said = cli("state", "restore", "Pulumi.yaml")
    assert said.code == 1
    assert "is not a state file of cmx" in said.err
    assert cli("state", "restore", "nothing").code == ExitCode.USAGE
