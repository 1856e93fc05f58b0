"""`cmx ci comment` against a server with the rules of GitHub's API."""

import json
from collections.abc import Iterator

import pytest

from tests.integration.cli import Cmx
from tests.rigs.github_rules import TOKEN, GithubRules, github_rules

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
    event = cmx.folder / "event.json"
    event.write_text(json.dumps({"number": github.number}))
    cmx.environment.update(
        GITHUB_API_URL=github.url,
        GITHUB_REPOSITORY=github.repository,
        GITHUB_EVENT_PATH=str(event),
        GITHUB_TOKEN=TOKEN,
    )
    cmx.program(PROGRAM)
    return cmx


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
    assert "no GITHUB_TOKEN" in said.stderr
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
