"""Each command once from end to end, against a site in memory."""

import pytest

from cloudmesh_iac.cli.approving import PATIENCE_S, ask, exit_code_of, patience_s
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.events import LogLine, Noticed
from cloudmesh_iac.core.jobs import JobState, SiteName
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.outcomes import FailedChange, Left, RunOutcome
from cloudmesh_iac.errors import ExitCode
from tests.builders import STACK, a_urn
from tests.unit.cli.conftest import POINTS, Cli

# --- init -----------------------------------------------------------------------------------------


def test_init_makes_a_project_and_keeps_what_is_there(empty: Cli) -> None:
    # when
    first, second = empty("init"), empty("init", "--name", "other")

    # then
    assert (first.code, second.code) == (0, 0)
    assert first.out.count("wrote") == second.out.count("kept") == 5
    assert "name: lab" in (empty.folder / "Pulumi.yaml").read_text()
    assert "next: cmx up first --wait" in first.out


@pytest.mark.parametrize("folder", ["new", "new/deep er", "."])
def test_init_makes_the_folder_that_it_is_given(empty: Cli, folder: str) -> None:
    # when
    said = empty("init", folder)

    # then
    assert said.code == 0, said.err
    assert (empty.folder / folder / "stacks" / "first.py").is_file()
    enters = {"new": "cd new && ", "new/deep er": "cd 'new/deep er' && ", ".": ""}[folder]
    assert f"next: {enters}cmx up first --wait" in said.out


def test_the_first_program_of_init_can_be_previewed(empty: Cli) -> None:
    empty("init")
    said = empty("preview", "first", "--most", "3")
    assert said.code == 0, said.err
    assert "to create" in said.out


@pytest.mark.parametrize("name", ["a b", "x" * 101, "ü"])
def test_init_refuses_a_name_that_pulumi_would_not_take(empty: Cli, name: str) -> None:
    said = empty("init", "--name", name)
    assert (said.code, "is no name for a project" in said.err) == (ExitCode.USAGE, True)
    assert list(empty.folder.iterdir()) == []


def test_init_says_where_it_cannot_write(empty: Cli) -> None:
    empty.write("stacks", "a file stands in the way")
    said = empty("init")
    assert said.code == ExitCode.USAGE
    assert "cannot be written" in said.err


# --- preview and up -------------------------------------------------------------------------------


def test_a_preview_shows_what_would_change_and_changes_nothing(cli: Cli) -> None:
    # when
    plain = cli("preview")
    coded = cli("preview", "study", "--exit-code", "--most", "1")
    as_json = cli("preview", "--json")

    # then
    assert plain.code == 0
    assert "squares" in plain.out
    assert coded.code == ExitCode.CHANGES
    assert len(as_json.json()["changes"]) > 4
    assert cli.scheduler().jobs == []


def test_one_command_is_about_one_program(cli: Cli) -> None:
    said = cli("preview", "study", "other")
    assert said.code == ExitCode.USAGE
    assert "one program at a time, not study other" in said.err


def test_up_asks_and_a_no_changes_nothing(cli: Cli) -> None:
    # when
    no = cli("up", typed="n\n")
    nobody = cli("up")

    # then
    assert no.code == ExitCode.FAILED
    assert "Apply this to study? [y/N]" in no.err
    assert "nothing was changed" in no.err
    assert nobody.code == ExitCode.USAGE
    assert "there is no terminal to ask on" in nobody.err
    assert cli.scheduler().jobs == []


def test_up_with_a_yes_runs_the_jobs_and_shows_their_results(cli: Cli) -> None:
    # given
    cli.leave({"out.json": '{"square": 7}'}, *POINTS)

    # when
    said = cli("up", "--wait", typed="yes\n")

    # then
    assert said.code == 0, said.err
    assert len(cli.scheduler().jobs) == 2
    assert "square" in said.out
    assert (cli.folder / "results" / "study" / "squares" / "squares.svg").exists()


def test_a_second_up_has_nothing_to_do(study: Cli) -> None:
    # when
    said, as_json = study("up", "--yes"), study("up", "--yes", "--json")

    # then
    assert (said.code, as_json.code) == (0, 0)
    assert len(study.scheduler().jobs) == 2
    assert as_json.json()["outcome"]["failed"] == []


def test_up_with_json_prints_one_document(cli: Cli) -> None:
    said = cli("up", "--yes", "--wait", "--json")
    assert said.code == 0
    assert set(said.json()) == {"plan", "outcome"}


def test_a_failed_job_ends_every_up_with_1_until_it_runs_well(cli: Cli) -> None:
    # given
    cli.scheduler().exit_codes[POINTS[0]] = 3

    # then
    assert cli("up", "--yes", "--wait", "--most", "1").code == ExitCode.FAILED
    again = cli("up", "--yes", "--json", "--most", "1")
    assert again.code == ExitCode.FAILED
    assert len(again.json()["outcome"]["failed"]) == 1

    # when
    cli.scheduler().exit_codes.clear()
    rerun = cli("rerun", "--failed", "--yes", "--wait")

    # then
    assert rerun.code == 0, rerun.err
    assert len(cli.scheduler().jobs) == 2


def test_a_program_that_fails_changes_nothing(cli: Cli) -> None:
    cli.write("stacks/study.py", "raise ValueError('no such thing')\n")
    said = cli("up", "--yes")
    assert said.code == ExitCode.FAILED
    assert "no such thing" in said.err
    assert "study.py" in said.err


def test_an_option_that_nobody_asked_for_is_wrong_usage(cli: Cli) -> None:
    said = cli("preview", "--mots", "3")
    assert said.code == ExitCode.USAGE
    assert "mots" in said.err


GROWING = """
import cloudmesh_iac as cmx

with cmx.Experiment("study"):
    first = cmx.Job("first", command="true")
    first.state.apply(lambda state: cmx.Job("second", command=f"echo {state}"))
"""


def test_what_appears_behind_a_value_gets_a_plan_of_its_own(cli: Cli) -> None:
    # given
    cli.write("stacks/study.py", GROWING)

    # when
    said = cli("up", "--yes", "--wait")

    # then
    assert said.code == 0, said.err
    assert "became known on the way: planning again" in said.out
    commands = [job.start.request.command for job in cli.scheduler().jobs]
    assert commands == ["true", "echo COMPLETED"]


def test_a_site_that_cannot_be_used_stops_before_anything_is_asked(cli: Cli) -> None:
    # given
    cli.write("cloudmesh.yaml", "limits: {local: false}\n")

    # when
    preview, up = cli("preview"), cli("up", typed="y\n")

    # then
    assert (preview.code, "`cmx up` would stop here" in preview.err) == (0, True)
    assert up.code == ExitCode.FAILED
    assert "site local is off" in up.err
    assert "[y/N]" not in up.err


# --- what waits -----------------------------------------------------------------------------------


def test_without_a_terminal_up_lets_go_of_waits_and_wait_goes_on(cli: Cli) -> None:
    # given
    for point in POINTS:
        cli.scheduler().durations_s[point] = 0.3

    # when
    up = cli("up", "--yes")

    # then
    assert up.code == 0
    status = cli("status", "--json").json()
    assert len(status["jobs"]) == 2

    # when
    wait = cli("wait")

    # then
    assert wait.code == 0, wait.err
    assert {job["state"] for job in cli("status", "--json").json()["jobs"]} == {"COMPLETED"}


def test_wait_approves_nothing_new(cli: Cli) -> None:
    said = cli("wait")
    assert said.code == ExitCode.PLAN
    assert "want more than was approved" in said.err
    assert cli.scheduler().jobs == []


# --- looking --------------------------------------------------------------------------------------


def test_the_outputs_of_a_stack_are_printed(study: Cli) -> None:
    # when
    as_json = study("outputs", "--json").json()

    # then
    assert as_json["results"][1] == {"n": 2, "square": 4, "state": "COMPLETED"}
    assert study("outputs").out.startswith("results:\n  ")
    assert study("outputs", "--name", "results").code == 0
    wrong = study("outputs", "--name", "result")
    assert wrong.code == ExitCode.USAGE
    assert "the outputs: results" in wrong.err


def test_the_results_are_a_table_csv_json_or_a_picture(study: Cli) -> None:
    # when
    table, csv = study("results"), study("results", "--csv")
    bare, as_json = study("results", "--no-plot"), study("results", "--json")

    # then
    assert "square" in table.out
    assert "picture: " in table.err
    assert len(bare.out) < len(table.out)
    assert csv.out.splitlines()[0].startswith("n,")
    [read] = as_json.json()["tables"]
    assert read["name"] == "squares"


def test_without_results_the_way_to_the_jobs_is_shown(cli: Cli) -> None:
    said = cli("results")
    assert said.code == ExitCode.USAGE
    assert "stack study has no results yet" in said.err


def test_the_log_of_a_job_is_printed(study: Cli) -> None:
    assert study("logs", "study", POINTS[0]).out == "n=1\n"
    assert study("logs", POINTS[1], "--follow").out == "n=2\n"
    nothing = study("logs", POINTS[0], "--error")
    assert (nothing.code, nothing.out) == (0, "")
    assert "has written nothing yet" in nothing.err


def test_the_logs_of_several_jobs_stand_below_their_names(study: Cli) -> None:
    shown = study("logs", "study", "squares/n=[1-2]")
    assert shown.out == "==> squares/n=1 <==\nn=1\n==> squares/n=2 <==\nn=2\n"
    assert study("logs", *POINTS).out == shown.out


def test_a_job_whose_name_has_brackets_is_meant_by_its_name(cli: Cli) -> None:
    # given
    program = """
import cloudmesh_iac as cmx
with cmx.Experiment("odd"):
    cmx.Job("train[0]", command="echo it learns")
"""
    cli.write("stacks/odd.py", program)
    assert cli("up", "odd", "--yes", "--wait").code == 0

    # when
    log = cli("logs", "odd", "train[0]", "--follow")
    again = cli("rerun", "odd", "train[0]", "--yes", "--wait")

    # then
    assert log.code == 0, log.err
    assert again.code == 0, again.err
    assert len(cli.scheduler().jobs) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["study"], "which job?"),
        (["--follow", *POINTS], "--follow goes with one job"),
        (["squares/n=[1-9]"], "no job is called 'squares/n="),
        (["squares/n=9"], "no job is called 'squares/n=9'"),
        (["squares/n=9"], "did you mean 'squares/n="),
    ],
)
def test_a_log_belongs_to_one_job(study: Cli, words: list[str], says: str) -> None:
    said = study("logs", *words)
    assert said.code == ExitCode.USAGE
    assert says in said.err


def test_a_log_is_followed_until_the_job_has_ended(cli: Cli) -> None:
    # given
    point = POINTS[0]
    cli.scheduler().durations_s[point] = 0.6
    cli("up", "--yes", "--most", "1")

    # then
    assert cli("logs", point, "--follow").code == 0
    assert {job.state for job in cli.scheduler().jobs} == {JobState.COMPLETED}


# --- again ----------------------------------------------------------------------------------------


def test_a_rerun_of_what_failed_has_nothing_to_do_when_all_is_well(study: Cli) -> None:
    said = study("rerun", "--failed", "--yes")
    assert (said.code, "nothing to run again" in said.out) == (ExitCode.DONE, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "which jobs?"),
        (["squares/n=9"], "no job is called squares/n=9"),
        (["study", "x*", "squares/n=1"], "no job is called x*"),
    ],
)
def test_a_rerun_needs_jobs_that_are_there(study: Cli, words: list[str], says: str) -> None:
    said = study("rerun", *words, "--yes")
    assert said.code == ExitCode.USAGE
    assert says in said.err


def test_jobs_are_run_again_by_name_or_pattern(study: Cli) -> None:
    # when
    one = study("rerun", POINTS[0], "--yes", "--wait")
    every = study("rerun", "study", "squares/*", "--yes", "--wait")

    # then
    assert (one.code, every.code) == (0, 0)
    runs = [(job.start.request.point, job.start.request.run) for job in study.scheduler().jobs]
    assert sorted(runs) == [
        (POINTS[0], 0),
        (POINTS[0], 1),
        (POINTS[0], 2),
        (POINTS[1], 0),
        (POINTS[1], 1),
    ]


# --- stacks and the end ---------------------------------------------------------------------------


def test_stacks_are_listed_and_selected(study: Cli) -> None:
    # then
    assert "study" in study("stack", "ls").out
    assert study("stack", "select", "study.big").out == "selected study.big\n"
    assert study("stack", "ls", "--json").json()["stacks"]
    assert study("outputs").out == "", "of the selected stack, which is empty"
    assert study("stack", "select", "study").code == 0
    full = study("stack", "rm", "study", "--yes")
    assert full.code == ExitCode.USAGE
    assert study("stack", "ls", "--all").code == 0


def test_a_stack_is_taken_away_and_its_results_stay(cli: Cli) -> None:
    # given
    cli("up", "--yes", "--wait", "--most", "1")

    # then
    asked = cli("destroy", typed="no\n")
    assert asked.code == ExitCode.FAILED
    assert f"the results in {cli.folder / 'results' / 'study'} stay" in asked.err
    as_json = cli("destroy", "--yes", "--json")
    assert as_json.code == 0, as_json.err
    assert as_json.json()["outcome"]["removed"]
    assert cli("destroy").code == 0, "there is nothing left to ask about"
    assert cli("destroy", "--json").json()["outcome"] is None

    # when
    removed = cli("stack", "rm", "study", typed="y\n")

    # then
    assert removed.out.endswith("forgot study\n")
    assert "there is no stack 'study'" in cli("stack", "rm", "study", "--yes").err
    assert (cli.folder / "results" / "study" / "squares" / "n=1" / "result.json").exists()
    assert cli("results").code == 0


def test_a_stack_outlives_its_program(cli: Cli) -> None:
    # given
    cli("up", "--yes", "--wait", "--most", "1")
    (cli.folder / "stacks" / "study.py").unlink()

    # then
    assert cli("status", "study").code == 0
    assert cli("results", "study").code == 0
    assert cli("logs", "study", POINTS[0]).code == 0
    assert cli("up", "study", "--yes").code == ExitCode.USAGE
    assert cli("status", "other").code == ExitCode.USAGE
    assert cli("destroy", "study", "--yes").code == 0


def test_what_was_noticed_on_the_way_is_printed_on_stderr(
    empty: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    # given
    desk = Desk()
    desk.events.tell(LogLine("of a program"))
    desk.events.tell(Noticed("site [big] does not answer"))

    # when
    desk.show_notices()

    # then
    assert capsys.readouterr() == ("", "site [big] does not answer\n")


# --- small things ---------------------------------------------------------------------------------


class TerminalDesk(Desk):
    @property
    def is_interactive(self) -> bool:
        return True


def test_a_terminal_is_kept_waiting_for_a_while_and_a_log_is_not(empty: Cli) -> None:
    assert patience_s(Desk(), wait=False) == 0
    assert patience_s(TerminalDesk(), wait=False) == PATIENCE_S
    assert patience_s(TerminalDesk(), wait=True) is None


def test_a_question_that_was_answered_before_is_not_asked(empty: Cli) -> None:
    ask(Desk(), "really?", yes=True)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (RunOutcome(STACK, UpdateKind.UP), ExitCode.DONE),
        (RunOutcome(STACK, UpdateKind.UP, is_interrupted=True), ExitCode.INTERRUPTED),
        (
            RunOutcome(STACK, UpdateKind.UP, failed=(FailedChange(a_urn(), "no"),)),
            ExitCode.FAILED,
        ),
        (
            RunOutcome(STACK, UpdateKind.DESTROY, left=(Left(SiteName("sim"), "job 4"),)),
            ExitCode.FAILED,
        ),
    ],
)
def test_the_exit_code_says_how_a_run_ended(outcome: RunOutcome, code: ExitCode) -> None:
    assert exit_code_of(outcome) is code


def test_any_metric_can_be_drawn_over_any_axis(study: Cli) -> None:
    # when
    drawn = study("results", "--plot", "x=n", "y=square", "title=all of them")
    none = study("results", "study", "--plot", "x=n y=speed")
    odd = study("results", "--plot", "x=n z=3")
    half = study("results", "--plot", "x=n")

    # then
    assert "all of them" in drawn.out
    assert {none.code, odd.code, half.code} == {ExitCode.USAGE}
    assert "metrics: square" in none.err
    assert "--plot does not take 'z=3'" in odd.err
    assert "--plot needs y" in half.err
