"""What does a cloud offer, as it was last asked?"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from cloudmesh_iac.core.nodes import Flavor, Image
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.settings.whole_files import write_whole


@dataclass(frozen=True, slots=True)
class Offers:
    """`outside` are the networks that lead outside: their ids by name."""

    flavors: tuple[Flavor, ...]
    images: tuple[Image, ...]
    outside: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    offers: Offers


_KEPT = TypeAdapter(_Kept)


class KeptOffers:
    """A file with the answer of a cloud, so that not every preview has to ask; it is read once."""

    def __init__(self, file: Path, clock: Clock, fresh_s: float) -> None:
        self._file = file
        self._clock = clock
        self._fresh = timedelta(seconds=fresh_s)
        self._known: _Kept | None = None

    def fresh(self) -> Offers | None:
        """Return the answer if it is young enough."""
        kept = self._kept()
        if kept is None or self._clock.now() - kept.at > self._fresh:
            return None
        return kept.offers

    def renewed(self, ask: Callable[[], Offers]) -> Offers:
        """Ask and keep the answer; an old one serves while the cloud does not answer.

        Errors: as those of `ask`.
        """
        try:
            offers = ask()
        except SiteUnreachable:
            kept = self._kept()
            if kept is None:
                raise
            # For the rest of this run: the next question would wait as long for nothing.
            self._known = _Kept(self._clock.now(), kept.offers)
            return kept.offers
        self.keep(offers)
        return offers

    def keep(self, offers: Offers) -> None:
        """Write it down; where that is not possible, the next run asks the cloud again."""
        self._known = _Kept(self._clock.now(), offers)
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._file, _KEPT.dump_json(self._known).decode())

    def at_any_age(self) -> Offers | None:
        """Return what was answered last, however long ago."""
        kept = self._kept()
        return None if kept is None else kept.offers

    def _kept(self) -> _Kept | None:
        if self._known is None:
            with suppress(OSError, ValidationError):
                self._known = _KEPT.validate_json(self._file.read_bytes())
        return self._known
