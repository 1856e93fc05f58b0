"""Which recorded objects does a name on the command line mean?"""

import difflib
from collections.abc import Sequence

from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.core.urns import name_of
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
    near = difflib.get_close_matches(word, {name_of(urn) for urn in urns}, n=1)
    raise UsageProblem(
        f"{snapshot.stack} has nothing that is called {word!r}",
        hint=f"did you mean {near[0]!r}?" if near else "`cmx state list` shows what it has",
    )
