"""Put what is wanted into Cobbler's words, and Cobbler's words into ours. Pure.

A record of Cobbler is a map of fields here, in both dialects with the same keys: those of Cobbler
4.0 with a dot between their parts (`power.address`), and `interfaces`, which maps the name of an
interface to its MAC address.
"""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cloudmesh_iac.core.metal import Installation, Machine, Power, Standing

Fields = Mapping[str, Any]


class What(StrEnum):
    """The kinds of records that we write."""

    DISTRO = "distro"
    PROFILE = "profile"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Write:
    """What one record shall be like; other fields of it are left as they are."""

    what: What
    name: str
    fields: Fields
    is_new: bool = False


# Stands for the token of the login in the arguments of a call.
TOKEN: Final = "\0token"  # noqa: S105 - no secret
INTERFACES = "interfaces"
META = "autoinstall_meta"
NETBOOT = "netboot_enabled"
LEASE = "cmx_lease"
_MARKS = (LEASE, "cmx_owner", "cmx_nonce", "cmx_ssh_keys", "cmx_user_data")
_FIRST_INTERFACE = "eth0"
_FAULT = re.compile(r"<class '([\w.]+)'>:(.*)", re.DOTALL)
NOTHING = "~"  # how Cobbler writes None


# --- leases ---------------------------------------------------------------------------------------


def to_prepared(
    machine: Machine, installation: Installation, record: Fields, *, own_keys: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the fields of a machine's record that let its next start install it.

    `own_keys` are let in beside those of the lease.
    """
    meta = {**without_marks(record), **marks_of(installation, own_keys)}
    fields: dict[str, Any] = {
        "profile": installation.profile,
        META: meta,
        NETBOOT: True,
    }
    if machine.hostname:
        fields["hostname"] = machine.hostname
    return fields


def to_inventory(machine: Machine, *, profile: str, power_type: str) -> dict[str, Any]:
    """Return what the inventory knows of a machine that Cobbler has no record of.

    The password of its controller is no part of it: the fence agent looks that up.
    """
    fields: dict[str, Any] = {"profile": profile, INTERFACES: {_FIRST_INTERFACE: machine.mac}}
    controller = machine.controller
    if controller is not None and controller.address:
        port = "" if controller.port is None else f":{controller.port}"
        fields["power.type"] = power_type
        fields["power.address"] = f"{controller.address}{port}"
        fields["power.user"] = controller.user
    return {**fields, NETBOOT: False}


def marks_of(installation: Installation, own_keys: Sequence[str]) -> dict[str, str]:
    """Return the variables that an answer file of the site can use."""
    keys = dict.fromkeys((*installation.ssh_keys, *own_keys))
    values = (
        str(installation.lease),
        installation.owner.user,
        installation.nonce,
        "\n".join(keys),
        b64encode(installation.user_data.encode()).decode(),
    )
    return dict(zip(_MARKS, values, strict=True))


def to_cleared(record: Fields, idle_profile: str | None) -> dict[str, Any]:
    """Return the fields of a record that no lease has."""
    idle = {} if idle_profile is None else {"profile": idle_profile}
    return {NETBOOT: False, META: without_marks(record), **idle}


def without_marks(record: Fields) -> dict[str, Any]:
    return {key: value for key, value in meta_of(record).items() if key not in _MARKS}


def lease_in(record: Fields) -> str:
    return str(meta_of(record).get(LEASE, ""))


def meta_of(record: Fields) -> Mapping[str, Any]:
    """Return the variables of answer files; none where the record inherits them."""
    meta = record.get(META)
    return meta if isinstance(meta, Mapping) else {}


def to_standing(record: Fields, power: Power, *, nonce: str = "", note: str = "") -> Standing:
    """Say how a machine stands by its record, its controller and what it has told itself."""
    asks_network = bool(record.get(NETBOOT))
    progress = None
    if lease_in(record) and power is Power.ON:
        progress = _INSTALLING if asks_network else _BOOTING
    return Standing(
        power=power,
        profile=str(record.get("profile", "")),
        lease=lease_in(record),
        nonce=nonce,
        boots_from_network=asks_network,
        progress=100 if nonce else progress,
        note=note,
    )


_INSTALLING, _BOOTING = 30, 80  # per cent: Cobbler knows begin and end of an installation alone


# --- records --------------------------------------------------------------------------------------


def changed(wanted: Fields, record: Fields) -> dict[str, Any]:
    """Return the wanted fields that differ from a record, in the order to write them in.

    What makes a machine install itself is written last, and taken away first.
    """
    keys = [key for key in wanted if not is_same(key, wanted[key], record.get(key))]
    keys.sort(key=lambda key: (key == NETBOOT) is bool(wanted.get(NETBOOT)))
    return {key: wanted[key] for key in keys}


def is_same(key: str, wanted: Any, found: Any) -> bool:
    if key == INTERFACES:
        known = found if isinstance(found, Mapping) else {}
        return all(
            str(known.get(name, "")).lower() == str(mac).lower() for name, mac in wanted.items()
        )
    if key == "kernel_options":
        return plain_options(wanted) == plain_options(found)
    if not wanted and (not found or found == NOTHING):
        return True
    return bool(wanted == found)


def plain_options(options: Any) -> dict[str, tuple[str, ...]]:
    """Return options of a kernel by name; one without a value has none.

    Cobbler takes `console=ttyS0 quiet` and gives `{"console": ["ttyS0"], "quiet": "~"}`.
    """
    if isinstance(options, str):
        words = (word.partition("=") for word in options.split())
        found: dict[str, tuple[str, ...]] = {}
        for key, mark, value in words:
            found[key] = (*found.get(key, ()), *((value,) if mark else ()))
        return found
    if not isinstance(options, Mapping):
        return {}
    return {str(key): _values(value) for key, value in options.items()}


def _values(value: Any) -> tuple[str, ...]:
    if value is None or value == NOTHING:
        return ()
    several = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return tuple(str(one) for one in several if one is not None and one != NOTHING)


# --- errors ---------------------------------------------------------------------------------------


def words_of(fault: str) -> str:
    """Return what Cobbler says, without Python's name of the error and its quotes."""
    found = _FAULT.fullmatch(fault.strip())
    words = (found[2] if found else fault).strip()
    if len(words) > 1 and words[0] == words[-1] and words[0] in "'\"":
        words = words[1:-1]
    return " ".join(words.split()) or "nothing more"


def is_lost_token(fault: str) -> bool:
    """Cobbler forgets its tokens after an hour without a call, and when it is started again."""
    return "invalid token" in fault
