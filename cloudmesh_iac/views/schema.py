"""Which JSON Schemas are published? They lie beside this module, as they are."""

from importlib.resources import files
from typing import Literal


def schema_text(name: Literal["plan", "event"]) -> str:
    """Return a schema of draft 2020-12 as JSON."""
    return files("cloudmesh_iac.views").joinpath("schemas", f"{name}.json").read_text("utf-8")
