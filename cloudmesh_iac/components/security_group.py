"""What may reach a machine."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from cloudmesh_iac.components.placing import On
from cloudmesh_iac.components.things import SiteThing
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.errors import ExperimentError

WORLD = "world"
_EVERYWHERE = "0.0.0.0/0"
_MOST_PORTS = 65535
_PROTOCOLS = ("tcp", "udp", "icmp")


@dataclass(frozen=True, slots=True)
class Rule:
    """What comes in: a protocol, the ports from `port` to `to_port`, from where (a CIDR range).

    `source` is a range like 10.0.0.0/8, or `world`. icmp has no ports. Errors: ExperimentError.
    """

    protocol: str
    port: int | None = None
    to_port: int | None = None
    source: str = WORLD

    def __post_init__(self) -> None:
        if self.protocol not in _PROTOCOLS:
            raise ExperimentError(
                f"rule: there is no protocol {self.protocol!r}",
                hint=instead_of(self.protocol, _PROTOCOLS, otherwise=", ".join(_PROTOCOLS)),
            )
        self._raise_bad_ports()
        _range_of(self.source)

    def _raise_bad_ports(self) -> None:
        if self.protocol == "icmp":
            if self.port is not None or self.to_port is not None:
                raise ExperimentError("rule: icmp has no ports")
            return
        first, last = self.port, self.to_port if self.to_port is not None else self.port
        if first is None or last is None or not 0 < first <= last <= _MOST_PORTS:
            raise ExperimentError(
                f"rule: {self.protocol} needs ports from 1 to {_MOST_PORTS}, the first one first"
            )

    def to_plain(self) -> dict[str, Any]:
        return {
            "protocol": self.protocol,
            "port_min": self.port or 0,
            "port_max": self.to_port or self.port or 0,
            "cidr": _range_of(self.source),
        }


PRESETS: Mapping[str, tuple[tuple[str, int | None], ...]] = {
    "ssh": (("tcp", 22),),
    "ping": (("icmp", None),),
    "web": (("tcp", 80),),
    "https": (("tcp", 443),),
}


class SecurityGroup(SiteThing):
    """What may reach the machines that have it: presets (ssh, ping, web, https) and rules.

    Presets need `open_to`: a range like 192.0.2.0/24, several, or `world`. Nothing is open that
    is not said to be. Errors: ExperimentError.
    """

    def __init__(
        self,
        name: str,
        *,
        presets: Sequence[str] = (),
        open_to: str | Sequence[str] | None = None,
        rules: Sequence[Rule] = (),
        on: On = None,
        group: str | None = None,
        name_on_site: str | None = None,
        provider_args: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("SecurityGroup", Thing.SECURITY_GROUP, name, on=on, group=group, opts=opts)
        with self._about():
            every = [*rules_of(presets, open_to), *rules]
            self._choose({}, as_name=name_on_site)
            self._declare(
                {"name": self.name_on_site, "rules": [one.to_plain() for one in every]},
                provider_args=provider_args,
            )
        self.register_outputs({"name": self.name_on_site, "id": self.id})


def rules_of(presets: Sequence[str], open_to: str | Sequence[str] | None) -> list[Rule]:
    """Return the rules of presets. Errors: ExperimentError."""
    if isinstance(presets, str):
        raise ExperimentError(f"presets is a text, not a list: say [{presets!r}]")
    for preset in presets:
        if preset not in PRESETS:
            raise ExperimentError(
                f"there is no preset {preset!r}",
                hint=instead_of(preset, PRESETS, otherwise=f"there are: {', '.join(PRESETS)}"),
            )
    sources = [open_to] if isinstance(open_to, str) else list(open_to or ())
    if presets and not sources:
        raise ExperimentError(
            f"{', '.join(presets)}: open to whom?",
            hint="say open_to='192.0.2.0/24', or open_to='world'",
        )
    return [
        Rule(protocol, port, source=source)
        for preset in presets
        for protocol, port in PRESETS[preset]
        for source in sources
    ]


def _range_of(source: str) -> str:
    try:
        return _EVERYWHERE if source == WORLD else str(ipaddress.ip_network(source))
    except ValueError as error:
        raise ExperimentError(
            f"rule: {error}", hint="write a range like 192.0.2.0/24, or world"
        ) from error
