"""Which sites are there, and what has been said about each?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cloudmesh_iac.core.jobs import SiteName


@dataclass(frozen=True, slots=True)
class Site:
    """One configured endpoint of a kind.

    `options` are as written in the settings file; the kind's own pydantic model checks them.
    `origin` names the file for error messages; `project_dir` is where relative paths begin.
    """

    name: SiteName
    kind: str
    project_dir: Path
    options: Mapping[str, object] = field(default_factory=dict)
    origin: str = "built in"
