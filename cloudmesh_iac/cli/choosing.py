"""Which resources does a command line choose?"""

from collections.abc import Sequence

from cloudmesh_iac.cli.asking import find_place
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.store.keys import Keys


def selection_of(
    targets: Sequence[str] | None,
    excludes: Sequence[str] | None,
    replaces: Sequence[str] | None = None,
    *,
    dependents: tuple[bool, bool],
) -> Selection:
    """Return what the options say; `dependents` are those of targets, and of excluded ones.

    Errors: UsageProblem for options that contradict each other or belong to nothing.
    """
    if targets and excludes:
        raise UsageProblem(
            "--target and --exclude do not go together",
            hint="say what takes part, or what does not",
        )
    for is_given, option, words in (
        (dependents[0], "target", targets),
        (dependents[1], "exclude", excludes),
    ):
        if is_given and not words:
            raise UsageProblem(f"--{option}-dependents needs --{option}")
    return Selection(
        targets=tuple(targets or ()),
        excludes=tuple(excludes or ()),
        replaces=tuple(replaces or ()),
        target_dependents=dependents[0],
        exclude_dependents=dependents[1],
    )


def recorded_names(incomplete: str) -> list[str]:
    """Complete the names of what is recorded for the program on the command line."""
    computer = this_computer()
    line = computer.environment.get("_TYPER_COMPLETE_ARGS", "")
    said = (line or computer.environment.get("COMP_WORDS", "")).split()[2:3]
    program = said[0] if said and not said[0].startswith("-") else None
    try:
        place = find_place(program, None, computer.works_in())
        records = open_store(computer, Keys(computer, None)).snapshot(place.stack).records
    except CmxError:
        return []
    names = {name_of(record.urn) for record in records if record.custom}
    return sorted(name for name in names if name.startswith(incomplete))
