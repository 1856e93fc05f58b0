"""Try mutants of the engine, and write docs/mutation.md: a sample, or all of them."""

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cloudmesh_iac.settings.computer import this_computer
from tests.mutation.report import Setting, page
from tests.mutation.results import modules_of, mutants_below

_ROOT = Path(__file__).parents[2]
_SAMPLE = 300
_SEED = 1
_AT_ONCE = 50  # so that a run which is interrupted has tried some of them wholly


def main() -> None:
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=_SAMPLE, help="how many are tried")
    parser.add_argument("--seed", type=int, default=_SEED, help="which ones are drawn")
    parser.add_argument("--all", action="store_true", help="try every one, for hours")
    parser.add_argument("--report", action="store_true", help="write down what was tried before")
    asked = parser.parse_args()
    if not asked.report:
        _try(["cloudmesh_iac.engine.clashes*"])  # makes all, and learns which test reaches what
    there = sorted(mutants_below(_ROOT))
    drawn = there if asked.all else _drawn(there, asked.sample, seed=asked.seed)
    if not asked.report:
        for start in range(0, len(drawn), _AT_ONCE):
            _try(drawn[start : start + _AT_ONCE])
    setting = Setting(
        day=f"{this_computer().clock.now():%Y-%m-%d}",
        version=_version(),
        seed=asked.seed,
        wanted=len(drawn),
        there=len(there),
    )
    (_ROOT / "docs" / "mutation.md").write_text(
        page(modules_of(mutants_below(_ROOT), drawn), setting)
    )


def _drawn(names: Sequence[str], count: int, *, seed: int) -> list[str]:
    return random.Random(seed).sample(names, min(count, len(names)))


def _try(names: Sequence[str]) -> None:
    workers = str(os.cpu_count() or 1)
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", workers, *names]
    subprocess.run(command, cwd=_ROOT, check=True)


def _version() -> str:
    command = ["git", "describe", "--always"]
    told = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    return told.stdout.strip()


if __name__ == "__main__":
    main()
