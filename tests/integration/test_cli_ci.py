"""`cmx ci comment` against a server with the rules of GitHub's API."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.cli import BOOT, SOURCE, Cmx
from tests.rigs.github_rules import COMMIT, TOKEN, GithubRules, github_rules

PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Notes(ResourceProvider):
    def create(self, props):
        return CreateResult("n", dict(props))


class Note(Resource):
    def __init__(self, name):
        super().__init__(Notes(), name, {"text": pulumi.Output.secret("hush")})


Note("a")
"""


@pytest.fixture
def github() -> Iterator[GithubRules]:
    with github_rules() as rules:
        yield rules


@pytest.fixture
def workflow(cmx: Cmx, github: GithubRules) -> Cmx:
    """Return a project in a workflow of a pull request."""
    cmx.environment.update(
        GITHUB_API_URL=github.url,
        GITHUB_REPOSITORY=github.repository,
        GITHUB_EVENT_PATH=str(an_event(cmx, github)),
        GITHUB_TOKEN=TOKEN,
    )
    cmx.program(PROGRAM)
    return cmx


def an_event(cmx: Cmx, github: GithubRules, *, of: str = "") -> Path:
    """Write what a workflow is told of a pull request; `of` is the repository of a fork."""
    head = {"sha": COMMIT, "repo": {"full_name": of or github.repository}}
    base = {"repo": {"full_name": github.repository}}
    file = cmx.folder / "event.json"
    told = {"number": github.number, "pull_request": {"head": head, "base": base}}
    file.write_text(json.dumps(told))
    return file


def bodies(github: GithubRules) -> list[str]:
    return [one["body"] for one in github.comments]


def test_many_pushes_leave_one_comment_that_is_up_to_date(
    workflow: Cmx, github: GithubRules
) -> None:
    # given
    for number in range(120):
        github.add(f"looks good {number}")

    # when
    first = workflow("ci", "comment")
    workflow.program(PROGRAM + 'Note("b")\n')
    workflow("ci", "comment", "--exit-code", code=2)

    # then
    assert first.stdout.strip() == f"{github.url}/comment/121"
    (ours,) = [body for body in bodies(github) if body.startswith("<!-- cmx-plan lab -->")]
    assert "2 to create" in ours
    assert "hush" not in ours
    assert len(github.comments) == 121


def test_several_programs_stand_in_one_comment(workflow: Cmx, github: GithubRules) -> None:
    # given
    workflow.write("stacks/other.py", PROGRAM)

    # when
    workflow("ci", "comment", "--name", "all of it")

    # then
    (comment,) = bodies(github)
    assert comment.startswith("<!-- cmx-plan all_of_it -->")
    assert comment.count("1 to create") == 4  # in a line on top, and in the whole plan below


def test_a_fork_without_a_token_gets_the_comment_printed(
    workflow: Cmx, github: GithubRules
) -> None:
    # given
    del workflow.environment["GITHUB_TOKEN"]
    summary = workflow.folder / "summary.md"
    workflow.environment["GITHUB_STEP_SUMMARY"] = str(summary)

    # when
    said = workflow("ci", "comment")

    # then
    assert "1 to create" in said.stdout
    assert summary.read_text() == said.stdout
    assert "no GITHUB_TOKEN that may write" in said.stderr
    assert github.asked == []


def test_what_passes_is_waited_for(workflow: Cmx, github: GithubRules) -> None:
    github.answers = [(502, {}), (403, {"Retry-After": "0"})]
    workflow("ci", "comment")
    assert len(github.comments) == 1


def test_a_limit_that_is_used_up_is_said(workflow: Cmx, github: GithubRules) -> None:
    github.answers = [(403, {"X-RateLimit-Remaining": "0"})]
    refused = workflow("ci", "comment", code=1)
    assert "rate limit" in refused.stderr
    assert TOKEN not in refused.all


def test_an_answer_that_breaks_off_is_said(workflow: Cmx, github: GithubRules) -> None:
    github.answers = [(200, {"Content-Length": "1000"})]
    refused = workflow("ci", "comment", code=1)
    assert "GitHub does not answer at" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_token_follows_nobody_to_another_server(workflow: Cmx, github: GithubRules) -> None:
    github.answers = [(301, {"Location": "http://127.0.0.1:1/"})]
    assert "refused with 301" in workflow("ci", "comment", code=1).stderr


def test_a_token_without_the_right_is_told_what_it_lacks(
    workflow: Cmx, github: GithubRules
) -> None:
    github.may_write = False
    refused = workflow("ci", "comment", code=1)
    assert "pull-requests: write" in refused.stderr


def test_outside_of_a_workflow_it_says_what_to_do(cmx: Cmx) -> None:
    cmx.program(PROGRAM)
    assert "cmx preview --markdown" in cmx("ci", "comment", code=64).stderr


def test_five_pushes_leave_one_comment_one_label_and_the_newest_status(
    workflow: Cmx, github: GithubRules
) -> None:
    # given
    github.labels = ["bug", "cmx: danger"]

    # when
    for number in range(5):
        workflow.program(PROGRAM + f'Note("n{number}")\n')
        workflow("ci", "comment", "--label", "--status")

    # then
    (comment,) = bodies(github)
    assert "n4" in comment
    assert "n3" not in comment
    assert github.labels == ["bug", "cmx: changes"]
    assert len(github.statuses) == 5
    assert github.statuses[-1] == {
        "state": "success",
        "context": "cmx (lab)",
        "description": "study: 2 to create",
        "target_url": f"{github.url}/comment/1",
    }


def test_a_program_that_fails_is_shown_beside_the_others(
    workflow: Cmx, github: GithubRules
) -> None:
    # given
    workflow.write("stacks/broken.py", "raise ValueError('</details> @ann')\n")

    # when
    failed = workflow("ci", "comment", "--label", "--status", code=1)

    # then
    (comment,) = bodies(github)
    assert "**`broken`**: no plan, its preview failed" in comment
    assert "1 to create" in comment
    assert "@ann" in failed.stderr
    assert github.labels == ["cmx: fails"]
    assert github.statuses[0]["state"] == "failure"
    assert github.statuses[0]["description"] == "broken: failed; study: 1 to create"


def test_a_fork_whose_token_only_reads_gets_the_comment_printed(
    workflow: Cmx, github: GithubRules
) -> None:
    # given
    an_event(workflow, github, of="somebody/stacks")

    # when
    said = workflow("ci", "comment", "--label", "--status")

    # then
    assert "1 to create" in said.stdout
    assert "printed, not made" in said.stderr
    assert github.asked == []


def test_a_pull_request_cannot_set_the_sites_that_judge_it(
    workflow: Cmx, github: GithubRules
) -> None:
    # given what the pull request wants, and what holds on the target branch
    site = "sites:\n  here: {{kind: local, slots: {0}}}\ndefault: {{site: here}}\n"
    workflow.write("cloudmesh.yaml", "nonsense: {}\n")
    (workflow.folder / "base").mkdir()
    (workflow.folder / "base" / "cloudmesh.yaml").write_text(site.format(2))
    workflow.study()
    workflow.write("stacks/work.sh", "true\n")

    # when
    refused = workflow("ci", "comment", "study", code=64)
    workflow("ci", "comment", "study", "--settings-from", "../base")

    # then
    assert "nonsense" in refused.stderr
    assert "`here`" in bodies(github)[-1]
    assert "no folder" in workflow("ci", "comment", "--settings-from", "no", code=64).stderr


def test_the_program_of_a_pull_request_does_not_see_the_token(
    workflow: Cmx, github: GithubRules
) -> None:
    # given
    words = """
    import os

    import pulumi

    seen = [key for key, text in os.environ.items() if "ghs_" in text]
    others = "GITHUB_REPOSITORY" in os.environ
    pulumi.ComponentResource("lab:index:Seen", f"seen-{len(seen)}-{others}")
    """
    workflow.program(words, "nosy")

    # when
    workflow("ci", "comment", "nosy")

    # then
    (comment,) = bodies(github)
    assert "nosy" in comment
    document = workflow("preview", "nosy", "--json").json()
    (there,) = [one["urn"] for one in document["changes"] if "Seen" in one["urn"]]
    assert there.endswith("seen-1-True")  # it looks, and outside of `ci comment` it finds it


def test_the_action_hands_its_inputs_to_the_command(workflow: Cmx, github: GithubRules) -> None:
    # given the step of the action as a runner would start it, and an input that is no command
    steps = yaml.safe_load((SOURCE / "action.yml").read_text())["runs"]["steps"]
    step = next(one for one in steps if "cmx ci comment" in one["run"])
    given = dict.fromkeys(step["env"], "")
    given |= {"GITHUB_TOKEN": TOKEN, "CMX_PROGRAMS": "study", "CMX_LABEL": "true"}
    given |= {"CMX_NAME": "$(touch owned); `touch owned`", "CMX_FAIL_ON_CHANGES": "true"}
    folder = workflow.folder / "bin"
    folder.mkdir()
    (folder / "cmx").write_text(f'#!/bin/sh\nexec {shlex.join(BOOT)} "$@"\n')
    (folder / "cmx").chmod(0o755)
    path = f"{folder}:{workflow.environment_of()['PATH']}"

    # when
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=workflow.project,
        env=workflow.environment_of({**given, "PATH": path}),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    # then
    assert done.returncode == 2, done.stderr
    (comment,) = bodies(github)
    assert "1 to create" in comment
    assert github.labels == ["cmx: changes"]
    assert list(workflow.folder.rglob("owned")) == []


def test_the_action_installs_its_own_checkout_unless_something_else_is_named(
    tmp_path: Path,
) -> None:
    # given a stand-in for python that writes down what it was called with
    steps = yaml.safe_load((SOURCE / "action.yml").read_text())["runs"]["steps"]
    step = next(one for one in steps if "pip install" in one["run"])
    default = yaml.safe_load((SOURCE / "action.yml").read_text())["inputs"]["install"]["default"]
    (tmp_path / "python").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\n')
    (tmp_path / "python").chmod(0o755)

    # when
    for asked in (default, "cloudmesh-iac==9"):
        subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            env={
                "PATH": f"{tmp_path}",
                "CMX_INSTALL": asked,
                "GITHUB_ACTION_PATH": "/its/checkout",
            },
            executable="/bin/bash",
            timeout=60,
            check=True,
        )

    # then
    said = (tmp_path / "calls").read_text().splitlines()
    assert said == [
        f"-m pip install --quiet {what}" for what in ("/its/checkout", "cloudmesh-iac==9")
    ]


def test_every_input_of_the_action_is_used() -> None:
    text = (SOURCE / "action.yml").read_text()
    for name in yaml.safe_load(text)["inputs"]:
        assert text.count(f"inputs.{name} ") >= 1, name
