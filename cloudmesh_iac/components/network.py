"""Networks: where machines find each other, and how they are reached."""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from cloudmesh_iac.components.deciding import decide
from cloudmesh_iac.components.placing import On
from cloudmesh_iac.components.things import SiteThing, Text, id_of, same_site
from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.settings.defaults import Settled
from cloudmesh_iac.settings.sites import Site

_CIDR = "10.9.0.0/24"


class Network(SiteThing):
    """A network of one's own. Its subnets are declared beside it, or with `cidr` inside of it."""

    def __init__(
        self,
        name: str,
        *,
        on: On = None,
        cidr: str | None = None,
        group: str | None = None,
        name_on_site: str | None = None,
        provider_args: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Network", Thing.NETWORK, name, on=on, group=group, opts=opts)
        self.subnets: list[Subnet] = []
        self.routers: list[pulumi.Resource] = []
        with self._about():
            self._choose({}, as_name=name_on_site)
            self._declare({"name": self.name_on_site}, provider_args=provider_args)
        if cidr is not None:
            Subnet(
                name,
                network=self,
                cidr=cidr,
                on=on,
                group=group,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"name": self.name_on_site, "id": self.id})


class Subnet(SiteThing):
    """A range of addresses in a network: `cidr`, 10.9.0.0/24 where nothing is said.

    Without `network` it gets one of its own. Errors: ExperimentError for a range that is none.
    """

    def __init__(
        self,
        name: str,
        *,
        network: Network | Text | None = None,
        cidr: str | None = None,
        on: On = None,
        group: str | None = None,
        name_on_site: str | None = None,
        provider_args: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Subnet", Thing.SUBNET, name, on=on, group=group, opts=opts)
        with self._about():
            range_ = _checked_range(cidr or _CIDR)
            if network is None:
                below = pulumi.ResourceOptions(parent=self)
                network = Network(name, on=self.site.name, group=group, opts=below)
            same_site([network], self.site)
            self.network = network
            if isinstance(network, Network):
                network.subnets.append(self)
            self._choose({}, as_name=name_on_site)
            self._declare(
                {"name": self.name_on_site, "network": id_of(network), "cidr": range_},
                provider_args=provider_args,
            )
        self.cidr = range_
        self.register_outputs({"name": self.name_on_site, "id": self.id, "cidr": range_})


class Router(SiteThing):
    """What joins subnets and leads outside: through `external_network`, or the site's default.

    Without either it only joins them.
    """

    def __init__(
        self,
        name: str,
        *,
        subnets: Sequence[Subnet | Text] = (),
        external_network: Text | None = None,
        on: On = None,
        group: str | None = None,
        name_on_site: str | None = None,
        provider_args: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("Router", Thing.ROUTER, name, on=on, group=group, opts=opts)
        with self._about():
            same_site(subnets, self.site)
            outside = _outside(external_network, self.site)
            found = self._choose(outside, as_name=name_on_site)
            external = external_network if _is_output(external_network) else found.get("external")
            self._declare(
                {
                    "name": self.name_on_site,
                    "subnets": [id_of(one) for one in subnets],
                    "external_network": external,
                },
                provider_args=provider_args,
            )
        for subnet in subnets:
            if isinstance(subnet, Subnet) and isinstance(subnet.network, Network):
                # An address from outside can only be given to what leads there already.
                subnet.network.routers.append(self)
        self.register_outputs({"name": self.name_on_site, "id": self.id})


class FloatingIp(SiteThing):
    """An address that is reached from outside, of a `pool` of the site, given to a `vm`.

    The pool is the site's default external network where nothing is said.
    """

    address: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        vm: SiteThing | None = None,
        pool: Text | None = None,
        on: On = None,
        group: str | None = None,
        provider_args: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        place = vm.site.name if on is None and vm is not None else on
        super().__init__("FloatingIp", Thing.FLOATING_IP, name, on=place, group=group, opts=opts)
        with self._about():
            same_site([vm], self.site)
            found = self._choose(_outside(pool, self.site), as_name=None)
            routers = [] if vm is None else list(getattr(vm, "routers", ()))
            declared = self._declare(
                {
                    "pool": pool if _is_output(pool) else found.get("external"),
                    "vm": None if vm is None else vm.id,
                    "port": getattr(vm, "port", None),
                },
                provider_args=provider_args,
                depends_on=routers,
            )
        self.address = declared.outputs["address"]
        self.register_outputs({"address": self.address, "id": self.id})


def _outside(said: Text | None, site: Site) -> dict[str, Settled | None]:
    """Return the external network, unless the program has it from another resource."""
    if _is_output(said):
        return {}
    return {"external": decide("external_network", said, site)}


def _is_output(value: object) -> bool:
    return isinstance(value, pulumi.Output)


def _checked_range(cidr: str) -> str:
    try:
        return str(ipaddress.ip_network(cidr))
    except ValueError as error:
        raise ExperimentError(f"cidr: {error}", hint="write it like 10.9.0.0/24") from error
