"""Programs whose resources are served by a provider plugin, from plan to destroy."""

import json
import re
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.cli import Cmx, command_of, leaders
from tests.oracle.case import Behaviour, Fault
from tests.rigs.scripted.program import attached, install
from tests.rigs.scripted.script import VARIABLE, Script, ScriptFolder
from tests.rigs.waiting import eventually

THING = "test:index:Thing"
CLASSES = """
import pulumi


def _options(opts):
    return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(version="1.2.3"), opts)


class Thing(pulumi.CustomResource):
    address: pulumi.Output[str]

    def __init__(self, name, size=None, opts=None, **more):
        properties = {"size": size, "address": None, **more}
        super().__init__("test:index:Thing", name, properties, _options(opts))


class Provider(pulumi.ProviderResource):
    def __init__(self, name, opts=None, **config):
        super().__init__("test", name, config, _options(opts))


def call(name, **args):
    return pulumi.runtime.invoke(
        f"test:index:{name}", args, pulumi.InvokeOptions(version="1.2.3")
    ).value
"""
TWO = """
a = Thing("a", 1)
b = Thing("b", a.address)
pulumi.export("where", b.address)
pulumi.export("echo", call("echo", n=3))
"""
USUAL = Script(
    types={
        THING: Behaviour(computed=("address",), replaces=("zone",), auto=("name",), previews=True)
    }
)


@pytest.fixture
def script(cmx: Cmx) -> ScriptFolder:
    """The scripted plugin in the plugin folder of this person."""
    folder = ScriptFolder(cmx.folder / "script")
    folder.write(USUAL)
    cmx.environment[VARIABLE] = str(folder.folder)
    install(cmx.home / ".pulumi" / "plugins")
    return folder


def write(cmx: Cmx, text: str) -> None:
    cmx.program(f"{CLASSES}\n{text}")


def test_a_program_of_a_plugin_lives_from_plan_to_destroy(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, TWO)

    # when
    plan = cmx("preview")
    cmx("up", "--yes")

    # then
    assert "2 to create" in plan.stdout
    assert cmx("outputs", "--json").json() == {"echo": {"n": 3}, "where": "address of b#1"}
    assert [call["name"] for call in script.calls("create")] == ["a", "b"]
    assert "nothing to change" in cmx("up", "--yes").all
    cmx("destroy", "--yes")
    assert [call["id"] for call in script.calls("delete")] == ["b#1", "a#1"]


def test_a_change_says_what_the_plugin_says_of_it(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, 'a = Thing("a", 1, zone="x")\nb = Thing("b", a.address)')
    cmx("up", "--yes")

    # when
    write(cmx, 'a = Thing("a", 1, zone="y")\nb = Thing("b", a.address)')
    plan = cmx("preview")

    # then
    assert "thing  a  replaced: zone x -> y" in plan.stdout
    assert "thing  b  may be updated" in plan.stdout
    cmx("up", "--yes")
    assert [call["id"] for call in script.calls("delete")] == ["a#1"]
    assert [call["news"]["size"] for call in script.calls("update")] == ["address of a#2"]


def test_names_are_the_same_in_plan_and_run(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, 'Thing("a", 1)')

    # when
    cmx("up", "--yes")

    # then
    planned, made = script.calls("create_preview")[0], script.calls("create")[0]
    assert planned["properties"]["name"] == made["properties"]["name"]
    assert made["properties"]["name"].startswith("seed:")


def test_names_are_made_as_the_stack_says(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    named = 'pulumi.CustomResource("test:index:Thing", "b", {"name": "mine"}, _options(None))'
    write(cmx, f'Thing("a", 1)\n{named}')
    rule = "config:\n  pulumi:autonaming:\n    pattern: ${stack}-${name}-${hex(4)}\n"
    cmx.write("stacks/Pulumi.study.yaml", rule)

    # when
    cmx("up", "--yes")

    # then
    made = {call["name"]: call["properties"]["name"] for call in script.calls("create")}
    planned = {call["name"]: call["properties"]["name"] for call in script.calls("create_preview")}
    assert re.fullmatch(r"study-a-[0-9a-f]{4}", made["a"])
    assert planned["a"] == made["a"]
    assert made["b"] == "mine"


def test_a_plugin_that_knows_no_rules_for_names_is_warned_about(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    script.write(replace(USUAL, naming=False))
    write(cmx, 'Thing("a", 1)')
    rule = "config:\n  pulumi:autonaming: {pattern: lab, enforce: true}\n"
    cmx.write("stacks/Pulumi.study.yaml", rule)

    # when
    said = cmx("preview")

    # then
    assert "a: its name is not made as pulumi:autonaming says" in said.all
    assert script.calls("create_preview")[0]["properties"]["name"].startswith("seed:")


def test_rules_for_names_that_make_no_sense_are_a_wrong_setting(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    write(cmx, 'Thing("a", 1)')
    rule = "config:\n  pulumi:autonaming: {mode: verbatim, pattern: lab}\n"
    cmx.write("stacks/Pulumi.study.yaml", rule)

    # when
    said = cmx("up", "--yes", code=64)

    # then
    assert "`mode` does not go with `pattern`" in said.all
    assert script.calls() == []


def test_an_explicit_provider_gets_its_configuration(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(
        cmx,
        """
east = Provider("east", region="e", token=pulumi.Output.secret("hunter2"))
Thing("a", 1, pulumi.ResourceOptions(provider=east))
""",
    )

    # when
    cmx("up", "--yes")

    # then
    settings = script.calls("configure")[-1]["variables"]
    assert settings["test:config:region"] == "e"
    assert settings["test:config:token"] == "hunter2"
    state = cmx.store.read_bytes()
    assert b"hunter2" not in state
    cmx("destroy", "--yes")
    assert script.calls("delete")


def test_the_default_provider_has_the_settings_of_the_stack(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, 'Thing("a", 1)')
    cmx.write("stacks/Pulumi.study.yaml", "config:\n  test:region: e\n  other:region: w\n")

    # when
    cmx("up", "--yes")

    # then
    assert script.calls("configure")[-1]["variables"] == {"test:config:region": "e"}


def test_what_a_default_provider_lacks_is_said_of_the_resource_that_needs_it(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    script.write(replace(USUAL, needs=("region",)))
    write(cmx, 'Thing("a", 1)')

    # when
    said = cmx("up", "--yes", code=1)

    # then
    assert "thing a failed: it lacks settings: test:region" in said.all
    assert "1 failed, in" in said.all
    assert "cmx config set test:region VALUE" in said.all


def test_all_that_is_wrong_with_inputs_is_said_at_once(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    script.write(Script(faults=(Fault("check", "a", "refusal"),)))
    write(cmx, 'Thing("a", 1)')

    # when
    said = cmx("preview", code=1)

    # then
    assert "size: is not good" in said.all
    assert "color: is not known" in said.all


def test_what_is_half_made_is_finished_by_the_next_run(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    script.write(Script(faults=(Fault("create", "a", "partial"),)))
    write(cmx, 'Thing("a", 1)')

    # when
    failed = cmx("up", "--yes", code=1)
    script.write(USUAL)
    cmx("up", "--yes")

    # then
    assert "half of a" in failed.all
    assert [call["id"] for call in script.calls("update")] == ["a#1"]
    assert len(script.calls("create")) == 1


def test_a_plugin_that_dies_is_one_error_for_its_resource(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    script.write(Script(faults=(Fault("create", "a", "die"),)))
    write(cmx, 'Thing("a", 1)')

    # when
    said = cmx("up", "--yes", code=1)

    # then
    assert "the plugin test 1.2.3 has died; its last words: create of a was too much" in said.all


def test_a_plugin_that_is_nowhere_says_how_to_bring_it(cmx: Cmx) -> None:
    # given
    write(cmx, 'Thing("b", 1)\nThing("a", 1)')
    mirror = cmx.folder / "mirror"
    cmx.write("cloudmesh.yaml", f"plugins:\n  mirror: {mirror}\n  download: false\n")

    # when
    said = cmx("preview", "--json", code=1)

    # then
    words = json.dumps(said.json())
    assert re.search(r"b \(stacks/study.py:\d+\): the plugin test 1.2.3 is not here", words)
    assert "needed by 2 resources" in words
    assert "default" not in words
    assert str(mirror) in words
    assert "cmx plugin mirror DIR" in words


def test_a_plugin_in_a_debugger_is_attached_to(cmx: Cmx, tmp_path: Path) -> None:
    # given
    write(cmx, TWO)
    script = ScriptFolder(tmp_path / "attached")
    script.write(USUAL)

    # when
    with attached(tmp_path / "elsewhere", script.folder) as port:
        environment = {"PULUMI_DEBUG_PROVIDERS": f"test:{port}"}
        cmx("up", "--yes", environment=environment)

    # then
    assert script.calls("attach")
    assert len(script.calls("create")) == 2


def test_a_project_names_its_plugin_by_path(cmx: Cmx) -> None:
    # given
    script = ScriptFolder(cmx.folder / "script")
    script.write(USUAL)
    install(cmx.folder / "mine")
    folder = cmx.folder / "mine" / "resource-test-v1.2.3"
    project = cmx.project / "Pulumi.yaml"
    named = f"plugins:\n  providers:\n    - name: test\n      path: {folder}\n"
    project.write_text(project.read_text() + named)
    write(cmx, 'Thing("a", 1)')

    # when
    cmx("up", "--yes", environment={VARIABLE: str(script.folder)})

    # then
    assert script.calls("create")


def test_default_providers_may_be_switched_off(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, 'Thing("a", 1)')
    settings = "config:\n  pulumi:disable-default-providers: '[\"test\"]'\n"
    cmx.write("stacks/Pulumi.study.yaml", settings)

    # when
    said = cmx("preview", code=1)

    # then
    assert "the default provider of test is switched off" in said.all
    assert not script.calls("handshake")


def test_a_refresh_asks_the_plugin(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(cmx, 'Thing("a", 1)')
    cmx("up", "--yes")
    script.write(Script(faults=(Fault("read", "a", "drift"),)))

    # when
    cmx("refresh", "--yes")

    # then
    assert script.calls("read")[0]["id"] == "a#1"
    script.write(USUAL)
    assert "size drifted -> 1" in cmx("preview").stdout


def test_something_that_exists_is_looked_at(cmx: Cmx, script: ScriptFolder) -> None:
    # given
    write(
        cmx,
        """
found = Thing("found", opts=pulumi.ResourceOptions(id="net-7"))
Thing("a", found.address)
pulumi.export("address", found.address)
""",
    )

    # when
    cmx("up", "--yes")

    # then
    assert cmx("outputs", "--json").json() == {"address": "address of net-7"}
    cmx("destroy", "--yes")
    assert [call["id"] for call in script.calls("delete")] == ["a#1"]


def test_ctrl_c_twice_stops_a_change_and_the_next_run_says_what_is_open(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    script.write(Script(faults=(Fault("create", "a", "hang"),)))
    write(cmx, 'Thing("a", 1)')
    up = cmx.start("up", "--yes")
    eventually(lambda: script.calls("create"))

    # when
    up.send_signal(signal.SIGINT)
    threading.Event().wait(0.5)  # a second signal at once may be taken for the same one
    up.send_signal(signal.SIGINT)
    up.communicate(timeout=30)

    # then
    assert up.returncode == 130
    plugins = str(cmx.home / ".pulumi")  # each is ended by its guard, once that sees us gone
    eventually(lambda: not any(plugins in command_of(pid) for pid in leaders()))
    script.write(USUAL)
    again = cmx("up", "--yes", code=1)
    assert "its creation began, and nobody saw the end of it" in again.all
    assert "cmx state settle" in again.all
    assert len(script.calls("create")) == 1


def test_a_plugin_serves_a_package_that_a_parameter_makes_of_it(
    cmx: Cmx, script: ScriptFolder
) -> None:
    # given
    script.write(Script(types={"lab:index:Thing": Behaviour(computed=("address",))}))
    cmx.program(
        """
        import asyncio

        import pulumi
        from pulumi.runtime.proto import resource_pb2


        async def package():
            monitor = pulumi.runtime.settings.get_monitor()
            request = resource_pb2.RegisterPackageRequest(
                name="test",
                version="1.2.3",
                parameterization=resource_pb2.Parameterization(
                    name="lab", version="4.5.6", value=b"rack 7"
                ),
            )
            loop = asyncio.get_running_loop()
            return (await loop.run_in_executor(None, monitor.RegisterPackage, request)).ref


        class Thing(pulumi.CustomResource):
            address: pulumi.Output[str]

            def __init__(self, name):
                properties = {"address": None}
                super().__init__("lab:index:Thing", name, properties, package_ref=package())


        pulumi.export("where", Thing("a").address)
        """
    )

    # when
    cmx("up", "--yes")
    script.forget_all_but()
    again = cmx("up", "--yes")
    cmx("destroy", "--yes")

    # then
    assert "nothing to change" in again.all
    made = [call["value"]["name"] for call in script.calls("parameterize")]
    assert set(made) == {"lab"}
    assert [call["name"] for call in script.calls("delete")] == ["a"]
