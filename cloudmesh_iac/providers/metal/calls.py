"""The two handlers of machines as our own process calls them: they see no secret."""

from collections.abc import Mapping

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import ALLOCATION_TYPE, INSTALLATION_TYPE, ResourceType
from cloudmesh_iac.core.values import secret_keys
from cloudmesh_iac.engine.asks import CheckAsk, Checked, Problem, Refusal
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.dynamic.provider_key import PROVIDER_KEY
from cloudmesh_iac.providers.metal.handlers import (
    AllocationHandler,
    InstallationHandler,
)
from cloudmesh_iac.providers.metal.metal import Metal

_WORDS = (
    "holds a secret, and what a machine is installed with is open to everybody on its network:"
    " let it fetch secrets when it runs"
)


class OpenInstallationCalls(HandlerCalls):
    """The handler of installations, which refuses secrets. Under Pulumi's engine nobody can."""

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        secret = sorted(secret_keys(ask.news) - {PROVIDER_KEY})
        if secret:
            return Refusal(tuple(Problem(key, _WORDS) for key in secret))
        return super().check(ask)


def metal_handlers(metal: Metal) -> Mapping[ResourceType, HandlerCalls]:
    """Return who answers for allocations and installations in this process."""
    allocation, installation = AllocationHandler(), InstallationHandler()
    allocation.metal = installation.metal = metal
    return {
        ALLOCATION_TYPE: HandlerCalls(allocation),
        INSTALLATION_TYPE: OpenInstallationCalls(installation),
    }
