"""Which job does a name on the command line mean?"""

import fnmatch
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.urns import natural_key
from cloudmesh_iac.errors import UsageProblem

T = TypeVar("T")
_FEW = 6


def job_called(name: str, jobs: Mapping[str, T], *, listed_by: str = "cmx status") -> T:
    """Errors: UsageProblem for a name that none of them has."""
    if name not in jobs:
        hint = jobs_hint(name, jobs, listed_by=listed_by)
        raise UsageProblem(f"no job is called {name!r}", hint=hint)
    return jobs[name]


def jobs_like(pattern: str, jobs: Collection[str]) -> Sequence[str]:
    """Return the names that a pattern means; the name of a job means that job, brackets or not."""
    return [pattern] if pattern in jobs else fnmatch.filter(jobs, pattern)


def jobs_hint(unknown: str, jobs: Collection[str], *, listed_by: str = "cmx status") -> str:
    """Name the job that may be meant, else the first ones that there are."""
    if not jobs:
        return "this stack has no jobs: `cmx up` submits those of its program"
    listed = sorted(jobs, key=natural_key)[:_FEW]
    more = f" and {len(jobs) - _FEW:,} more (`{listed_by}` lists them)" if len(jobs) > _FEW else ""
    return instead_of(unknown, jobs, otherwise=f"the jobs: {', '.join(listed)}{more}")
