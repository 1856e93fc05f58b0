"""A stand-in for Cobbler 3.3's interface, in memory, with the habits that surprise."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.cobbler.provider import CobblerProvider
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import a_computer

_FIELDS: dict[str, dict[str, Any]] = {
    "distro": {"name": "", "kernel": "", "initrd": "", "arch": "x86_64", "comment": ""},
    "profile": {"name": "", "distro": "", "autoinstall": "<<inherit>>", "comment": ""},
    "system": {
        "name": "",
        "profile": "",
        "hostname": "",
        "netboot_enabled": False,
        "power_type": "",
        "power_address": "",
        "power_user": "",
        "power_pass": "",
        "interfaces": {},
        "comment": "",
    },
}
_PARENTS = {"profile": ("distro", "distro"), "system": ("profile", "profile")}


class FakeCobbler:
    """Called as the client is. `calls` are the methods so far; `silent` controllers do not answer.

    `loses` are fields that it takes and does not keep. `saved` is what it has after a restart.
    """

    def __init__(self) -> None:
        self.records: dict[str, dict[str, Any]] = {"distro": {}, "profile": {}, "system": {}}
        self.saved: dict[str, Any] = {}
        self.settings = {"pxe_just_once": True}
        self.on: set[str] = set()
        self.silent: set[str] = set()
        self.loses: set[str] = set()
        self.task = "complete"
        self.calls: list[str] = []
        self._open: dict[str, tuple[str, dict[str, Any]]] = {}

    def __call__(self, method: str, *arguments: Any) -> Any:
        self.calls.append(method)
        found: Callable[..., Any] = getattr(self, f"_{method}")
        return copy.deepcopy(found(*arguments))

    def add(self, what: str, name: str, **fields: Any) -> None:
        blank = copy.deepcopy(_FIELDS[what])
        self.records[what][name] = {**blank, "autoinstall_meta": {}, **fields, "name": name}

    def writes(self) -> int:
        return self.calls.count("save_item")

    def _extended_version(self) -> dict[str, Any]:
        return {"version": "3.3.10", "version_tuple": [3, 3, 10]}

    def _token_check(self, _token: str) -> bool:
        return True

    def _get_settings(self) -> dict[str, Any]:
        return self.settings

    def _get_items(self, what: str) -> list[Any]:
        return list(self.records[what].values())

    def _get_item(self, what: str, name: str) -> Any:
        return self.records[what].get(name, "~")

    def _new_item(self, what: str, _token: str) -> str:
        handle = f"new {len(self._open)}"
        blank = copy.deepcopy(_FIELDS[what])
        self._open[handle] = (what, {**blank, "autoinstall_meta": {}, "kernel_options": {}})
        return handle

    def _get_item_handle(self, what: str, name: str, _token: str) -> str:
        if name not in self.records[what]:
            raise SiteRefused(f"internal error, unknown {what} name {name}")
        self._open[f"{what}::{name}"] = (what, self.records[what][name])
        return f"{what}::{name}"

    def _get_system_handle(self, name: str, token: str) -> str:
        return self._get_item_handle("system", name, token)

    def _modify_item(self, what: str, handle: str, *rest: Any) -> bool:
        key, value, _token = rest
        record = self._open[handle][1]
        if key == "modify_interface":
            for one, mac in value.items():
                name = one.removeprefix("mac_address-")
                record["interfaces"][name] = {"mac_address": mac}
            return True
        if key not in record and key not in {"autoinstall_meta", "kernel_options"}:
            return False
        if key not in self.loses:
            record[key] = value
        return True

    def _save_item(self, what: str, handle: str, _token: str, mode: str) -> bool:
        record = self._open[handle][1]
        if mode == "new" and record["name"] in self.records[what]:
            raise SiteRefused("An object already exists with that name. Try 'edit'?")
        parent = _PARENTS.get(what)
        if parent is not None and record[parent[0]] not in self.records[parent[1]]:
            raise SiteRefused(f"{parent[1]} {record[parent[0]]} does not exist")
        self.records[what][record["name"]] = record
        self.saved[f"{what} {record['name']}"] = copy.deepcopy(record)
        return True

    def _remove_item(self, what: str, name: str, *rest: Any) -> bool:
        _token, recursive = rest
        assert recursive is False
        for kind, (field, parent) in _PARENTS.items():
            users = [one for one in self.records[kind].values() if one[field] == name]
            if parent == what and users:
                raise SiteRefused(f"removal would orphan {kind}: {users[0]['name']}")
        self.records[what].pop(name, None)
        return True

    def _background_syncsystems(self, _options: Any, _token: str) -> str:
        return "task"

    def _get_task_status(self, _task: str) -> list[Any]:
        return [0.0, "sync", self.task, []]

    def _power_system(self, handle: str, action: str, _token: str) -> bool:
        name = handle.partition("::")[2]
        if name in self.silent:
            raise SiteRefused("Cobbler refuses power_system: command failed (rc=1), please look")
        if action == "on":
            self.on.add(name)
        if action == "off":
            self.on.discard(name)
        return name in self.on if action == "status" else True


def a_cobbler(*systems: str) -> FakeCobbler:
    fake = FakeCobbler()
    fake.add("distro", "debian", kernel="/k", initrd="/i")
    for name in ("idle", "blue"):
        fake.add("profile", name, distro="debian")
    for name in systems:
        fake.add("system", name, profile="idle")
    return fake


def a_provider(fake: Callable[..., Any], folder: Path, **options: object) -> CobblerProvider:
    said = {"url": "http://127.0.0.1:1", "secret": {"env": "NONE"}, "idle_profile": "idle"}
    site = Site(SiteName("lab"), "cobbler", folder, {**said, **options})
    return CobblerProvider(site, a_computer(folder), call=fake)
