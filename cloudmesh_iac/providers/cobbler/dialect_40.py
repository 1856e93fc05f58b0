"""The calls of Cobbler 4.0: records by uid, fields by path, interfaces of their own, transactions.

Written by its source and its pre-release 4.0.0b7; the tests replay these calls, no server.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.cobbler.translate import INTERFACES, TOKEN, Fields, What, Write

_INTERFACE = "network_interface"
_TEMPLATE = "template"
# A field that names a record of another kind holds its uid.
_REFERENCES = {
    What.DISTRO: {},
    What.PROFILE: {"distro": "distro", "autoinstall": _TEMPLATE},
    What.SYSTEM: {"profile": "profile"},
}
_NESTED = ("power",)


class Cobbler40:
    def __init__(self, call: Callable[..., Any]) -> None:
        self._call = call

    def items(self, what: What) -> Sequence[Fields]:
        return [self._read(what, one) for one in self._call("get_items", str(what))]

    def fetch(self, what: What, name: str) -> Fields | None:
        if not self._call("has_item", str(what), name):
            return None
        return self._read(what, self._call("get_item", str(what), self._uid(str(what), name)))

    def write(self, writes: Sequence[Write]) -> Sequence[str]:
        """The end of the transaction makes the boot files, once for all of it."""
        if not writes:
            return ()
        self._call("transaction_begin", TOKEN)
        try:
            for one in writes:
                self._write(one)
        except CmxError:
            self._call("transaction_abort", TOKEN)
            raise
        self._call("transaction_commit", TOKEN)
        return ()

    def remove(self, what: What, name: str) -> None:
        uid = self._uid(str(what), name)
        self._call("remove_item", str(what), uid, TOKEN, False)  # noqa: FBT003 - XML-RPC has no names

    def power(self, name: str, action: str) -> bool:
        uid = self._uid(str(What.SYSTEM), name)
        return bool(self._call("power_system", uid, action, TOKEN))

    def _write(self, write: Write) -> None:
        what = str(write.what)
        if write.is_new:
            uid = str(self._call("new_item", what, TOKEN))
            self._modify(what, uid, "name", value=write.name)
        else:
            uid = self._uid(what, write.name)
        for key, value in write.fields.items():
            if key == INTERFACES:
                for name, mac in value.items():
                    self._write_interface(uid, name, mac)
            else:
                kind = _REFERENCES[write.what].get(key)
                meant = self._uid(kind, value) if kind else value
                self._modify(what, uid, key, value=meant)
        self._save(what, uid, is_new=write.is_new)

    def _write_interface(self, system: str, name: str, mac: str) -> None:
        known = {one["name"]: one for one in self._interfaces(system)}
        if name in known:
            uid = str(known[name]["uid"])
        else:
            uid = str(self._call("new_network_interface", system, TOKEN))
            self._modify(_INTERFACE, uid, "name", value=name)
        self._modify(_INTERFACE, uid, "mac_address", value=mac)
        self._save(_INTERFACE, uid, is_new=name not in known)

    def _modify(self, what: str, uid: str, key: str, *, value: Any) -> None:
        """An unknown field is answered with True: reading back finds that out."""
        if self._call("modify_item", what, uid, key.split("."), value, TOKEN) is False:
            raise SiteRefused(f"Cobbler 4.0 does not take {key} of a {what}")

    def _save(self, what: str, uid: str, *, is_new: bool) -> None:
        mode = "new" if is_new else "bypass"
        self._call("save_item", what, uid, True, True, mode, TOKEN)  # noqa: FBT003 - XML-RPC has no names

    def _uid(self, what: str, name: str) -> str:
        return str(self._call("get_item_handle", what, name, TOKEN))

    def _interfaces(self, system: str) -> Sequence[Mapping[str, Any]]:
        found: Sequence[Mapping[str, Any]] = self._call(
            "find_items",
            _INTERFACE,
            {"system_uid": system},
            "name",
            True,  # noqa: FBT003 - XML-RPC has no names
        )
        return found

    def _read(self, what: What, record: Mapping[str, Any]) -> dict[str, Any]:
        fields = dict(record)
        for key in _NESTED:
            parts = fields.pop(key, None)
            if isinstance(parts, Mapping):
                # a password of a controller is read by nobody
                fields |= {f"{key}.{one}": parts[one] for one in parts if one != "password"}
        for key, kind in _REFERENCES[what].items():
            value = fields.get(key)
            if isinstance(value, str) and value and not value.startswith("<<"):
                fields[key] = self._call("get_item", kind, value)["name"]
        if what is What.SYSTEM:
            interfaces = self._interfaces(str(record["uid"]))
            fields[INTERFACES] = {one["name"]: one.get("mac_address", "") for one in interfaces}
        return fields
