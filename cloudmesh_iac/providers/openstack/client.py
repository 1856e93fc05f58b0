"""Ask OpenStack's services for what the plugin may have made; loaded when it is first asked."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties, is_same
from cloudmesh_iac.engine.asks import Found
from cloudmesh_iac.providers.openstack import searches
from cloudmesh_iac.providers.openstack.connecting import connect, words_of
from cloudmesh_iac.providers.openstack.translate import (
    to_found,
    to_rule_inputs,
    to_server_inputs,
)

_ANSWER_S = 60
_GONE = {"DELETED", "SOFT_DELETED"}
_INTERFACES = frozenset({"network:router_interface", "network:ha_router_replicated_interface"})


class Cloud:
    """A connection to one cloud, as one user of one project."""

    def __init__(self, configuration: Properties) -> None:
        self._configuration = configuration
        self._connection: Any = None

    def candidates(self, type_: ResourceType, asked: Properties) -> tuple[Found, ...] | Failure:
        """Return the objects that a create with these inputs may have made."""
        try:
            return tuple(_FINDERS[type_](self._connected(), asked))
        except (SDKException, ClientException) as error:
            return Failure(
                f"OpenStack could not be asked what is there: {words_of(error)}",
                "see that the cloud answers, then run it again",
            )

    def _connected(self) -> Any:
        if self._connection is None:
            self._connection = connect(self._configuration, timeout_s=_ANSWER_S)
        return self._connection


def _servers(cloud: Any, asked: Properties) -> Iterable[Found]:
    for server in cloud.compute.servers(name=f"^{asked.get('name')}$"):
        if server.name == asked.get("name") and server.status not in _GONE:
            yield to_found(asked, server, to_server_inputs(server))


def _key_pairs(cloud: Any, asked: Properties) -> Iterable[Found]:
    pair = cloud.compute.find_keypair(asked["name"])
    if pair is not None:
        yield to_found(asked, pair, {"name": pair.name}, id_=pair.name)


def _networks(cloud: Any, asked: Properties) -> Iterable[Found]:
    for one in cloud.network.networks(name=asked.get("name"), **_own(cloud)):
        yield to_found(asked, one, {"name": one.name, "shared": one.is_shared})


def _subnets(cloud: Any, asked: Properties) -> Iterable[Found]:
    known = {"network_id": asked.get("networkId"), "cidr": asked.get("cidr")}
    for one in cloud.network.subnets(**_given(known)):
        seen = {"name": one.name, "networkId": one.network_id, "cidr": one.cidr}
        yield to_found(asked, one, seen)


def _ports(cloud: Any, asked: Properties) -> Iterable[Found]:
    known = {"name": asked.get("name"), "network_id": asked.get("networkId")}
    for one in cloud.network.ports(**_given(known), **_own(cloud)):
        yield to_found(asked, one, {"name": one.name, "networkId": one.network_id})


def _routers(cloud: Any, asked: Properties) -> Iterable[Found]:
    for one in cloud.network.routers(name=asked.get("name"), **_own(cloud)):
        outside = (one.external_gateway_info or {}).get("network_id")
        yield to_found(asked, one, {"name": one.name, "externalNetworkId": outside})


def _interfaces(cloud: Any, asked: Properties) -> Iterable[Found]:
    for port in cloud.network.ports(device_id=asked.get("routerId")):
        subnets = {address["subnet_id"] for address in port.fixed_ips}
        is_it = asked.get("portId") == port.id or asked.get("subnetId") in subnets
        if port.device_owner in _INTERFACES and is_it:
            yield to_found(asked, port, {})


def _groups(cloud: Any, asked: Properties) -> Iterable[Found]:
    for one in cloud.network.security_groups(name=asked.get("name"), **_own(cloud)):
        yield to_found(asked, one, {"name": one.name, "description": one.description})


def _rules(cloud: Any, asked: Properties) -> Iterable[Found]:
    """A range of one rule that was left open is none of the other."""
    group = asked.get("securityGroupId")
    for rule in cloud.network.security_group_rules(security_group_id=group):
        seen = to_rule_inputs(rule)
        if all(is_same(asked.get(key) or None, value) for key, value in seen.items()):
            yield to_found(asked, rule, {})


def _addresses(cloud: Any, asked: Properties) -> Iterable[Found]:
    outside = cloud.network.find_network(asked.get("pool")) if asked.get("pool") else None
    for one in cloud.network.ips(**_own(cloud)):
        if outside is not None and one.floating_network_id != outside.id:
            continue
        seen = {
            "portId": one.port_id,
            "address": one.floating_ip_address,
            "description": one.description,
        }
        yield to_found(asked, one, seen)


def _attached_addresses(cloud: Any, asked: Properties) -> Iterable[Found]:
    for one in cloud.network.ips(floating_ip_address=asked.get("floatingIp")):
        if one.port_id == asked.get("portId"):
            yield to_found(asked, one, {})


def _images(cloud: Any, asked: Properties) -> Iterable[Found]:
    for one in cloud.image.images(name=asked.get("name"), owner=cloud.current_project_id):
        seen = {
            "name": one.name,
            "containerFormat": one.container_format,
            "diskFormat": one.disk_format,
        }
        yield to_found(asked, one, seen)


def _own(cloud: Any) -> Mapping[str, str]:
    """What others share with us is not what we have made."""
    return {"project_id": cloud.current_project_id}


def _given(known: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in known.items() if value}


_FINDERS: Mapping[ResourceType, Callable[[Any, Properties], Iterable[Found]]] = {
    searches.SERVER: _servers,
    searches.KEY_PAIR: _key_pairs,
    searches.NETWORK: _networks,
    searches.SUBNET: _subnets,
    searches.PORT: _ports,
    searches.ROUTER: _routers,
    searches.INTERFACE: _interfaces,
    searches.GROUP: _groups,
    searches.RULE: _rules,
    searches.ADDRESS: _addresses,
    searches.ATTACHED_ADDRESS: _attached_addresses,
    searches.IMAGE: _images,
}
