"""Let both engines play one history, and say where they differ."""

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.oracle.case import History
from tests.oracle.comparison import differences, order_problems
from tests.oracle.ours import play_ours
from tests.oracle.pulumis import play_theirs
from tests.oracle.purpose import up_to_purpose
from tests.rigs.pulumi.engine import PulumiEngine


@dataclass(frozen=True)
class Verdict:
    """`differs` is empty where both agree; `purpose` says why a part was not compared."""

    differs: str
    purpose: str
    generations: int


def played_by_both(history: History, engine: PulumiEngine) -> Verdict:
    """Errors: CannotPlay, OracleCrashed, EngineDied."""
    with TemporaryDirectory() as folder:
        ours, theirs = (
            replace(history, folder=str(Path(folder, whose))) for whose in ("ours", "theirs")
        )
        compared = up_to_purpose(play_ours(ours), play_theirs(theirs, engine))
    problems = order_problems(compared.ours, compared.theirs)
    words = [differences(compared.ours, compared.theirs), *problems]
    return Verdict(
        differs="\n".join(filter(None, words)),
        purpose=compared.purpose,
        generations=len(compared.ours.generations),
    )
