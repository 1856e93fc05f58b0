"""The control plane of OpenStack: real services, and a hypervisor that pretends."""
