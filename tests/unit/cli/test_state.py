"""`cmx state` from end to end, against a site in memory."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Opened
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, StackId
from cloudmesh_iac.core.urns import JOB_START_TYPE
from cloudmesh_iac.errors import ExitCode
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import a_holder, a_start, an_end
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
    assert cli("history", "--verify").out.startswith("study: 2 updates,")  # and the restore


def open_update(cli: Cli) -> tuple[str, str]:
    """Leave an update open whose end nobody saw; return its urn and id."""
    stack = StackId("lab", "study")
    store = SqliteStore(state_of(cli), computer=this_computer())
    snapshot = store.snapshot(stack)
    record = next(one for one in snapshot.records if one.type == JOB_START_TYPE)
    writing = store.write(snapshot, a_start(), a_holder())
    writing.commit([Opened(Intent(record.urn, Op.UPDATE, record.creation, record))])
    writing.close(an_end())
    store.close()
    return record.urn, record.id


def test_what_nobody_saw_the_end_of_is_settled_by_a_person(cli: Cli) -> None:
    # given
    cli("up", "--yes", "--wait")
    urn, id_ = open_update(cli)
    ill = cli("state", "doctor")

    # when
    wrong = cli("state", "settle", urn, "other")
    said = cli("state", "settle", "squares/n=1", id_, "--json")

    # then
    assert (ill.code, wrong.code, said.code) == (1, ExitCode.USAGE, 0)
    assert f"cmx state settle '{urn}' ID" in ill.out
    assert f"is recorded as {id_}, not as other" in wrong.err
    assert said.json() == {
        "version": 1,
        "urn": urn,
        "id": id_,
        "settlement": "kept as recorded",
    }
    assert cli("state", "doctor").code == 0
    assert "settle" in cli("history").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["squares/n=1"], "say under which id it is there, or --gone"),
        (["squares/n=1", "x", "--gone"], "say under which id it is there, or --gone"),
        (["squares/n=1", "x"], "several resources are called 'squares/n=1'"),
        (["squares", "x"], "nothing is open of"),
        (["nothing", "x"], "has nothing that is called 'nothing'"),
    ],
)
def test_what_cannot_be_settled_is_refused(study: Cli, words: list[str], said: str) -> None:
    answer = study("state", "settle", *words)
    assert (answer.code, said in answer.err) == (ExitCode.USAGE, True)


def test_what_is_no_backup_is_refused_before_anybody_is_asked(cli: Cli) -> None:
    cli("up", "--yes", "--wait")
    said = cli("state", "restore", "Pulumi.yaml")
    assert said.code == 1
    assert "is not a state file of cmx" in said.err
    assert cli("state", "restore", "nothing").code == ExitCode.USAGE
