"""cmx: research experiments as Python programs that are planned, applied and taken away again."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudmesh_iac.components.experiment import Experiment
    from cloudmesh_iac.components.job import Job
    from cloudmesh_iac.components.metrics import Metric, json_path
    from cloudmesh_iac.components.plot import Plot
    from cloudmesh_iac.components.spec import JobSpec
    from cloudmesh_iac.components.sweep import Point, Sweep
    from cloudmesh_iac.components.text import Text, fmt

__version__ = "0.1.0"
__all__ = [
    "Experiment",
    "Job",
    "JobSpec",
    "Metric",
    "Plot",
    "Point",
    "Sweep",
    "Text",
    "fmt",
    "json_path",
]

_HOMES = {
    "Experiment": "experiment",
    "Job": "job",
    "JobSpec": "spec",
    "Metric": "metrics",
    "Plot": "plot",
    "Point": "sweep",
    "Sweep": "sweep",
    "Text": "text",
    "fmt": "text",
    "json_path": "metrics",
}


def __getattr__(name: str) -> Any:
    """Load what a program uses when it uses it: `cmx --help` needs none of it."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.components.{home}"), name)
