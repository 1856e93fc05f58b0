"""Which resources does a command line choose?"""

from collections.abc import Sequence

from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.wire.host_lists import names_in


def selection_of(
    targets: Sequence[str] | None,
    excludes: Sequence[str] | None,
    replaces: Sequence[str] | None = None,
    *,
    dependents: tuple[bool, bool],
) -> Selection:
    """Return what the options say, host lists (`vm[1-3]`) too.

    `dependents` are those of targets, and of excluded ones.

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
        targets=_names(targets),
        excludes=_names(excludes),
        replaces=_names(replaces),
        target_dependents=dependents[0],
        exclude_dependents=dependents[1],
    )


def _names(words: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(name for word in words or () for name in names_in(word))
