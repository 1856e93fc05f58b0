"""Who answers for jobs, machines and choices in this process. Loads Pulumi's SDK."""

from collections.abc import Mapping

from cloudmesh_iac.core.urns import (
    CHOICE_TYPE,
    JOB_END_TYPE,
    JOB_START_TYPE,
    REACH_TYPE,
    ResourceType,
)
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.providers.batch.handlers import CompletionHandler, SubmissionHandler
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.open_jobs import OpenJobCalls
from cloudmesh_iac.providers.choices.handlers import ChoiceHandler
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.metal.calls import metal_handlers
from cloudmesh_iac.providers.metal.metal import Metal
from cloudmesh_iac.providers.reach.handlers import ReachHandler


def own_handlers(jobs: Jobs, metal: Metal) -> Mapping[ResourceType, Provider]:
    """Return them by the type that they answer for."""
    submission, completion = SubmissionHandler(), CompletionHandler()
    submission.jobs = completion.jobs = jobs
    return {
        JOB_START_TYPE: OpenJobCalls(submission),
        JOB_END_TYPE: HandlerCalls(completion),
        CHOICE_TYPE: HandlerCalls(ChoiceHandler()),
        REACH_TYPE: HandlerCalls(ReachHandler()),
        **metal_handlers(metal),
    }
