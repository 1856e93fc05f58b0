"""What can a site with virtual machines do: offer them, make them, say what it has and allows?"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from cloudmesh_iac.core.nodes import Allowance, Flavor, Image, Made, SeenMachine, Wanted


@runtime_checkable
class MakesNodes(Protocol):
    """A site where virtual machines can be had. Its resources module has `declare_thing`.

    Who makes them is another question: a plugin, or our own handlers (HoldsThings).
    """

    def flavors(self) -> Sequence[Flavor]:
        """Return the sizes that there are, in any order.

        Errors: SiteUnreachable, SiteRefused (wrong credentials, say).
        """
        ...

    def images(self) -> Sequence[Image]:
        """Return the images to start from, in the site's order. Errors: as `flavors`."""
        ...


@runtime_checkable
class KnowsOffers(MakesNodes, Protocol):
    """A site that can say of a name, often without a network, that it does not offer it."""

    def doubts(self, named: Mapping[str, str]) -> Mapping[str, str]:
        """Return a sentence for each thing that is named and certainly not offered.

        Shape: `named` by `image` and `flavor`, the answer by the same keys. Where nothing was ever
        asked, or nobody answers now, nothing is certain. Errors: none.
        """
        ...


@runtime_checkable
class HoldsThings(MakesNodes, Protocol):
    """A site whose machines and networks are made by our own handlers, without a plugin."""

    def create(self, wanted: Wanted) -> Made:
        """Make it; return when it is there. The same token again gives the same thing.

        Errors: SiteRefused, when nothing was made; SiteUnreachable, when nobody knows.
        """
        ...

    def change(self, id_: str, wanted: Wanted) -> Made:
        """Make it as it is wanted now, where it is. Errors: as `create`."""
        ...

    def look(self, id_: str) -> Made | None:
        """Return it as it is now, None when it is gone. Errors: SiteUnreachable."""
        ...

    def find(self, token: str) -> Made | None:
        """Return what a create with this token has made. Errors: SiteUnreachable."""
        ...

    def remove(self, id_: str) -> None:
        """Take it away; what is gone already is no error.

        Errors: SiteRefused (something still uses it), SiteUnreachable.
        """
        ...


@runtime_checkable
class ListsInventory(Protocol):
    """A site that can list what is there, whoever has made it."""

    def machines(self) -> Sequence[SeenMachine]:
        """Return the account's machines, by name. Errors: SiteUnreachable, SiteRefused."""
        ...


@runtime_checkable
class Quotes(Protocol):
    """A site that says how much an account may have there."""

    def allowances(self) -> Sequence[Allowance]:
        """Return what is limited or counted, each by its name, in a fixed order.

        It asks the site each time. Errors: SiteUnreachable, SiteRefused.
        """
        ...
