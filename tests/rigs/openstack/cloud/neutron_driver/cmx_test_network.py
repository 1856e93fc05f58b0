"""A mechanism driver of Neutron that binds every port, where no agent and no switch is there.

Nova refuses a port that nobody has bound. Neutron finds the driver by the entry point beside it.
"""

from neutron_lib.plugins.ml2 import api


class BindsEverything(api.MechanismDriver):  # type: ignore[misc]  # it is only there in its cloud
    def initialize(self) -> None:
        """There is nothing to prepare."""

    def bind_port(self, context: api.PortContext) -> None:
        segment = context.segments_to_bind[0]
        context.set_binding(segment[api.ID], "ovs", {"port_filter": True}, status="ACTIVE")
