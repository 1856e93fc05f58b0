"""Where is the pool of machines kept? Its code is loaded when it is first asked for."""

from importlib.metadata import entry_points

from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer

_GROUP = "cloudmesh_iac.pools"
_POOL_VARIABLE = "CMX_POOL"
_STORE_VARIABLE = "CMX_STORE"
_FILE = "sqlite"


def open_pool(computer: Computer) -> Pool:
    """Return the pool of machines that this person uses, under either engine.

    It is in the person's store, that which `CMX_STORE` names, unless `CMX_POOL` names another file
    or the address of a service: `https://pool.example.org` asks for an installed pool of the kind
    `https` (entry points `cloudmesh_iac.pools`, called with the address and the computer).
    Errors: UsageProblem for a kind that is not installed.
    """
    environment = computer.environment
    address = environment.get(_POOL_VARIABLE) or environment.get(_STORE_VARIABLE) or ""
    scheme, has_scheme, _ = address.partition("://")
    kind = scheme if has_scheme else _FILE
    points = entry_points(group=_GROUP)
    for point in points:
        if point.name == kind:
            pool: Pool = point.load()(address, computer)
            return pool
    raise UsageProblem(
        f"there is no kind of pool {kind!r}",
        subject=kind,
        hint=f"let {_POOL_VARIABLE} name a file; installed: {', '.join(sorted(points.names))}",
    )
