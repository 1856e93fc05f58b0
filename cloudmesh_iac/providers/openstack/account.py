"""Log in to a cloud and ask what it offers, with openstacksdk; loaded when it is first asked."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keystoneauth1.exceptions import ClientException, NotFound, Unauthorized
from openstack.exceptions import ConfigException, SDKException

from cloudmesh_iac.core.nodes import Allowance, Flavor, Image, SeenMachine
from cloudmesh_iac.core.urns import natural_key
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.openstack.connecting import connect, words_of
from cloudmesh_iac.providers.openstack.offers import Offers
from cloudmesh_iac.providers.openstack.using import to_allowances, to_seen

_LATE_S = 10.0
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


def list_machines(site: str, configuration: Properties, *, timeout_s: float) -> list[SeenMachine]:
    """Return the servers of the project, by name. Errors: as of `ask_offers`."""
    with _connected(site, configuration, timeout_s) as cloud:
        images = {one.id: one.name for one in cloud.image.images()}
        servers = [to_seen(one, images) for one in cloud.compute.servers()]
    return sorted(servers, key=lambda one: (natural_key(one.name), one.id))


def ask_allowances(
    site: str, configuration: Properties, *, timeout_s: float
) -> tuple[Allowance, ...]:
    """Return the quota of the project and its use. Errors: as of `ask_offers`."""
    with _connected(site, configuration, timeout_s) as cloud:
        computing = cloud.compute.get_limits().absolute
        networking = cloud.network.get_quota(cloud.current_project_id, details=True)
        keys = sum(1 for _ in cloud.compute.keypairs())
    return to_allowances(computing, networking, keys=keys)


@contextmanager
def _connected(site: str, configuration: Properties, timeout_s: float) -> Iterator[Any]:
    """Log in; what goes wrong inside of the block is told as ours."""
    late = threading.Timer(_LATE_S, _tell_of_silence, [site])
    late.daemon = True
    late.start()
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
    finally:
        late.cancel()


def _tell_of_silence(site: str) -> None:
    """Say it where a person reads: what a program writes there becomes lines of its run."""
    sys.stderr.write(f"site {site} has not answered for {_LATE_S:g} s: it is waited for\n")
    sys.stderr.flush()


def _flavor(flavor: Any) -> Flavor:
    return Flavor(flavor.name, int(flavor.vcpus), int(flavor.ram), int(flavor.disk or 0))


def _image(image: Any) -> Image:
    properties = image.properties or {}
    return Image(image.name or "", image.id, str(properties.get(_LOGIN) or ""))
