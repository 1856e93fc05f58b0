"""A Pulumi program with boxes, whose provider notes in a file what it was asked to do."""

from tests.integration.cli import Cmx

PROVIDER = """
import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, Resource
from pulumi.dynamic import ResourceProvider, UpdateResult


class BoxProvider(ResourceProvider):
    def check(self, olds, news):
        bad = [key for key in ("size", "colour") if news[key] == "bad"]
        return CheckResult(news, [CheckFailure(key, "is not good") for key in bad])

    def create(self, props):
        self.note(props, "create")
        return CreateResult("box-" + props["label"], {**props, "area": props["size"]})

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

    def __init__(self, label, size=1, colour="red", opts=None):
        log = pulumi.Config().require("log")
        props = {"label": label, "size": size, "colour": colour, "log": log, "area": None}
        super().__init__(BoxProvider(), label, props, opts)


class Shelf(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("demo:index:Shelf", name, {}, opts)
"""


class Boxes:
    """A project with one program of boxes."""

    def __init__(self, cmx: Cmx) -> None:
        self.cmx = cmx
        self._log = cmx.folder / "calls"
        self._log.touch()
        cmx.write("stacks/Pulumi.boxes.yaml", f"config:\n  lab:log: {self._log}\n")

    def write(self, text: str) -> int:
        """Write the program; return the number of its last line."""
        program = f"{PROVIDER}\n{text}"
        self.cmx.program(program, "boxes")
        return len(program.strip().splitlines())

    def up(self, *options: str) -> None:
        self.cmx("up", "boxes", "--yes", *options)
        self.did()

    def did(self) -> list[str]:
        """Return what the provider was asked to do since the last time."""
        said = self._log.read_text().splitlines()
        self._log.write_text("")
        return said
