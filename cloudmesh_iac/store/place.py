"""Where is this person's state?"""

from pathlib import Path

from cloudmesh_iac.settings.computer import Computer

_STORE_VARIABLE = "CMX_STORE"


def store_path(computer: Computer, address: str = "") -> Path:
    """Return the file of an address; without one, that which the person's computer says."""
    given = address or computer.environment.get(_STORE_VARIABLE)
    return Path(given) if given else computer.home / ".cloudmesh" / "cmx.db"
