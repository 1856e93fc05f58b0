"""What a program's jobs, sweeps and experiments tell the engine."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

import cloudmesh_iac as cmx
from cloudmesh_iac.components.context import CURRENT
from cloudmesh_iac.core.values import UNKNOWN, Properties
from cloudmesh_iac.errors import ExperimentError, UsageProblem
from tests.unit.components.conftest import Evaluate
from tests.unit.components.evaluating import (
    COMPLETION,
    EXPERIMENT,
    JOB,
    SUBMISSION,
    SWEEP,
    as_in_a_preview,
)


def said(inputs: Properties) -> Properties:
    """Leave out the class that answers for the resource."""
    return {key: value for key, value in inputs.items() if key != "__provider"}


# --- one job --------------------------------------------------------------------------------------


def test_a_job_is_a_submission_and_its_end(run: Evaluate) -> None:
    # when
    declared = run(lambda: cmx.Job("check", command="true", walltime="5m", outputs=["a"]))

    # then
    place = {"project": "lab", "stack": "hello", "point": "check"}
    submission = declared.one(SUBMISSION)
    assert said(submission.inputs) == {
        **place,
        "site": "local",
        "command": "true",
        "nodes": 1,
        "ntasks_per_node": 1,
        "cpus_per_task": 1,
        "walltime_s": 300,
    }
    completion = declared.one(COMPLETION)
    ticket = {"site": "local", "token": "t1", "remote_id": "41", "directory": "/jobs"}
    assert said(completion.inputs) == {**place, "outputs": ("a",), "ticket": ticket}
    assert submission.urn in completion.property_dependencies["ticket"]


def test_the_classes_of_a_job_are_stored_by_name_and_in_clear(run: Evaluate) -> None:
    declared = run(lambda: cmx.Job("check", command="true"))
    for registration in (declared.one(SUBMISSION), declared.one(COMPLETION)):
        assert isinstance(registration.inputs["__provider"], str)
        assert len(registration.inputs["__provider"]) < 200


def test_a_jobs_outputs_are_those_of_its_two_resources(run: Evaluate) -> None:
    # given
    def program() -> None:
        job = cmx.Job("check", command="true")
        for name in ("job_id", "state", "exit_code", "metrics", "log"):
            pulumi.export(name, getattr(job, name))

    # when
    outputs = run(program).stack_outputs()

    # then
    assert outputs == {
        "job_id": "41",
        "state": "COMPLETED",
        "exit_code": 0,
        "metrics": {"size": 5},
        "log": "/jobs/stdout.log",
    }


def test_in_a_preview_the_end_waits_for_an_unknown_ticket(run: Evaluate) -> None:
    declared = run(lambda: cmx.Job("check", command="true"), answers=as_in_a_preview)
    assert declared.one(COMPLETION).inputs["ticket"] == UNKNOWN


def test_limits_notes_and_identity_go_to_the_submission_only(run: Evaluate) -> None:
    # given
    def program() -> None:
        host = pulumi.Output.from_input("node7")
        cmx.Job(
            "check",
            command=cmx.fmt("ping -c {} {}", 3, host),
            environment={"A": "1"},
            memory="1G",
            queue="debug",
            native={"gres": "gpu:1"},
            metrics={"ms": cmx.json_path("ping.json", "$.ms")},
            note="is it there?",
        )

    # when
    declared = run(program)

    # then
    sent = declared.one(SUBMISSION).inputs
    assert (sent["command"], sent["arguments"]) == ("ping -c {0} {1}", {"0": "3"})
    assert sent["placement"] == {"1": "node7"}
    assert (sent["memory_mb"], sent["queue"], sent["note"]) == (1024, "debug", "is it there?")
    assert set(said(declared.one(COMPLETION).inputs)) == {
        "project",
        "stack",
        "point",
        "measure",
        "ticket",
    }


def test_a_job_takes_a_spec_and_a_note_of_its_own(run: Evaluate) -> None:
    # given
    spec = cmx.JobSpec(command="true", nodes=2, note="of the spec")

    # when
    declared = run(lambda: [cmx.Job("a", spec=spec), cmx.Job("b", spec=spec, note="of b")])

    # then
    notes = [one.inputs["note"] for one in declared.all(SUBMISSION)]
    assert notes == ["of the spec", "of b"]
    assert declared.one(SUBMISSION, "b").inputs["nodes"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({}, "job 'check' takes either command= or spec="),
        ({"command": "true", "spec": cmx.JobSpec("true")}, "takes either command= or spec="),
        (
            {"spec": cmx.JobSpec("true"), "nodes": 4, "queue": "debug"},
            "job 'check' has spec= and beside it nodes, queue",
        ),
        ({"command": "true", "nodes": 0}, "job 'check': nodes is 0"),
        ({"command": "true", "inputs": ["no-file"]}, "job 'check': input files are not there"),
    ],
)
def test_an_error_says_which_job_it_is_about(
    run: Evaluate, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(ExperimentError) as refused:
        run(lambda: cmx.Job("check", **arguments))
    assert says in refused.value.message


# --- where it goes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "site"),
    [("sim", "sim"), (["other", "sim"], "other"), (("sim",), "sim"), (None, "local")],
)
def test_a_job_goes_to_the_first_site_that_was_named(run: Evaluate, on: Any, site: str) -> None:
    declared = run(lambda: cmx.Job("check", on=on, command="true"))
    assert declared.one(SUBMISSION).inputs["site"] == site


def test_the_run_says_what_the_default_site_is(run: Evaluate) -> None:
    declared = run(lambda: cmx.Job("check", command="true"), config={"cmx-run:site": "sim"})
    assert declared.one(SUBMISSION).inputs["site"] == "sim"


@pytest.mark.parametrize(
    ("on", "words"),
    [
        ("sin", ("there is no site 'sin'", "did you mean 'sim'?")),
        (["sim", "mars"], ("there is no site 'mars'", "configured sites: local, other, sim")),
        ("", ("there is no site ''", "configured sites: local, other, sim")),
        ([], ("on=[] names no site", "leave it out for the default site")),
    ],
)
def test_a_site_that_is_not_there_is_refused(
    run: Evaluate, on: Any, words: tuple[str, str]
) -> None:
    with pytest.raises(UsageProblem) as refused:
        run(lambda: cmx.Job("check", on=on, command="true"))
    assert (refused.value.message, refused.value.hint) == words


# --- experiments ----------------------------------------------------------------------------------


def test_what_stands_in_the_block_belongs_to_the_experiment(run: Evaluate) -> None:
    # given
    def program() -> None:
        with cmx.Experiment("study", project="CIS200042", ttl="8h", note="first") as exp:
            cmx.Job("inside", command="true")
            cmx.Job("paid", command="true", account="other")
            exp.export("answer", 42)
        assert CURRENT.get() is None

    # when
    declared = run(program)

    # then
    experiment = declared.one(EXPERIMENT)
    assert experiment.inputs == {"project": "CIS200042", "ttl": "8h", "note": "first"}
    job = declared.one(JOB, "inside")
    submission = declared.one(SUBMISSION, "inside")
    assert (job.parent, submission.parent) == (experiment.urn, job.urn)
    accounts = [one.inputs["account"] for one in declared.all(SUBMISSION)]
    assert accounts == ["CIS200042", "other"]
    assert declared.stack_outputs() == {"answer": 42}


def test_without_a_block_there_is_one_experiment_named_after_the_program(run: Evaluate) -> None:
    # given
    def program() -> None:
        cmx.Job("a", command="true")
        cmx.Job("b", command="true")

    # when
    declared = run(program)

    # then
    assert declared.names(EXPERIMENT) == ["hello"]
    assert {one.parent for one in declared.all(JOB)} == {declared.one(EXPERIMENT).urn}


def test_a_job_with_a_parent_of_its_own_makes_no_experiment(run: Evaluate) -> None:
    # given
    def program() -> None:
        above = pulumi.ComponentResource("lab:index:Group", "group")
        cmx.Job("a", command="true", opts=pulumi.ResourceOptions(parent=above))

    # when
    declared = run(program)

    # then
    assert declared.names(EXPERIMENT) == []
    assert declared.one(JOB).parent == declared.one("lab:index:Group").urn


def test_a_block_that_ends_with_an_error_gives_no_outputs(run: Evaluate) -> None:
    def program() -> None:
        with cmx.Experiment("study"):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run(program)


# --- sweeps ---------------------------------------------------------------------------------------


def a_sweep(**more: Any) -> cmx.Sweep:
    def job(point: cmx.Point) -> cmx.JobSpec:
        return cmx.JobSpec(
            command=cmx.fmt("./x {}", point["n"]), metrics={"size": cmx.json_path("a", "$")}
        )

    given: dict[str, Any] = {"job": job, "axes": {"n": [1, 2]}, "on": "sim", **more}
    return cmx.Sweep("pi", **given)


def test_a_sweep_is_one_submission_and_one_end_per_point(run: Evaluate) -> None:
    # when
    declared = run(lambda: a_sweep(repeats=2))

    # then
    names = [f"pi/n={n},repeat={r}" for n in (1, 2) for r in (1, 2)]
    assert declared.names(SUBMISSION) == declared.names(COMPLETION) == names
    sweep = declared.one(SWEEP)
    assert {one.parent for one in declared.all(SUBMISSION)} == {sweep.urn}
    first = declared.one(SUBMISSION, names[0]).inputs
    assert (first["site"], first["point"]) == ("sim", names[0])
    assert first["parameters"] == {"n": 1, "repeat": 1}
    assert declared.one(COMPLETION, names[0]).inputs["parameters"] == first["parameters"]


def test_a_sweep_says_how_its_table_looks(run: Evaluate) -> None:
    # when
    declared = run(
        lambda: a_sweep(
            axes={"n": [1], "a": ["x"]}, repeats=1, plot=cmx.Plot("n", "size", hue="a", log=True)
        )
    )

    # then
    assert declared.one(SWEEP).inputs == {
        "axes": {"a": ("x",), "n": (1,), "repeat": (1,)},
        "order": ("n", "a", "repeat"),
        "metrics": ("size",),
        "plot": {"x": "n", "y": "size", "hue": "a", "log": True, "title": ""},
    }


def test_a_plot_needs_no_hue() -> None:
    plain = cmx.Plot("n", "size", title="sizes").to_plain()
    assert plain == {"x": "n", "y": "size", "log": False, "title": "sizes"}


def test_the_results_are_one_row_per_point(run: Evaluate) -> None:
    # when
    outputs = run(lambda: pulumi.export("results", a_sweep().results)).stack_outputs()

    # then
    assert outputs["results"] == (
        {"n": 1, "state": "COMPLETED", "size": 6},
        {"n": 2, "state": "COMPLETED", "size": 6},
    )


def test_one_spec_can_serve_every_point(run: Evaluate) -> None:
    declared = run(lambda: a_sweep(job=cmx.JobSpec(command="./x $CMX_N")))
    commands = [one.inputs["command"] for one in declared.all(SUBMISSION)]
    assert commands == ["./x $CMX_N"] * 2
    assert declared.one(SWEEP).inputs["metrics"] == ()


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"job": lambda point: None}, "point 'pi/n=1': the function returned NoneType"),
        ({"job": lambda point: cmx.JobSpec("")}, "point 'pi/n=1': command is empty"),
        ({"job": lambda point: cmx.JobSpec(f"{point['m']}")}, "point 'pi/n=1': there is no axis"),
        ({"job": cmx.JobSpec("true", inputs=["gone"])}, "sweep 'pi': input files are not there"),
        ({"axes": {"n": []}}, "sweep 'pi': axis 'n' is empty"),
    ],
)
def test_an_error_says_which_point_it_is_about(
    run: Evaluate, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(ExperimentError) as refused:
        run(lambda: a_sweep(**more))
    assert says in refused.value.message


# --- the door -------------------------------------------------------------------------------------


def test_the_package_has_what_it_lists_and_nothing_else() -> None:
    assert all(getattr(cmx, name) for name in cmx.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Jub'"):
        _ = cmx.Jub


def test_an_input_file_is_looked_for_beside_the_program(run: Evaluate, project: Path) -> None:
    (project / "x.sh").write_text("true\n")
    declared = run(lambda: cmx.Job("check", command="sh x.sh", inputs=["x.sh"]))
    assert declared.one(SUBMISSION).inputs["sources"] == {"x.sh": "x.sh"}
