"""Which properties has a record of Cobbler as a resource, and what does a change of one cost?"""

from collections.abc import Mapping
from typing import Any

from cloudmesh_iac.providers.cobbler.translate import (
    INTERFACES,
    Fields,
    What,
    is_same,
    lease_in,
)

# Our name of a property, and Cobbler's field. `site` and `name` belong to all.
_FIELDS: Mapping[What, Mapping[str, str]] = {
    What.DISTRO: {
        "kernel": "kernel",
        "initrd": "initrd",
        "arch": "arch",
        "breed": "breed",
        "os_version": "os_version",
        "kernel_options": "kernel_options",
        "comment": "comment",
    },
    What.PROFILE: {
        "distro": "distro",
        "autoinstall": "autoinstall",
        "autoinstall_meta": "autoinstall_meta",
        "kernel_options": "kernel_options",
        "comment": "comment",
    },
    What.SYSTEM: {
        "profile": "profile",
        "hostname": "hostname",
        "interfaces": INTERFACES,
        "power_type": "power.type",
        "power_address": "power.address",
        "power_user": "power.user",
        "power_id": "power.id",
        "comment": "comment",
    },
}
NEEDED: Mapping[What, tuple[str, ...]] = {
    What.DISTRO: ("kernel", "initrd"),
    What.PROFILE: ("distro",),
    What.SYSTEM: ("profile",),
}
CHECKSUMS = {"kernel_sha256": "kernel", "initrd_sha256": "initrd"}
OWN = "cmx_made_by"  # a variable that answer files do not need: of which create a record is
REPLACING = frozenset({"site", "name"})
_LOSSES: Mapping[What, Mapping[str, str]] = {
    What.DISTRO: {
        "kernel": "machines installed from now on boot another kernel",
        "initrd": "machines installed from now on boot another ramdisk",
    },
    What.PROFILE: {"distro": "machines of this profile get another system when next installed"},
    What.SYSTEM: {},
}


def inputs_of(what: What) -> tuple[str, ...]:
    more = tuple(CHECKSUMS) if what is What.DISTRO else ()
    return ("site", "name", *_FIELDS[what], *more)


def fields_of(what: What, props: Mapping[str, Any], record: Fields | None = None) -> dict[str, Any]:
    """Return the fields that a program has said; what it leaves open is Cobbler's.

    The profile of a machine is its lease's as long as the record has one.
    """
    named = _FIELDS[what].items()
    said = {field: props[key] for key, field in named if props.get(key) is not None}
    return said if record is None else _without_leased(what, said, record)


def as_read(what: What, props: Mapping[str, Any], record: Fields) -> dict[str, Any]:
    """Return the properties as they are in Cobbler, where that differs from what was said."""
    read = dict(props)
    ours = _without_leased(what, _FIELDS[what], record)
    for key, field in ours.items():
        said, found = props.get(key), _without_own(record.get(field))
        if said is not None and not is_same(field, said, found):
            read[key] = found
    return read


def from_record(what: What, record: Fields) -> dict[str, Any]:
    """Return the properties of a record that nobody has declared yet."""
    named = _FIELDS[what].items()
    found = {key: _without_own(record.get(field)) for key, field in named}
    return {key: value for key, value in found.items() if value not in (None, "", "~", {}, [])}


def losses_of(what: What, keys: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_LOSSES[what][key] for key in keys if key in _LOSSES[what])


def _without_leased(what: What, keys: Mapping[str, Any], record: Fields) -> dict[str, Any]:
    is_leased = what is What.SYSTEM and lease_in(record)
    return {key: one for key, one in keys.items() if not (is_leased and key == "profile")}


def _without_own(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: one for key, one in value.items() if key != OWN}
