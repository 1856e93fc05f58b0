"""cmx: research experiments as Python programs that are planned, applied and taken away again."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudmesh_iac.components.after import After
    from cloudmesh_iac.components.bare_metal import BareMetal
    from cloudmesh_iac.components.experiment import Experiment
    from cloudmesh_iac.components.job import Job
    from cloudmesh_iac.components.key_pair import KeyPair
    from cloudmesh_iac.components.lease import Lease
    from cloudmesh_iac.components.lookups import Flavor, Image
    from cloudmesh_iac.components.metrics import Metric, csv_column, function, json_path, regex
    from cloudmesh_iac.components.network import FloatingIp, Network, Router, Subnet
    from cloudmesh_iac.components.plot import Plot
    from cloudmesh_iac.components.points import Point
    from cloudmesh_iac.components.retries import Retries
    from cloudmesh_iac.components.security_group import Rule, SecurityGroup
    from cloudmesh_iac.components.spec import JobSpec
    from cloudmesh_iac.components.sweep import Sweep
    from cloudmesh_iac.components.text import Text, fmt
    from cloudmesh_iac.components.vm import VM

__version__ = "0.1.0"
__all__ = [
    "VM",
    "After",
    "BareMetal",
    "Experiment",
    "Flavor",
    "FloatingIp",
    "Image",
    "Job",
    "JobSpec",
    "KeyPair",
    "Lease",
    "Metric",
    "Network",
    "Plot",
    "Point",
    "Retries",
    "Router",
    "Rule",
    "SecurityGroup",
    "Subnet",
    "Sweep",
    "Text",
    "csv_column",
    "fmt",
    "function",
    "json_path",
    "regex",
]

_HOMES = {
    "After": "after",
    "BareMetal": "bare_metal",
    "Experiment": "experiment",
    "Flavor": "lookups",
    "FloatingIp": "network",
    "Image": "lookups",
    "Job": "job",
    "JobSpec": "spec",
    "KeyPair": "key_pair",
    "Lease": "lease",
    "Metric": "metrics",
    "Network": "network",
    "Plot": "plot",
    "Point": "points",
    "csv_column": "metrics",
    "Retries": "retries",
    "Router": "network",
    "Rule": "security_group",
    "SecurityGroup": "security_group",
    "Subnet": "network",
    "Sweep": "sweep",
    "Text": "text",
    "VM": "vm",
    "fmt": "text",
    "function": "metrics",
    "json_path": "metrics",
    "regex": "metrics",
}


def __getattr__(name: str) -> Any:
    """Load what a program uses when it uses it: `cmx --help` needs none of it."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.components.{home}"), name)
