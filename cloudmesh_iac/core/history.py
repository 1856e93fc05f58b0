"""What does one entry of the history say besides who, when and what?"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import Urn


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the program of a run came from.

    `commit` is empty where git knows nothing of it. `is_dirty` says that what ran is not what the
    commit holds. Then, and without a commit, `copy` is the digest of a copy of the program, and
    `files` the copy itself: text by path. A history gives the copy only when it is asked for it.
    """

    commit: str = ""
    is_dirty: bool = False
    copy: str = ""
    files: Mapping[str, str] = field(default_factory=dict[str, str])


def with_copy(origin: Origin, files: Mapping[str, str]) -> Origin:
    """Return an origin with a copy of the program; without files it stays as it is."""
    if not files:
        return origin
    return Origin(origin.commit, origin.is_dirty, digest_of_files(files), files)


def digest_of_files(files: Mapping[str, str]) -> str:
    """Return the SHA-256 of a copy, in hex."""
    copied: dict[str, str] = {**files}
    text = json.dumps(copied, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


class ChangeEnd(StrEnum):
    """How one change of a run ended."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Changed:
    """One change of a run; its error is not kept, since it may quote what is secret."""

    urn: Urn
    action: Action
    end: ChangeEnd = ChangeEnd.DONE
