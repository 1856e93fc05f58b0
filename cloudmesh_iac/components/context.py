"""What surrounds a component: the experiment that it belongs to, and what the run says."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudmesh_iac.components.experiment import Experiment
    from cloudmesh_iac.components.key_pair import KeyPair

RUN = "cmx-run"
"""The namespace of what our engine tells the components: `site`, `options`."""

CURRENT: ContextVar["Experiment | None"] = ContextVar("current_experiment", default=None)

KEYS: ContextVar["dict[str, KeyPair | None] | None"] = ContextVar("keys", default=None)
"""The person's own key pair on each site, if any, declared when the first machine needs it."""

POINTS: ContextVar["dict[str, str] | None"] = ContextVar("points", default=None)
"""The jobs that this evaluation has declared, and where: a name stands for one directory."""
