"""The fixture of bare metal: Cobbler and its machines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.cobbler.lab import CobblerLab, shared_lab
from tests.rigs.starting import CannotStart, is_root, locked, refuse


@pytest.fixture(scope="session")
def cobbler_server() -> Iterator[Path]:
    """Cobbler for the whole run, in a folder; the workers of pytest-xdist share it."""
    if not is_root():
        refuse("cobbler_server", "Cobbler's folders can only be covered by root")
    lab = shared_lab()
    try:
        lab.acquire()
    except CannotStart as error:
        refuse("cobbler_server", str(error))
    else:
        yield lab.folder
    finally:
        lab.release()


@pytest.fixture
def cobbler_lab(cobbler_server: Path) -> Iterator[CobblerLab]:
    """The lab for one test alone: it has two machines."""
    with locked(cobbler_server / "in-use.lock"):
        yield CobblerLab(cobbler_server)
