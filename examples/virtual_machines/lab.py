"""A network of one's own: a head that is reached from outside, and workers behind it."""

import cloudmesh_iac as cmx

with cmx.Experiment("lab") as exp:
    workers = exp.param("workers", 2, help="machines behind the head")
    key = cmx.KeyPair("lab", public_key="lab.pub")
    network = cmx.Network("lab", cidr="10.9.0.0/24")
    cmx.Router("lab", subnets=network.subnets)
    outside = cmx.SecurityGroup("outside", presets=["ssh", "ping"], open_to="world")
    inside = cmx.SecurityGroup("inside", rules=[cmx.Rule("tcp", 1, 65535, source="10.9.0.0/24")])
    head = cmx.VM(
        "head",
        cpus=1,
        memory="2 GiB",
        key=key,
        network=network,
        security_groups=[outside, inside],
        public_ip=True,
    )
    for number in range(1, workers + 1):
        cmx.VM(
            f"worker{number}",
            cpus=2,
            memory="4 GiB",
            key=key,
            network=network,
            security_groups=[inside],
        )
    exp.export("head", head.public_address)
