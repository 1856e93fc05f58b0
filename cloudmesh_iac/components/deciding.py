"""What is meant where a program leaves something open, and who has settled it?"""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pulumi

from cloudmesh_iac.components.context import CURRENT
from cloudmesh_iac.components.declaring import node_offers
from cloudmesh_iac.components.quantities import parse_memory
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.nodes import Flavor, Image, Size, login_of, smallest_fitting
from cloudmesh_iac.core.urns import natural_key
from cloudmesh_iac.engine.node_abilities import KnowsOffers, MakesNodes
from cloudmesh_iac.errors import CmxError, ExperimentError, SiteUnreachable
from cloudmesh_iac.settings.defaults import KEYS, Settled
from cloudmesh_iac.settings.load import load
from cloudmesh_iac.settings.sites import Site

Offer = TypeVar("Offer", Image, Flavor)
PROGRAM = "program"
_SILENT = Settled(None, "not known: the site could not be asked")  # in a preview only


def known_defaults(experiment: str, said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Errors: ExperimentError for a default that does not exist ("did you mean")."""
    for key in said:
        if key not in KEYS:
            raise ExperimentError(
                f"experiment {experiment!r}: there is no default {key!r}",
                hint=instead_of(key, KEYS, otherwise=f"there are: {', '.join(KEYS)}"),
            )
    return dict(said)


def default_of(key: str, site: Site) -> Settled | None:
    """Return what holds where the program says nothing: the experiment's word, then the files'."""
    experiment = CURRENT.get()
    if experiment is not None and experiment.defaults.get(key) is not None:
        return Settled(experiment.defaults[key], f"default of experiment {experiment.name}")
    return load().settings.defaults.of(key, site.name)


def decide(key: str, asked: Any, site: Site) -> Settled | None:
    """Return what the program says, else the default; None when nobody says anything."""
    return default_of(key, site) if asked is None else Settled(asked, PROGRAM)


def decide_image(asked: str | None, site: Site) -> Settled:
    """Return the image: said, default, or the first of the site's list, which is said then.

    A pattern (`ubuntu-24.04*`) means the last of the names that match, in their order.
    Errors: ExperimentError for an image that the site does not have.
    """
    decided = decide("image", asked, site)
    if decided is not None and not _is_pattern(str(decided.value)):
        return decided
    images = _asked(site, "image", lambda offers: offers.images())
    if images is None:
        return _SILENT
    if decided is not None:
        return Settled(image_called(str(decided.value), images, site).name, decided.origin)
    if not images:
        raise ExperimentError(f"site {site.name} has no image to start from")
    return Settled(
        images[0].name, f"first image of the site: `cmx default image={images[0].name}` keeps it"
    )


def decide_flavor(asked: str | None, size: Size, site: Site) -> Settled:
    """Return the flavor: said, the smallest that fits a size, default, or the smallest there is.

    A size that the program asks for counts more than a default flavor. Errors: ExperimentError
    when no flavor is large enough.
    """
    if asked is not None:
        return Settled(asked, PROGRAM)
    settled = None if size != Size() else decide("flavor", None, site)
    if settled is not None:
        return settled
    wanted = size if size != Size() else _default_size(site)
    flavors = _asked(site, "flavor", lambda offers: offers.flavors())
    if flavors is None:
        return _SILENT
    found = fitting(wanted, flavors, site)
    why = f"smallest with {wanted}" if wanted != Size() else "smallest of the site"
    return Settled(found.name, why)


def fitting(size: Size, flavors: Sequence[Flavor], site: Site) -> Flavor:
    """Return the smallest flavor that fits. Errors: ExperimentError with the largest there is."""
    found = smallest_fitting(size, flavors)
    if found is None:
        largest = max(flavors, key=lambda one: (one.memory_mb, one.cpus), default=None)
        said = "has no flavors" if largest is None else f"has no flavor with {size}"
        hint = None if largest is None else f"the largest is {_described(largest)}"
        raise ExperimentError(f"site {site.name} {said}", hint=hint)
    return found


def image_called(pattern: str, images: Sequence[Image], site: Site) -> Image:
    """Return the image with this name or id, or the last one that matches a pattern."""
    exact = [one for one in images if pattern in {one.name, one.id}]
    found = exact or sorted((one for one in images if _matches(one, pattern)), key=_natural)
    if found:
        return found[-1]
    names = sorted(one.name for one in images)
    raise ExperimentError(
        f"site {site.name} has no image {pattern!r}",
        hint=instead_of(pattern, names, otherwise=f"there are: {', '.join(names) or 'none'}"),
    )


def doubts_about(decided: Mapping[str, Settled | None], site: Site) -> Mapping[str, str]:
    """Return what a machine cannot be made of on a site, as far as that is known, by key."""
    offers = node_offers(site)
    if not isinstance(offers, KnowsOffers):
        return {}
    settled = {key: decided.get(key) for key in ("image", "flavor")}
    named = {key: str(one.value) for key, one in settled.items() if one is not None and one.value}
    return offers.doubts(named) if named else {}


def decide_login(asked: str | None, image: object, site: Site) -> Settled:
    """Return the user to log in as: said, default, or by the name of the image."""
    decided = decide("login", asked, site)
    if decided is not None:
        return decided
    name = image if isinstance(image, str) else ""
    return Settled(login_of(name), f"guessed from the image {name}" if name else "guessed")


def size_of(cpus: int | None, memory: str | int | None, disk: int | None) -> Size:
    """Return a size as people write it. Units: `disk` in GiB. Errors: ExperimentError."""
    problems = [
        f"{name} is {value!r}, not a whole number from 1 up"
        for name, value in (("cpus", cpus), ("disk", disk))
        if value is not None and (type(value) is not int or value < 1)
    ]
    memory_mb = 0
    try:
        memory_mb = 0 if memory is None else parse_memory(memory)
    except ValueError as error:
        problems.append(f"memory: {error}")
    if problems:
        raise ExperimentError("; ".join(problems))
    return Size(cpus or 0, memory_mb, disk or 0)


def _default_size(site: Site) -> Size:
    said = [default_of(key, site) for key in ("cpus", "memory", "disk")]
    cpus, memory, disk = (None if one is None else one.value for one in said)
    return size_of(cpus, memory, disk)


def _asked(
    site: Site, what: str, ask: Callable[[MakesNodes], Sequence[Offer]]
) -> Sequence[Offer] | None:
    """Ask the site; None for a site that does not answer a preview.

    Errors: ExperimentError when the answer is needed now.
    """
    try:
        return ask(node_offers(site))
    except CmxError as error:
        if pulumi.runtime.is_dry_run() and isinstance(error, SiteUnreachable):
            return None
        raise ExperimentError(
            f"{what}: {error.message}",
            hint=error.hint or f"name one in the program, or `cmx default {what}=NAME`",
        ) from error


def _described(flavor: Flavor) -> str:
    return f"{flavor.name} ({Size(flavor.cpus, flavor.memory_mb, flavor.disk_gb)})"


def _is_pattern(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def _matches(image: Image, pattern: str) -> bool:
    return _is_pattern(pattern) and fnmatch.fnmatchcase(image.name, pattern)


def _natural(image: Image) -> Any:
    return natural_key(image.name)
