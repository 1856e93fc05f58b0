"""What a run writes goes by what it changes, not by how much there is."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.engine.embedded import EmbeddedEngine, Request
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import STACK, a_computer
from tests.lifecycle.script import ScriptedProgram, Thing
from tests.lifecycle.world import World, a_program

_FEW, _MANY = 10, 10_000
_DEEPER_PAGES = (
    4  # the trees of a larger file have a level or two more, which one page each goes by
)
_WAL_HEADER_BYTES = 32
_FRAME_HEADER = struct.Struct(
    ">6I"
)  # its second number is not 0 in the last frame of a transaction


@dataclass(frozen=True)
class Written:
    transactions: int
    pages: int


class Lab:
    """A stack of so many things in a state file, each run with the file newly opened."""

    def __init__(self, folder: Path, count: int) -> None:
        self._world = World(folder)
        self._path = folder / "cmx.db"
        self._count = count

    def up(self, **first: int) -> tuple[dict[Action, int], Written]:
        """Run with these inputs of the first thing; return what was planned, and written."""
        store = SqliteStore(self._path, computer=a_computer())
        engine = EmbeddedEngine(replace(self._world.parts, store=store))
        program = self._program(first)
        plan = engine.preview(program, Request(STACK))
        if plan.has_work:
            engine.up(program, Request(STACK), plan)
        written = self._in_log()
        store.close()  # empties the log into the file
        return dict(plan.counts()), written

    def _program(self, first: dict[str, int]) -> ScriptedProgram:
        others = (Thing(f"thing-{number}", {"size": 1}) for number in range(1, self._count))
        return a_program(Thing("thing-0", {"size": 1, **first}), *others)

    def _in_log(self) -> Written:
        log = self._path.with_name("cmx.db-wal")
        frames = list(_frames(log.read_bytes())) if log.exists() else []
        return Written(sum(frames), len(frames))


def _frames(log: bytes) -> Iterator[bool]:
    """Yield one item for each page in a write-ahead log: whether a transaction ends with it.

    Source: sqlite.org/fileformat2.html, "The Write-Ahead Log".
    """
    page_bytes = int.from_bytes(log[8:12], "big")
    for start in range(_WAL_HEADER_BYTES, len(log), _FRAME_HEADER.size + page_bytes):
        yield _FRAME_HEADER.unpack_from(log, start)[1] != 0


def test_a_run_without_changes_writes_nothing(tmp_path: Path) -> None:
    # given
    lab = Lab(tmp_path, _FEW)
    lab.up()

    # when
    counts, written = lab.up()

    # then
    assert counts == {Action.SAME: _FEW}
    assert written == Written(0, 0)


@pytest.mark.timeout(300)
def test_one_change_writes_as_little_in_a_large_stack_as_in_a_small_one(tmp_path: Path) -> None:
    # given
    small, large = (tmp_path / "small", tmp_path / "large")
    small.mkdir()
    large.mkdir()
    few, many = Lab(small, _FEW), Lab(large, _MANY)
    few.up()
    many.up()

    # when
    in_few, in_many = few.up(size=2), many.up(size=2)

    # then
    assert in_few[0] == {Action.SAME: _FEW - 1, Action.UPDATE: 1}
    assert in_many[0] == {Action.SAME: _MANY - 1, Action.UPDATE: 1}
    assert in_many[1].transactions == in_few[1].transactions
    assert in_many[1].pages <= in_few[1].pages + _DEEPER_PAGES * in_few[1].transactions
