"""How long does a whole `cmx` take, from the shell's view? Prints; asserts no time.

Read the column of the least: the others are the machine's other work.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from cloudmesh_iac.settings.computer import this_computer

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


class Shell:
    """Runs `cmx` in a project of its own, with a home of its own."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self._home = folder / "home"
        self.project.mkdir()
        self._home.mkdir()
        (self.project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")

    def program(self, name: str, text: str) -> None:
        (self.project / f"{name}.py").write_text(text)

    def cmx(self, arguments: Sequence[str], folder: Path | None = None) -> str:
        """Return what it printed. It must end well: the time of a failure means nothing."""
        ended = subprocess.run(
            [_CMX, *arguments],
            cwd=folder or self.project,
            env={**this_computer().environment, "HOME": str(self._home)},
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


def bench_help(benchmark: BenchmarkFixture, shell: Shell) -> None:
    said = benchmark.pedantic(shell.cmx, (["--help"],), rounds=_ROUNDS, warmup_rounds=1)

    assert "preview" in said


def bench_preview_of_an_empty_program(benchmark: BenchmarkFixture, shell: Shell) -> None:
    shell.program("empty", "")

    benchmark.pedantic(shell.cmx, (["preview", "empty"],), rounds=_ROUNDS, warmup_rounds=1)


def bench_preview_of_hello(benchmark: BenchmarkFixture, shell: Shell) -> None:
    said = benchmark.pedantic(
        shell.cmx, (["preview", "hello"], _PROJECT), rounds=_ROUNDS, warmup_rounds=1
    )

    assert "30 to create" in said


def bench_up_of_1000_components(benchmark: BenchmarkFixture, shell: Shell) -> None:
    """Each round is a stack of its own, so that each makes all of them."""
    shell.program("many", _MANY_COMPONENTS)
    rounds = iter(range(_ROUNDS + 1))

    def up() -> None:
        shell.cmx(["up", "many", "--yes", "--stack", f"round{next(rounds)}"])

    benchmark.pedantic(up, rounds=_ROUNDS, warmup_rounds=1)


def bench_up_of_1000_components_again(benchmark: BenchmarkFixture, shell: Shell) -> None:
    shell.program("many", _MANY_COMPONENTS)
    shell.cmx(["up", "many", "--yes"])

    said = benchmark.pedantic(shell.cmx, (["up", "many", "--yes"],), rounds=_ROUNDS)

    assert "nothing to change" in said
