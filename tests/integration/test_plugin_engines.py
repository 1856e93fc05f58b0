"""Both engines ask the same plugin the same, and remember the same of its answers.

Pulumi's engine is the real `pulumi` program. What each of them does for itself is left out: how a
process begins and ends, ids that nobody can foresee, names made from a seed.
"""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.integration.cli import Cmx
from tests.integration.plugin_engines import Came, Engine, Ours, Theirs
from tests.integration.test_cli_plugins import CLASSES
from tests.oracle.case import Behaviour, Fault
from tests.rigs.scripted.program import attached
from tests.rigs.scripted.script import Script

THING = "test:index:Thing"


@dataclass
class Both:
    """What is said to one engine is said to the other, and what comes of it compared."""

    engines: tuple[Engine, Engine]

    def script(
        self,
        *faults: Fault,
        behaviour: Behaviour | None = None,
        marks: bool = True,
        handshake: bool = True,
    ) -> None:
        types = {THING: behaviour or Behaviour(computed=("address",), previews=True)}
        script = Script(types, faults, marks, marks, handshake)
        for engine in self.engines:
            engine.script(script)

    def write(self, program: str) -> None:
        for engine in self.engines:
            engine.write(f"{CLASSES}\n{program}")

    def run(self, *operations: str, fails: bool = False) -> Came:
        """Run operations, each to be the same in both; return the last of ours."""
        ours = None
        for operation in operations:
            ours, theirs = (engine.run(operation) for engine in self.engines)
            assert ours.has_failed == theirs.has_failed == fails, f"{ours.words}\n{theirs.words}"
            found = differences([*theirs.calls, theirs.state], [*ours.calls, ours.state])
            if found:
                pytest.fail(f"{operation}:\n{found}", pytrace=False)
        assert ours is not None
        return ours


def differences(theirs: Sequence[object], ours: Sequence[object]) -> str:
    """Return the lines in which two lists of documents differ; empty if they do not."""
    before, after = (json.dumps(side, indent=1, sort_keys=True) for side in (theirs, ours))
    lines = unified_diff(before.splitlines(), after.splitlines(), "pulumi", "cmx", lineterm="")
    return "\n".join(lines)


@pytest.fixture
def both(cmx: Cmx, tmp_path: Path, pulumi_programs: Path) -> Both:
    both = Both((Ours(cmx), Theirs(tmp_path / "pulumi", pulumi_programs)))
    both.script()
    return both


def test_a_life_from_create_to_destroy(both: Both) -> None:
    both.write('a = Thing("a", 1)\nb = Thing("b", a.address)\npulumi.export("x", b.address)')
    both.run("preview", "up", "up")
    both.write('a = Thing("a", 2)\nb = Thing("b", a.address)')
    both.run("preview", "up", "refresh", "destroy")


def test_replacements_with_details_and_stables(both: Both) -> None:
    # given
    both.script(
        behaviour=Behaviour(
            computed=("address",),
            recomputed=("state",),
            replaces=("zone",),
            deletes_first=("zone",),
            stables=("address",),
            details=True,
            previews=True,
        )
    )
    both.write('a = Thing("a", 1, zone="x", state=None)\nb = Thing("b", a.address)')
    both.run("up")

    # then
    both.write('a = Thing("a", 2, zone="x", state=None)\nb = Thing("b", a.address)')
    both.run("preview", "up")
    both.write('a = Thing("a", 2, zone="y", state=None)\nb = Thing("b", a.address)')
    both.run("preview", "up")


def test_names_that_the_plugin_makes(both: Both) -> None:
    both.script(behaviour=Behaviour(auto=("name",), replaces=("size",), previews=True))
    both.write('Thing("a", 1)')
    both.run("up")
    both.write('Thing("a", 2)')
    both.run("preview", "up")


def test_a_plugin_that_leaves_the_comparison_to_the_engine(both: Both) -> None:
    both.script(behaviour=Behaviour(silent=True))
    both.write('Thing("a", {"x": [1, 2], "y": 3})')
    both.run("up")
    both.write('Thing("a", {"x": [1, 4], "y": 3})')
    both.run("preview", "up")


def test_half_a_create_is_finished_by_the_next_run(both: Both) -> None:
    # given
    both.script(Fault("create", "a", "partial"))
    both.write('Thing("a", 1)')
    came = both.run("up", fails=True)
    assert [one["initErrors"] for one in came.state.values()] == [[], ["half of a"]]

    # then
    both.script()
    both.run("preview", "up")


def test_half_an_update_is_finished_by_the_next_run(both: Both) -> None:
    # given
    both.write('Thing("a", 1)')
    both.run("up")
    both.script(Fault("update", "a", "partial"))
    both.write('Thing("a", 2)')
    both.run("up", fails=True)

    # then
    both.script()
    both.run("up")


@pytest.mark.parametrize("call", ["check", "diff", "create", "update"])
def test_what_the_plugin_refuses(both: Both, call: str) -> None:
    # given
    both.write('Thing("a", 1)')
    if call != "create":
        both.run("up")
        both.write('Thing("a", 2)')
    both.script(Fault(call, "a", "refusal" if call == "check" else "certain"))

    # then
    both.run("up", fails=True)


def test_secrets_of_a_plugin_that_knows_none(both: Both) -> None:
    # given
    both.script(marks=False)
    both.write(
        """
a = Thing("a", pulumi.Output.secret("x"), inner={"deep": pulumi.Output.secret(1), "plain": 2})
b = Thing("b", a.address, whole=a)
"""
    )

    # then
    both.run("preview", "up", "up")
    both.write('a = Thing("a", pulumi.Output.secret("y"))')
    both.run("up", "refresh", "destroy")


@pytest.mark.parametrize("handshake", [True, False])
def test_marks_reach_the_plugin(both: Both, *, handshake: bool) -> None:
    # given
    both.script(handshake=handshake)
    both.write(
        """
a = Thing("a", pulumi.Output.secret("x"), list=[pulumi.Output.secret(1), 2], nothing={}, none=[])
b = Thing("b", a.address, whole=a, text=pulumi.StringAsset("hello"))
"""
    )

    # then
    both.run("preview", "up", "up", "destroy")


def test_a_provider_of_the_program(both: Both) -> None:
    # given
    program = """
east = Provider("east", region="{region}", token=pulumi.Output.secret("x"))
Thing("a", 1, pulumi.ResourceOptions(provider=east))
"""
    both.write(program.format(region="e"))
    both.run("preview", "up", "up")

    # then
    both.write(program.format(region="w"))
    both.run("preview", "up", "destroy")


def test_what_exists_is_read_and_functions_are_called(both: Both) -> None:
    both.write(
        """
found = Thing("found", opts=pulumi.ResourceOptions(id="net-7"))
a = Thing("a", found.address)
call("echo", n=3, text="x")
at = {"at": a.address}
pulumi.runtime.invoke_output("test:index:echo", at, pulumi.InvokeOptions(version="1.2.3"))
"""
    )
    both.run("preview", "up", "destroy")


def test_what_has_changed_outside(both: Both) -> None:
    # given
    both.write('Thing("a", 1)')
    both.run("up")

    # then
    both.script(Fault("read", "a", "drift"))
    both.run("refresh")
    both.script()
    both.run("preview", "up")
    both.script(Fault("read", "a", "gone"))
    both.run("refresh")
    both.script()
    both.run("up")


def test_a_look_finds_out_that_something_is_not_ready(both: Both) -> None:
    # given
    both.write('Thing("a", 1)')
    both.run("up")

    # when
    both.script(Fault("read", "a", "partial"))
    came = both.run("refresh")

    # then
    assert ["half of a"] in [one["initErrors"] for one in came.state.values()]
    both.script()
    both.run("preview", "up")


def test_a_plugin_in_a_debugger_serves_both(both: Both, tmp_path: Path) -> None:
    # given
    both.write('a = Thing("a", 1)\nb = Thing("b", a.address)')

    # when
    with ExitStack() as running:
        for engine in both.engines:
            place = tmp_path / "attached"
            engine.attach(running.enter_context(attached(place, engine.folder.folder)))

        # then
        both.run("preview", "up", "destroy")
