"""What became of mutants: whether a test has noticed each of them."""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.trying import NOT_REACHED, SURVIVED

_FATES = {SURVIVED: "survived", NOT_REACHED: "not reached"}  # other codes: a test has failed
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
    """What became of the mutants of one module; `alive` are the names of those nobody noticed."""

    fates: Counter[str] = field(default_factory=Counter)
    alive: list[str] = field(default_factory=list)


def mutants_below(root: Path) -> Collection[str]:
    """Return the names of all mutants that were made."""
    found: list[str] = []
    for path in sorted((root / _FOLDER).glob("*.meta")):
        found += json.loads(path.read_text())["exit_code_by_key"]
    return found


def tried_in(folder: Path, version: str) -> Mapping[str, int]:
    """Return the exit code of the tests for each mutant that was tried on a version.

    Of one that was tried again, with more time, the last try counts.
    """
    found: dict[str, int] = {}
    for path in sorted(folder.glob(f"tried-{version}-*.jsonl")):
        for line in path.read_text().splitlines():
            told = json.loads(line)
            found[told["name"]] = told["code"]
    return found


def modules_of(tried: Mapping[str, int], same: Collection[str]) -> Mapping[str, Module]:
    """Sort the mutants that were tried by their modules; `same` are those nobody can notice."""
    modules: dict[str, Module] = {}
    for name, code in sorted(tried.items()):
        module = modules.setdefault(name.split(".")[2], Module())
        fate = _FATES.get(code, "killed")
        if fate != "killed" and name in same:
            fate = "equivalent"
        module.fates[fate] += 1
        if fate not in {"killed", "equivalent"}:
            module.alive.append(name)
    return modules


def equivalents() -> Sequence[Equivalent]:
    return [Equivalent(**one) for one in json.loads(_EQUIVALENT.read_text())]
