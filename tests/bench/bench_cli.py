"""How long does a whole `cmx` take, from the shell's view? Prints; asserts no time.

Read the column of the least: the others are the machine's other work.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from tests.bench.surroundings import surroundings

_CMX = Path(sys.executable).with_name("cmx")
_PROJECT = Path(__file__).parents[2]
_ROUNDS = 9
_COMPONENTS = 1_000
_TIMEOUT_S = 120

_MANY_COMPONENTS = f"""
import pulumi

for number in range({_COMPONENTS}):
    pulumi.ComponentResource("bench:index:Nothing", f"nothing-{{number}}")
"""


class Benchmark(Protocol):
    """The fixture of pytest-benchmark, as far as we use it."""

    def pedantic(
        self, target: Callable[[], str], *, rounds: int, warmup_rounds: int = 0
    ) -> str: ...


class Shell:
    """Runs `cmx` in a project of its own, with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self._project = folder / "project"
        self._home = folder / "home"
        self._project.mkdir()
        self._home.mkdir()
        (self._project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")

    def write_program(self, name: str, text: str) -> None:
        (self._project / f"{name}.py").write_text(text)

    def cmx(self, *arguments: str, folder: Path | None = None) -> str:
        """Return what it printed. It must end well: the time of a failure means nothing."""
        ended = subprocess.run(
            [str(_CMX), *arguments],
            cwd=folder or self._project,
            env=surroundings(self._home),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def bench_help(benchmark: Benchmark, shell: Shell) -> None:
    said = benchmark.pedantic(lambda: shell.cmx("--help"), rounds=_ROUNDS, warmup_rounds=1)

    assert "preview" in said


def bench_preview_of_an_empty_program(benchmark: Benchmark, shell: Shell) -> None:
    shell.write_program("empty", "")

    benchmark.pedantic(lambda: shell.cmx("preview", "empty"), rounds=_ROUNDS, warmup_rounds=1)


def bench_preview_of_hello(benchmark: Benchmark, shell: Shell) -> None:
    said = benchmark.pedantic(
        lambda: shell.cmx("preview", "hello", folder=_PROJECT), rounds=_ROUNDS, warmup_rounds=1
    )

    assert "30 to create" in said


def bench_up_of_1000_components(benchmark: Benchmark, shell: Shell) -> None:
    """Each round is a stack of its own, so that each makes all of them."""
    shell.write_program("many", _MANY_COMPONENTS)
    stacks = iter(f"round{number}" for number in range(_ROUNDS + 1))

    benchmark.pedantic(
        lambda: shell.cmx("up", "many", "--yes", "--stack", next(stacks)),
        rounds=_ROUNDS,
        warmup_rounds=1,
    )


def bench_up_of_1000_components_again(benchmark: Benchmark, shell: Shell) -> None:
    shell.write_program("many", _MANY_COMPONENTS)
    shell.cmx("up", "many", "--yes")

    said = benchmark.pedantic(lambda: shell.cmx("up", "many", "--yes"), rounds=_ROUNDS)

    assert "nothing to change" in said
