"""Pulumi programs that know nothing of us run unchanged."""

from pathlib import Path

import pytest

from tests.integration.cli import Cmx

PROVIDER = """
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class BoxProvider(ResourceProvider):
    def create(self, props):
        self.note(props, "create")
        if props["size"] == 13:
            raise ValueError("no box has the size 13")
        return CreateResult(f"box-{props['size']:.0f}", {**props, "area": props["size"] ** 2})

    def diff(self, id, old, new):
        changed = [key for key in ("size", "colour") if old[key] != new[key]]
        return DiffResult(changes=bool(changed), replaces=[key for key in changed if key == "size"])

    def update(self, id, old, new):
        self.note(new, "update")
        return UpdateResult({**new, "area": old["area"]})

    def delete(self, id, props):
        self.note(props, "delete")

    def note(self, props, what):
        with open(props["log"], "a") as file:
            print(what, props["label"], file=file)


class Box(Resource):
    area: pulumi.Output[float]
    label: pulumi.Output[str]

    def __init__(self, label, size, colour="red", opts=None):
        log = pulumi.Config().require("log")
        props = {"label": label, "size": size, "colour": colour, "log": log, "area": None}
        super().__init__(BoxProvider(), label, props, opts)
"""

PROGRAM = """
print("printed")
pulumi.log.info("logged")


class Shelf(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("demo:index:Shelf", name)
        below = pulumi.ResourceOptions(parent=self)
        self.small = Box("small", 2, opts=below)
        self.big = Box("big", self.small.area, colour=COLOUR, opts=below)
        self.register_outputs({"total": self.big.area})


shelf = Shelf("shelf")
pulumi.export("area", shelf.big.area)
said = shelf.big.area.apply(lambda area: f"{area:.0f}")
pulumi.export("said", pulumi.Output.concat("area ", said))
pulumi.export("place", f"{pulumi.get_project()}/{pulumi.get_stack()}")
pulumi.export("size", pulumi.Config().get_int("size"))
"""

INNER = "\nshelf.small.area.apply(lambda area: Box('inner', int(area)))\n"


@pytest.fixture
def calls(cmx: Cmx) -> Path:
    """The file in which the provider writes what it was asked to do."""
    calls = cmx.folder / "calls"
    calls.touch()
    config = f"config:\n  lab:log: {calls}\n  lab:size: 7\n"
    for stack in ("boxes", "boxes.other"):
        cmx.write(f"stacks/Pulumi.{stack}.yaml", config)
    return calls


def write_boxes(cmx: Cmx, *, where: str = "main", text: str = PROGRAM) -> None:
    """Write the program; its provider stands in it, or in a module beside it."""
    text = text.replace("COLOUR", "'red'")
    if where == "module":
        cmx.write("stacks/boxes_parts/__init__.py", "")
        cmx.write("stacks/boxes_parts/box.py", PROVIDER)
        cmx.program(f"import pulumi\nfrom boxes_parts.box import Box\n{text}", "boxes")
    else:
        cmx.program(f"{PROVIDER}\n{text}", "boxes")


def test_a_provider_class_in_a_module_serves_as_well(cmx: Cmx, calls: Path) -> None:
    # given
    write_boxes(cmx, where="module")

    # when
    cmx("up", "boxes", "--yes")
    again = cmx("up", "boxes", "--yes")
    cmx("destroy", "boxes", "--yes")

    # then
    assert "nothing to change" in again.stdout
    assert calls.read_text().splitlines() == [
        "create small",
        "create big",
        "delete big",
        "delete small",
    ]


def test_it_is_previewed_applied_changed_and_destroyed(cmx: Cmx, calls: Path) -> None:
    # given
    write_boxes(cmx)

    # when
    preview = cmx("preview", "boxes", "--exit-code", code=2)

    # then
    assert calls.read_text() == ""
    assert not cmx.store.exists()
    assert "2 to create" in preview.stdout
    assert "printed" in preview.stderr
    assert "logged" in preview.stderr
    assert "printed" not in preview.stdout

    # when
    cmx("up", "boxes", "--yes")

    # then
    assert calls.read_text().split("\n") == ["create small", "create big", ""]
    assert cmx("outputs", "boxes", "--json").json() == {
        "area": 16,
        "said": "area 16",
        "place": "lab/boxes",
        "size": 7,
    }

    # when it is asked again
    again = cmx("up", "boxes", "--yes")

    # then
    assert "nothing to change" in again.stdout
    assert len(calls.read_text().splitlines()) == 2

    # when: a colour can be changed in place
    write_boxes(cmx, text=PROGRAM.replace("COLOUR", "'blue'"))
    cmx("up", "boxes", "--yes")

    # then
    assert calls.read_text().splitlines()[2:] == ["update big"]

    # when: a size cannot, and what depends on it follows
    write_boxes(cmx, text=PROGRAM.replace("COLOUR", "'blue'").replace("2,", "3,"))
    plan = cmx("preview", "boxes")
    cmx("up", "boxes", "--yes")

    # then
    assert "replace" in plan.stdout
    assert calls.read_text().splitlines()[3:] == [
        "create small",
        "create big",
        "delete big",
        "delete small",
    ]
    assert cmx("outputs", "boxes", "--json").json()["area"] == 81

    # when
    cmx("destroy", "boxes", "--yes")
    cmx("destroy", "boxes", "--yes")

    # then
    assert calls.read_text().splitlines()[7:] == ["delete big", "delete small"]
    assert cmx("outputs", "boxes", "--json").json() == {}


def test_stacks_of_a_program_are_strangers(cmx: Cmx, calls: Path) -> None:
    # given
    write_boxes(cmx)

    # when
    cmx("up", "boxes", "--yes")
    cmx("up", "boxes", "--stack", "other", "--yes")

    # then
    assert calls.read_text().count("create") == 4
    assert cmx("outputs", "boxes", "-s", "other", "--json").json()["place"] == "lab/boxes.other"


def test_resources_of_an_imported_module_stay(cmx: Cmx, calls: Path) -> None:
    # given: importing the module declares
    cmx.write("stacks/parts.py", PROVIDER)
    cmx.write("stacks/declared/__init__.py", "from parts import Box\n\nbox = Box('imported', 2)\n")
    cmx.program("import declared\n", "boxes")

    # when
    first = cmx("preview", "boxes", "--exit-code", code=2)
    cmx("up", "boxes", "--yes")
    cmx("preview", "boxes", "--exit-code")
    again = cmx("up", "boxes", "--yes")

    # then
    assert "imported" in first.stdout
    assert "nothing to change" in again.stdout
    assert calls.read_text().splitlines() == ["create imported"]


def test_a_resource_that_fails_deletes_nothing_and_skips_what_needs_it(
    cmx: Cmx, calls: Path
) -> None:
    # given: one resource is declared inside an apply of another
    write_boxes(cmx)
    cmx("up", "boxes", "--yes")
    inner = PROGRAM + INNER
    write_boxes(cmx, text=inner)
    cmx("up", "boxes", "--yes")
    assert calls.read_text().splitlines()[2:] == ["create inner"]

    # when
    write_boxes(cmx, text=inner.replace('"small", 2', '"small", 13'))
    failed = cmx("up", "boxes", "--yes", code=1)

    # then: the apply was never reached, and neither was the old box let go
    assert calls.read_text().splitlines()[3:] == ["create small"]
    assert "ValueError: no box has the size 13" in failed.stdout
    assert "cloudmesh_iac" not in failed.all
    (skipped,) = [line for line in failed.stdout.splitlines() if "because" in line]
    assert "big" in skipped
    assert "small" in skipped

    # when it is mended
    write_boxes(cmx, text=inner)
    mended = cmx("up", "boxes", "--yes")

    # then
    assert "nothing to change" in mended.stdout
    assert len(calls.read_text().splitlines()) == 4


def test_a_resource_behind_a_value_that_was_not_known_is_shown_before_it_is_made(
    cmx: Cmx, calls: Path
) -> None:
    # given
    write_boxes(cmx, text=PROGRAM + INNER)

    # when: the preview cannot reach it
    preview = cmx("preview", "boxes")
    up = cmx("up", "boxes", "--yes")
    again = cmx("up", "boxes", "--yes")

    # then
    assert "inner" not in preview.stdout
    assert "+ resource  inner" in up.stdout
    assert "nothing to change" in again.stdout
    assert sorted(calls.read_text().splitlines()) == ["create big", "create inner", "create small"]


def test_a_resource_that_gets_another_name_is_kept_by_its_alias(cmx: Cmx, calls: Path) -> None:
    # given
    write_boxes(cmx, text="Box('before', 5)\n")
    cmx("up", "boxes", "--yes")

    # when
    options = "opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='before')])"
    write_boxes(cmx, text=f"Box('after', 5, {options})\n")
    cmx("up", "boxes", "--yes")
    cmx("destroy", "boxes", "--yes")

    # then
    assert [line.split()[0] for line in calls.read_text().splitlines()] == ["create", "delete"]


def test_an_error_of_the_program_deletes_nothing(cmx: Cmx, calls: Path) -> None:
    # given
    write_boxes(cmx)
    cmx("up", "boxes", "--yes")

    # when
    cmx.program("raise RuntimeError('half way')", "boxes")
    cmx("up", "boxes", "--yes", code=1)

    # then
    assert len(calls.read_text().splitlines()) == 2
    write_boxes(cmx)
    assert "nothing to change" in cmx("up", "boxes", "--yes").stdout


def test_a_program_that_declares_nothing_has_nothing_to_do(cmx: Cmx) -> None:
    # given
    cmx.program("pass", "empty")

    # when
    said = cmx("up", "--yes")
    again = cmx("preview", "--json")

    # then
    assert "nothing to change" in said.stdout
    assert {change["action"] for change in again.json()["changes"]} == {"same"}


def test_a_file_outside_a_project_runs(cmx: Cmx) -> None:
    # given
    file = cmx.folder / "loose" / "alone.py"
    file.parent.mkdir()
    file.write_text("import pulumi\npulumi.export('place', pulumi.get_stack())\n")

    # when
    cmx("up", "alone.py", "--yes", cwd=file.parent)

    # then
    outputs = cmx("outputs", "alone.py", "--json", cwd=file.parent)
    assert outputs.json() == {"place": "alone"}


def test_thousands_of_lines_of_output_are_passed_on(cmx: Cmx) -> None:
    # given
    cmx.program("for n in range(5000):\n    print('line', n)\n", "wordy")

    # when
    said = cmx("preview", "wordy")

    # then
    lines = [line for line in said.stderr.splitlines() if "line " in line]
    assert len(lines) == 5000
    assert lines[-1].endswith("line 4999")
