"""Keep the parts that are played, for as long as what they were played with stays the same."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from tests.oracle.long_run.parts import Part

_ROOT = Path(__file__).parents[3]
_WATCHED = (
    "cloudmesh_iac/core/*.py",
    "cloudmesh_iac/engine/*.py",
    "tests/oracle/*.py",
    "tests/oracle/long_run/parts.py",
    "tests/rigs/pulumi/go/*",
)


class Progress:
    """A file with one line for each part. It belongs to one version of engine, tests and size."""

    def __init__(self, folder: Path, part_size: int) -> None:
        self.path = folder / f"{digest()}-{part_size}.jsonl"
        folder.mkdir(parents=True, exist_ok=True)

    def parts(self) -> list[Part]:
        if not self.path.exists():
            return []
        lines = self.path.read_text().splitlines(keepends=True)
        whole = (json.loads(line) for line in lines if line.endswith("\n"))
        return [Part(**data) for data in whole]

    def add(self, part: Part) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(asdict(part)) + "\n")


def digest() -> str:
    """Return what tells one version of all that takes part from another."""
    found = hashlib.sha256()
    for path in _sources():
        found.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]


def _sources() -> Iterable[Path]:
    return sorted(path for pattern in _WATCHED for path in _ROOT.glob(pattern) if path.is_file())
