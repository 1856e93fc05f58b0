"""Log in to a cloud and ask what it offers, with openstacksdk; loaded when it is first asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keystoneauth1.exceptions import ClientException, NotFound, Unauthorized
from openstack.exceptions import ConfigException, SDKException

from cloudmesh_iac.core.nodes import Flavor, Image
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.openstack.connecting import connect, words_of
from cloudmesh_iac.providers.openstack.offers import Offers

_LOGIN = "os_admin_user"  # a property of images: the user that may log in


def ask_offers(site: str, configuration: Properties, *, timeout_s: float) -> Offers:
    """Return what a cloud offers, in its order.

    Errors: SiteRefused for what a person has to mend (an unknown cloud, wrong credentials);
    SiteUnreachable when it does not answer.
    """
    with _connected(site, configuration, timeout_s) as cloud:
        flavors = tuple(_flavor(one) for one in cloud.compute.flavors())
        images = tuple(_image(one) for one in cloud.image.images() if one.status == "active")
        networks = cloud.network.networks(is_router_external=True)
        outside = {one.name: one.id for one in networks}
    return Offers(flavors, images, outside)


def find_port(
    site: str, configuration: Properties, server_id: str, *, timeout_s: float
) -> str | None:
    """Return the id of the first port of a server, None where it has none. Errors: as above."""
    with _connected(site, configuration, timeout_s) as cloud:
        ports = sorted(cloud.network.ports(device_id=server_id), key=lambda one: one.created_at)
    return str(ports[0].id) if ports else None


@contextmanager
def _connected(site: str, configuration: Properties, timeout_s: float) -> Iterator[Any]:
    """Log in; what goes wrong inside of the block is told as ours."""
    try:
        with connect(configuration, timeout_s=timeout_s) as cloud:
            yield cloud
    except ConfigException as error:
        raise SiteRefused(
            f"site {site}: {words_of(error)}",
            subject=site,
            hint="see clouds.yaml: the cloud needs `auth:` with `auth_url`, a user and a project",
        ) from error
    except Unauthorized as error:
        raise SiteRefused(
            f"site {site} does not take these credentials: {words_of(error)}",
            subject=site,
            hint=f"mend `auth:` of cloud {configuration.get('cloud', site)} in clouds.yaml",
        ) from error
    except NotFound as error:
        raise SiteRefused(
            f"site {site} has no such service there: {words_of(error)}",
            subject=site,
            hint="`auth_url` should end in /v3",
        ) from error
    except (SDKException, ClientException) as error:
        raise SiteUnreachable(
            f"site {site} does not answer: {words_of(error)}",
            subject=site,
            hint="see that `auth_url` is right and that the cloud can be reached from here",
        ) from error


def _flavor(flavor: Any) -> Flavor:
    return Flavor(flavor.name, int(flavor.vcpus), int(flavor.ram), int(flavor.disk or 0))


def _image(image: Any) -> Image:
    properties = image.properties or {}
    return Image(image.name or "", image.id, str(properties.get(_LOGIN) or ""))
