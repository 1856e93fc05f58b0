"""One lab on a cloud, twice: written with the package for OpenStack, and with our components."""

from dataclasses import dataclass

from tests.rigs.openstack.lab import FLAVOR, IMAGE, OTHER_FLAVOR, OTHER_IMAGE

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE+74hsxdgLD299JM90FLDn6W+VomgRc/AI3zPdDII11 me"
PLAIN = f"""
import pulumi
import pulumi_openstack as openstack

images = dict.fromkeys(("vm0", "vm1", "vm2"), "{IMAGE}")
flavors = dict.fromkeys(images, "{FLAVOR}")
# changes

outside = openstack.networking.get_network_output(name="public")
network = openstack.networking.Network("lab", name="lab", tags=["cmx"])
subnet = openstack.networking.Subnet(
    "lab", name="lab", network_id=network.id, cidr="10.9.0.0/24", ip_version=4
)
router = openstack.networking.Router("lab", name="lab", external_network_id=outside.id)
interface = openstack.networking.RouterInterface(
    "lab", router_id=router.id, subnet_id=subnet.id
)
group = openstack.networking.SecGroup("ssh", name="ssh", description="who may come in")
rule = openstack.networking.SecGroupRule(
    "ssh",
    security_group_id=group.id,
    direction="ingress",
    ethertype="IPv4",
    protocol="tcp",
    port_range_min=22,
    port_range_max=22,
    remote_ip_prefix="0.0.0.0/0",
)
port = openstack.networking.Port(
    "vm0",
    name="vm0",
    network_id=network.id,
    security_group_ids=[group.id],
    fixed_ips=[openstack.networking.PortFixedIpArgs(subnet_id=subnet.id)],
)

# Servers and their key come from a provider of the program, the rest from the default one.
lab = pulumi.ResourceOptions(provider=openstack.Provider("lab", cloud="lab"))
key = openstack.compute.Keypair("me", name="me", public_key="{KEY}", opts=lab)
for name, image in images.items():
    where = (
        openstack.compute.InstanceNetworkArgs(port=port.id)
        if name == "vm0"
        else openstack.compute.InstanceNetworkArgs(uuid=network.id)
    )
    openstack.compute.Instance(
        name,
        name=name,
        image_name=image,
        flavor_name=flavors[name],
        key_pair=key.name,
        networks=[where],
        opts=pulumi.ResourceOptions.merge(lab, pulumi.ResourceOptions(depends_on=[subnet])),
    )
address = openstack.networking.FloatingIp(
    "vm0", pool="public", port_id=port.id, opts=pulumi.ResourceOptions(depends_on=[interface])
)
pulumi.export("address", address.address)
"""
OURS = f"""
import cloudmesh_iac as cmx

images = dict.fromkeys(("vm0", "vm1", "vm2"), "{IMAGE}")
flavors = dict.fromkeys(images, "{FLAVOR}")
# changes

with cmx.Experiment("lab", defaults={{"external_network": "public"}}) as exp:
    network = cmx.Network("lab", name_on_site="lab")
    subnet = cmx.Subnet("lab", network=network, cidr="10.9.0.0/24", name_on_site="lab")
    cmx.Router("lab", subnets=[subnet], name_on_site="lab")
    group = cmx.SecurityGroup("ssh", presets=["ssh"], open_to="0.0.0.0/0", name_on_site="ssh")
    key = cmx.KeyPair("me", public_key="{KEY}", name_on_site="me")
    vms = [
        cmx.VM(
            name,
            image=image,
            flavor=flavors[name],
            key=key,
            network=network,
            security_groups=[group],
            public_ip=name == "vm0",
            name_on_site=name,
        )
        for name, image in images.items()
    ]
    exp.export("address", vms[0].public_address)
"""
RESIZED = 'flavors["vm1"] = "' + OTHER_FLAVOR + '"'
REBUILT = RESIZED + '\nimages["vm2"] = "' + OTHER_IMAGE + '"'


@dataclass(frozen=True, slots=True)
class Lab:
    """A program, how many things its plan makes, and the first of the tags of its network.

    `made` are those that the plugin makes; the plan counts the provider of a program too.
    """

    program: str
    planned: int
    made: int
    tag: str

    def with_changes(self, lines: str = "") -> str:
        return self.program.replace("# changes", lines)


LABS = {
    "the package": Lab(PLAIN, planned=13, made=12, tag="cmx"),
    "our components": Lab(OURS, planned=15, made=14, tag="cmx_experiment=lab"),
}
