"""Public keys that machines let in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from cloudmesh_iac.components.deciding import decide
from cloudmesh_iac.components.placing import On
from cloudmesh_iac.components.things import SiteThing
from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.defaults import Settled
from cloudmesh_iac.settings.options import absolute
from cloudmesh_iac.settings.public_keys import is_public_key, own_public_key, read_public_key
from cloudmesh_iac.settings.sites import Site

_MAKE_ONE = "`ssh-keygen -t ed25519` makes one, `cmx default key=FILE` names one"


class KeyPair(SiteThing):
    """A public key on a site: its text, or a file with it.

    Where nothing is said it is the default key, else the person's own from ~/.ssh. The private
    half is never read. Errors: ExperimentError where there is no key.
    """

    def __init__(
        self,
        name: str,
        *,
        public_key: str | pulumi.Output[str] | None = None,
        on: On = None,
        group: str | None = None,
        name_on_site: str | None = None,
        provider_args: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("KeyPair", Thing.KEY_PAIR, name, on=on, group=group, opts=opts)
        with self._about():
            decided: dict[str, Settled | None] = {}
            if not isinstance(public_key, pulumi.Output):
                key = decide_key(public_key, self.site)
                if key is None:
                    raise ExperimentError("there is no public key", hint=_MAKE_ONE)
                decided = {"public_key": key}
            found = self._choose(decided, as_name=name_on_site)
            self._declare(
                {
                    "name": self.name_on_site,
                    "public_key": found.get("public_key", public_key),
                },
                provider_args=provider_args,
            )
        self.register_outputs({"name": self.name_on_site, "id": self.id})


def decide_key(asked: str | None, site: Site) -> Settled | None:
    """Return the text of a public key: said, default, or the person's own; None for none.

    Errors: ExperimentError for a file that is none, or that holds no public key.
    """
    decided = decide("key", asked, site)
    computer = this_computer()
    if decided is None:
        own = own_public_key(computer.home)
        if own is None:
            return None
        return Settled(_read(own), f"~/{own.relative_to(computer.home)}")
    text = str(decided.value)
    if is_public_key(text):
        return Settled(text.strip(), decided.origin)
    return Settled(_read(absolute(Path(text), site, computer)), decided.origin)


def _read(file: Path) -> str:
    """Errors: ExperimentError for a file that cannot be read or holds no public key."""
    try:
        return read_public_key(file)
    except ValueError as error:
        raise ExperimentError(f"key: {error}", hint=_MAKE_ONE) from error
