"""Measure all engines in turn and print a table; `--write` keeps it in `docs/`."""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from cloudmesh_iac.settings.computer import this_computer
from tests.bench.side_by_side.contenders import Cmx, Contender, Pulumi, SdkAlone, Terraform
from tests.bench.side_by_side.report import Setting, page, picture
from tests.bench.side_by_side.schedule import Schedule

_DOCS = Path(__file__).parents[3] / "docs"
_MINUTES = 12.0
_COUNTS = (100, 1_000, 10_000)
_ENGINES: Mapping[str, Callable[[], Contender]] = {
    "cmx": Cmx,
    "pulumi": Pulumi,
    "terraform": Terraform,
    "sdk": SdkAlone,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="side_by_side", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md and .svg")
    parser.add_argument("--counts", type=int, nargs="+", default=_COUNTS)
    parser.add_argument("--engines", choices=_ENGINES, nargs="+", default=list(_ENGINES))
    parser.add_argument("--minutes", type=float, default=_MINUTES, help="begin nothing after them")
    asked = parser.parse_args()
    contenders: list[Contender] = [_ENGINES[name]() for name in asked.engines]
    schedule = Schedule(contenders, ends_s=monotonic() + asked.minutes * 60, say=_say)
    measured = schedule.run(asked.counts)
    setting = Setting(
        day=f"{this_computer().clock.now():%Y-%m-%d}",
        machine=_machine(),
        engines=[one.name for one in contenders],
        counts=asked.counts,
        ours=Cmx.name,
        alone=SdkAlone.name,
    )
    text = page(measured, setting)
    if asked.write:
        (_DOCS / "benchmarks.md").write_text(text)
        (_DOCS / "benchmarks.svg").write_text(picture(measured, setting))
        _say(f"written: {_DOCS / 'benchmarks.md'} and benchmarks.svg")
    else:
        _say(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _machine() -> str:
    model = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    load = os.getloadavg()[1]
    return (
        f"{this_computer().cores} cores ({model}), {memory_gb:.0f} GB, {platform.system()},"
        f" Python {platform.python_version()}, load of the last minutes {load:.1f}"
    )


if __name__ == "__main__":
    main()
