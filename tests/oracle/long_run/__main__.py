"""Play many random histories in parts, and write docs/oracle.md."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from functools import partial
from pathlib import Path
from time import monotonic

from cloudmesh_iac.settings.computer import this_computer
from tests.oracle.long_run.parts import Part, play_part
from tests.oracle.long_run.progress import Progress
from tests.oracle.long_run.report import Setting, page
from tests.rigs.pulumi.build import ENGINE, built
from tests.rigs.pulumi.cli import VERSION
from tests.rigs.pulumi.engine import PulumiEngine

_ROOT = Path(__file__).parents[3]
_WANTED = 100_000
_PART = 250
_USUAL = 2_000  # these are its first parts


def main() -> None:
    parser = argparse.ArgumentParser(prog="long_run", description=__doc__)
    parser.add_argument("--histories", type=int, default=_WANTED)
    parser.add_argument("--part", type=int, default=_PART, help="histories of one part")
    parser.add_argument("--minutes", type=float, default=24 * 60, help="begin no part after them")
    parser.add_argument("--folder", type=Path, default=_ROOT / ".oracle", help="where parts are")
    parser.add_argument("--processes", type=int, default=this_computer().cores)
    asked = parser.parse_args()
    progress = Progress(asked.folder, asked.part)
    ends_s = monotonic() + asked.minutes * 60
    parts = progress.parts()
    left = sorted(set(range(asked.histories // asked.part)) - {part.seed for part in parts})
    built(ENGINE)  # once, before each process looks for it
    with ProcessPoolExecutor(asked.processes) as pool:
        begin = partial(_begin, pool, asked.part)
        for part in _as_they_end(begin, left, at_once=asked.processes, ends_s=ends_s):
            progress.add(part)
            parts.append(part)
            _say(part, parts)
    setting = Setting(
        day=f"{this_computer().clock.now():%Y-%m-%d}",
        version=_version(),
        pulumi=VERSION,
        usual=_USUAL,
        wanted=asked.histories,
    )
    (_ROOT / "docs" / "oracle.md").write_text(page(parts, setting))
    differing = sum(len(part.differing) for part in parts)
    sys.exit(f"{differing} differ: see {progress.path}" if differing else 0)


def _begin(pool: ProcessPoolExecutor, count: int, number: int) -> Future[Part]:
    return pool.submit(_play, count, number)


def _play(count: int, number: int) -> Part:
    with PulumiEngine(built(ENGINE)) as engine:
        return play_part(number, count, engine)


def _as_they_end(
    begin: Callable[[int], Future[Part]], numbers: Iterable[int], *, at_once: int, ends_s: float
) -> Iterator[Part]:
    left, running = iter(numbers), set[Future[Part]]()
    while True:
        while len(running) < at_once and monotonic() < ends_s:
            number = next(left, None)
            if number is None:
                break
            running.add(begin(number))
        if not running:
            return
        done, running = wait(running, return_when=FIRST_COMPLETED)
        yield from (one.result() for one in done)


def _say(part: Part, parts: list[Part]) -> None:
    played, differing = sum(one.histories for one in parts), len(part.differing)
    sys.stdout.write(f"part {part.seed}: {differing} differ; {played:,} histories are played\n")
    sys.stdout.flush()


def _version() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(
        command, cwd=_ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
