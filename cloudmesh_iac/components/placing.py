"""Where does a job go, and who declares it there?"""

import inspect
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

from cloudmesh_iac.components.after import Placed, order
from cloudmesh_iac.components.context import CURRENT, POINTS, RUN
from cloudmesh_iac.components.spec import JobSpec
from cloudmesh_iac.engine.abilities import NamesClusters
from cloudmesh_iac.errors import ExperimentError, UsageProblem
from cloudmesh_iac.settings.kinds import resources_module
from cloudmesh_iac.settings.load import OpenSites, load
from cloudmesh_iac.settings.sites import Site

_PACKAGE = Path(__file__).parents[1]

On = str | Sequence[str] | None


def find_site(on: On) -> Site:
    """Return the site that was named, the first of a list, or the default site.

    Errors: UsageProblem for a site that is not configured ("did you mean"), or whose settings are
    wrong.
    """
    sites = load()
    names = names_said(on) or [default_site(sites)]
    for name in names:
        sites.provider(name)
    return sites.settings.site(names[0])


def names_said(on: On) -> list[str]:
    """Return the sites that were named, none for None. Errors: UsageProblem for an empty list."""
    if on is None:
        return []
    names = [on] if isinstance(on, str) else list(on)
    if not names:
        raise UsageProblem("on=[] names no site", hint="leave it out for the default site")
    return names


def default_site(sites: OpenSites) -> str:
    """Return the site of a program that names none: the run's, else the settings'."""
    return pulumi.Config(RUN).get("site") or str(sites.settings.default_site)


def declare(
    point: str,
    spec: JobSpec,
    *,
    site: Site,
    parameters: dict[str, Any],
    max_running: int | None = None,
    opts: pulumi.ResourceOptions,
) -> Placed:
    """Declare one job below `opts.parent`.

    Errors: ExperimentError for a name that another job of the stack has, wherever it stands.
    """
    _take_name(point)
    project_dir = load().settings.project_dir
    experiment = CURRENT.get()
    if spec.cluster is not None:
        _require_clusters(site, spec.cluster)
    handed, before = order(spec.after, site, spec.cluster)
    if before:
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[*before]))
    place = {"project": pulumi.get_project(), "stack": pulumi.get_stack(), "point": point}
    submission = {
        "site": str(site.name),
        **place,
        **({"account": experiment.project} if experiment and experiment.project else {}),
        **({"parameters": parameters} if parameters else {}),
        **({} if max_running is None else {"max_running": max_running}),
        **spec.submission(project_dir, Path.cwd()),
        **handed,
    }
    completion = {
        **place,
        **({"parameters": parameters} if parameters else {}),
        **spec.reading(project_dir, Path.cwd()),
    }
    declared = resources_module(site.kind).declare_job(point, submission, completion, opts=opts)
    return Placed(str(site.name), declared.submission, declared.completion, spec.cluster)


def _require_clusters(site: Site, cluster: str) -> None:
    """Errors: ExperimentError."""
    if not isinstance(load().provider(str(site.name)), NamesClusters):
        raise ExperimentError(
            f"cluster is {cluster!r}, but site {site.name} ({site.kind}) has no clusters to name",
            hint="take cluster= out of the job, or run it on a site of kind slurm",
        )


def _take_name(point: str) -> None:
    taken = POINTS.get()
    if taken is None:
        taken = {}
        POINTS.set(taken)
    line = _own_line()
    if point in taken:
        raise ExperimentError(
            f"two jobs of this stack are called {point!r}: {taken[point]} and {line}",
            hint="a job's name is its directory and its result: give each its own",
        )
    taken[point] = line


def _own_line() -> str:
    """Return the line of the program that is being carried out, relative to its project."""
    frame = inspect.currentframe()
    while frame is not None and _is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is None:
        return "an unknown line"
    return f"{_shown(frame.f_code.co_filename, load().settings.project_dir)}:{frame.f_lineno}"


@cache
def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(_PACKAGE)


@cache
def _shown(file: str, project_dir: Path) -> Path:
    path = Path(file)
    return path.relative_to(project_dir) if path.is_relative_to(project_dir) else path
