"""A storage server of one's own for a day, and a job that writes to it."""

import cloudmesh_iac as cmx

with cmx.Experiment("ior") as exp:
    machines = exp.param("machines", 2, help="machines of the storage server")
    server = cmx.BareMetal(
        "ion",
        on="lab",
        machines=machines,
        profile="ubuntu-24.04",
        role="storage",
        lease=cmx.Lease(hours=24),
        ssh_keys="lab.pub",
    )
    cmx.Job("write", on="local", command=cmx.fmt("echo writes to {}", server.hostnames[0]))
    exp.export("hosts", server.hostnames)
