"""The benchmark of all engines: it ends, whatever the engines do."""

import subprocess
import sys
from pathlib import Path
from time import monotonic

from tests.bench.side_by_side.contenders import Cap, Operation
from tests.bench.side_by_side.process import Cost, Failed
from tests.bench.side_by_side.schedule import Cell, Schedule
from tests.rigs.starting import CannotStart, process_started

_DEADLINE_S = 30.0
_PROJECT = Path(__file__).parents[2]
_BURN = "x = [n * n for n in range(3_000_000)]"


# It takes all processes below it for those of the command: so it runs in a process of its own.
_MEASURE = """
import os, sys
from pathlib import Path
from tests.bench.side_by_side.process import Failed, measured

code, folder, timeout_s = sys.argv[1:]
try:
    cost = measured(
        [sys.executable, "-c", code],
        folder=Path(folder),
        environment=os.environ,
        timeout_s=float(timeout_s),
    )
except Failed as error:
    print("failed:", error)
else:
    print(cost.cpu_s)
"""


def measure(code: str, folder: Path, timeout_s: float = _DEADLINE_S) -> str:
    """Return the processor seconds, or why it failed."""
    answer = subprocess.run(
        [sys.executable, "-c", _MEASURE, code, str(folder), str(timeout_s)],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        timeout=2 * _DEADLINE_S,
        check=True,
    )
    return answer.stdout.strip()


def test_what_a_command_has_left_running_is_counted(tmp_path: Path) -> None:
    # given: a child that its parent does not wait for, and that says what it has used
    child = (
        f"{_BURN}; import pathlib, time; pathlib.Path('used').write_text(str(time.process_time()))"
    )
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}])"

    # when
    cpu_s = float(measure(code, tmp_path))

    # then
    assert cpu_s >= float((tmp_path / "used").read_text())


def test_a_command_that_is_late_is_killed_with_its_children(tmp_path: Path) -> None:
    # given
    child = "import sys, time; print('I', flush=True); sys.stdin.read(); time.sleep(600)"
    code = (
        "import pathlib, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}], start_new_session=True)\n"
        "pathlib.Path('pid').write_text(str(child.pid))\n"
        "child.wait()"
    )

    # when
    said = measure(code, tmp_path, timeout_s=5)

    # then
    assert said == "failed: it was not done after 5 s"
    assert process_started((tmp_path / "pid").read_text()) == "gone"


def test_a_command_that_fails_says_its_last_words(tmp_path: Path) -> None:
    said = measure("print('no such thing'); raise SystemExit(3)", tmp_path)
    assert said == "failed: exit code 3: no such thing"


class Engine:
    """Needs a second for each operation and fails at some, as asked."""

    cap = Cap(100, "it is small")
    operations = tuple(Operation)

    def __init__(self, name: str, *, fails_at: Operation | None = None, reason: str = "") -> None:
        self.name = name
        self._fails_at = fails_at
        self._reason = reason

    def prepare(self, folder: Path) -> None:
        if self._reason:
            raise CannotStart(self._reason)

    def run(self, operation: Operation, *, folder: Path, count: int, timeout_s: float) -> Cost:
        if operation is self._fails_at:
            raise Failed("it broke")
        return Cost(1.0, 1.0, 1.0)


def _ignore(_: str) -> None:
    """What is said meanwhile."""


def test_an_engine_that_fails_or_is_missing_leaves_the_others_alone() -> None:
    # given
    broken = Engine("broken", fails_at=Operation.CHANGE)
    missing = Engine("missing", reason="there is none")
    well = Engine("well")
    schedule = Schedule([broken, missing, well], ends_s=monotonic() + _DEADLINE_S, say=_ignore)

    # when
    found = schedule.run([10, 1_000])

    # then
    assert found.of(Cell("broken", Operation.NO_OP, 10)) is not None
    assert found.of(Cell("broken", Operation.DESTROY, 10)) is None
    assert all(found.of(Cell("well", operation, 10)) is not None for operation in Operation)
    assert found.missing["broken", 10] == "it broke"
    assert found.missing["missing", 10] == "there is none"
    assert found.missing["well", 1_000] == "it is small"


def test_nothing_is_begun_when_the_time_is_over() -> None:
    # when
    found = Schedule([Engine("late")], ends_s=monotonic(), say=_ignore).run([10])

    # then
    assert found.costs == {}
    assert found.missing["late", 10] == "the time of this run was over"
