"""Drive the installations of a site forward, one look at a time; nobody stands by in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Waiting
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    MachineName,
    Needs,
    Power,
    Standing,
    Taken,
)
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.engine.at_once import each_at_once
from cloudmesh_iac.engine.booting import HeldElsewhere, ReachesMachines
from cloudmesh_iac.engine.installing import (
    Next,
    Outfit,
    installation_of,
    installed,
    missed,
    next_after_look,
    next_step,
    prepared,
    started,
)
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.releasing import put_aside, undo_start
from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.metal.words import broken_words, taken_words

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class _Seen:
    """How a machine stands, and what it needs."""

    machine: LeasedMachine
    next: Next
    progress: int = 0
    note: str = ""


class Installer:
    """Brings the machines of one lease to one outfit. Any number of calls leads to the same end."""

    def __init__(self, keeper: Keeper, lease: Lease, outfit: Outfit, *, needs: Needs) -> None:
        """`needs` says what will do in the place of a machine that is broken."""
        self._keeper = keeper
        self._needs = needs
        self._lease = lease
        self._outfit = outfit
        self._known = keeper.inventory(lease)

    def advance(self) -> Waiting | Done | Failure:
        """Look at each machine once, and do what it needs now."""
        try:
            seen = self._looked()
            broken = [one for one in seen if one.next is Next.BROKEN]
            instead, lacking = self._replaced(broken)
            self._begin([one.machine for one in seen if one.next is Next.BEGIN] + instead)
        except SiteUnreachable as error:
            return Failure.of(error, is_certain=False)
        except SiteRefused as error:
            return Done(JobState.FAILED, reason=error.in_one_line)
        if lacking:
            return Done(JobState.FAILED, reason="; ".join(lacking))
        return self._standing(seen)

    def _looked(self) -> list[_Seen]:
        """Return what each machine needs; what is ready is written down."""
        steps = {one: next_step(one, self._outfit) for one in self._lease.machines}
        busy = [one for one, step in steps.items() if step is Next.LOOK]
        standings = self._look(busy)
        return [
            self._seen(one, standings[one.name]) if step is Next.LOOK else _Seen(one, step)
            for one, step in steps.items()
        ]

    def _look(self, busy: Sequence[LeasedMachine]) -> Mapping[MachineName, Standing | None]:
        """Return how machines stand, None for one that is not in the inventory any more.

        A machine is judged only by what its site says of it. Errors: SiteUnreachable where the
        site cannot say.
        """
        known = [self._known[one.name] for one in busy if one.name in self._known]
        found = self._keeper.site.standings(known) if known else {}
        standings: dict[MachineName, Standing | None] = dict.fromkeys(one.name for one in busy)
        for name, answer in found.items():
            if isinstance(answer, Failure):
                raise SiteUnreachable(answer.message, hint=answer.hint or None)
            standings[name] = answer
        return standings

    def _seen(self, machine: LeasedMachine, standing: Standing | None) -> _Seen:
        note = "it is not in the inventory any more" if standing is None else standing.note
        now = self._keeper.clock.now()
        step = next_after_look(
            machine,
            standing,
            outfit=self._outfit,
            lease=self._lease.id,
            is_reached=self._is_reached(machine),
            now=now,
            limit_s=self._keeper.install_limit_s,
        )
        if step is Next.DONE:
            done = installed(machine, self._outfit, now)
            if self._move(done, before=machine):
                return _Seen(done, step)
            return _Seen(machine, Next.LOOK)
        progress = (standing.progress if standing is not None else None) or 0
        return _Seen(machine, step, progress, note)

    def _is_reached(self, machine: LeasedMachine) -> bool:
        site, found = self._keeper.site, self._known.get(machine.name)
        if found is None:
            return False
        return not isinstance(site, ReachesMachines) or site.reaches(found)

    # --- what is carried out ----------------------------------------------------------------------

    def _begin(self, machines: Sequence[LeasedMachine]) -> None:
        """Switch them off, write what they get, switch them on: each step written down first."""
        if not machines:
            return
        self._demand_profile()
        now = self._keeper.clock.now()
        ours = []
        for one in machines:
            ready = prepared(one, self._outfit, now)
            if one.name in self._known and (ready == one or self._move(ready, before=one)):
                ours.append(ready)
        off = dict(zip(ours, each_at_once(self._switch_off, ours), strict=True))
        silent = [one for one, error in off.items() if error is not None]
        wanted = {
            one.name: (
                self._known[one.name],
                installation_of(self._lease, one, self._outfit),
            )
            for one, error in off.items()
            if error is None
        }
        if wanted:
            self._keeper.site.prepare(wanted)
        # Writing takes its time: the lease may have been ended meanwhile.
        lost = [one for one in ours if one.name in wanted and not self._is_ours(one)]
        going = [one for one in ours if one.name in wanted and one not in lost]
        on = dict(zip(going, each_at_once(self._switch_on, going), strict=True))
        now = self._keeper.clock.now()
        for one, error in on.items():
            if error is None and not self._move(started(one, self._outfit, now), before=one):
                lost.append(one)
        self._undo(lost)
        silent += [one for one, error in on.items() if error is not None]
        self._look(silent)  # is it the controller that does not answer, or all of the site?
        for one in silent:
            self._move(missed(one, now), before=one)

    def _undo(self, machines: Sequence[LeasedMachine]) -> None:
        """Errors: SiteUnreachable that names what may be on, and has no owner."""
        undone = each_at_once(lambda one: undo_start(self._lease, one, self._keeper), machines)
        words = [one.message for one in undone if one is not None]
        if words:
            raise SiteUnreachable("; ".join(words), hint="switch it off by hand")

    def _demand_profile(self) -> None:
        """Find a wrong name before what runs on the machines is switched off. Errors: SiteRefused.

        Not when it is planned: the profile may be a resource of the same program.
        """
        wanted = self._outfit.profile
        known = [one.name for one in self._keeper.site.profiles()]
        if wanted not in known:
            otherwise = f"there are: {', '.join(known) or 'none'}"
            raise SiteRefused(
                f"{self._lease.site} has no profile {wanted!r}",
                subject=wanted,
                hint=instead_of(wanted, known, otherwise=otherwise),
            )

    def _switch_off(self, machine: LeasedMachine) -> CmxError | None:
        return self._switched(machine, Power.OFF)

    def _switch_on(self, machine: LeasedMachine) -> CmxError | None:
        return self._switched(machine, Power.ON)

    def _switched(self, machine: LeasedMachine, power: Power) -> CmxError | None:
        try:
            self._keeper.site.switch(self._known[machine.name], power, lease=self._lease.id)
        except HeldElsewhere:  # it is not broken, and no other run of ours changes that
            raise
        except (SiteRefused, SiteUnreachable) as error:
            return error
        return None

    def _replaced(self, broken: Sequence[_Seen]) -> tuple[list[LeasedMachine], list[str]]:
        """Put machines aside that do not come up; return others, and why there are none."""
        instead: list[LeasedMachine] = []
        lacking: list[str] = []
        for one in broken:
            machine = one.machine
            failure = put_aside(self._lease, machine, self._keeper)
            if failure is not None:
                self._look([machine])  # is it the controller that does not answer, or the site?
            words = broken_words(machine, note=one.note, is_silent=failure is not None)
            answer = self._keeper.pool.swap(
                self._lease.id,
                machine.name,
                needs=self._needs,
                note=words,
                now=self._keeper.clock.now(),
            )
            if isinstance(answer, Taken):
                said = taken_words(answer)
                lacking.append(f"{machine.name} is broken ({words}), and no other one: {said}")
            else:
                instead.append(answer)
        return instead, lacking

    def _is_ours(self, machine: LeasedMachine) -> bool:
        lease = self._keeper.pool.find(self._lease.id)
        return lease is not None and machine in lease.machines

    def _move(self, machine: LeasedMachine, *, before: LeasedMachine) -> bool:
        return self._keeper.pool.move(self._lease.id, machine, before=before)

    def _standing(self, seen: Sequence[_Seen]) -> Waiting | Done:
        ready = sum(one.next is Next.DONE for one in seen)
        if ready == len(seen):
            return Done(JobState.COMPLETED, hosts=tuple(one.machine.name for one in seen))
        per_cent = sum(_WHOLE if one.next is Next.DONE else one.progress for one in seen)
        notes = [f"{one.machine.name}: {one.note}" for one in seen if one.note]
        progress = per_cent // len(seen)
        words = f"installing {progress} %, {ready} of {len(seen)} ready"
        return Waiting(JobState.RUNNING, "; ".join([words, *notes]), progress=progress)
