"""One batch job."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Unpack

import pulumi

from cloudmesh_iac.components.after import Placed
from cloudmesh_iac.components.experiment import current_experiment
from cloudmesh_iac.components.field_problems import unknown_fields
from cloudmesh_iac.components.naming import about
from cloudmesh_iac.components.placing import On, declare, find_site
from cloudmesh_iac.components.spec import JobFields, JobSpec
from cloudmesh_iac.components.text import Text
from cloudmesh_iac.errors import ExperimentError


class Job(pulumi.ComponentResource):
    """A job that is submitted once, and runs again only when what makes it this run changes.

    Either `command=` with the fields of JobSpec, or `spec=`. `on` is a configured site, a list of
    names, or None for the default site. Outputs: `job_id`, `state`, `exit_code`, `metrics`, `log`.
    """

    job_id: pulumi.Output[str]
    state: pulumi.Output[str]
    exit_code: pulumi.Output[int | None]
    metrics: pulumi.Output[dict[str, Any]]
    log: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        command: str | Text | pulumi.Output[str] | None = None,
        spec: JobSpec | None = None,
        on: On = None,
        opts: pulumi.ResourceOptions | None = None,
        **fields: Unpack[JobFields],
    ) -> None:
        if (command is None) == (spec is None):
            raise ExperimentError(f"job {name!r} takes either command= or spec=")
        if wrong := unknown_fields(fields, known=JobFields.__annotations__):
            raise ExperimentError(f"job {name!r}: {'; '.join(wrong)}")
        note = fields.pop("note", "") if spec is not None else ""
        if spec is None:
            assert command is not None
            with about(f"job {name!r}"):
                spec = JobSpec(command=command, **fields)
        elif fields:
            raise ExperimentError(
                f"job {name!r} has spec= and beside it {', '.join(fields)}",
                hint="write them into the JobSpec",
            )
        opts = below_experiment(opts)
        super().__init__("cmx:index:Job", name, {}, opts)
        with about(f"job {name!r}"):
            declared = declare(
                name,
                spec if not note else replace(spec, note=note),
                site=find_site(on),
                parameters={},
                opts=pulumi.ResourceOptions(parent=self),
            )
        self._placed = declared
        self.submission = declared.submission
        self.completion = declared.completion
        self.job_id = declared.submission.job_id
        self.state = declared.completion.state
        self.exit_code = declared.completion.exit_code
        self.metrics = declared.completion.metrics
        self.log = declared.completion.log
        self.register_outputs({})

    def placed(self) -> Sequence[Placed]:
        """Return the job, for those that come after it."""
        return (self._placed,)


def below_experiment(opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    given = opts or pulumi.ResourceOptions()
    if given.parent is not None:
        return given
    return pulumi.ResourceOptions.merge(given, pulumi.ResourceOptions(parent=current_experiment()))
