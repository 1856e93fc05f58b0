"""What a cloud offers, as it was last asked."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.nodes import Flavor, Image
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.openstack.offers import KeptOffers, Offers
from tests.builders import HandClock

OFFERS = Offers((Flavor("tiny", 1, 64, 1),), (Image("rocky-9", "4711"),), {"public": "4712"})
FRESH_S = 60.0


def silent() -> Offers:
    raise SiteUnreachable("no answer")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "offers" / "lab.json"


def test_an_answer_serves_later_runs_while_it_is_young(file: Path, clock: HandClock) -> None:
    # given
    KeptOffers(file, clock, FRESH_S).keep(OFFERS)

    # then
    assert KeptOffers(file, clock, FRESH_S).fresh() == OFFERS
    clock.advance(seconds=FRESH_S + 1)
    assert KeptOffers(file, clock, FRESH_S).fresh() is None


def test_a_file_is_read_once_in_a_run(file: Path, clock: HandClock) -> None:
    # given
    KeptOffers(file, clock, FRESH_S).keep(OFFERS)
    kept = KeptOffers(file, clock, FRESH_S)
    assert kept.fresh() == OFFERS

    # when
    file.unlink()

    # then
    assert kept.fresh() == OFFERS


def test_an_old_answer_serves_a_run_while_the_cloud_is_silent(file: Path, clock: HandClock) -> None:
    # given
    KeptOffers(file, clock, FRESH_S).keep(OFFERS)
    clock.advance(seconds=FRESH_S + 1)

    # when
    kept = KeptOffers(file, clock, FRESH_S)

    # then
    assert kept.renewed(silent) == OFFERS
    assert kept.fresh() == OFFERS  # nobody waits for the cloud a second time
    assert KeptOffers(file, clock, FRESH_S).fresh() is None


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_without_an_answer_from_before_silence_is_an_error(
    file: Path, clock: HandClock, content: bytes | None
) -> None:
    if content is not None:
        file.parent.mkdir()
        file.write_bytes(content)
    with pytest.raises(SiteUnreachable):
        KeptOffers(file, clock, FRESH_S).renewed(silent)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, clock: HandClock) -> None:
    (tmp_path / "offers").write_text("a file")
    kept = KeptOffers(tmp_path / "offers" / "lab.json", clock, FRESH_S)
    assert kept.renewed(lambda: OFFERS) == OFFERS
