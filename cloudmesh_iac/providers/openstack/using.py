"""Turn what openstacksdk says of a project, its servers and its quota, into words of ours. Pure."""

from collections.abc import Mapping
from typing import Any

from cloudmesh_iac.core.nodes import Allowance, Counted, SeenMachine

_NETWORKING = {
    Counted.ADDRESSES: "floating_ips",
    Counted.NETWORKS: "networks",
    Counted.ROUTERS: "routers",
    Counted.SECURITY_GROUPS: "security_groups",
}
_STACK = "cmx_stack"


def to_seen(server: Any, images: Mapping[str, str]) -> SeenMachine:
    """Return a server as it is listed; `images` are names by id."""
    tags = server.metadata or {}
    flavor, image = server.flavor or {}, (server.image or {}).get("id") or ""
    stack = f"{tags.get('cmx_project', '')}/{tags[_STACK]}" if _STACK in tags else ""
    return SeenMachine(
        name=server.name or "",
        id=str(server.id),
        state=server.status or "",
        address=_address(server.addresses or {}),
        flavor=flavor.get("original_name") or flavor.get("name") or "",
        image=images.get(image, image),
        stack=stack,
    )


def _address(networks: Mapping[str, Any]) -> str:
    """Return one that leads outside, else the first one."""
    found = [one for name in sorted(networks) for one in networks[name]]
    found.sort(key=lambda one: one.get("OS-EXT-IPS:type") != "floating")
    return str(found[0]["addr"]) if found else ""


def to_allowances(computing: Any, networking: Any, *, keys: int) -> tuple[Allowance, ...]:
    """Return what Nova's limits and Neutron's quota say; they write -1 for no limit.

    Source: Nova, GET /limits; Neutron, GET /quotas/{project}/details.
    """
    counted = (
        Allowance(Counted.MACHINES, computing.instances_used, _limit(computing.instances)),
        Allowance(Counted.CPUS, computing.total_cores_used, _limit(computing.total_cores)),
        Allowance(Counted.MEMORY_MB, computing.total_ram_used, _limit(computing.total_ram)),
    )
    detailed = {what: getattr(networking, name, None) for what, name in _NETWORKING.items()}
    told = (
        Allowance(what, one.get("used"), _limit(one.get("limit")))
        for what, one in detailed.items()
        if isinstance(one, Mapping)
    )
    pairs = Allowance(Counted.KEY_PAIRS, keys, _limit(computing.keypairs))
    return (*counted, *told, pairs)


def _limit(said: int | None) -> int | None:
    return None if said is None or said < 0 else int(said)
