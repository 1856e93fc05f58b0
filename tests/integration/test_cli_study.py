"""A study on this computer, from its first run to the time when it is long gone."""

import pytest

from tests.integration.cli import Cmx, rows

ALL = ["1 1", "1 2", "1 3", "2 1", "2 2", "2 3"]  # size and repeat of each point


@pytest.fixture
def study(cmx: Cmx) -> Cmx:
    """A study that has run: two sizes, three repeats each."""
    cmx.study()
    cmx("up", "--yes", "--wait")
    assert cmx.ran() == ALL
    return cmx


def test_a_value_more_runs_the_new_points_and_a_value_back_runs_nothing(study: Cmx) -> None:
    # when it is asked again
    again = study("up", "--yes", "--wait")

    # then
    assert "nothing to change" in again.stdout
    assert study.ran() == ALL

    # when: a value is added
    study.study(("[1, 2]", "[1, 2, 3]"))
    preview = study("preview")
    more = study("up", "--yes", "--wait")

    # then: exactly its points
    added = [line for line in preview.stdout.splitlines() if "job " in line]
    assert [line.split()[:3] for line in added] == [
        ["+", "job", f"work/size=3,repeat={n}"] for n in (1, 2, 3)
    ]
    assert study.ran() == [*ALL, "3 1", "3 2", "3 3"]
    assert "3 created" in more.stdout

    # when: a value is taken off
    study.study(("[1, 2]", "[1, 3]"))
    gone = study("up", "--yes", "--wait")

    # then: its results stay where they are
    assert "3 deleted" in gone.stdout
    assert (study.project / "results/study/work/size=2,repeat=1/result.json").exists()
    exported = study("outputs", "--json").json()["results"]
    assert sorted({row["size"] for row in exported}) == [1, 3]

    # when: it is put back
    study.study(("[1, 2]", "[1, 2, 3]"))
    study("up", "--yes", "--wait")

    # then: no job has run
    assert len(study.ran()) == 9
    exported = study("outputs", "--json").json()["results"]
    assert rows(exported, "size", "repeat", "square", "state") == [
        (size, repeat, size * size, "COMPLETED") for size in (1, 2, 3) for repeat in (1, 2, 3)
    ]


def test_a_note_runs_nothing_again_and_a_command_does(study: Cmx) -> None:
    # when
    study.study(("about", "all about"))
    preview = study("preview")
    study("up", "--yes", "--wait")

    # then
    assert "6 to update" in preview.stdout
    assert study.ran() == ALL
    assert "nothing to change" in study("up", "--yes", "--wait").stdout

    # when
    study.study(("about", "all about"), ('{}", point["size"], p', '{} again", point["size"], p'))
    preview = study("preview")
    refused = study("up", "--yes", "--wait", code=64)
    ran = study.ran()
    study("up", "--yes", "--rerun", "--wait")

    # then
    assert "6 to replace" in preview.stdout
    warning = "  ! 6 finished jobs run again, less than 0.01"
    assert preview.stdout.splitlines()[1].startswith(warning)
    assert "--yes alone does not say that they may" in refused.stderr
    assert ran == ALL
    assert study.ran() == sorted([*ALL, *ALL])


def test_an_old_result_is_kept_when_a_person_says_so(study: Cmx) -> None:
    # given
    study.study(('{}", point["size"], p', '{} again", point["size"], p'))
    wrong = study("job", "keep", "nothing", code=64)

    # when
    some = study("job", "keep", "work/size=1,*", "--json").json()
    preview = study("preview")
    study("job", "keep", "work/*")
    up = study("up", "--yes", "--wait")

    # then
    assert "no finished job of this name would run again" in wrong.stderr
    assert some["kept"] == [f"work/size=1,repeat={repeat}" for repeat in (1, 2, 3)]
    assert "3 to replace" in preview.stdout
    assert "nothing to change" in up.stdout
    assert study.ran() == ALL

    # when: a person wants one of them all the same
    study("rerun", "work/size=2,repeat=1", "--yes", "--wait")

    # then
    assert study.ran() == sorted([*ALL, "2 1"])


def test_the_script_of_a_job_is_shown(study: Cmx) -> None:
    # when
    said = study("job", "script", "work/size=2,repeat=1")
    json = study("job", "script", "work/size=2,repeat=1", "--json").json()
    wrong = study("job", "script", "nothing", code=64)

    # then
    assert said.stdout.startswith(json["script"])
    assert json["command"] in said.stdout
    assert "#!/bin/bash" in json["script"]
    assert {"command", "nodes"} <= {*json["kinds"]["identity"]}
    assert "walltime_s" in json["kinds"]["limits"]
    assert "no job is called 'nothing'" in wrong.stderr


def test_an_input_file_that_changed_runs_again(study: Cmx) -> None:
    # when
    study.study(script="true")
    study("up", "--yes", "--rerun", "--wait")

    # then
    assert study.ran() == sorted([*ALL, *ALL])


def test_results_outlive_their_stack(study: Cmx) -> None:
    # given
    before = study("results").stdout
    before_csv = study("results", "--csv").stdout

    # when
    destroyed = study("destroy", "--yes")

    # then
    assert "6 deleted" in destroyed.stdout
    assert "nothing is left on local" in destroyed.stdout
    assert all(f"work/size={size}" in destroyed.stdout for size in (1, 2))
    assert study("outputs", "--json").json() == {}
    assert "no jobs" in study("status").stdout
    after = study("results").stdout
    assert [line.split()[:4] for line in after.splitlines()[:7]] == [
        line.split()[:4] for line in before.splitlines()
    ]
    assert study("results", "--csv").stdout == before_csv.replace("true", "false")

    # when: it is wanted again
    study("up", "--yes", "--wait")

    # then
    assert study.ran() == ALL
    assert study("results", "--csv").stdout == before_csv


def test_what_it_measured_can_be_read_by_other_programs(study: Cmx) -> None:
    # when
    (table,) = study("results", "--json").json()["tables"]
    csv = study("results", "--csv").stdout.splitlines()
    status = study("status", "--json").json()
    outputs = study("outputs", "--json").json()
    exported = study("outputs", "--name", "results", "--json").json()

    # then
    points = [(size, repeat, size * size) for size in (1, 2) for repeat in (1, 2, 3)]
    assert csv[0].split(",")[:5] == ["size", "repeat", "state", "exit_code", "square"]
    assert [line.split(",")[:5] for line in csv[1:]] == [
        [str(size), str(repeat), "COMPLETED", "0", str(square)] for size, repeat, square in points
    ]
    assert len(table["rows"]) == 6
    assert rows(outputs["results"], "size", "repeat", "square") == points
    assert exported == outputs
    assert status["stack"] == "study"
    assert [job["state"] for job in status["jobs"]] == ["COMPLETED"] * 6
    assert [job["exit_code"] for job in status["jobs"]] == [0] * 6
    assert len({job["id"] for job in status["jobs"]}) == 6
    assert [job["urn"].rpartition("::")[2] for job in status["jobs"]] == [
        f"work/size={size},repeat={repeat}" for size, repeat, _ in points
    ]


def test_a_name_is_enough_to_see_a_log_or_to_run_a_job_again(cmx: Cmx) -> None:
    # given
    cmx.study(script="echo size $1; echo repeat $2 >&2")
    cmx("up", "--yes", "--wait")
    point = "work/size=2,repeat=3"

    # when
    log = cmx("logs", "study", point)
    only_errors = cmx("logs", point, "-e")
    followed = cmx("logs", point, "-f")
    unknown = cmx("logs", "study", "work/size=2,repeat=4", code=64)

    # then
    assert log.stdout == "size 2\nrepeat 3\n"
    assert only_errors.stdout == "repeat 3\n"
    assert followed.stdout == log.stdout
    assert "work/size=2,repeat=4" in unknown.stderr
    assert "try:" in unknown.stderr

    # when
    again = cmx("rerun", "study", point, "--yes", "--wait")
    some = cmx("rerun", "work/size=1,*", "--yes", "--wait")
    unknown = cmx("rerun", "study", "nothing/like=this", "--yes", code=64)
    near = cmx("rerun", "study", "work/size=1,repeat=9", "--yes", code=64)

    # then
    assert "1 " in again.stdout
    assert "3 " in some.stdout
    assert "work/size=1,repeat=1" in unknown.stderr
    assert "did you mean 'work/size=1,repeat=" in near.stderr
    assert cmx.ran() == sorted([*ALL, "2 3", "1 1", "1 2", "1 3"])
    assert "nothing to change" in cmx("up", "--yes", "--wait").stdout


def test_a_log_is_followed_until_its_job_ends(cmx: Cmx) -> None:
    # given: a job that ends when we say so
    go = cmx.folder / "go"
    cmx.study(
        ("[1, 2]", "[1]"),
        script=f"echo begun; while [ ! -e {go} ]; do sleep 0.05; done; echo ended",
    )
    cmx("up", "--yes", "--repeats", "1")

    # when
    process = cmx.start("logs", "study", "work/size=1,repeat=1", "-f")
    assert process.stdout is not None
    first = process.stdout.readline()
    running = process.poll()
    go.touch()
    rest, complaints = process.communicate(timeout=20)

    # then
    assert first == "begun\n"
    assert running is None
    assert rest == "ended\n", complaints
    assert process.returncode == 0


def test_only_what_failed_runs_again(cmx: Cmx) -> None:
    # given: one point of six fails, the first time
    cmx.study(script=f'[ "$1 $2" != "2 2" ] || [ -e {cmx.folder}/mended ] || exit 3')
    cmx("up", "--yes", "--wait", code=1)
    (cmx.folder / "mended").touch()

    # when
    rerun = cmx("rerun", "--failed", "--yes", "--wait")
    nothing = cmx("rerun", "--failed", "--yes")

    # then
    assert cmx.ran() == ALL
    assert "work/size=2,repeat=2" in rerun.stdout
    assert "no job has ended badly" in nothing.stdout
    assert "nothing to change" in cmx("up", "--yes", "--wait").stdout


def test_up_comes_back_like_sbatch_and_wait_stays(cmx: Cmx) -> None:
    # given: jobs that end when we say so
    go = cmx.folder / "go"
    cmx.study(script=f"while [ ! -e {go} ]; do sleep 0.05; done")

    # when
    up = cmx("up", "--yes")
    status = cmx("status")
    again = cmx("up", "--yes")

    # then
    assert "6 queued or running" in up.stdout
    assert "cmx wait" in up.stdout
    assert status.stdout.splitlines()[0].startswith("study: ")
    assert "running" in status.stdout.splitlines()[0]
    assert "6 queued or running" in again.stdout
    assert len(cmx.jobs()) == 6

    # when
    waiting = cmx.start("wait")
    go.touch()
    said, complaints = waiting.communicate(timeout=30)

    # then
    assert waiting.returncode == 0, said + complaints
    assert cmx.ran() == ALL
    assert len(cmx("outputs", "--json").json()["results"]) == 6
    assert "nothing to change" in cmx("up", "--yes").stdout


def test_destroy_stops_what_queues_and_runs(cmx: Cmx) -> None:
    # given
    cmx.study(script=f"touch {cmx.folder}/$2.begun; sleep 100 || exit 9")
    cmx("up", "--yes")

    # when
    destroyed = cmx("destroy", "--yes", "--json").json()

    # then
    assert len(destroyed["outcome"]["removed"]) >= 6
    assert destroyed["outcome"]["left"] == []
    assert destroyed["outcome"]["checked_sites"] == ["local"]
    assert cmx.ran() == []
    assert not list((cmx.home / ".cloudmesh/jobs/.queue").glob("*/[rth]*/0*"))
