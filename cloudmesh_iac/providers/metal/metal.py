"""Lease, install and give back the machines of whatever site they are at, by plain properties."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from cloudmesh_iac.core.calendar import moment
from cloudmesh_iac.core.jobs import Done, Failure, JobState, SiteName, Ticket, Waiting
from cloudmesh_iac.core.metal import Lease, LeaseId, MachineName, Taken
from cloudmesh_iac.engine.booting import BootsMachines, HoldsLeases
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.releasing import release, switch_off
from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable, UsageProblem
from cloudmesh_iac.providers.metal.installer import Installer
from cloudmesh_iac.providers.metal.outlook import Problem, outlook, problems_of
from cloudmesh_iac.providers.metal.props import (
    allocated,
    lease_id_of,
    needs_of,
    outfit_of,
    owner_of,
    ready,
    ticket_of,
    window_of,
)
from cloudmesh_iac.providers.metal.words import (
    ENDED,
    OVER,
    STILL_HELD,
    taken_words,
)
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.load import OpenSites

_BUSY = "`cmx lease ls` shows who has what; another site or fewer machines may do"
_OUT_OF_USE = "`cmx rain status` shows what is out of use; `cmx rain on` hands it out again"


class Metal:
    """Works on plain properties, so that both engines can use it."""

    def __init__(self, sites: OpenSites, computer: Computer) -> None:
        self._sites = sites
        self.computer = computer
        self._clock = computer.clock
        self._wanted: dict[str, Mapping[str, Any]] = {}

    def keeper(self, site: str) -> Keeper:
        """Errors: UsageProblem for a site that is not there or has no machines to lease."""
        provider = self._sites.provider(site)
        if not (isinstance(provider, BootsMachines) and isinstance(provider, HoldsLeases)):
            raise UsageProblem(f"site {site!r} has no machines to lease", subject=site)
        return Keeper(provider, provider.pool, self._clock)

    def has(self, site: str) -> bool:
        """Say whether machines of a site can be leased; False for one that is not there."""
        try:
            self.keeper(site)
        except CmxError:
            return False
        return True

    def outlook(
        self, props: Mapping[str, Any], *, is_new: bool
    ) -> tuple[Sequence[Problem], tuple[str, ...]]:
        """Return what is wrong with an allocation, and what is to be known of a new one.

        Errors: UsageProblem for a site without machines.
        """
        pool = self.keeper(str(props["site"])).pool
        problems = problems_of(props, pool)
        if problems or not is_new:
            return problems, ()
        return (), outlook(props, pool, now=self._clock.now())

    def lease(self, props: Mapping[str, Any]) -> Lease | None:
        """Return the lease that an installation names."""
        return self.keeper(str(props["site"])).pool.find(LeaseId(str(props["lease"])))

    # --- leases -----------------------------------------------------------------------------------

    def allocate(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """Take a lease. The same token again gives the same one.

        Errors: SiteRefused for machines that others have, with the time when they are free.
        """
        keeper, now = self.keeper(str(props["site"])), self._clock.now()
        answer = keeper.pool.lease(
            LeaseId(lease_id_of(props)),
            SiteName(str(props["site"])),
            needs=needs_of(props),
            owner=owner_of(props),
            window=window_of(props, now),
            now=now,
            role=str(props.get("role") or ""),
            service=str(props.get("service") or ""),
        )
        is_ever_free = isinstance(answer, Taken) and answer.next_free is not None
        return allocated(props, _given(answer, hint=_BUSY if is_ever_free else _OUT_OF_USE))

    def extend(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """Let a lease last as long as is wanted now, from its start, and be for what is said now.

        Errors: SiteRefused.
        """
        keeper, now = self.keeper(str(news["site"])), self._clock.now()
        lease = keeper.pool.find(LeaseId(str(olds["lease"])))
        if lease is None:
            raise SiteRefused(OVER, hint="`cmx refresh` takes note of it")
        until = window_of(news, lease.window.start).end
        if until <= now:
            raise SiteRefused(
                f"with {news['hours']:g} hours its lease would have ended at {moment(until)}",
                hint="take the machines out of the program to give them back",
            )
        if until != lease.window.end:
            answer = keeper.pool.extend(lease.id, until, now=now)
            lease = _given(answer, hint="`cmx reservation gantt` shows who is next; ask for less")
        role, service = str(news.get("role") or ""), str(news.get("service") or "")
        if (role, service) != (lease.role, lease.service):
            lease = keeper.pool.describe(lease.id, role=role, service=service)
        return allocated(news, lease)

    def found(self, props: Mapping[str, Any]) -> Lease | None:
        return self.keeper(str(props["site"])).pool.find(LeaseId(lease_id_of(props)))

    def release(self, site: str, lease: str) -> None:
        """Errors: SiteUnreachable that names every machine which is still held."""
        _raise(release(LeaseId(lease), self.keeper(site)))

    # --- installations ----------------------------------------------------------------------------

    def want(self, props: Mapping[str, Any]) -> Ticket:
        """Remember what the machines of a lease are to be; `poll` brings them there."""
        ticket = ticket_of(props)
        self._wanted[ticket.remote_id] = dict(props)
        return ticket

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        """Bring each lease a step forward; who has not said what is wanted only looks."""
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        for ticket in tickets:
            try:
                answers[ticket] = self._advanced(ticket.site, ticket.remote_id)
            except UsageProblem as error:  # no time will mend it
                answers[ticket] = Done(JobState.FAILED, reason=error.in_one_line)
            except CmxError as error:
                answers[ticket] = Failure.of(error, is_certain=False)
        return answers

    def _advanced(self, site: str, lease_id: str) -> Waiting | Done | Failure:
        keeper = self.keeper(site)
        lease = keeper.pool.find(LeaseId(lease_id))
        if lease is None:
            return Done(JobState.FAILED, reason=OVER)
        if lease.is_ending:
            return Done(JobState.FAILED, reason=ENDED)
        if lease.is_over(self._clock.now()):
            return Done(JobState.FAILED, reason=STILL_HELD)
        props = self._wanted.get(lease_id)
        if props is None:
            states = ", ".join(f"{one.name} {one.state}" for one in lease.machines)
            return Waiting(JobState.RUNNING, states)
        return Installer(keeper, lease, outfit_of(props), needs=needs_of(props)).advance()

    def look_after_s(self, site: str, looks: int) -> float:
        return self.keeper(site).site.look_after_s(looks)

    def install(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """Wait here until the machines are ready; our own engine waits without a worker.

        Errors: SiteRefused when they do not become ready; SiteUnreachable never: it asks again.
        """
        ticket, looks = self.want(props), 0
        while True:
            answer = self.poll([ticket])[ticket]
            if isinstance(answer, Done):
                return self.collect(props, answer)
            self._clock.wait(threading.Event(), self.look_after_s(ticket.site, looks))
            looks += 1

    def collect(self, props: Mapping[str, Any], done: Done) -> dict[str, Any]:
        """Return the outputs of what has ended. Errors: SiteRefused for a bad end."""
        if not done.state.is_good:
            raise SiteRefused(done.reason, hint="`cmx up` tries again with the machines there are")
        return self.installed(props)

    def installed(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """Return the outputs as the pool has them. Errors: SiteRefused where the lease is over."""
        keeper = self.keeper(str(props["site"]))
        lease = keeper.pool.find(LeaseId(str(props["lease"])))
        if lease is None:
            raise SiteRefused(OVER)
        return ready(props, lease, keeper.inventory(lease))

    def remark(self, outputs: Mapping[str, Any]) -> str:
        """Say which machines of the lease were replaced, and why."""
        names = {str(one) for one in outputs["machines"]}
        gone = [str(one) for one in outputs.get("allocated") or () if str(one) not in names]
        pool = self.keeper(str(outputs["site"])).pool
        notes = {one.name: one.note for one in pool.machines(SiteName(str(outputs["site"])))}
        return "; ".join(f"{one} was replaced: {notes.get(MachineName(one), '')}" for one in gone)

    def stop(self, props: Mapping[str, Any]) -> None:
        """Switch off what was installed; the machines stay leased. Errors: as `release`."""
        keeper = self.keeper(str(props["site"]))
        lease = keeper.pool.find(LeaseId(str(props["lease"])))
        if lease is not None:
            _raise(switch_off(lease, keeper, note=outfit_of(props).tag))


def _given(answer: Lease | Taken, *, hint: str) -> Lease:
    if isinstance(answer, Taken):
        raise SiteRefused(taken_words(answer), hint=hint)
    return answer


def _raise(failures: Sequence[Failure]) -> None:
    if failures:
        words = "; ".join(one.message for one in failures)
        raise SiteUnreachable(words, hint="see to its controller; it is safe to repeat this")
