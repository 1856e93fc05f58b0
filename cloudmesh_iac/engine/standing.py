"""Where does a run stand?"""

from enum import StrEnum


class Standing(StrEnum):
    """Where a run stands, for whoever decides whether to stay."""

    WORKING = "working"
    ONLY_WAITS = "only waits"  # everything else is done, and the program can do nothing more
    FINISHED = "finished"
    BROKEN = "broken"  # nothing new is started, and what ran has ended
