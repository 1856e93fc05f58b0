"""Where does a job go, and who declares it there?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi

from cloudmesh_iac.components.experiment import current_experiment
from cloudmesh_iac.components.spec import JobSpec
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.kinds import resources_module
from cloudmesh_iac.settings.load import load
from cloudmesh_iac.settings.sites import Site

On = str | Sequence[str] | None


def find_site(on: On) -> Site:
    """Return the site that was named, the first of a list, or the default site.

    Errors: UsageProblem for a site that is not configured ("did you mean").
    """
    settings = load().settings
    if on is None:
        return settings.site(pulumi.Config("cmx").get("site") or settings.default_site)
    sites = [settings.site(name) for name in ([on] if isinstance(on, str) else on)]
    if not sites:
        raise UsageProblem("on=[] names no site", hint="leave it out for the default site")
    return sites[0]


def declare(
    point: str,
    spec: JobSpec,
    *,
    site: Site,
    parameters: dict[str, Any],
    opts: pulumi.ResourceOptions,
) -> Any:
    """Declare one job below `opts.parent`; returns the kind's DeclaredJob."""
    project_dir = load().settings.project_dir
    experiment = current_experiment()
    place = {"project": pulumi.get_project(), "stack": pulumi.get_stack(), "point": point}
    submission = {
        "site": str(site.name),
        **place,
        **({"account": experiment.project} if experiment.project else {}),
        **({"parameters": parameters} if parameters else {}),
        **spec.submission(project_dir, Path.cwd()),
    }
    completion = {
        **place,
        **({"parameters": parameters} if parameters else {}),
        **spec.reading(),
    }
    return resources_module(site.kind).declare_job(point, submission, completion, opts=opts)
