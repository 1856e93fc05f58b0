"""Try mutants, each in a fork of one pytest process that has collected the tests once.

Run below `mutants/`, where the engine is with all its mutants in it: which one is awake is said by
a variable of the environment.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NoReturn

import pytest

_VARIABLE = "MUTANT_UNDER_TEST"
_STATS = "mutmut-stats.json"
_TESTS = ("tests/unit/core", "tests/unit/engine", "tests/lifecycle", "tests/oracle")
_OPTIONS = ("-q", "-p", "no:cacheprovider", "--timeout=60", "--ignore=tests/oracle/long_run")
SURVIVED, NOT_REACHED = 0, 33


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

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        for name in self._wanted:
            if monotonic() > self._ends_s:
                break
            reaching = self._reaching.get(name.rpartition("__mutmut_")[0], ())
            tests = [items[test] for test in reaching if test in items]
            began_s = monotonic()
            code = self._tried(session, name, tests) if tests else NOT_REACHED
            line = {"name": name, "code": code, "seconds": round(monotonic() - began_s, 1)}
            with self._told.open("a") as file:
                file.write(json.dumps(line) + "\n")
        return True

    def _tried(self, session: pytest.Session, name: str, tests: Sequence[pytest.Item]) -> int:
        child = os.fork()
        if child == 0:
            self._run(session, name, tests)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _run(self, session: pytest.Session, name: str, tests: Sequence[pytest.Item]) -> NoReturn:
        """Run tests until one fails; this process ends here, whatever happens."""
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        os.environ[_VARIABLE] = name
        ends_s = monotonic() + self._longest_s
        code = 1
        try:
            for test, following in zip(tests, (*tests[1:], None), strict=True):
                session.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
                if session.testsfailed:
                    break
                if monotonic() > ends_s:
                    code = SURVIVED
                    break
            else:
                code = SURVIVED
        finally:
            os._exit(code)


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
