"""Write the page about the random histories."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.oracle.long_run.parts import Part

_PAGE = """# Random histories, beside Pulumi's engine

Random programs, edited over a few generations, with failures of the provider, renames, refreshes,
destroys and choices of targets, are played by Pulumi's own engine (version {pulumi}) and by the one
of `cmx`. Steps, provider calls, answers to the program, states and classes of error must be the
same (`tests/oracle/README.md`).

`make test` plays the same {usual:,} histories each time. `nox -s long` plays more, in parts, and
goes on where it was interrupted; this page is written by it. Its last run, of {day}:

| | |
|---|---:|
| histories played | {histories:,} of {wanted:,} |
| generations compared | {generations:,} |
| histories that differ | {differing:,} |
| histories that Pulumi's engine could not play to their end | {unplayed:,} |
| histories compared only up to a difference on purpose | {purposes:,} |
| version of `cmx` | `{version}` |

Differences on purpose have their line in
[Differences from Pulumi's engine](engine-differences.md). Histories ended early for these:

{reasons}
"""


@dataclass(frozen=True)
class Setting:
    day: str
    version: str
    pulumi: str
    usual: int
    wanted: int


def page(parts: Sequence[Part], setting: Setting) -> str:
    purposes: Counter[str] = Counter()
    for part in parts:
        purposes.update(part.purposes)
    unplayed = sum(sum(part.unplayed.values()) for part in parts)
    counted = "\n".join(f"- {reason}: {count:,}" for reason, count in purposes.most_common())
    return _PAGE.format(
        day=setting.day,
        version=setting.version,
        pulumi=setting.pulumi,
        usual=setting.usual,
        wanted=setting.wanted,
        histories=sum(part.histories for part in parts),
        generations=sum(part.generations for part in parts),
        differing=sum(len(part.differing) for part in parts) - unplayed,
        unplayed=unplayed,
        purposes=purposes.total(),
        reasons=counted or "- none",
    )
