"""One virtual machine."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pulumi

from cloudmesh_iac.components.context import KEYS
from cloudmesh_iac.components.deciding import (
    decide,
    decide_flavor,
    decide_image,
    decide_login,
    doubts_about,
    size_of,
)
from cloudmesh_iac.components.declaring import declares
from cloudmesh_iac.components.key_pair import KeyPair, decide_key
from cloudmesh_iac.components.lookups import Flavor, Image
from cloudmesh_iac.components.network import FloatingIp, Network, Subnet
from cloudmesh_iac.components.placing import On
from cloudmesh_iac.components.quantities import parse_walltime
from cloudmesh_iac.components.security_group import SecurityGroup
from cloudmesh_iac.components.things import SiteThing, Text, id_of, name_of, same_site
from cloudmesh_iac.core.nodes import Size, Thing
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.settings.defaults import Settled

_SSH = 22
Net = Network | Subnet | Text


class VM(SiteThing):
    """A virtual machine; everything but its name may be left out.

    `image` is a name, an id, a pattern or an Image; the size is a `flavor` by name or as a Flavor,
    or `cpus`, `memory` (`4 GiB`) and `disk` (GiB): the smallest flavor that fits. What is left
    out is the default of the experiment, the site or the person, is shown in the plan, and stays
    as it was first settled. `key` is a KeyPair, or the name of a key that the site has.
    `public_ip` gives it an address that is reached from outside. With `ready` (`5m`) it is there
    when an ssh server answers at its address, at most so long later. `provider_args` are arguments
    in the words of the site's kind; they say more than the others.

    Outputs: `id`, `name_on_site`, `address`, `public_address`, `login`, `state`, `raw`.
    Errors: ExperimentError with everything that is wrong with its size.
    """

    address: pulumi.Output[str]
    public_address: pulumi.Output[str | None]
    login: pulumi.Output[str]
    state: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        on: On = None,
        image: str | Image | pulumi.Output[str] | None = None,
        flavor: str | Flavor | pulumi.Output[str] | None = None,
        cpus: int | None = None,
        memory: str | int | None = None,
        disk: int | None = None,
        key: KeyPair | str | None = None,
        network: Net | Sequence[Net] | None = None,
        security_groups: Sequence[SecurityGroup | Text] | None = None,
        public_ip: bool = False,
        user_data: Text | None = None,
        login: str | None = None,
        ready: str | int | timedelta | None = None,
        group: str | None = None,
        name_on_site: str | None = None,
        provider_args: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("VM", Thing.VM, name, on=on, group=group, opts=opts)
        with self._about():
            networks = self._networks(network)
            groups = self._groups(security_groups)
            key_pair = key if key is not None else self._own_key()
            same_site([*networks, *groups, key_pair], self.site)
            decided, asked = self._decided(image, flavor, size_of(cpus, memory, disk))
            decided["login"] = decide_login(login, _value(decided.get("image")), self.site)
            doubts = doubts_about(decided, self.site)
            found = self._choose(decided, as_name=name_on_site, asked=asked, doubts=doubts)
            declared = self._declare(
                {
                    "name": self.name_on_site,
                    "image": found.get("image", image),
                    "flavor": found.get("flavor", flavor),
                    "key": None if key_pair is None else name_of(key_pair),
                    "networks": [id_of(_network_of(one)) for one in networks],
                    "security_groups": [id_of(one) for one in groups],
                    "security_group_names": [name_of(one) for one in groups],
                    "user_data": user_data,
                },
                provider_args=provider_args,
                depends_on=_needed(networks),
            )
        self.routers = [router for one in networks for router in _routers_of(one)]
        self.address, self.state = declared.outputs["address"], declared.outputs["state"]
        self.port = declared.outputs.get("port")
        self.login = found["login"]
        self.public_address = pulumi.Output.from_input(None)
        if public_ip:
            below = pulumi.ResourceOptions(parent=self)
            self.public_address = FloatingIp(name, vm=self, opts=below).address
        if ready is not None:
            self._wait(name, ready, is_public=public_ip)
        self.register_outputs(
            {
                "site": str(self.site.name),
                "kind": self.site.kind,
                "id": self.id,
                "name": self.name_on_site,
                "state": self.state,
                "address": self.address,
                "public_address": self.public_address,
                "login": self.login,
                "image": found.get("image", image),
                "flavor": found.get("flavor", flavor),
            }
        )

    def _wait(self, name: str, ready: str | int | timedelta, *, is_public: bool) -> None:
        """Let what uses its address wait until somebody answers there."""
        with self._about():
            try:
                limit_s = parse_walltime(ready)
            except ValueError as error:
                raise ExperimentError(f"ready: {error}") from error
            reached = declares(self.site).declare_reach(
                name,
                {
                    "site": str(self.site.name),
                    "machine": self.id,
                    "address": self.public_address if is_public else self.address,
                    "port": _SSH,
                    "limit_s": limit_s,
                },
                opts=pulumi.ResourceOptions(parent=self),
            )
        if is_public:
            self.public_address = reached.address
        else:
            self.address = reached.address

    def _decided(
        self,
        image: str | Image | pulumi.Output[str] | None,
        flavor: str | Flavor | pulumi.Output[str] | None,
        size: Size,
    ) -> tuple[dict[str, Settled | None], dict[str, Any]]:
        """Return what is settled, and what was asked where that is something else."""
        decided: dict[str, Settled | None] = {}
        asked: dict[str, Any] = {}
        if not isinstance(image, pulumi.Output):
            pattern = image.pattern if isinstance(image, Image) else image
            decided["image"] = decide_image(pattern, self.site)
            asked |= {} if pattern is None else {"image": pattern}
        if isinstance(flavor, Flavor):
            size, flavor = flavor.size, None
        if flavor is not None and size != Size():
            raise ExperimentError("it has a flavor and a size", hint="say one of them")
        if not isinstance(flavor, pulumi.Output):
            decided["flavor"] = decide_flavor(flavor, size, self.site)
            asked |= {} if size == Size() else {"flavor": str(size)}
        return decided, asked

    def _networks(self, said: Net | Sequence[Net] | None) -> list[Net]:
        if said is None:
            default = decide("network", None, self.site)
            return [] if default is None else [str(default.value)]
        if isinstance(said, str | pulumi.Output | SiteThing):
            return [said]
        return list(said)

    def _groups(self, said: Sequence[SecurityGroup | Text] | None) -> list[SecurityGroup | Text]:
        if isinstance(said, str):
            raise ExperimentError(f"security_groups is a text, not a list: say [{said!r}]")
        if said is not None:
            return list(said)
        default = decide("security_groups", None, self.site)
        return [] if default is None else [str(one) for one in default.value]

    def _own_key(self) -> KeyPair | None:
        """Return the key of this person on the site, declared once; None where there is none."""
        keys = KEYS.get()
        if keys is None:
            keys = {}
            KEYS.set(keys)
        site = str(self.site.name)
        if site not in keys:
            has_key = decide_key(None, self.site) is not None
            keys[site] = KeyPair(f"own-{site}", on=site) if has_key else None
            if not has_key:
                pulumi.log.warn(
                    "there is no public key in ~/.ssh: nobody will be able to log in to machines;"
                    " `ssh-keygen -t ed25519` makes one",
                    self,
                )
        return keys[site]


def _value(decided: Settled | None) -> object:
    return None if decided is None else decided.value


def _network_of(one: Net) -> Network | Text:
    return one.network if isinstance(one, Subnet) else one


def _needed(networks: Sequence[Net]) -> list[pulumi.Resource]:
    """A machine gets no address from a network whose subnets are not there yet."""
    subnets = [one for one in networks if isinstance(one, Subnet)]
    subnets += [subnet for one in networks if isinstance(one, Network) for subnet in one.subnets]
    return [one.resource for one in subnets]


def _routers_of(one: Net) -> list[pulumi.Resource]:
    network = _network_of(one)
    return network.routers if isinstance(network, Network) else []
