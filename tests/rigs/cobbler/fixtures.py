"""The fixture of bare metal: Cobbler and its machines, for the whole run."""

from collections.abc import Iterator

import pytest

from tests.rigs.cobbler.lab import CobblerLab, shared_lab
from tests.rigs.starting import CannotStart, is_root, refuse


@pytest.fixture(scope="session")
def cobbler_lab() -> Iterator[CobblerLab]:
    """The workers of pytest-xdist share it; a test of machines needs them for itself."""
    if not is_root():
        refuse("cobbler_lab", "Cobbler's folders can only be covered by root")
    lab = shared_lab()
    try:
        lab.acquire()
    except CannotStart as error:
        refuse("cobbler_lab", str(error))
    else:
        yield CobblerLab(lab.folder)
    finally:
        lab.release()
