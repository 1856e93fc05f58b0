"""Files behind assets: a changed one is a change, a missing one an error with its line."""

import pytest

from tests.integration.cli import Cmx

PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider, UpdateResult


class Keeper(ResourceProvider):
    def create(self, props):
        return CreateResult("kept", {**props, "seen": look(props)})

    def update(self, id, old, new):
        return UpdateResult({**new, "seen": look(new)})


def look(props):
    with open(props["source"].path) as file:
        return [type(props["source"]).__name__, file.read(), sorted(props["parts"].assets)]


class Kept(Resource):
    seen: pulumi.Output[list]

    def __init__(self, name, **props):
        super().__init__(Keeper(), name, {"seen": None, **props})


kept = Kept(
    "kept",
    source=pulumi.FileAsset("in.txt"),
    site=pulumi.FileArchive("site"),
    parts=pulumi.AssetArchive({"a": pulumi.FileAsset("in.txt"), "b": pulumi.StringAsset("b")}),
)
pulumi.export("seen", kept.seen)
pulumi.export("file", pulumi.FileAsset("in.txt"))
"""


@pytest.fixture
def files(cmx: Cmx) -> Cmx:
    cmx.program(PROGRAM, "files")
    cmx.write("stacks/in.txt", "one\n")
    cmx.write("stacks/site/index.html", "hello\n")
    return cmx


def test_a_changed_file_is_a_change_and_said_in_words(files: Cmx) -> None:
    # given
    files("up", "files", "--yes")
    same = files("preview", "files")

    # when
    files.write("stacks/in.txt", "two\n")
    files.write("stacks/site/more.html", "more\n")
    changed = files("preview", "files")
    files("up", "files", "--yes")

    # then
    assert "nothing to change" in same.stdout
    assert changed.stdout.splitlines()[1:] == [
        "  ~ resource  kept  (stacks/files.py:25)",
        "      parts.a: the file in.txt has changed",
        "      site: what is in site has changed",
        "      source: the file in.txt has changed",
    ]
    seen = files("outputs", "files", "--json").json()["seen"]
    assert seen == ["FileAsset", "two\n", ["a", "b"]]
    assert "nothing to change" in files("preview", "files").stdout


def test_a_missing_file_is_one_error_with_its_property_and_line(files: Cmx) -> None:
    # when
    (files.project / "stacks" / "in.txt").unlink()
    said = files("preview", "files", code=1)

    # then
    assert said.error[0].startswith("error: ")
    missing = f"there is no {files.project}/stacks/in.txt"
    assert f"kept (stacks/files.py:25): parts.a: {missing}" in said.stderr


def test_a_file_that_changes_after_the_plan_stops_the_run(files: Cmx) -> None:
    # given: the file is another one each time the program runs
    files.program(PROGRAM + "\nopen('in.txt', 'a').write('more')\n", "files")

    # when
    said = files("up", "files", "--yes", code=5)

    # then
    assert "source" in said.stderr
