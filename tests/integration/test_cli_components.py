"""Components that a plugin makes for a program, and their methods."""

import pytest

from tests.integration.cli import Cmx
from tests.oracle.case import Behaviour, Fault
from tests.rigs.scripted.program import install, install_pairs
from tests.rigs.scripted.script import VARIABLE, Script, ScriptFolder

PROGRAM = """
import pulumi


class Pair(pulumi.ComponentResource):
    address: pulumi.Output[str]
    token: pulumi.Output[str]

    def __init__(self, name, size, token=None, opts=None, **more):
        given = {"size": size, "token": token, "address": None, **more}
        options = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(version="1.2.3"), opts)
        super().__init__("pairs:index:Pair", name, given, options, remote=True)

    def describe(self, purpose):
        args = {"__self__": self, "purpose": purpose}
        return pulumi.runtime.call("pairs:index:Pair/describe", args, self)


class Thing(pulumi.CustomResource):
    address: pulumi.Output[str]

    def __init__(self, name, **properties):
        options = pulumi.ResourceOptions(version="1.2.3")
        super().__init__("test:index:Thing", name, {"address": None, **properties}, options)
"""
TWO = """
pair = Pair("p", 1)
after = Thing("after", beside=pair.address)
pulumi.export("address", pair.address)
pulumi.export("text", pair.describe("tests").apply(lambda said: said["text"]))
"""
USUAL = Script(types={"test:index:Thing": Behaviour(computed=("address",))})


@pytest.fixture
def script(cmx: Cmx) -> ScriptFolder:
    """Both plugins in the plugin folder of this person."""
    folder = ScriptFolder(cmx.folder / "script")
    folder.write(USUAL)
    cmx.environment[VARIABLE] = str(folder.folder)
    install(cmx.home / ".pulumi" / "plugins")
    install_pairs(cmx.home / ".pulumi" / "plugins")
    return folder


def write(cmx: Cmx, text: str) -> None:
    cmx.program(f"{PROGRAM}\n{text}")


def test_a_component_of_a_plugin_lives_from_plan_to_destroy(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, TWO)

    # when
    plan = cmx("preview")
    cmx("up", "--yes")

    # then
    assert "3 to create" in plan.stdout
    assert "p-first" in plan.stdout
    assert cmx("outputs", "--json").json() == {
        "address": "address of p-first#1 and address of p-second#1",
        "text": "a pair for tests",
    }
    assert "nothing to change" in cmx("up", "--yes").all
    cmx("destroy", "--yes")
    deleted = [call["name"] for call in script.calls("delete")]
    assert sorted(deleted) == ["after", "p-first", "p-second"]
    assert deleted.index("after") < deleted.index("p-second") < deleted.index("p-first")


def test_a_component_that_fails_is_named_and_others_are_made(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    faults = (Fault("create", "p-first", when="update"),)
    script.write(Script(types=USUAL.types, faults=faults))
    write(cmx, 'pair = Pair("p", 1)\nafter = Thing("after", beside=pair.address)\nThing("alone")')

    # when
    up = cmx("up", "--yes", code=1)

    # then
    assert "p-first" in up.stderr
    assert [call["name"] for call in script.calls("create")].count("alone") == 1
    assert "after" not in [call["name"] for call in script.calls("create")]


def test_what_a_plugin_cannot_make_is_refused_with_its_words(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    write(
        cmx,
        'pulumi.ComponentResource("pairs:index:Trio", "t", {},'
        ' pulumi.ResourceOptions(version="1.2.3"), remote=True)',
    )

    # when
    refused = cmx("preview", code=1)

    # then
    assert "there is no pairs:index:Trio here" in refused.stderr


def test_secrets_stay_secret_on_their_way_through_a_component(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    cmx.environment["PULUMI_CONFIG_PASSPHRASE"] = "correct horse"
    write(
        cmx,
        'pair = Pair("p", 1, token=pulumi.Output.secret("canary-7"))\n'
        'pulumi.export("token", pair.token)',
    )

    # when
    up = cmx("up", "--yes")

    # then
    assert "canary-7" not in up.all + cmx("outputs").stdout
    assert cmx("outputs", "--show-secrets", "--json").json() == {"token": "canary-7"}


def test_transforms_of_a_plugin_change_the_parts_that_it_makes(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    write(cmx, 'pair = Pair("p", 1, tagged=True)\nafter = Thing("after", beside=pair.address)')

    # when
    cmx("up", "--yes")

    # then
    tags = {call["name"]: call["properties"].get("tag") for call in script.calls("create")}
    assert tags == {"p-first": "by the plugin", "p-second": None, "after": None}
    assert "nothing to change" in cmx("up", "--yes").all


def test_hooks_of_a_plugin_are_called_around_its_parts(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, 'Pair("p", 1, fails=True)')

    # when
    failed = cmx("up", "--yes", code=1)
    write(cmx, 'Pair("p", 1, watched=True)')
    cmx("up", "--yes")

    # then
    assert "before-create hook made failed: the plugin does not like it" in failed.all
    assert [call["name"] for call in script.calls("create")] == ["p-first", "p-second"]
