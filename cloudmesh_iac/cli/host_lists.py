"""Host lists for commands: the same grammar as in programs."""

from cloudmesh_iac.wire.host_lists import expand, fold

__all__ = ["expand", "fold"]
