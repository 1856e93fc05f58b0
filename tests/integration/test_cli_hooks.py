"""Functions of a program are called around the changes of its resources."""

from pathlib import Path

import pytest

from tests.integration.cli import Cmx

PROVIDER = """
import pulumi
from pulumi import ErrorHook, ResourceHook, ResourceHookBinding, ResourceHookOptions
from pulumi import ResourceOptions
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

LOG = pulumi.Config().require("log")


def note(*words):
    with open(LOG, "a") as file:
        print(*words, file=file)


class BoxProvider(ResourceProvider):
    def create(self, props):
        lines = open(props["log"]).read().splitlines()
        self.note(props, "create")
        if lines.count("create " + props["name"]) < props["fails"]:
            raise ValueError("not yet")
        return CreateResult("id-" + props["name"], {**props, "area": props["size"] ** 2})

    def diff(self, id, old, new):
        return DiffResult(changes=old["size"] != new["size"])

    def update(self, id, old, new):
        self.note(new, "update")
        return UpdateResult({**new, "area": new["size"] ** 2})

    def delete(self, id, props):
        self.note(props, "delete")

    def note(self, props, what):
        with open(props["log"], "a") as file:
            print(what, props["name"], file=file)


class Box(Resource):
    area: pulumi.Output[float]

    def __init__(self, name, size, opts=None, fails=0):
        props = {"name": name, "size": size, "fails": fails, "log": LOG, "area": None}
        super().__init__(BoxProvider(), name, props, opts)
"""

ALL = """
def told(moment):
    async def hook(args):
        old, new = ((one or {}).get("area") for one in (args.old_outputs, args.new_outputs))
        size = (args.new_inputs or args.old_inputs)["size"]
        note(moment, args.name, args.id or "-", f"size={size:.0f} old={old} new={new}")

    return ResourceHook(moment, hook)


moments = ["before_create", "after_create", "before_update", "after_update", "before_delete",
           "after_delete"]
hooks = {moment: [told(moment)] for moment in moments}
for size in SIZES:
    Box("one", size, ResourceOptions(hooks=ResourceHookBinding(**hooks)))
"""


@pytest.fixture
def log(cmx: Cmx) -> Path:
    """The file in which hooks and provider write what they do."""
    log = cmx.folder / "log"
    log.touch()
    cmx.write("stacks/Pulumi.boxes.yaml", f"config:\n  lab:log: {log}\n")
    return log


def write(cmx: Cmx, program: str) -> None:
    cmx.program(f"{PROVIDER}\n{program}", "boxes")


def lines(log: Path) -> list[str]:
    """Return what was written since the last time."""
    found = log.read_text().splitlines()
    log.write_text("")
    return found


def test_hooks_are_called_around_each_change(cmx: Cmx, log: Path) -> None:
    # when: it is previewed
    write(cmx, ALL.replace("SIZES", "[2]"))
    cmx("preview", "boxes")

    # then
    assert lines(log) == []

    # when
    cmx("up", "boxes", "--yes")

    # then
    assert lines(log) == [
        "before_create one - size=2 old=None new=None",
        "create one",
        "after_create one id-one size=2 old=None new=4.0",
    ]

    # when: nothing changes, then the size does
    assert "nothing to change" in cmx("up", "boxes", "--yes").stdout
    write(cmx, ALL.replace("SIZES", "[3]"))
    cmx("up", "boxes", "--yes")

    # then
    assert lines(log) == [
        "before_update one id-one size=3 old=4.0 new=None",
        "update one",
        "after_update one id-one size=3 old=4.0 new=9.0",
    ]

    # when: only the program can call them
    refused = cmx("destroy", "boxes", "--yes", code=1)

    # then
    assert lines(log) == []
    assert "one (stacks/boxes.py:" in refused.error[0]
    assert "before_delete, after_delete" in refused.error[0]

    # when: the program drops it, and knows its hooks
    write(cmx, ALL.replace("SIZES", "[]"))
    cmx("up", "boxes", "--yes")

    # then
    assert lines(log) == [
        "before_delete one id-one size=3 old=9.0 new=None",
        "delete one",
        "after_delete one id-one size=3 old=9.0 new=None",
    ]


def test_a_delete_hook_that_nobody_knows_is_found_by_the_preview(cmx: Cmx, log: Path) -> None:
    # given
    write(cmx, ALL.replace("SIZES", "[2]"))
    cmx("up", "boxes", "--yes")
    lines(log)

    # when
    write(cmx, "")
    refused = cmx("up", "boxes", "--yes", code=1)

    # then
    assert "its hook before_delete is not known" in refused.error[0]
    assert lines(log) == []


def test_a_hook_before_a_change_can_forbid_it(cmx: Cmx, log: Path) -> None:
    # given
    write(
        cmx,
        """
def never(args):
    raise ValueError("not on a Friday")


one = Box("one", 2, ResourceOptions(hooks=ResourceHookBinding(before_create=[never])))
Box("two", one.area)
Box("three", 2)
""",
    )

    # when
    said = cmx("up", "boxes", "--yes", code=1)

    # then
    assert lines(log) == ["create three"]
    assert "before-create hook" in said.stdout
    assert "not on a Friday" in said.stdout
    assert cmx("status", "boxes").code == 0


def test_a_hook_that_fails_after_a_change_loses_nothing(cmx: Cmx, log: Path) -> None:
    # given
    program = """
def fails(args):
    raise ValueError("no ssh yet")


one = Box("one", 2, ResourceOptions(hooks=ResourceHookBinding(after_create=[fails])))
Box("two", one.area)
"""
    write(cmx, program)

    # when
    said = cmx("up", "boxes", "--yes", code=1)

    # then: what needs it goes on, and the run has failed
    assert lines(log) == ["create one", "create two"]
    assert "after-create hook" in said.stdout
    assert "no ssh yet" in said.stdout
    assert "nothing to change" in cmx("up", "boxes", "--yes").stdout
    assert lines(log) == []


def test_hooks_may_run_in_previews_and_their_errors_may_be_warnings(cmx: Cmx, log: Path) -> None:
    # given
    write(
        cmx,
        """
def seen(args):
    note("dry" if pulumi.runtime.is_dry_run() else "wet", args.new_inputs["size"])
    raise ValueError("never mind")


hook = ResourceHook("seen", seen, ResourceHookOptions(on_dry_run=True, ignore_errors=True))
Box("one", 2, ResourceOptions(hooks=ResourceHookBinding(before_create=[hook])))
""",
    )

    # when
    said = cmx("up", "boxes", "--yes")

    # then
    assert lines(log) == ["dry 2.0", "wet 2.0", "create one"]
    assert "never mind" in said.all


def test_an_error_hook_asks_for_another_try(cmx: Cmx, log: Path) -> None:
    # given
    write(
        cmx,
        """
def again(args):
    note("asked", args.failed_operation, len(args.errors))
    return len(args.errors) < 3


hook = ErrorHook("again", again)
Box("one", 2, ResourceOptions(hooks=ResourceHookBinding(on_error=[hook])), fails=2)
Box("two", 2, ResourceOptions(hooks=ResourceHookBinding(on_error=[hook])), fails=9)
""",
    )

    # when
    said = cmx("up", "boxes", "--yes", code=1)

    # then
    written = lines(log)
    assert written.count("create one") == 3
    assert written.count("create two") == 3
    assert written.count("asked create 1") == 2
    assert "not yet" in said.stdout


def test_the_hooks_of_a_component_come_with_its_outputs(cmx: Cmx, log: Path) -> None:
    # given
    write(
        cmx,
        """
class Shelf(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("demo:index:Shelf", name, {"size": 2}, opts)
        self.box = Box("inner", 2, ResourceOptions(parent=self))
        self.register_outputs({"area": self.box.area})


def before(args):
    note("before", args.name, args.new_inputs)


def after(args):
    note("after", args.name, args.new_outputs)


binding = ResourceHookBinding(before_create=[before], after_create=[after])
Shelf("shelf", ResourceOptions(hooks=binding))
""",
    )

    # when
    cmx("up", "boxes", "--yes")

    # then
    assert lines(log) == [
        "before shelf {'size': 2.0}",
        "create inner",
        "after shelf {'area': 4.0}",
    ]
