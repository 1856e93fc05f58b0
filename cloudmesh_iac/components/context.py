"""The experiment that components belong to when a program names none."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudmesh_iac.components.experiment import Experiment

CURRENT: ContextVar["Experiment | None"] = ContextVar("current_experiment", default=None)
