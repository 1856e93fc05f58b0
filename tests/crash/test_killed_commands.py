"""`cmx`, or the process of a program's provider classes, dies in the middle of a change."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli import Cmx, a_project, command_of, leaders
from tests.rigs.waiting import eventually

_PROGRAM = """
import os
import signal
from pathlib import Path

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider
from pulumi.dynamic import UpdateResult

FOLDER = Path({folder!r})


def die(what, name):
    '''Kill whoever is to die when this happens to a crate with this name.'''
    order = FOLDER / f"die-{{what}}-{{name}}"
    if order.exists():
        whom = order.read_text()
        order.unlink()
        os.kill(os.getppid() if whom == "cmx" else os.getpid(), signal.SIGKILL)


class Crates(ResourceProvider):
    def create(self, props):
        id = f"{{props['name']}}#{{os.urandom(4).hex()}}"
        (FOLDER / "crates" / id).write_text(str(props["size"]))
        die("create", props["name"])
        return CreateResult(id, props)

    def diff(self, id, olds, news):
        return DiffResult(changes=olds["size"] != news["size"])

    def update(self, id, olds, news):
        (FOLDER / "crates" / id).write_text(str(news["size"]))
        die("update", news["name"])
        return UpdateResult(news)

    def delete(self, id, props):
        (FOLDER / "crates" / id).unlink()
        die("delete", props["name"])

    def read(self, id, props):
        crate = FOLDER / "crates" / id
        if not crate.exists():
            return ReadResult("", {{}})
        now = {{**props, "size": int(crate.read_text())}}
        return ReadResult(id, now, inputs={{"name": props["name"], "size": now["size"]}})


class Findable(Crates):
    def find(self, props, token):
        return [one.name for one in (FOLDER / "crates").glob(props["name"] + "#*")]


class Crate(Resource):
    def __init__(self, provider, name, size=1, needs=()):
        opts = pulumi.ResourceOptions(depends_on=list(needs))
        super().__init__(provider, name, {{"name": name, "size": size}}, opts)


"""
_WHOLE = """
one = Crate(Findable(), "one", SIZE)
two = Crate(Findable(), "two", needs=[one])
three = Crate(Findable(), "three")
"""


class Store:
    """A project whose program makes crates: files in a folder."""

    def __init__(self, cmx: Cmx) -> None:
        self.cmx = cmx
        (cmx.folder / "crates").mkdir()

    def write(self, text: str = _WHOLE, size: int = 1) -> None:
        program = _PROGRAM.format(folder=str(self.cmx.folder))
        self.cmx.program(f"{program}{text.replace('SIZE', str(size))}", "store")

    def let_die(self, who: str, what: str, name: str = "one") -> None:
        (self.cmx.folder / f"die-{what}-{name}").write_text(who)

    def crates(self) -> dict[str, str]:
        """Return the sizes by id."""
        return {file.name: file.read_text() for file in (self.cmx.folder / "crates").iterdir()}

    def names(self) -> list[str]:
        return sorted(id_.partition("#")[0] for id_ in self.crates())

    def processes(self) -> list[int]:
        """Return what still runs of the children that commands in this project have started."""
        marks = (str(self.cmx.folder), "cloudmesh_iac.program.child", "cloudmesh_iac.providers")
        return [
            pid
            for pid in leaders()
            if any(mark in command_of(pid) for mark in marks)
            and _folder_of(pid).is_relative_to(self.cmx.folder)
        ]


def _folder_of(pid: int) -> Path:
    try:
        return Path(f"/proc/{pid}/cwd").resolve()
    except OSError:
        return Path("/nowhere")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with a_project(tmp_path) as project:
        yield Store(project)


_WAYS = {"cmx": -signal.SIGKILL, "host": 1}  # who is killed, and how `cmx` ends


@pytest.mark.parametrize("who", _WAYS)
def test_what_was_made_when_somebody_was_killed_is_taken_over(store: Store, who: str) -> None:
    # given
    store.write()
    store.let_die(who, "create")
    store.cmx("up", "store", "--yes", code=_WAYS[who])

    # when
    preview = store.cmx("preview", "store")
    after = store.cmx("up", "store", "--yes")

    # then
    assert "unsettled: create or adopt" in preview.stdout
    assert (
        "one: its creation began, and nobody saw the end of it; found and taken over" in after.all
    )
    assert store.names() == ["one", "three", "two"]
    assert "nothing to change" in store.cmx("preview", "store").stdout


@pytest.mark.parametrize("who", _WAYS)
def test_a_change_that_nobody_saw_the_end_of_is_looked_at(store: Store, who: str) -> None:
    # given
    store.write()
    store.cmx("up", "store", "--yes")
    store.write(size=2)
    store.let_die(who, "update")
    store.cmx("up", "store", "--yes", code=_WAYS[who])
    store.write(size=3)

    # when
    store.cmx("up", "store", "--yes")

    # then
    assert sorted(store.crates().values()) == ["1", "1", "3"]


@pytest.mark.parametrize("who", _WAYS)
def test_a_destroy_that_is_killed_is_finished_by_the_next_one(store: Store, who: str) -> None:
    # given
    store.write()
    store.cmx("up", "store", "--yes")
    store.let_die(who, "delete", "three")
    store.cmx("destroy", "store", "--yes", code=_WAYS[who])

    # when
    store.cmx("destroy", "store", "--yes")

    # then
    assert store.names() == []


def test_nothing_goes_on_behind_a_command_that_was_killed(store: Store) -> None:
    # given
    store.write()
    store.let_die("cmx", "create")

    # when
    store.cmx("up", "store", "--yes", code=-signal.SIGKILL)

    # then
    assert eventually(store.processes, lambda left: not left, within_s=20) == []


def test_what_cannot_be_looked_for_names_the_command_that_settles_it(store: Store) -> None:
    # given
    text = _WHOLE.replace('Crate(Findable(), "one"', 'Crate(Crates(), "one"')
    store.write(text)
    store.let_die("cmx", "create")
    store.cmx("up", "store", "--yes", code=-signal.SIGKILL)

    # when
    said = store.cmx("up", "store", "--yes", code=1)

    # then
    assert "cmx state settle 'urn:pulumi:" in said.all
    assert store.names().count("one") == 1
    assert "three" in store.names(), "the rest goes on"
    assert "two" not in store.names()

    # when
    ill = store.cmx("state", "doctor", code=1)
    (id_,) = [one for one in store.crates() if one.startswith("one#")]
    settled = store.cmx("state", "settle", "store", "one", id_)
    store.cmx("up", "store", "--yes")

    # then
    assert "a create began, and nobody knows how it ended" in ill.stdout
    assert f"one: adopted, as {id_}" in settled.stdout
    assert store.names() == ["one", "three", "two"]
    assert "all is well" in store.cmx("state", "doctor").stdout
