"""What every site promises whose machines are handed out: one pool says whose they are."""

from datetime import UTC, datetime, timedelta

import pytest

from cloudmesh_iac.core.metal import LeaseOwner, Needs, Taken, Window
from cloudmesh_iac.engine.booting import HoldsLeases
from cloudmesh_iac.engine.pool import Pool
from tests.contract.metal import KINDS, OURS, THEIRS, MetalSite

pytestmark = pytest.mark.parametrize("metal", KINDS, indirect=True)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def pool_of(metal: MetalSite) -> Pool:
    assert isinstance(metal.site, HoldsLeases)
    return metal.site.pool


def test_its_machines_are_in_its_pool(metal: MetalSite) -> None:
    names = {one.name for one in metal.machines}
    assert names <= {one.name for one in pool_of(metal).machines(metal.name)}


def test_it_has_one_pool_however_often_it_is_asked(metal: MetalSite) -> None:
    # given
    needs = Needs(names=(metal.machines[0].name,))
    window = Window(NOW, NOW + timedelta(hours=1))
    owner = LeaseOwner("ada", "hpc")
    leased = pool_of(metal).lease(
        OURS, metal.name, needs=needs, owner=owner, window=window, now=NOW
    )
    assert not isinstance(leased, Taken)

    # when
    again = pool_of(metal).lease(
        THEIRS, metal.name, needs=needs, owner=owner, window=window, now=NOW
    )

    # then
    assert isinstance(again, Taken)
    assert again.next_free is not None
    pool_of(metal).give_back(OURS, metal.machines[0].name)
    assert pool_of(metal).find(OURS) is None
