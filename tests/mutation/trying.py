"""Try mutants, each in a fork of one pytest process that has collected the tests once.

A test that fails is run once more without the mutant: if it fails then too, it was something else,
and the other tests go on.

Run below `mutants/`, where the engine is with all its mutants in it: which one is awake is said by
a variable of the environment.
"""

import argparse
import json
import os
import select
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

import pytest

_VARIABLE = "MUTANT_UNDER_TEST"
_STATS = "mutmut-stats.json"
_TESTS = ("tests/unit/core", "tests/unit/engine", "tests/lifecycle", "tests/oracle")
_OPTIONS = ("-q", "-p", "no:cacheprovider", "--timeout=60", "--ignore=tests/oracle/long_run")
SURVIVED, KILLED, NOT_REACHED = 0, 1, 33
_LONGEST_TEST_S = 60.0
_OUT_OF_TIME = "Timeout (>"  # the words of pytest-timeout


@dataclass(frozen=True)
class Tried:
    """What became of a mutant: `by` is the test that noticed it, `is_late` says that it hung."""

    name: str
    code: int
    seconds: float
    by: str = ""
    is_late: bool = False


def tests_reaching(folder: Path) -> Mapping[str, Sequence[str]]:
    """Return for each function, by its mangled name, the tests that reach it, the fastest first."""
    stats = json.loads((folder / _STATS).read_text())
    takes_s = stats["duration_by_test"]
    return {
        function: sorted(tests, key=lambda test: (takes_s.get(test, 0.0), test))
        for function, tests in stats["tests_by_mangled_function_name"].items()
    }


class Trying:
    """A plugin of pytest: takes the place of running the tests one after the other.

    `longest_s` is what the tests of one mutant may take; who is alive then has survived.
    """

    def __init__(
        self, wanted: Sequence[str], told: Path, *, longest_s: float, ends_s: float
    ) -> None:
        self._wanted = wanted
        self._told = told
        self._longest_s = longest_s
        self._ends_s = ends_s
        self._reaching = tests_reaching(Path())
        self._is_late = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for name in self._wanted:
            if monotonic() > self._ends_s:
                break
            reaching = self._reaching.get(name.rpartition("__mutmut_")[0], ())
            tests = [items[test] for test in reaching if test in items]
            with self._told.open("a") as file:
                file.write(json.dumps(asdict(self._tried(session, name, tests))) + "\n")
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and _OUT_OF_TIME in report.longreprtext:
            self._is_late = True

    def _tried(self, session: pytest.Session, name: str, tests: Sequence[pytest.Item]) -> Tried:
        began_s = monotonic()
        if not tests:
            return Tried(name, NOT_REACHED, 0.0)
        while tests:
            failed, is_late = self._noticed(session, name, tests, ends_s=began_s + self._longest_s)
            if failed is None:
                break
            test = tests[failed]
            without, _ = self._noticed(session, "", [test], ends_s=monotonic() + self._longest_s)
            if without is None:
                spent_s = round(monotonic() - began_s, 1)
                return Tried(name, KILLED, spent_s, test.nodeid, is_late=is_late)
            tests = tests[failed + 1 :]
        return Tried(name, SURVIVED, round(monotonic() - began_s, 1))

    def _noticed(
        self, session: pytest.Session, name: str, tests: Sequence[pytest.Item], *, ends_s: float
    ) -> tuple[int | None, bool]:
        """Run tests in a fork; return which one failed, None for none, and whether it hung."""
        reads, writes = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reads)
            self._run(session, name, tests, told=writes, ends_s=ends_s)
        os.close(writes)
        began, is_over = _read_to_end(reads, ends_s=ends_s + _LONGEST_TEST_S)
        if not is_over:
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code == SURVIVED:
            return None, False
        is_late = not is_over or began[-1:] == ["late"]
        numbers = [word for word in began if word != "late"]
        return int(numbers[-1]), is_late

    def _run(
        self,
        session: pytest.Session,
        name: str,
        tests: Sequence[pytest.Item],
        *,
        told: int,
        ends_s: float,
    ) -> NoReturn:
        """Run tests until one fails; this process ends here, whatever happens.

        Each is told by its number when it begins, so that a process that breaks is told too.
        """
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.environ[_VARIABLE] = name
        self._is_late = False
        code = KILLED
        try:
            for number, (test, following) in enumerate(zip(tests, (*tests[1:], None), strict=True)):
                os.write(told, f"{number}\n".encode())
                session.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
                if session.testsfailed:
                    os.write(told, b"late\n" if self._is_late else b"")
                    break
                if monotonic() > ends_s:
                    code = SURVIVED
                    break
            else:
                code = SURVIVED
        finally:
            os._exit(code)


def _read_to_end(reads: int, *, ends_s: float) -> tuple[list[str], bool]:
    """Return the words of a fork, and whether it has ended: one that hangs does not."""
    found = b""
    with os.fdopen(reads, "rb", buffering=0) as pipe:
        while select.select([pipe], [], [], max(0.0, ends_s - monotonic()))[0]:
            piece = pipe.read(1 << 12)
            if not piece:
                return found.decode().split(), True
            found += piece
    return found.decode().split(), False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", type=Path, help="a file with a name on each line")
    parser.add_argument("told", type=Path, help="where a line for each of them is added")
    parser.add_argument("--longest-s", type=float, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    asked = parser.parse_args()
    ends_s = monotonic() + asked.minutes * 60
    wanted = asked.wanted.read_text().split()
    trying: Any = Trying(wanted, asked.told, longest_s=asked.longest_s, ends_s=ends_s)
    os.environ[_VARIABLE] = ""
    sys.exit(pytest.main([*_OPTIONS, *_TESTS], plugins=[trying]))


if __name__ == "__main__":
    main()
