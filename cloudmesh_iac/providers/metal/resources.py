"""The two resources that stand for leased machines in a program."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cloudmesh_iac.providers.metal.handlers import AllocationHandler, InstallationHandler

_ALLOCATION_HANDLER = AllocationHandler()
_INSTALLATION_HANDLER = InstallationHandler()


class Allocation(Resource, module="cmx", name="Allocation"):
    """Machines that are leased; there in milliseconds."""

    lease: pulumi.Output[str]
    machines: pulumi.Output[list[str]]
    starts_at: pulumi.Output[str]
    ends_at: pulumi.Output[str]

    def __init__(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs = dict.fromkeys(("lease", "machines", "starts_at", "ends_at"))
        super().__init__(_ALLOCATION_HANDLER, name, {**outputs, **props}, opts)


class Installation(Resource, module="cmx", name="Installation"):
    """Machines that are installed, and have said so themselves."""

    machines: pulumi.Output[list[str]]
    hostnames: pulumi.Output[list[str]]
    addresses: pulumi.Output[list[str]]
    roles: pulumi.Output[dict[str, list[str]]]
    profile: pulumi.Output[str]

    def __init__(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs = dict.fromkeys(("machines", "hostnames", "addresses", "roles", "profile"))
        super().__init__(_INSTALLATION_HANDLER, name, {**outputs, **props}, opts)


@dataclass(frozen=True, slots=True)
class DeclaredMachines:
    allocation: Allocation
    installation: Installation


def declare_machines(
    name: str,
    allocation: Mapping[str, Any],
    installation: Mapping[str, Any],
    *,
    opts: pulumi.ResourceOptions,
) -> DeclaredMachines:
    """Declare leased machines, and their installation, which needs the lease."""
    leased = Allocation(name, allocation, opts)
    given = {**installation, "lease": leased.lease, "allocated": leased.machines}
    return DeclaredMachines(leased, Installation(name, given, opts))
