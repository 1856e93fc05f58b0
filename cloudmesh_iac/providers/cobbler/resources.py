"""What a program declares at a Cobbler: its records, and the machines that it installs."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from cloudmesh_iac.providers.cobbler.handlers import (
    CobblerDistroHandler,
    CobblerProfileHandler,
    CobblerSystemHandler,
)
from cloudmesh_iac.providers.cobbler.properties import inputs_of
from cloudmesh_iac.providers.cobbler.translate import What
from cloudmesh_iac.providers.metal.resources import declare_machines

__all__ = ["CobblerDistro", "CobblerProfile", "CobblerSystem", "declare_machines"]

Text = pulumi.Input[str] | None
Texts = pulumi.Input[Mapping[str, Any]] | None


class CobblerDistro(Resource, module="cmx", name="CobblerDistro"):
    """A distribution that machines can be installed with: a kernel and a ramdisk.

    `kernel` and `initrd` are paths on Cobbler's server. With `kernel_sha256` or `initrd_sha256`,
    what machines get of them is read and compared. `name` is the resource's where none is said.
    """

    name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        site: pulumi.Input[str],
        kernel: pulumi.Input[str],
        initrd: pulumi.Input[str],
        name: Text = None,
        arch: Text = None,
        breed: Text = None,
        os_version: Text = None,
        kernel_options: Text = None,
        kernel_sha256: Text = None,
        initrd_sha256: Text = None,
        comment: Text = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = _props(What.DISTRO, resource_name, locals())
        super().__init__(_DISTRO, resource_name, props, opts)


class CobblerProfile(Resource, module="cmx", name="CobblerProfile"):
    """What is installed: a distribution, with the answers to its installer's questions.

    `autoinstall` is a template on Cobbler's server, `autoinstall_meta` its variables.
    """

    name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        site: pulumi.Input[str],
        distro: pulumi.Input[str],
        name: Text = None,
        autoinstall: Text = None,
        autoinstall_meta: Texts = None,
        kernel_options: Text = None,
        comment: Text = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = _props(What.PROFILE, resource_name, locals())
        super().__init__(_PROFILE, resource_name, props, opts)


class CobblerSystem(Resource, module="cmx", name="CobblerSystem"):
    """A machine in Cobbler's inventory. `interfaces` maps `eth0` to its MAC address.

    Its controller's password is no property: the fence agent looks that up by itself. Who has the
    machine, and what it is installed with for them, is a matter of leases.
    """

    name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        site: pulumi.Input[str],
        profile: pulumi.Input[str],
        interfaces: Texts = None,
        name: Text = None,
        hostname: Text = None,
        power_type: Text = None,
        power_address: Text = None,
        power_user: Text = None,
        power_id: Text = None,
        comment: Text = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = _props(What.SYSTEM, resource_name, locals())
        super().__init__(_SYSTEM, resource_name, props, opts)


_DISTRO: ResourceProvider = CobblerDistroHandler()
_PROFILE: ResourceProvider = CobblerProfileHandler()
_SYSTEM: ResourceProvider = CobblerSystemHandler()


def _props(what: What, resource_name: str, said: Mapping[str, Any]) -> dict[str, Any]:
    given = {key: said[key] for key in inputs_of(what) if said.get(key) is not None}
    return {"name": resource_name, **given}
