"""Host lists for commands: the same grammar as in programs."""

from cloudmesh_iac.wire.host_lists import expand, fold, names_in

__all__ = ["expand", "fold", "names_in"]
