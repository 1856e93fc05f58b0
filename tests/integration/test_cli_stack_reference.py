"""One program uses the outputs of another one's stack."""

import pytest

from tests.integration.cli import Cmx

BASE = """
import pulumi

pulumi.export("net", {"name": "lab", "size": 3})
pulumi.export("word", pulumi.Output.secret("hush"))
"""
USER = """
import asyncio

import pulumi

base = pulumi.StackReference(NAME)
pulumi.export("net", base.require_output("net"))
pulumi.export("word", base.get_output("word"))
pulumi.export("none", base.get_output("none").apply(lambda found: found is None))


async def details():
    word, net = await base.get_output_details("word"), await base.get_output_details("net")
    return [word.value is None, word.secret_value == "hush", net.value["size"]]


pulumi.export("details", pulumi.Output.from_input(asyncio.ensure_future(details())))
"""


@pytest.fixture
def cmx(cmx: Cmx) -> Cmx:
    cmx.program(BASE, "base")
    cmx.program(USER.replace("NAME", '"organization/lab/base"'), "user")
    return cmx


@pytest.mark.parametrize("name", ["base", "lab/base", "organization/lab/base"])
def test_outputs_of_another_stack_are_used(cmx: Cmx, name: str) -> None:
    # given
    cmx.program(USER.replace("NAME", f'"{name}"'), "user")
    cmx("up", "base", "--yes")

    # when
    preview = cmx("preview", "user")
    cmx("up", "user", "--yes")

    # then
    assert "1 to read" in preview.stdout
    found = cmx("outputs", "user", "--json")
    assert "hush" not in found.all + preview.all
    assert {key: value for key, value in found.json().items() if key != "word"} == {
        "net": {"name": "lab", "size": 3},
        "none": True,
        "details": [True, True, 3],
    }
    assert "nothing to change" in cmx("preview", "user").stdout


def test_new_outputs_are_used_by_the_next_run(cmx: Cmx) -> None:
    # given
    cmx("up", "base", "--yes")
    cmx("up", "user", "--yes")
    cmx.program(BASE.replace("3", "4"), "base")

    # when
    cmx("up", "base", "--yes")
    cmx("up", "user", "--yes")

    # then
    assert cmx("outputs", "user", "--json").json()["net"]["size"] == 4


def test_a_stack_that_is_not_there_yet_is_one_error(cmx: Cmx) -> None:
    for command in (("preview", "user"), ("up", "user", "--yes")):
        # when
        said = cmx(*command, code=1)

        # then
        assert said.error[0] == (
            "error: organization/lab/base (stacks/user.py:5):"
            " there is no stack base (there is: none)"
        )
        assert "`cmx up base` makes it" in said.stderr


def test_an_output_that_is_not_there_is_an_error_of_the_program(cmx: Cmx) -> None:
    # given
    cmx("up", "base", "--yes")
    cmx.program(USER.replace("NAME", '"base"').replace('output("net")', 'output("rack")'), "user")

    # when
    said = cmx("preview", "user", code=1)

    # then
    assert "KeyError: 'rack'" in said.error[0]
