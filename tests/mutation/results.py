"""Read what mutmut has found: for each mutant, whether a test has noticed it."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_FATES = {0: "survived", 33: "not reached"}  # every other exit code is that of a test that failed
_FOLDER = Path("mutants", "cloudmesh_iac", "engine")


@dataclass
class Module:
    """What became of the mutants of one module; `alive` are the names of those nobody noticed."""

    fates: Counter[str] = field(default_factory=Counter)
    alive: list[str] = field(default_factory=list)


def mutants_below(root: Path) -> Mapping[str, int | None]:
    """Return the exit code of the tests for each mutant, None for those that were not tried."""
    found: dict[str, int | None] = {}
    for path in sorted((root / _FOLDER).glob("*.meta")):
        found |= json.loads(path.read_text())["exit_code_by_key"]
    return found


def modules_of(mutants: Mapping[str, int | None], chosen: Collection[str]) -> Mapping[str, Module]:
    """Sort the mutants that were tried by their modules."""
    modules: dict[str, Module] = {}
    for name in sorted(chosen):
        code = mutants.get(name)
        if code is None:
            continue
        module = modules.setdefault(name.split(".")[2], Module())
        fate = _FATES.get(code, "killed")
        module.fates[fate] += 1
        if fate != "killed":
            module.alive.append(name)
    return modules
