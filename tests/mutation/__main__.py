"""Try mutants of the engine, and write docs/mutation.md: a sample, or all of them.

It can be interrupted: what was tried on this version is kept, and not tried again.
"""

import argparse
import os
import random
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from cloudmesh_iac.settings.computer import this_computer
from tests.mutation.report import Setting, page
from tests.mutation.results import equivalents, modules_of, mutants_below, tried_in
from tests.mutation.trying import SURVIVED

_ROOT = Path(__file__).parents[2]
_FOLDER = _ROOT / "mutants"
_SAMPLE = 300
_SEED = 1
_MINUTES = 120.0
_LONGEST_S = 120.0
_SMALLEST = "cloudmesh_iac.engine.outdated*"


def main() -> None:
    parser = argparse.ArgumentParser(prog="mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=_SAMPLE, help="how many are tried")
    parser.add_argument("--seed", type=int, default=_SEED, help="which ones are drawn")
    parser.add_argument("--all", action="store_true", help="try every one, for hours")
    parser.add_argument("--report", action="store_true", help="write down what was tried before")
    parser.add_argument("--minutes", type=float, default=_MINUTES, help="begin none after them")
    parser.add_argument(
        "--longest-s", type=float, default=_LONGEST_S, help="what the tests of one may take"
    )
    asked = parser.parse_args()
    version = _run("git", "describe", "--always")
    if not asked.report:
        # makes all, and learns which test reaches what
        mutmut = [sys.executable, "-m", "mutmut", "run", "--max-children", "1", _SMALLEST]
        subprocess.run(mutmut, cwd=_ROOT, check=True)
    there = sorted(mutants_below(_ROOT))
    drawn = there if asked.all else _drawn(there, asked.sample, seed=asked.seed)
    if not asked.report:
        before = tried_in(_FOLDER, version)
        left = [name for name in drawn if name not in before]
        _try(left, version, longest_s=asked.longest_s, minutes=asked.minutes)
    setting = Setting(
        day=f"{this_computer().clock.now():%Y-%m-%d}",
        version=version,
        seed=asked.seed,
        wanted=len(drawn),
        there=len(there),
    )
    chosen = set(drawn)
    tried = [one for one in tried_in(_FOLDER, version).values() if one.name in chosen]
    alive = [one.name for one in tried if one.code == SURVIVED]
    modules = modules_of(tried, _equivalent(alive))
    (_ROOT / "docs" / "mutation.md").write_text(page(modules, setting, equivalents()))


def _drawn(names: Sequence[str], count: int, *, seed: int) -> list[str]:
    return random.Random(seed).sample(names, min(count, len(names)))


def _try(names: Sequence[str], version: str, *, longest_s: float, minutes: float) -> None:
    """Let each processor have its share."""
    workers = os.cpu_count() or 1
    running = []
    for worker in range(workers):
        wanted = _FOLDER / f"wanted-{worker}"
        wanted.write_text("\n".join(names[worker::workers]))
        told = _FOLDER / f"tried-{version}-{worker}.jsonl"
        files = [str(wanted), str(told)]
        options = ["--longest-s", str(longest_s), "--minutes", str(minutes)]
        command = [sys.executable, "-m", "tests.mutation.trying", *files, *options]
        running.append(subprocess.Popen(command, cwd=_FOLDER))
    for process in running:
        process.wait()


def _equivalent(names: Sequence[str]) -> Collection[str]:
    """Return those that are known to behave as the engine does, by the lines that they change."""
    known = {(one.function, one.before, one.after) for one in equivalents()}
    functions = {function for function, _, _ in known}
    maybe = [name for name in names if _function_of(name) in functions]
    return [name for name in maybe if (_function_of(name), *_lines_of(name)) in known]


def _function_of(name: str) -> str:
    return name.rpartition("__mutmut_")[0]


def _lines_of(name: str) -> tuple[str, str]:
    """Return the line that a mutant changes, before and after."""
    shown = _run(sys.executable, "-m", "mutmut", "show", name).splitlines()
    changed = [line for line in shown if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    lines = {line[0]: line[1:].strip() for line in changed}
    return lines.get("-", ""), lines.get("+", "")


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
