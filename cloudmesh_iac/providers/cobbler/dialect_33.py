"""The calls of Cobbler 3.3: records by name, fields by flat names, no transactions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.cobbler.translate import (
    INTERFACES,
    NOTHING,
    TOKEN,
    Fields,
    What,
    Write,
)

_NAMES = {
    "power.type": "power_type",
    "power.address": "power_address",
    "power.user": "power_user",
    "power.id": "power_id",
}


class Cobbler33:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def items(self, what: What) -> Sequence[Fields]:
        return [_read(one) for one in self._call("get_items", str(what))]

    def fetch(self, what: What, name: str) -> Fields | None:
        found = self._call("get_item", str(what), name)
        return None if found == NOTHING or found is None else _read(found)

    def write(self, writes: Sequence[Write]) -> Sequence[str]:
        """A change of a record is seen by others before it is saved: the fields have an order."""
        for one in writes:
            self._write(one)
        systems = [one.name for one in writes if one.what is What.SYSTEM]
        if not systems:
            return ()
        return (str(self._call("background_syncsystems", {"systems": systems}, TOKEN)),)

    def remove(self, what: What, name: str) -> None:
        self._call("remove_item", str(what), name, TOKEN, False)  # noqa: FBT003 - XML-RPC has no names

    def power(self, name: str, action: str) -> bool:
        handle = self._call("get_system_handle", name, TOKEN)
        return bool(self._call("power_system", handle, action, TOKEN))

    def _write(self, write: Write) -> None:
        what = str(write.what)
        if write.is_new:
            handle = self._call("new_item", what, TOKEN)
            self._modify(write, handle, "name", value=write.name)
        else:
            handle = self._call("get_item_handle", what, write.name, TOKEN)
        for key, value in write.fields.items():
            if key == INTERFACES:
                told = {f"mac_address-{name}": mac for name, mac in value.items()}
                self._modify(write, handle, "modify_interface", value=told)
            else:
                self._modify(write, handle, _NAMES.get(key, key), value=value)
        self._call("save_item", what, handle, TOKEN, "new" if write.is_new else "bypass")

    def _modify(self, write: Write, handle: Any, key: str, *, value: Any) -> None:
        if self._call("modify_item", str(write.what), handle, key, value, TOKEN) is False:
            raise SiteRefused(f"Cobbler 3.3 knows no {key} of a {write.what}", subject=write.name)


def _read(record: Mapping[str, Any]) -> dict[str, Any]:
    ours = {theirs: key for key, theirs in _NAMES.items()}
    # The password of a controller is read by nobody.
    left_out = {INTERFACES, "power_pass"}
    fields = {ours.get(key, key): value for key, value in record.items() if key not in left_out}
    interfaces = record.get(INTERFACES)
    if isinstance(interfaces, Mapping):
        fields[INTERFACES] = {name: one.get("mac_address", "") for name, one in interfaces.items()}
    return fields
