"""Which resources does a command line choose?"""

from collections.abc import Sequence
from itertools import chain

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
    """A whole urn is no list: so a resource can be meant whose name has brackets itself."""
    lists = ([word] if word.startswith("urn:") else names_in(word) for word in words or ())
    return tuple(chain.from_iterable(lists))
