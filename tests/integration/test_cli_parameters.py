"""Parameters, stacks, and the commands around a run."""

import re

import pytest

from tests.integration.cli import Cmx

COUNTING = """
import pulumi
import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    repeats = exp.param("repeats", 3, help="runs per point")
    fast = exp.param("fast", False)
    share = exp.param("share", 0.5)
    title = exp.param("title", "plain")
    sizes = exp.param("sizes", ["a", "b"])
    exp.export("all", [repeats, fast, share, title, sizes])
"""


@pytest.fixture
def counting(cmx: Cmx) -> Cmx:
    """A program with a parameter of each type and nothing else."""
    cmx.program(COUNTING)
    return cmx


def given(cmx: Cmx) -> object:
    return cmx("outputs", "--json").json()["all"]


def test_a_parameter_takes_its_option_then_its_configuration_then_its_default(
    counting: Cmx,
) -> None:
    # when
    counting("up", "--yes")
    defaults = given(counting)
    counting(
        *("up", "study", "--repeats", "5", "--fast", "--share=0.25", "--title", "of mine"),
        *("--sizes", "x, y,z", "--yes"),
    )
    options = given(counting)

    # then
    assert defaults == [3, False, 0.5, "plain", ["a", "b"]]
    assert options == [5, True, 0.25, "of mine", ["x", "y", "z"]]

    # when: the options are left out again
    back = counting("up", "--yes")

    # then: the first lines of the plan say so
    assert [line.strip() for line in back.stdout.splitlines()[1:6]] == [
        "repeats 5 -> 3 (default)",
        "fast true -> false (default)",
        "share 0.25 -> 0.5 (default)",
        'title "of mine" -> plain (default)',
        "sizes x,y,z -> a,b (default)",
    ]

    # when
    counting.write(
        "stacks/Pulumi.study.yaml", "config:\n  repeats: 4\n  lab:title: kept\n  fast: true\n"
    )
    configured = counting("up", "--yes")
    stays = given(counting)
    counting("up", "--title", "option", "--yes")

    # then
    assert "repeats 3 -> 4" in configured.stdout
    assert stays == [4, True, 0.5, "kept", ["a", "b"]]
    assert given(counting) == [4, True, 0.5, "option", ["a", "b"]]


def test_more_repeats_run_only_the_new_ones_and_wait_and_rerun_keep_them(cmx: Cmx) -> None:
    # given
    cmx.study()
    cmx("up", "study", "--repeats", "1", "--yes", "--wait")
    assert cmx.ran() == ["1 1", "2 1"]

    # when
    cmx("up", "study", "--repeats", "2", "--yes")
    cmx("wait")
    cmx("rerun", "work/size=1,repeat=2", "--yes", "--wait")

    # then
    assert cmx.ran() == ["1 1", "1 2", "1 2", "2 1", "2 2"]


@pytest.mark.parametrize(
    ("option", "named", "meant"),
    [
        (["--repeets", "5"], "--repeets", "did you mean --repeats?"),
        (["--colour", "red"], "--colour", "--repeats"),
        (["--repeats", "many"], "repeats", "whole number"),
        (["-x", "5"], "-x", "--help"),
    ],
)
def test_a_wrong_option_is_told_before_anything_happens(
    cmx: Cmx, *, option: list[str], named: str, meant: str
) -> None:
    # given
    cmx.study()

    # when
    said = cmx("up", "study", *option, "--yes", code=64)

    # then
    assert named in said.error[0]
    assert meant in "\n".join(said.error)
    assert len(said.error) <= 6
    cmx.assert_untouched()


def test_help_lists_the_parameters_of_the_last_evaluation(counting: Cmx) -> None:
    # given
    counting("up", "--yes")

    # when
    said = counting("up", "--help")

    # then
    assert "--wait" in said.stdout
    assert "--repeats" in said.stdout
    assert "runs per point" in said.stdout


def test_stacks_are_listed_selected_and_removed(cmx: Cmx) -> None:
    # given
    cmx.study()
    cmx.program("import pulumi\npulumi.export('stack', pulumi.get_stack())\n", "other")
    cmx("up", "study", "--repeats", "1", "--yes", "--wait")
    cmx("up", "other", "--stack", "big", "--yes")

    # when
    listed = cmx("stack", "ls")
    unnamed = cmx("outputs", "--json", code=64)
    cmx("stack", "select", "other.big")
    selected = cmx("stack", "ls", "--json").json()

    # then
    assert "study" in listed.stdout
    assert "other.big" in listed.stdout
    assert "other, study" in "\n".join(unnamed.error)
    assert [one["name"] for one in selected["stacks"]] == ["other.big", "study"]
    assert cmx("outputs", "--json").json() == {"stack": "other.big"}

    # when: it still has something
    full = cmx("stack", "rm", "study", "--yes", code=None)
    cmx("destroy", "study", "--yes")
    cmx("stack", "rm", "study", "--yes")
    gone = cmx("stack", "rm", "study", "--yes", code=64)

    # then
    assert full.code != 0
    assert "cmx destroy" in "\n".join(full.error)
    assert "study" in gone.error[0]
    assert "study" not in cmx("stack", "ls").stdout
    assert cmx("results", "study", "--csv").stdout.count("COMPLETED") == 2


def test_a_stack_whose_program_is_gone_can_still_be_seen_and_taken_away(cmx: Cmx) -> None:
    # given
    cmx.study()
    cmx("up", "study", "--repeats", "1", "--yes", "--wait")

    # when
    (cmx.project / "stacks/study.py").rename(cmx.project / "stacks/renamed.py")
    status = cmx("status", "study")
    results = cmx("results", "study")
    refused = cmx("up", "study", "--yes", code=64)
    destroyed = cmx("destroy", "study", "--yes")

    # then
    assert "2 completed" in status.stdout
    assert results.stdout.count("COMPLETED") == 2
    assert "'study'" in refused.error[0]
    assert "2 deleted" in destroyed.stdout
    assert cmx("results", "study").stdout.count("COMPLETED") == 2


def test_a_new_project_is_ready_to_run(cmx: Cmx) -> None:
    # given
    new = cmx.folder / "mine"
    new.mkdir()

    # when
    init = cmx("init", cwd=new)
    up = cmx("up", "first", "--yes", "--wait", cwd=new)
    again = cmx("init", cwd=new)

    # then
    assert "cmx up first --wait" in init.stdout
    assert "5 created" in up.stdout
    assert re.search(r"5 +COMPLETED +25", up.stdout)
    assert again.stdout.count("kept") == 5
    assert {"cloudmesh.yaml", ".gitignore", "Pulumi.yaml"} <= {one.name for one in new.iterdir()}
    assert "results/" in (new / ".gitignore").read_text()


def test_the_version_help_and_completion_need_no_project(cmx: Cmx) -> None:
    # when
    version = cmx("--version", cwd=cmx.folder)
    help_text = cmx("--help", cwd=cmx.folder).stdout
    completion = cmx(
        "--show-completion",
        "bash",
        cwd=cmx.folder,
        environment={"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},  # any parent will do
    )
    unknown = cmx("destory", code=64)

    # then
    assert re.fullmatch(r"cmx \d+\.\d+\.\d+\n", version.stdout)
    commands = [
        "init",
        "preview",
        "up",
        "wait",
        "destroy",
        "status",
        "outputs",
        "results",
        "logs",
        "rerun",
        "stack",
    ]
    assert all(re.search(rf"^ +{one} ", help_text, re.MULTILINE) for one in commands)
    assert "complete" in completion.stdout
    assert "'destroy'" in unknown.stderr


def test_a_site_named_on_the_command_line_takes_the_jobs_that_name_none(cmx: Cmx) -> None:
    # given
    cmx.study()
    cmx.write("cloudmesh.yaml", "sites:\n  bench:\n    kind: local\n    workdir: bench-jobs\n")

    # when
    preview = cmx("preview", "study", "--on", "bench", "--repeats", "1")
    cmx("up", "study", "--on", "bench", "--repeats", "1", "--yes", "--wait")

    # then
    assert "bench" in preview.stdout
    assert cmx.ran() == ["1 1", "2 1"]
    assert (cmx.project / "bench-jobs/lab/study/work").is_dir()
    assert "bench" in cmx("status").stdout
    cmx("destroy", "--yes")
