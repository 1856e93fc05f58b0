"""What changes behind the back of `cmx` is seen, recorded and put right."""

import json
from typing import Any

import pytest

from tests.integration.cli import Cmx

PROVIDER = '''
import json
from pathlib import Path

import pulumi
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

FOLDER = Path(pulumi.Config().require("folder"))


class BoxProvider(ResourceProvider):
    """A box is a file; its inputs are what stands in it."""

    def __init__(self, folder):
        self.folder = folder

    def note(self, what, id):
        with open(Path(self.folder) / "calls", "a") as file:
            print(what, id, file=file)

    def file(self, id):
        return Path(self.folder) / f"{id}.json"

    def create(self, props):
        id = props["label"]
        self.note("create", id)
        if props["colour"] == "none":
            raise ValueError("a box has a colour")
        self.file(id).write_text(json.dumps({"colour": props["colour"]}))
        return CreateResult(id, {**props, "area": 4})

    def read(self, id, props):
        self.note("read", id)
        try:
            now = json.loads(self.file(id).read_text())
        except FileNotFoundError:
            return ReadResult("", {})
        inputs = {"label": id, **now}
        return ReadResult(id, {**props, **inputs, "area": 4}, inputs=inputs)

    def diff(self, id, old, new):
        return DiffResult(changes=old["colour"] != new["colour"])

    def update(self, id, old, new):
        self.note("update", id)
        self.file(id).write_text(json.dumps({"colour": new["colour"]}))
        return UpdateResult({**new, "area": 4})

    def delete(self, id, props):
        self.note("delete", id)
        self.file(id).unlink()


class Box(Resource):
    area: pulumi.Output[int]
    colour: pulumi.Output[str]

    def __init__(self, label, colour=None, opts=None):
        props = {"label": label, "colour": colour, "area": None}
        super().__init__(BoxProvider(str(FOLDER)), label, props, opts)


class BlindProvider(ResourceProvider):
    def create(self, props):
        return CreateResult("blind", props)


class Blind(Resource):
    def __init__(self, name):
        super().__init__(BlindProvider(), name, {"size": 1})
'''

PROGRAM = """
red = Box("red", "red")
of_red = Box("of_red", red.colour)
pulumi.export("colour", of_red.colour)
"""


class Boxes:
    """The world outside: a folder with a file for each box."""

    def __init__(self, cmx: Cmx) -> None:
        self.cmx = cmx
        self.folder = cmx.folder / "boxes"
        self.folder.mkdir()
        config = f"config:\n  lab:folder: {self.folder}\n"
        cmx.write("stacks/Pulumi.boxes.yaml", config)
        self.calls()

    def program(self, text: str = PROGRAM) -> None:
        self.cmx.program(f"{PROVIDER}\n{text}", "boxes")

    def paint(self, label: str, colour: str) -> None:
        (self.folder / f"{label}.json").write_text(json.dumps({"colour": colour}))

    def take(self, label: str) -> None:
        (self.folder / f"{label}.json").unlink()

    def colour(self, label: str) -> str:
        found: dict[str, Any] = json.loads((self.folder / f"{label}.json").read_text())
        return str(found["colour"])

    def calls(self) -> list[str]:
        """Return what was done since the last time, the reads left out."""
        file = self.folder / "calls"
        found = file.read_text().splitlines() if file.exists() else []
        file.write_text("")
        return [line for line in found if not line.startswith("read")]


@pytest.fixture
def boxes(cmx: Cmx) -> Boxes:
    return Boxes(cmx)


def test_what_has_changed_outside_is_shown_recorded_and_put_right(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program()
    cmx("up", "boxes", "--yes")
    boxes.calls()
    boxes.paint("red", "pink")

    # when: it is only looked at
    seen = cmx("refresh", "boxes", "--preview-only", "--exit-code", code=2)

    # then
    assert "1 changed outside" in seen.stdout
    assert "colour red -> pink" in seen.stdout
    assert "nothing to change" in cmx("preview", "boxes").stdout

    # when: nobody is there to say yes
    refused = cmx("refresh", "boxes", code=64)

    # then
    assert "--yes" in refused.stderr

    # when
    done = cmx("refresh", "boxes", "--yes", "--json").json()
    again = cmx("refresh", "boxes", "--yes")

    # then
    assert [one["action"] for one in done["plan"]["changes"]] == ["update"]
    assert [one["action"] for one in done["outcome"]["carried"]] == ["update"]
    assert done["outcome"]["kind"] == "refresh"
    assert "nothing has changed outside" in again.stdout
    assert boxes.calls() == []

    # when: the next run wants its own colour back
    plan = cmx("preview", "boxes")
    cmx("up", "boxes", "--yes")

    # then
    assert "colour pink -> red" in plan.stdout
    assert boxes.calls() == ["update red"]
    assert boxes.colour("red") == "red"


def test_what_is_gone_is_forgotten_and_made_again(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program()
    cmx("up", "boxes", "--yes")
    boxes.calls()
    boxes.take("red")

    # when
    said = cmx("refresh", "boxes", "--yes")
    cmx("up", "boxes", "--yes")

    # then
    assert "1 gone" in said.stdout
    assert "it is not there any more" in said.stdout
    assert "1 forgotten" in said.stdout
    assert boxes.calls() == ["create red"]


def test_a_run_may_look_first(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program()
    cmx("up", "boxes", "--yes", "--refresh")
    boxes.calls()
    boxes.paint("red", "pink")
    boxes.take("of_red")

    # when
    preview = cmx("preview", "boxes", "--refresh")
    plan = cmx("preview", "boxes", "-r", "--json").json()
    without = cmx("preview", "boxes")
    cmx("up", "boxes", "--yes", "--refresh")

    # then
    assert "changed outside:" in preview.stdout
    assert "1 to create, 1 to update" in preview.stdout
    assert sorted(one["action"] for one in plan["drift"]) == ["forget", "update"]
    assert "nothing to change" in without.stdout
    assert sorted(boxes.calls()) == ["create of_red", "update red"]
    assert cmx("outputs", "boxes", "--json").json() == {"colour": "red"}


def test_a_refresh_may_run_the_program_and_makes_nothing(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program()
    cmx("up", "boxes", "--yes")
    boxes.calls()
    boxes.paint("red", "pink")
    boxes.program(
        PROGRAM.replace('"red")', '"red", pulumi.ResourceOptions(protect=True))')
        + 'new = Box("new", "blue")\npulumi.export("new", new.area)\n'
    )

    # when
    said = cmx("refresh", "boxes", "--run-program", "--yes")
    refused = cmx("destroy", "boxes", "--yes", code=1)

    # then
    assert "colour red -> pink" in said.stdout
    assert boxes.calls() == []
    assert "it is protected" in refused.stderr


def test_a_destroy_may_run_the_program_for_what_it_says_now(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program(PROGRAM.replace('"red")', '"red", pulumi.ResourceOptions(protect=True))'))
    cmx("up", "boxes", "--yes")
    boxes.calls()
    boxes.program()

    # when
    cmx("destroy", "boxes", "--yes", code=1)
    said = cmx("destroy", "boxes", "--run-program", "--yes", "--json").json()

    # then
    assert len(said["outcome"]["removed"]) == 2
    assert boxes.calls() == ["delete of_red", "delete red"]


@pytest.mark.parametrize("with_program", [[], ["--run-program"]])
def test_only_a_part_is_looked_at(cmx: Cmx, boxes: Boxes, with_program: list[str]) -> None:
    # given
    boxes.program()
    cmx("up", "boxes", "--yes")
    boxes.paint("red", "pink")
    boxes.paint("of_red", "pink")

    # when
    said = cmx("refresh", "boxes", *with_program, "--target", "of_red", "--yes")
    left = cmx("refresh", "boxes", *with_program, "--exclude", "of_red", "--preview-only")

    # then
    assert "1 changed outside" in said.stdout
    assert "of_red" in said.stdout
    assert "  ~ resource  red " in left.stdout


def test_only_a_part_goes_while_the_program_runs(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program()
    cmx("up", "boxes", "--yes")
    boxes.calls()
    boxes.program(PROGRAM + 'new = Box("new", "blue")\n')

    # when
    alone = cmx("destroy", "boxes", "--run-program", "--target", "red", "--yes", code=1)
    unknown = cmx("destroy", "boxes", "--run-program", "--target", "new", "--yes", code=64)
    said = cmx("destroy", "boxes", "--run-program", "--exclude", "red", "--yes")

    # then
    assert "stands on a target and would be deleted with it" in alone.stderr
    assert "there is no resource 'new'" in unknown.stderr
    assert "1 deleted" in said.stdout
    assert boxes.calls() == ["delete of_red"]


def test_a_class_without_a_read_is_named(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program('Blind("dark")\n')
    cmx("up", "boxes", "--yes")

    # when
    said = cmx("refresh", "boxes", "--yes")

    # then
    assert "not looked at: resource dark (their provider has no `read`)" in said.stdout


def test_what_cannot_be_looked_at_is_one_error(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program()
    cmx("up", "boxes", "--yes")
    (boxes.folder / "red.json").write_text("broken")

    # when
    said = cmx("refresh", "boxes", "--yes", code=1)

    # then
    assert said.error[0].startswith("error: red: JSONDecodeError")
    assert cmx("up", "boxes", "--yes", "--refresh", code=1).error[0].startswith("error: red: JSON")


# --- reading from programs ------------------------------------------------------------------------


def test_a_program_reads_what_somebody_else_has_made(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.paint("theirs", "green")
    boxes.program("""
found = Box("found", opts=pulumi.ResourceOptions(
    id="theirs", additional_secret_outputs=["colour"]))
mine = Box("mine", found.colour)
pulumi.export("id", found.id)
pulumi.export("area", found.area)
""")

    # when
    preview = cmx("preview", "boxes")
    cmx("up", "boxes", "--yes")

    # then
    assert "1 to create, 1 to read" in preview.stdout
    assert "green" not in preview.stdout
    assert boxes.colour("mine") == "green"
    assert cmx("outputs", "boxes", "--json").json() == {"id": "theirs", "area": 4}
    assert "nothing to change" in cmx("preview", "boxes").stdout

    # when
    cmx("destroy", "boxes", "--yes")

    # then
    assert boxes.calls() == ["create mine", "delete mine"]
    assert boxes.colour("theirs") == "green"


def test_what_is_not_there_is_one_error_with_its_line(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program('Box("found", opts=pulumi.ResourceOptions(id="nobodys"))\n')
    text = (cmx.project / "stacks" / "boxes.py").read_text().splitlines()
    line = next(i for i, one in enumerate(text, 1) if one.startswith('Box("found"'))

    # when
    said = cmx("preview", "boxes", code=1)

    # then
    assert said.error[0] == (
        f"error: found (stacks/boxes.py:{line}): there is nothing with the id nobodys"
    )


def test_the_id_of_something_new_is_read_in_the_run(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.program("""
mine = Box("mine", "blue")
same = Box("same", opts=pulumi.ResourceOptions(id=mine.id))
pulumi.export("colour", same.colour)
""")

    # when
    cmx("up", "boxes", "--yes")

    # then
    assert cmx("outputs", "boxes", "--json").json() == {"colour": "blue"}


def test_a_program_may_ask_whether_something_exists(cmx: Cmx, boxes: Boxes) -> None:
    # given
    boxes.paint("theirs", "green")
    boxes.program(
        """
from pulumi.runtime.resource import exists_resource

known = Box("known", "blue")
for name in ("theirs", "nobodys"):
    props = {"label": name, "colour": None, "__provider": known.__provider}
    found = exists_resource(None, "pulumi-python:dynamic:Resource", name, props,
        pulumi.ResourceOptions())
    pulumi.export(name, found)
""".replace("known.__provider", "getattr(known, '__provider')")
    )

    # when
    cmx("up", "boxes", "--yes")

    # then
    assert cmx("outputs", "boxes", "--json").json() == {"theirs": True, "nobodys": False}
