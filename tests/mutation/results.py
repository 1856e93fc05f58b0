"""What became of mutants: whether a test has noticed each of them."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.trying import KILLED, NOT_REACHED, SURVIVED, Tried

_FATES = {SURVIVED: "survived", KILLED: "killed", NOT_REACHED: "not reached"}
_FOLDER = Path("mutants", "cloudmesh_iac", "engine")
_EQUIVALENT = Path(__file__).with_name("equivalent.json")


@dataclass(frozen=True)
class Equivalent:
    """A mutant that behaves as the engine does: in `function` the line `after` stands for `before`.

    Nobody can notice it, for the reason in `why`.
    """

    function: str
    before: str
    after: str
    why: str


@dataclass
class Module:
    """What became of the mutants of one module; `alive` are the names of those nobody noticed.

    `late` counts those that were only noticed because a test did not end.
    """

    fates: Counter[str] = field(default_factory=Counter)
    late: int = 0
    alive: list[str] = field(default_factory=list)


def mutants_below(root: Path) -> Collection[str]:
    """Return the names of all mutants that were made."""
    found: list[str] = []
    for path in sorted((root / _FOLDER).glob("*.meta")):
        found += json.loads(path.read_text())["exit_code_by_key"]
    return found


def tried_in(folder: Path, version: str) -> Mapping[str, Tried]:
    """Return what became of each mutant that was tried on a version.

    Of one that was tried again, with more time, the last try counts.
    """
    found: dict[str, Tried] = {}
    for path in sorted(folder.glob(f"tried-{version}-*.jsonl")):
        for line in path.read_text().splitlines():
            told = Tried(**json.loads(line))
            found[told.name] = told
    return found


def modules_of(tried: Iterable[Tried], same: Collection[str]) -> Mapping[str, Module]:
    """Sort the mutants that were tried by their modules; `same` are those nobody can notice."""
    modules: dict[str, Module] = {}
    for one in sorted(tried, key=lambda one: one.name):
        module = modules.setdefault(one.name.split(".")[2], Module())
        fate = _FATES[one.code]
        if fate != "killed" and one.name in same:
            fate = "equivalent"
        module.fates[fate] += 1
        module.late += one.is_late
        if fate not in {"killed", "equivalent"}:
            module.alive.append(one.name)
    return modules


def equivalents() -> Sequence[Equivalent]:
    return [Equivalent(**one) for one in json.loads(_EQUIVALENT.read_text())]
