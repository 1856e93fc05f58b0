"""What machine does an entry of an inventory describe? All that is wrong with it at once."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cloudmesh_iac.components.quantities import parse_memory
from cloudmesh_iac.core.metal import Controller, Machine, MachineName
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.inventory.entries import Entry, Said
from cloudmesh_iac.settings.credentials import parse_reference

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
_KINDS = ("cobbler", "ipmi", "redfish")
_MOST_CPUS = 100_000
_MOST_PORT = 65_535
_MANAGEMENT = "bmc"
# What the earlier files call it, and what the cards of one machine are told apart by.
_NAMES = {
    "cm_id": "name",
    "macaddr": "mac",
    "ipaddr": "address",
    "network_name": "hostname",
    "cores": "cpus",
    "ram": "memory",
    "cm_cluster": "tags",
    "bmc": "controller",
    "power_type": "controller.kind",
    "power_address": "controller.address",
    "power_port": "controller.port",
    "power_user": "controller.user",
    "power_pass": "controller.password",
}
_CARD = "type"
_FIRST_CARDS = ("pxe", "internal", "public")
_NOT_OURS = frozenset(
    {
        *("cm_type", "cm_kind", "cm_refresh", "cm_provision_status", "label", "ifname"),
        *("network", "netmask", "gateway", "bootproto", "onboot", "subnet"),
    }
)
_KEYS = ("name", "mac", "address", "hostname", "cpus", "memory", "tags", "roles", "controller")
_OF_A_CONTROLLER = ("kind", "address", "port", "user", "password")
_POWER_TYPES = {"ipmilan": "ipmi", "ipmilanplus": "ipmi"}


@dataclass(slots=True)
class Reading:
    """Machines so far, by name, and the problems that were met: (line, words)."""

    machines: dict[MachineName, Machine] = field(default_factory=dict)
    lines: dict[MachineName, int] = field(default_factory=dict)
    cards: dict[MachineName, str] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """Read one entry. One more card of a machine that is there adds to it."""
        before = len(self.problems)
        card = _text(entry.values.get(_CARD))
        named = Entry(entry.line, _under_our_names(entry.values, self.problems))
        machine = _machine(named, card, self.problems)
        if machine is None or len(self.problems) > before:
            return
        there = self.machines.get(machine.name)
        if there is None:
            self.lines[machine.name] = entry.line
        elif not card or card == self.cards[machine.name]:
            first = self.lines[machine.name]
            words = f"{machine.name} stands in line {first} already"
            self.problems.append((entry.line, words))
            return
        else:
            machine = _merged(there, machine, is_first=_is_before(card, self.cards[there.name]))
        self.machines[machine.name] = machine
        if there is None or _is_before(card, self.cards[machine.name]):
            self.cards[machine.name] = card


def _under_our_names(
    values: Mapping[str, Said], problems: list[tuple[int, str]]
) -> dict[str, Said]:
    found: dict[str, Said] = {}
    controller: dict[str, Said] = {}
    for key, said in values.items():
        name = _NAMES.get(key, key)
        if name.startswith("controller."):
            controller[name.removeprefix("controller.")] = said
        elif name in _KEYS:
            found.setdefault(name, said)
        elif key not in _NOT_OURS and key != _CARD:
            otherwise = f"known: {', '.join(_KEYS)}"
            hint = instead_of(key, _KEYS, otherwise=otherwise)
            problems.append((said.line, f"{key} is nothing that a machine has ({hint})"))
    if "name" not in found and "label" in values:
        found["name"] = values["label"]
    if controller and "controller" not in found:
        first = next(iter(controller.values()))
        found["controller"] = Said(controller, first.line)
    return found


def _machine(entry: Entry, card: str, problems: list[tuple[int, str]]) -> Machine | None:
    check, line, values = _Checks(problems), entry.line, entry.values
    if "name" not in values:
        problems.append((line, "a machine needs a name"))
        return None
    name = check.name(values["name"])
    is_management = card == _MANAGEMENT
    if "mac" not in values and not card:
        problems.append((line, f"{name} needs a MAC address: `mac: 52:54:00:…`"))
    controller = check.controller(values.get("controller"), name)
    address = check.address(values.get("address"), name)
    if is_management:
        known = controller or Controller("ipmi")
        return Machine(name, mac="", controller=replace(known, address=known.address or address))
    return Machine(
        name,
        mac=check.mac(values.get("mac"), name),
        address=address,
        hostname=_text(values.get("hostname")),
        cpus=check.number(values.get("cpus"), f"cpus of {name}", most=_MOST_CPUS),
        memory_mb=check.memory(values.get("memory"), name),
        tags=_words(values.get("tags")),
        roles=_words(values.get("roles")),
        controller=controller,
    )


@dataclass(frozen=True, slots=True)
class _Checks:
    """Reads single values, and notes what is wrong with them."""

    problems: list[tuple[int, str]]

    def name(self, said: Said) -> MachineName:
        name = _text(said)
        if not _NAME.fullmatch(name):
            words = f"{name!r} is no name of a machine: letters, digits, dots and dashes"
            self.problems.append((said.line, words))
        return MachineName(name)

    def mac(self, said: Said | None, name: str) -> str:
        if said is None:
            return ""
        mac = _text(said).lower().replace("-", ":")
        if not _MAC.fullmatch(mac):
            words = f"{_text(said)!r} is no MAC address for {name}: write 52:54:00:aa:00:01"
            self.problems.append((said.line, words))
        return mac

    def address(self, said: Said | None, name: str) -> str:
        address = _text(said)
        if said is None or not address:
            return ""
        try:
            return str(ipaddress.ip_address(address))
        except ValueError:
            if not _NAME.fullmatch(address) or address[-1].isdecimal():
                words = f"{address!r} is no address for {name}: write 10.0.0.1 or a host name"
                self.problems.append((said.line, words))
        return address

    def number(self, said: Said | None, what: str, *, most: int) -> int:
        text = _text(said)
        if said is None or not text:
            return 0
        if not text.isdecimal() or not 0 < int(text) <= most:
            self.problems.append((said.line, f"{text!r} is no number from 1 to {most:,}: {what}"))
            return 0
        return int(text)

    def memory(self, said: Said | None, name: str) -> int:
        text = _text(said)
        if said is None or not text:
            return 0
        try:
            return parse_memory(text)
        except ValueError:
            words = f"{text!r} is no memory for {name}: write 64 GiB"
            self.problems.append((said.line, words))
            return 0

    def controller(self, said: Said | None, name: str) -> Controller | None:
        if said is None:
            return None
        if not isinstance(said.value, Mapping):
            words = f"controller of {name}: write {{kind: ipmi, address: 10.0.0.1, user: admin}}"
            self.problems.append((said.line, words))
            return None
        values = said.value
        for key, one in values.items():
            if key not in _OF_A_CONTROLLER:
                known = f"known: {', '.join(_OF_A_CONTROLLER)}"
                hint = instead_of(key, _OF_A_CONTROLLER, otherwise=known)
                words = f"{key} is nothing that a controller has ({hint})"
                self.problems.append((one.line, words))
        kind = _text(values.get("kind")) or "ipmi"
        kind = _POWER_TYPES.get(kind, kind)
        if kind not in _KINDS:
            words = f"{kind!r} is no kind of controller for {name}: {', '.join(_KINDS)}"
            self.problems.append((said.line, words))
        return Controller(
            kind,
            address=self.address(values.get("address"), f"the controller of {name}"),
            port=self.number(values.get("port"), f"port of {name}", most=_MOST_PORT) or None,
            user=_text(values.get("user")),
            secret=self.secret(values.get("password"), name),
        )

    def secret(self, said: Said | None, name: str) -> str:
        """A password in clear is refused, and never repeated."""
        if said is None:
            return ""
        text = _text(said)
        if isinstance(said.value, Mapping) and len(said.value) == 1:
            ((kind, place),) = said.value.items()
            text = f"{kind}:{_text(place)}"
        try:
            parse_reference(text)
        except UsageProblem:
            words = (
                f"the password of {name} is not a reference, and a password in clear is refused:"
                f" put it into a file that only you can read, and write"
                f" `password: file:~/.bmc/{name}` (or env:NAME, command:…, keyring:SERVICE/USER)"
            )
            self.problems.append((said.line, words))
            return ""
        return text


def _text(said: Said | None) -> str:
    return said.value.strip() if said is not None and isinstance(said.value, str) else ""


def _words(said: Said | None) -> frozenset[str]:
    if said is None:
        return frozenset()
    if isinstance(said.value, tuple):
        return frozenset(filter(None, map(_text, said.value)))
    return frozenset(_text(said).replace(",", " ").split())


def _is_before(card: str, other: str) -> bool:
    """Say whether a machine is known by this card rather than by the other."""
    order = (*_FIRST_CARDS, "", _MANAGEMENT)
    last = len(order)
    return (order.index(card) if card in order else last) < (
        order.index(other) if other in order else last
    )


def _merged(there: Machine, more: Machine, *, is_first: bool) -> Machine:
    main, other = (more, there) if is_first else (there, more)
    return replace(
        main,
        mac=main.mac or other.mac,
        address=main.address or other.address,
        hostname=main.hostname or other.hostname,
        cpus=main.cpus or other.cpus,
        memory_mb=main.memory_mb or other.memory_mb,
        tags=main.tags | other.tags,
        roles=main.roles | other.roles,
        controller=main.controller or other.controller,
    )
