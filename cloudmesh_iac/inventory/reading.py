"""Read a file with the machines of a pool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.core.metal import Machine
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.timeouts import parse_duration_s
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.inventory.entries import Entries, Said, read_blocks, read_document
from cloudmesh_iac.inventory.machines import Reading

_BLOCKS = (".cfg", ".conf", ".txt")
_COMMON = ("site", "padding", "machines")
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a file says: machines, maybe whose they are, and the time between two holders."""

    machines: Sequence[Machine]
    site: str | None = None
    padding_s: float | None = None


def read_inventory(file: Path) -> Inventory:
    """Read YAML, JSON, or blocks of attributes with an empty line between machines (`.cfg`).

    Errors: UsageProblem with everything that is wrong, each with its line; no password is repeated.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{file} is not a text file", subject=str(file)) from error
    except OSError as error:
        raise UsageProblem(f"{file} cannot be read: {error.strerror}", subject=str(file)) from error
    entries = _entries(file, text)
    reading = Reading(problems=[*entries.problems])
    site, padding_s = _common(entries.common, reading.problems)
    for entry in entries.machines:
        reading.take(entry)
    if not reading.machines and not reading.problems:
        reading.problems.append((1, "there is no machine in it"))
    reading.problems += [
        (reading.lines[name], f"{name} needs a MAC address: none of its cards has one")
        for name, one in reading.machines.items()
        if not one.mac
    ]
    if reading.problems:
        raise _wrong(file, reading.problems)
    return Inventory(tuple(reading.machines.values()), site, padding_s)


def _entries(file: Path, text: str) -> Entries:
    if file.suffix.lower() in _BLOCKS:
        return read_blocks(text)
    return read_document(text, is_json=file.suffix.lower() == ".json")


def _common(
    values: Mapping[str, Said], problems: list[tuple[int, str]]
) -> tuple[str | None, float | None]:
    site: str | None = None
    padding_s: float | None = None
    for key, said in values.items():
        if key not in _COMMON:
            hint = instead_of(key, _COMMON, otherwise=f"known: {', '.join(_COMMON)}")
            problems.append((said.line, f"{key} is nothing that an inventory has ({hint})"))
        elif not isinstance(said.value, str) or (key == "site" and not said.value):
            words = f"{key} is a single word, as in `site: lab` and `padding: 15m`"
            problems.append((said.line, words))
        elif key == "site":
            site = said.value
        else:
            try:
                padding_s = parse_duration_s(said.value) or 0.0
            except ValueError:
                words = f"{said.value!r} is no duration: write `padding: 15m`"
                problems.append((said.line, words))
    return site, padding_s


def _wrong(file: Path, problems: Sequence[tuple[int, str]]) -> UsageProblem:
    lines = [f"{file.name}:{line}: {words}" for line, words in sorted(problems)]
    more = len(lines) - _MOST_PROBLEMS
    if more > 0:
        lines = [*lines[:_MOST_PROBLEMS], f"and {more} more"]
    return UsageProblem(
        "\n".join(("nothing was imported:", *lines)), subject=str(file), hint="put it right first"
    )
