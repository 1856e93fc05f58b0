"""Which recorded objects does a name on the command line mean?"""

from collections.abc import Sequence

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.errors import UsageProblem


def objects_called(word: str, snapshot: Snapshot) -> tuple[Sequence[Record], Sequence[Intent]]:
    """Return the records and open intents with this urn, or with this name.

    The two resources of a job have one name. Errors: UsageProblem for a word that means nothing.
    """
    records = [one for one in snapshot.records if word in {one.urn, name_of(one.urn)}]
    intents = [one for one in snapshot.intents if word in {one.urn, name_of(one.urn)}]
    if records or intents:
        return records, intents
    urns = (*(one.urn for one in snapshot.records), *(one.urn for one in snapshot.intents))
    names = {name_of(urn) for urn in urns}
    raise UsageProblem(
        f"{snapshot.stack} has nothing that is called {word!r}",
        hint=instead_of(word, names, otherwise="`cmx state list` shows what it has"),
    )


def open_urn(word: str, snapshot: Snapshot) -> Urn:
    """Return the urn with this name of which something is open.

    Errors: UsageProblem for a name of none, or of several.
    """
    records, intents = objects_called(word, snapshot)
    urns = sorted({one.urn for one in intents} or {one.urn for one in records})
    if len(urns) > 1:
        raise UsageProblem(
            f"several resources are called {word!r}", hint=f"say which: {', '.join(urns)}"
        )
    return urns[0]


def told(items: Sequence[str], *, is_gone: bool) -> tuple[str, str | None]:
    """Return which resource a person speaks of, and the id, None when it is gone.

    Errors: UsageProblem when it is neither, or both.
    """
    if is_gone and len(items) == 1:
        return items[0], None
    if not is_gone and len(items) == 2 and items[1]:
        return items[0], items[1]
    raise UsageProblem(
        "say under which id it is there, or --gone",
        hint="cmx state settle [PROGRAM] RESOURCE ID, or with --gone instead of an id",
    )
