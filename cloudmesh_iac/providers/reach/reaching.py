"""How long is a machine waited for, and what is said of one that does not answer?"""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from cloudmesh_iac.core.jobs import Done, JobState, SiteName, Ticket, Waiting
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.reach.greetings import Heard, Place, ask_greetings

BETWEEN_S = 2.0
_SCHEME = "ssh://"  # no scheduler's id begins like this
AskAll: TypeAlias = Callable[[Sequence[Place]], Mapping[Place, Heard]]


class Reaching:
    """Works on plain properties, so that both engines can use it.

    A limit counts from when its machine is first waited for in this process: who waits again gives
    it as long again. `ask` tries many places at once.
    """

    def __init__(self, clock: Clock, *, ask: AskAll | None = None) -> None:
        self._clock = clock
        self._ask = ask or partial(ask_greetings, clock=clock)
        self._give_up_s: dict[Ticket, float] = {}
        self._late: dict[Ticket, Heard] = {}
        self._sites: set[SiteName] = set()

    def want(self, props: Mapping[str, Any], *, token: str) -> Ticket:
        """Begin to wait for a machine. Errors: SiteRefused for one without an address."""
        address = str(props.get("address") or "")
        if not address:
            raise SiteRefused(
                f"machine {props.get('machine')} has no address at which it could be waited for",
                hint="give it a network with a subnet of IPv4, or an address with public_ip=True",
            )
        site = SiteName(str(props.get("site") or ""))
        host = f"[{address}]" if ":" in address else address
        ticket = Ticket(site, token, f"{_SCHEME}{host}:{int(props['port'])}")
        self._give_up_s[ticket] = self._clock.monotonic_s() + float(props["limit_s"])
        self._sites.add(site)
        return ticket

    def has_waited_at(self, site: SiteName) -> bool:
        """Say whether a machine of a site was waited for in this process."""
        return site in self._sites

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done]:
        """Ask for all of them at the same time; what nobody began to wait for is never late."""
        heard = self._ask([_place(one) for one in tickets])
        now_s = self._clock.monotonic_s()
        return {one: self._stands(one, heard[_place(one)], now_s) for one in tickets}

    def _stands(self, ticket: Ticket, heard: Heard, now_s: float) -> Waiting | Done:
        if heard.greets:
            return Done(JobState.COMPLETED)
        if now_s < self._give_up_s.get(ticket, math.inf):
            return Waiting(JobState.RUNNING, heard.words)
        self._late[ticket] = heard
        return Done(JobState.TIMEOUT, reason=heard.words)

    def collect(self, props: Mapping[str, Any], ticket: Ticket, done: Done) -> dict[str, Any]:
        """Return the outputs of what is waited for no more.

        Errors: SiteRefused for a machine that did not answer in time: it may be repeated.
        """
        if done.state.is_good:
            return dict(props)
        heard = self._late.pop(ticket)
        raise SiteRefused(
            f"machine {props.get('machine')} does not answer as an ssh server at"
            f" {props['address']}:{int(props['port'])} after {float(props['limit_s']):g} s;"
            f" seen last: {heard.words}",
            hint=f"{heard.advice}; `cmx up` waits again, a larger ready= gives it more time",
        )

    def reach(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """Wait here; our own engine waits without a worker. Errors: SiteRefused, as above."""
        ticket = self.want(props, token="")
        while True:
            answer = self.poll([ticket])[ticket]
            if isinstance(answer, Done):
                return self.collect(props, ticket, answer)
            self._clock.wait(threading.Event(), min(BETWEEN_S, float(props["limit_s"])))


def reached_id(props: Mapping[str, Any]) -> str:
    return f"{props['address']}:{int(props['port'])}"


def is_reach(remote_id: str) -> bool:
    return remote_id.startswith(_SCHEME)


def _place(ticket: Ticket) -> Place:
    host, _, port = ticket.remote_id.removeprefix(_SCHEME).rpartition(":")
    return Place(host.strip("[]"), int(port))
