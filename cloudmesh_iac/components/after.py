"""Which jobs does a job wait for, and who sees to it: the scheduler, or whoever runs cmx?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import pulumi

from cloudmesh_iac.engine.abilities import OrdersJobs
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.settings.load import load
from cloudmesh_iac.settings.sites import Site


@dataclass(frozen=True)
class Placed:
    """A declared job, and where it is. `completion` and `submission` are its resources.

    `cluster` is the one of its site that the program named, if it did.
    """

    site: str
    submission: Any
    completion: Any
    cluster: str | None = None


@runtime_checkable
class HasJobs(Protocol):
    """A component that stands for one job or many: `Job`, `Sweep`."""

    def placed(self) -> Sequence[Placed]: ...


Jobs: TypeAlias = HasJobs | Placed


@dataclass(frozen=True)
class After:
    """Begin when some jobs have ended: well, or with `any_end` however they end."""

    jobs: Jobs | Sequence[Jobs]
    any_end: bool = False


AfterWhat: TypeAlias = Jobs | After | Sequence[Jobs | After]


def bad_after(after: Any) -> list[str]:
    """Say what nobody can wait for."""
    try:
        _waits(after)
    except TypeError as error:
        return [str(error)]
    return []


def order(
    after: AfterWhat, site: Site, cluster: str | None = None
) -> tuple[Mapping[str, Any], Sequence[pulumi.Resource]]:
    """Return the properties by which the scheduler waits, and what has to be done before.

    Jobs of the same site and cluster are handed to its scheduler where it can wait for them: nobody
    has to be there when they end. Others are waited for by the run. Errors: ExperimentError for any
    end of a job that only a run could wait for.
    """
    waits = _waits(after)
    if not waits:
        return {}, []
    hands_over = isinstance(load().provider(str(site.name)), OrdersJobs)
    handed: list[tuple[Placed, bool]] = []
    others: list[tuple[Placed, bool]] = []
    for one in waits:
        is_here = (one[0].site, one[0].cluster) == (site.name, cluster)
        (handed if hands_over and is_here else others).append(one)
    if wrong := [placed for placed, any_end in others if any_end]:
        raise ExperimentError(
            f"after: {_where(str(site.name), cluster)} cannot wait for any end of a job of"
            f" {_where(wrong[0].site, wrong[0].cluster)}",
            hint="only a scheduler can, for its own jobs; without any_end the run waits",
        )
    said = [{"ticket": one.submission.ticket, "any_end": any_end} for one, any_end in handed]
    return ({"after": said} if said else {}), [placed.completion for placed, _ in others]


def _where(site: str, cluster: str | None) -> str:
    return f"site {site}" if cluster is None else f"cluster {cluster} of site {site}"


def _waits(after: Any) -> list[tuple[Placed, bool]]:
    if isinstance(after, After):
        return [(placed, after.any_end) for placed, _ in _waits(after.jobs)]
    if isinstance(after, Placed):
        return [(after, False)]
    if isinstance(after, Sequence) and not isinstance(after, str):
        return [one for each in after for one in _waits(each)]
    if isinstance(after, HasJobs):  # asked last: a protocol takes its time
        return [(placed, False) for placed in after.placed()]
    raise TypeError(f"after has {after!r}, which is no job and no sweep")
