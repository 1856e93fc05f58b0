"""Machines, leases and windows for tests: each builder takes only what matters."""

from datetime import datetime, timedelta

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Lease,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    Needs,
    Reservation,
    Taken,
    Window,
)
from cloudmesh_iac.engine.pool import Pool
from tests.builders import NOON

LAB = SiteName("lab")
ADA = LeaseOwner("ada", "science", "ion", "urn:ion")
BOB = LeaseOwner("bob", "music")


def a_machine(name: str = "i1", *, cpus: int = 8, memory_mb: int = 1024, tags: str = "") -> Machine:
    number = int(name.strip("abcdefghijklmnopqrstuvwxyz") or 0)
    return Machine(
        MachineName(name),
        mac=f"52:54:00:aa:{number // 256:02x}:{number % 256:02x}",
        cpus=cpus,
        memory_mb=memory_mb,
        tags=frozenset(tags.split()),
    )


def hours(number: float) -> datetime:
    """Return the time so many hours after noon."""
    return NOON + timedelta(hours=number)


def span(start: float, end: float) -> Window:
    return Window(hours(start), hours(end))


def need(*names: str, count: int = 1, cpus: int = 0, memory_mb: int = 0, tags: str = "") -> Needs:
    wanted = tuple(MachineName(name) for name in names)
    return Needs(count, wanted, cpus, memory_mb, frozenset(tags.split()))


def take(
    pool: Pool,
    *names: str,
    count: int = 1,
    owner: LeaseOwner = ADA,
    id: str = "L1",  # noqa: A002 - the field's name
    start: float = 0,
    end: float = 2,
    needs: Needs | None = None,
) -> Lease | Taken:
    """Ask for a lease, at its start."""
    return pool.lease(
        LeaseId(id),
        LAB,
        needs=needs or need(*names, count=count),
        owner=owner,
        window=span(start, end),
        now=hours(start),
    )


def held(answer: Lease | Taken) -> Lease:
    assert isinstance(answer, Lease), answer
    return answer


def taken(answer: object) -> Taken:
    assert isinstance(answer, Taken), answer
    return answer


def promise(
    pool: Pool,
    *names: str,
    count: int = 1,
    owner: LeaseOwner = ADA,
    id: str = "R1",  # noqa: A002 - the field's name
    start: float = 0,
    end: float = 2,
    now: float = 0,
) -> Reservation | Taken:
    wanted = Reservation(id, LAB, (), span(start, end), owner.user, owner.project)
    return pool.reserve(wanted, needs=need(*names, count=count), now=hours(now))


def names(answer: Lease | Reservation | Taken) -> list[str]:
    assert not isinstance(answer, Taken), answer
    if isinstance(answer, Lease):
        return [str(one.name) for one in answer.machines]
    return [str(name) for name in answer.machines]
