"""Write the page about the mutants."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.mutation.results import Module

_PAGE = """# How awake the tests are

A mutant is the engine with one place changed: a condition turned round, a word or a number taken
for another one. The unit tests of `core` and `engine`, `tests/lifecycle` and the named histories of
`tests/oracle` run against it, those that reach the place, until one fails: then it is killed.

This page is written by `nox -s mutate`. Its last run, of {day} on version `{version}`: {tried} of
{wanted} mutants drawn with the seed {seed} out of {there:,}. **{share:.0f} % are killed**; 85 % is
what we want.

| module | tried | killed | survived | not reached |
|---|---:|---:|---:|---:|
{rows}
| **all** | {tried} | {killed} | {survived} | {missed} |

Not killed, to be looked at with `mutmut show NAME`:

{alive}
"""


@dataclass(frozen=True)
class Setting:
    day: str
    version: str
    seed: int
    wanted: int
    there: int


def page(modules: Mapping[str, Module], setting: Setting) -> str:
    totals = {
        fate: sum(module.fates[fate] for module in modules.values())
        for fate in ("killed", "survived", "not reached")
    }
    tried = sum(totals.values())
    alive = [f"- `{name}`" for module in modules.values() for name in module.alive]
    return _PAGE.format(
        day=setting.day,
        version=setting.version,
        seed=setting.seed,
        wanted=setting.wanted,
        there=setting.there,
        tried=tried,
        killed=totals["killed"],
        survived=totals["survived"],
        missed=totals["not reached"],
        share=100 * totals["killed"] / max(tried, 1),
        rows="\n".join(_row(name, module) for name, module in sorted(modules.items())),
        alive="\n".join(alive) or "- none",
    )


def _row(name: str, module: Module) -> str:
    fates = module.fates
    counts = (fates.total(), fates["killed"], fates["survived"], fates["not reached"])
    return f"| `{name}` | {' | '.join(map(str, counts))} |"
