"""The resources of `pulumi_openstack` that stand for machines and networks of a cloud."""

import ipaddress
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_openstack as openstack

from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.errors import ExperimentError, SiteUnreachable
from cloudmesh_iac.providers.choices.resources import declare_choice, unknown
from cloudmesh_iac.providers.openstack.settings import account_of, variable_of
from cloudmesh_iac.providers.openstack.translate import is_id
from cloudmesh_iac.providers.reach.resources import declare_reach
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.load import load
from cloudmesh_iac.settings.sites import Site

__all__ = ["DeclaredThing", "declare_choice", "declare_reach", "declare_thing"]

_PROVIDERS: ContextVar[dict[str, pulumi.ProviderResource] | None] = ContextVar(
    "openstack_providers", default=None
)
_LONGEST_TAG = 255  # of Neutron
_ALL_PORTS = (1, 65535)  # Neutron keeps a rule for all of them as one without ports


@dataclass(frozen=True, slots=True)
class DeclaredThing:
    """A resource, and its outputs by the names that all kinds of sites have for them."""

    resource: pulumi.Resource
    outputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Declaring:
    """One declaration: the name in the program, what is wanted, where, with which options."""

    name: str
    props: Mapping[str, Any]
    site: Site
    opts: pulumi.ResourceOptions

    def __call__(self, class_: Any, *suffix: str, **given: Any) -> Any:
        """Declare a resource; `provider_args` say more, for the one that has the thing's name."""
        own = {} if suffix else dict(self.props.get("provider_args") or {})
        arguments = {key: value for key, value in {**given, **own}.items() if value is not None}
        name = "-".join((self.name, *suffix))
        try:
            return class_(name, opts=self.opts, **arguments)
        except TypeError as error:
            if not own:
                raise
            raise ExperimentError(
                f"provider_args: {error}",
                hint=f"they are arguments of pulumi_openstack's {class_.__name__}",
            ) from error

    @property
    def tags(self) -> list[Any]:
        """Return tags as Neutron has them: texts, no map."""
        return [
            pulumi.Output.concat(key, "=", value).apply(lambda text: text[:_LONGEST_TAG])
            for key, value in sorted(self.props["tags"].items())
        ]


_Built = tuple[Any, dict[str, Any]]


def declare_thing(
    thing: Thing,
    name: str,
    props: Mapping[str, Any],
    *,
    site: Site,
    opts: pulumi.ResourceOptions,
) -> DeclaredThing:
    """Declare a machine, a network or what belongs to them on a cloud.

    Errors: ExperimentError for provider_args that the resource does not have.
    """
    merged = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(provider=_provider(site)))
    resource, outputs = _BUILDERS[thing](_Declaring(name, props, site, merged))
    raw = pulumi.Output.all(**_outputs_of(resource))
    return DeclaredThing(resource, {"id": resource.id, "raw": raw, **outputs})


def _vm(declare: _Declaring) -> _Built:
    props = declare.props
    ports = _ports(declare)
    networks = [openstack.compute.InstanceNetworkArgs(port=port.id) for port in ports]
    if not ports:
        networks = [_network_args(one) for one in props.get("networks") or ()]
    instance = declare(
        openstack.compute.Instance,
        name=props["name"],
        **_by_name("image", props.get("image")),
        **_by_name("flavor", props.get("flavor")),
        key_pair=props.get("key"),
        networks=networks or None,
        # A port has its groups itself, and Nova leaves them alone.
        security_groups=None if ports else list(props.get("security_group_names") or ()) or None,
        user_data=props.get("user_data"),
        metadata=props["tags"],
    )
    outputs = {"address": instance.access_ip_v4, "state": instance.power_state}
    return instance, {**outputs, **({"port": ports[0].id} if ports else {})}


def _ports(declare: _Declaring) -> list[Any]:
    """Declare a port in each network of the program's own: an address from outside needs it.

    None where a network or a security group is known by a name only.
    """
    networks = list(declare.props.get("networks") or ())
    groups = list(declare.props.get("security_groups") or ())
    if not all(isinstance(one, pulumi.Output) for one in (*networks, *groups)):
        return []
    return [
        declare(
            openstack.networking.Port,
            *(("port",) if number == 0 else ("port", str(number))),
            name=declare.props["name"],
            network_id=network,
            security_group_ids=groups or None,
            tags=declare.tags,
        )
        for number, network in enumerate(networks)
    ]


def _network_args(network: Any) -> Any:
    has_id = isinstance(network, pulumi.Output) or is_id(network)
    return openstack.compute.InstanceNetworkArgs(**{"uuid" if has_id else "name": network})


def _key_pair(declare: _Declaring) -> _Built:
    props = declare.props
    key = declare(openstack.compute.Keypair, name=props["name"], public_key=props["public_key"])
    return key, {"fingerprint": key.fingerprint}


def _network(declare: _Declaring) -> _Built:
    name, tags = declare.props["name"], declare.tags
    return declare(openstack.networking.Network, name=name, tags=tags), {}


def _subnet(declare: _Declaring) -> _Built:
    props = declare.props
    subnet = declare(
        openstack.networking.Subnet,
        name=props["name"],
        network_id=props["network"],
        cidr=props["cidr"],
        ip_version=ipaddress.ip_network(props["cidr"]).version,
        tags=declare.tags,
    )
    return subnet, {"gateway": subnet.gateway_ip}


def _router(declare: _Declaring) -> _Built:
    router = declare(
        openstack.networking.Router,
        name=declare.props["name"],
        external_network_id=_external_id(declare),
        tags=declare.tags,
    )
    links = [
        declare(
            openstack.networking.RouterInterface,
            "interface" if number == 0 else f"interface-{number}",
            router_id=router.id,
            subnet_id=subnet,
        )
        for number, subnet in enumerate(declare.props.get("subnets") or ())
    ]
    return router, {"links": links}


def _external_id(declare: _Declaring) -> Any:
    """Return the id of the network that leads outside; the plugin wants no name there."""
    network = declare.props.get("external_network")
    if network is None:
        return None

    def found(name: str) -> Any:
        return name if is_id(name) else _asked(declare.site, lambda cloud: cloud.outside(name))

    return pulumi.Output.from_input(network).apply(found)


def _asked(site: Site, ask: Callable[[Any], Any]) -> Any:
    """Ask the cloud itself: a plugin that could not log in dies of such a question.

    In a preview nobody answers where it cannot be reached. Errors: CmxError.
    """
    try:
        return ask(load().provider(site.name))
    except SiteUnreachable:
        if pulumi.runtime.is_dry_run():
            return unknown()
        raise


def _security_group(declare: _Declaring) -> _Built:
    group = declare(
        openstack.networking.SecGroup,
        name=declare.props["name"],
        description="made by cmx",
        tags=declare.tags,
    )
    for rule in declare.props.get("rules") or ():
        first, last = rule["port_min"], rule["port_max"]
        ports = sorted({port for port in (first, last) if port})
        if (first, last) == _ALL_PORTS:
            first = last = None
        declare(
            openstack.networking.SecGroupRule,
            *(rule["protocol"], *map(str, ports), rule["cidr"]),
            security_group_id=group.id,
            direction="ingress",
            ethertype=f"IPv{ipaddress.ip_network(rule['cidr']).version}",
            protocol=rule["protocol"],
            port_range_min=first or None,
            port_range_max=last or None,
            remote_ip_prefix=rule["cidr"],
        )
    return group, {}


def _floating_ip(declare: _Declaring) -> _Built:
    props = declare.props
    if props.get("pool") is None:
        raise ExperimentError(
            "from which network?", hint="say pool=, or `cmx default external_network=NAME`"
        )
    port = props.get("port")
    if port is None and props.get("vm") is not None:
        port = pulumi.Output.from_input(props["vm"]).apply(
            lambda id_: _asked(declare.site, lambda cloud: cloud.port_of(id_))
        )
    address = declare(
        openstack.networking.FloatingIp, pool=props["pool"], port_id=port, tags=declare.tags
    )
    return address, {"address": address.address}


_BUILDERS: Mapping[Thing, Callable[[_Declaring], _Built]] = {
    Thing.VM: _vm,
    Thing.KEY_PAIR: _key_pair,
    Thing.NETWORK: _network,
    Thing.SUBNET: _subnet,
    Thing.ROUTER: _router,
    Thing.SECURITY_GROUP: _security_group,
    Thing.FLOATING_IP: _floating_ip,
}


def _provider(site: Site) -> pulumi.ProviderResource:
    """Return the provider resource of a site, declared once in an evaluation."""
    known = _PROVIDERS.get()
    if known is None:
        known = {}
        _PROVIDERS.set(known)
    name = str(site.name)
    if name not in known:
        account = account_of(site, this_computer())
        secret = account.secret_variable
        mapped = {variable_of(site, secret): secret} if secret else None
        told = {_snake(key): value for key, value in account.configuration().items()}
        opts = pulumi.ResourceOptions(env_var_mappings=mapped)
        known[name] = openstack.Provider(name, opts=opts, **told)
    return known[name]


def _snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)


def _by_name(what: str, value: Any) -> dict[str, Any]:
    """Say a name as a name and an id as an id: the plugin looks names up itself."""
    has_id = isinstance(value, str) and is_id(value)
    return {f"{what}_{'id' if has_id else 'name'}": value}


def _outputs_of(resource: Any) -> dict[str, Any]:
    """Return what the plugin says of an object, by its own names."""
    return {
        name: value
        for name, value in vars(resource).items()
        if not name.startswith("_") and isinstance(value, pulumi.Output)
    }
