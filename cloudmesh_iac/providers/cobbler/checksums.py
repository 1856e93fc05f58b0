"""Is what machines will boot what the program means? Read it where they do, and compare."""

import hashlib
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import PurePosixPath
from typing import Any
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.cobbler.properties import CHECKSUMS

_PIECE = 1 << 20


def compare_checksums(props: Mapping[str, Any], *, web: str | None, timeout_s: float) -> None:
    """Compare the SHA-256 of a distribution's kernel and ramdisk, as Cobbler hands them out.

    Errors: SiteRefused for another checksum, or where `web` is not said; SiteUnreachable.
    """
    name = str(props["name"])
    for key, field in CHECKSUMS.items():
        wanted = props.get(key)
        if wanted is None:
            continue
        if web is None:
            raise SiteRefused(
                f"distro {name}: its {field} cannot be compared with {key}",
                subject=name,
                hint="say `web` of the site: where machines get their files from",
            )
        file = PurePosixPath(str(props[field])).name
        url = f"{web.rstrip('/')}/cobbler/images/{quote(name)}/{quote(file)}"
        found = _sha256(url, timeout_s)
        if found != str(wanted).lower():
            raise SiteRefused(
                f"distro {name}: the {field} at {url} has the SHA-256 {found}, not {wanted}",
                subject=name,
                hint="bring the right file to Cobbler's server, or correct the program",
            )


def _sha256(url: str, timeout_s: float) -> str:
    digest = hashlib.sha256()
    try:
        with urlopen(url, timeout=timeout_s) as answer:  # noqa: S310 - the settings allow http(s) only
            while piece := answer.read(_PIECE):
                digest.update(piece)
    except (URLError, OSError, HTTPException) as error:
        raise SiteUnreachable(
            f"{url} cannot be read: {error}", subject=url, hint="see `web` of the site"
        ) from error
    return digest.hexdigest()
