"""What the shell completes."""

import pytest

from cloudmesh_iac.cli.completing import programs, programs_and_jobs, sites, stacks
from tests.unit.cli.conftest import POINTS, Cli


def test_programs_and_sites_are_completed_by_name(cli: Cli) -> None:
    assert programs("st") == ["study"]
    assert programs("x") == []
    assert sites("si") == ["sim"]


def test_stacks_and_jobs_are_those_that_are_recorded(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    assert stacks("") == []
    cli("up", "study", "--yes", "--wait")

    # then
    assert stacks("st") == ["study"]
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "cmx logs study squ")
    assert programs_and_jobs("squ") == sorted(POINTS)
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "cmx logs s")
    assert "study" in programs_and_jobs("s")


def test_a_broken_project_completes_to_nothing(cli: Cli) -> None:
    cli.write("Pulumi.yaml", "name: [")
    assert programs("st") == []
    assert stacks("") == []
    assert programs_and_jobs("") == []


def test_outside_a_project_there_are_no_programs(empty: Cli) -> None:
    assert programs("") == []
