"""What a program declares on a simulated site: jobs and machines, as sites without plugins do."""

from cloudmesh_iac.providers.batch.resources import declare_job
from cloudmesh_iac.providers.choices.resources import declare_choice
from cloudmesh_iac.providers.nodes.resources import declare_thing

__all__ = ["declare_choice", "declare_job", "declare_thing"]
