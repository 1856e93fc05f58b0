"""What a measured program finds around it: what a person's shell would give it."""

from collections.abc import Mapping
from pathlib import Path

from cloudmesh_iac.settings.computer import this_computer

# `PYTHONDONTWRITEBYTECODE`, say, has each start of an interpreter compile every module again.
_OF_TOOLS = ("CMX_", "PULUMI_", "TF_", "COVERAGE_", "PYTEST_", "PYTHON")


def surroundings(home: Path, given: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the environment of a program with this home, without the settings of any tool."""
    inherited = this_computer().environment
    kept = {name: value for name, value in inherited.items() if not name.startswith(_OF_TOOLS)}
    return {**kept, "HOME": str(home), **(given or {})}
