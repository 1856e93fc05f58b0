"""Which command is measured when: all engines in turn, each operation beside its rivals."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.bench.side_by_side.contenders import Contender, Operation
from tests.bench.side_by_side.process import Cost, Failed
from tests.rigs.starting import CannotStart

_LONGEST_COMMAND_S = 300.0
_ROUNDS: Mapping[int, int] = {100: 3, 1_000: 3}  # more resources: once


@dataclass(frozen=True, slots=True)
class Cell:
    engine: str
    operation: Operation
    count: int


@dataclass
class Measured:
    """What was measured, each cell once for each round, and why cells are missing."""

    costs: dict[Cell, list[Cost]] = field(default_factory=dict)
    missing: dict[tuple[str, int], str] = field(default_factory=dict)

    def of(self, cell: Cell) -> Cost | None:
        """Return the cell's round in the middle, by wall time; of two the faster one."""
        costs = sorted(self.costs.get(cell, ()), key=_wall_s)
        return costs[(len(costs) - 1) // 2] if costs else None


def _rounds(count: int) -> int:
    return _ROUNDS.get(count, 1)


def _wall_s(cost: Cost) -> float:
    return cost.wall_s


class Schedule:
    """Nothing new is begun when the time is over: a cell that would not fit is left out."""

    def __init__(
        self, contenders: Sequence[Contender], *, ends_s: float, say: Callable[[str], None]
    ) -> None:
        self._contenders = contenders
        self._ends_s = ends_s
        self._say = say
        self._measured = Measured()

    def run(self, counts: Sequence[int]) -> Measured:
        """What is measured once goes first: if time runs out, only a repetition is missing."""
        for count in sorted(counts, key=_rounds):
            for number in range(_rounds(count)):
                self._round(count, number)
        return self._measured

    def _round(self, count: int, number: int) -> None:
        with TemporaryDirectory(prefix="cmx-bench-") as root:
            ready = {
                one.name: Path(root, str(place))
                for place, one in enumerate(self._contenders)
                if self._is_ready(one, count, Path(root, str(place)))
            }
            for operation in Operation:
                for contender in self._turn(number):
                    if contender.name in ready and operation in contender.operations:
                        fits = self._measure(
                            contender, operation, count=count, folder=ready[contender.name]
                        )
                        if not fits:
                            shutil.rmtree(ready.pop(contender.name))

    def _turn(self, number: int) -> Iterator[Contender]:
        """Each round has another first one."""
        first = number % len(self._contenders)
        yield from self._contenders[first:]
        yield from self._contenders[:first]

    def _is_ready(self, contender: Contender, count: int, folder: Path) -> bool:
        if count > contender.cap.count:
            self._miss(contender, count, contender.cap.reason)
            return False
        if self._measured.missing.get((contender.name, count)):
            return False
        folder.mkdir()
        with self._noted(contender, count) as noted:
            contender.prepare(folder)
        return noted == []

    def _measure(
        self, contender: Contender, operation: Operation, *, count: int, folder: Path
    ) -> bool:
        left_s = self._ends_s - monotonic()
        cell = Cell(contender.name, operation, count)
        before = self._measured.costs.get(cell)
        if left_s <= 0 or (before and before[0].wall_s > left_s):
            if not before:
                self._miss(contender, count, "the time of this run was over")
            return False
        with self._noted(contender, count) as noted:
            cost = contender.run(
                operation, folder=folder, count=count, timeout_s=min(_LONGEST_COMMAND_S, left_s)
            )
            self._measured.costs.setdefault(cell, []).append(cost)
            self._say(
                f"{count:>6,} {operation:18} {contender.name:20} {cost.wall_s:7.2f} s"
                f" {cost.cpu_s:7.2f} s CPU {cost.memory_mb:6.0f} MB"
            )
        return noted == []

    @contextmanager
    def _noted(self, contender: Contender, count: int) -> Iterator[list[str]]:
        noted: list[str] = []
        try:
            yield noted
        except (Failed, CannotStart) as error:
            noted.append(str(error))
            self._miss(contender, count, str(error))

    def _miss(self, contender: Contender, count: int, why: str) -> None:
        self._measured.missing[contender.name, count] = why
        self._say(f"{count:>6,} {contender.name}: not measured: {why}")
