"""What parent and child tell each other at the beginning and at the end, as JSON.

Both are ours and of one version: what comes is what was sent, and nobody has to check it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Begin:
    """What the child is to run.

    `config` has full keys (`project:name`) and text values; `secret_keys` are the secret ones.
    """

    project: str
    stack: str
    organization: str = "organization"
    root_directory: str
    program: str
    working_directory: str
    is_preview: bool
    config: Mapping[str, str] = field(default_factory=dict)
    secret_keys: Sequence[str] = ()

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, body: bytes) -> "Begin":
        return cls(**json.loads(body))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    message: str
    traceback: str = ""
    place: str | None = None
    hint: str | None = None
    exit_code: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the program ended, which configuration keys it asked for, which files it is made of."""

    failed: Failed | None = None
    asked: Sequence[str] = ()
    files: Sequence[str] = ()

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, body: bytes) -> "Ended":
        data = json.loads(body)
        failed = data.pop("failed")
        return cls(failed=None if failed is None else Failed(**failed), **data)
