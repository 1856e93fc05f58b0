"""Write the page about the mutants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.mutation.results import Equivalent, Module

_FATES = ("killed", "survived", "not reached", "equivalent")

_PAGE = """# How awake the tests are

A mutant is the engine with one place changed: a condition turned round, a word or a number taken
for another one. The unit tests of `core` and `engine`, `tests/lifecycle` and the named histories of
`tests/oracle` run against it, those that reach the place, the fastest first, until one fails: then
it is killed. That test must pass without the mutant at once, or it does not count: on a busy
computer tests fail by themselves. What no test has noticed when its time is over has survived, so
a busy computer finds fewer killed than there are, never more.

This page is written by `nox -s mutate`, which goes on where it was interrupted. Its last run, of
{day} on version `{version}`: {tried} of {wanted} mutants drawn with the seed {seed} out of
{there:,}, {same} of which nobody can notice. **{share:.0f} % of the others are killed**; 85 % is
what we want. {late} of the killed were noticed only because a test did not end in its time.

| module | tried | killed | survived | not reached | equivalent |
|---|---:|---:|---:|---:|---:|
{rows}
| **all** | {tried} | {killed} | {survived} | {missed} | {same} |

Not killed, to be looked at with `mutmut show NAME`:

{alive}

Known to behave as the engine does (`tests/mutation/equivalent.json`):

{equivalents}
"""


@dataclass(frozen=True)
class Setting:
    day: str
    version: str
    seed: int
    wanted: int
    there: int


def page(modules: Mapping[str, Module], setting: Setting, equivalents: Sequence[Equivalent]) -> str:
    totals = {fate: sum(module.fates[fate] for module in modules.values()) for fate in _FATES}
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
        same=totals["equivalent"],
        late=sum(module.late for module in modules.values()),
        share=100 * totals["killed"] / max(tried - totals["equivalent"], 1),
        rows="\n".join(_row(name, module) for name, module in sorted(modules.items())),
        alive="\n".join(alive) or "- none",
        equivalents="\n".join(map(_same, equivalents)) or "- none",
    )


def _same(one: Equivalent) -> str:
    return f"- `{one.after}` for `{one.before}`: {one.why}."


def _row(name: str, module: Module) -> str:
    fates = module.fates
    counts = (fates.total(), *(fates[fate] for fate in _FATES))
    return f"| `{name}` | {' | '.join(map(str, counts))} |"
