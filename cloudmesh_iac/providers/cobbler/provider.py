"""Machines that a Cobbler installs: what this kind of site can do."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.metal import Installation, Machine, MachineName, Power, Profile, Standing
from cloudmesh_iac.core.pauses import growing_pause_s
from cloudmesh_iac.engine.at_once import each_at_once
from cloudmesh_iac.engine.booting import HeldElsewhere
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable, UsageProblem
from cloudmesh_iac.providers.cobbler.checksums import compare_checksums
from cloudmesh_iac.providers.cobbler.client import CobblerClient
from cloudmesh_iac.providers.cobbler.login import Login, Told
from cloudmesh_iac.providers.cobbler.records import Patience, Records
from cloudmesh_iac.providers.cobbler.settings import read_settings
from cloudmesh_iac.providers.cobbler.translate import (
    NETBOOT,
    TOKEN,
    Fields,
    What,
    Write,
    lease_in,
    to_cleared,
    to_inventory,
    to_prepared,
    to_standing,
)
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.credentials import Secrets
from cloudmesh_iac.settings.pools import open_pool
from cloudmesh_iac.settings.public_keys import own_keys_folder, own_public_key, read_public_key
from cloudmesh_iac.settings.sites import Site

_CONTROLLER_FAILED = "command failed"  # how Cobbler begins when a fence agent did not do it


class CobblerProvider:
    """BootsMachines and more abilities for one Cobbler.

    Cobbler does what it is told, and decides nothing: who has a machine says the pool.
    """

    kind: ClassVar[str] = "cobbler"
    resources: ClassVar[str] = "cloudmesh_iac.providers.cobbler.resources"

    def __init__(
        self, site: Site, computer: Computer, *, call: Callable[..., Any] | None = None
    ) -> None:
        """Errors: UsageProblem for wrong settings."""
        self._site = site
        self._settings = settings = read_settings(site, computer)
        self._call = call or client_of(site, computer).call
        name = "".join(sign if sign.isalnum() else "_" for sign in settings.url)
        self.records = Records(
            str(site.name),
            self._call,
            lock=computer.home / ".cloudmesh" / "cobbler" / f"{name}.lock",
            patience=Patience(computer.clock, settings.timeout_s),
        )
        self._open_pool = partial(open_pool, computer)
        identity, self._public_key = _keys(settings.identity, computer.home)
        self._login = Login(settings.login, settings.ssh_port, identity)

    @cached_property
    def pool(self) -> Pool:
        return self._open_pool()

    @property
    def install_limit_s(self) -> float:
        return self._settings.install_limit_s

    @property
    def wipe_profile(self) -> str:
        return self._settings.wipe_profile or ""

    def problem(self) -> str | None:
        try:
            return self._problem()
        except CmxError as error:
            return error.in_one_line

    def profiles(self) -> Sequence[Profile]:
        found = self.records.dialect.items(What.PROFILE)
        login = self._settings.login
        return [Profile(str(one["name"]), str(one.get("distro", "")), login) for one in found]

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        if not wanted:
            return
        for profile in sorted({installation.profile for _, installation in wanted.values()}):
            self.records.demand(What.PROFILE, profile)
        with self.records.writing():
            writes = [self._prepared(machine, what) for machine, what in wanted.values()]
            self.records.put(writes)

    def switch(self, machine: Machine, power: Power, *, lease: str = "") -> None:
        asked = str(power)
        holder = lease_in(self._made_known(machine))
        if lease and holder not in {"", lease}:
            raise _held_elsewhere(machine, holder, lease)
        self._power(machine, asked)
        if self._is_on(machine) is not (power is Power.ON):
            raise SiteUnreachable(
                f"machine {machine.name}: Cobbler says that it was switched {asked}, "
                "and its controller that it was not",
                subject=str(machine.name),
                hint="look at its controller",
            )

    def standings(self, machines: Sequence[Machine]) -> Mapping[MachineName, Standing | Failure]:
        answers = each_at_once(self._standing, machines)
        return {one.name: answer for one, answer in zip(machines, answers, strict=True)}

    def clear(self, machine: Machine, *, lease: str) -> None:
        with self.records.writing():
            record = self.records.fetch(What.SYSTEM, str(machine.name))
            if record is None or lease_in(record) != lease:
                return
            fields = to_cleared(record, self._settings.idle_profile)
            self.records.put([Write(What.SYSTEM, str(machine.name), fields)])

    def look_after_s(self, looks: int) -> float:
        settings = self._settings
        return growing_pause_s(looks, first_s=settings.poll_s, longest_s=settings.poll_max_s)

    def compare_checksums(self, props: Mapping[str, Any]) -> None:
        """Compare a distribution's files with their checksums. Errors: SiteRefused."""
        compare_checksums(props, web=self._settings.web, timeout_s=self._settings.timeout_s)

    # --- one machine ------------------------------------------------------------------------------

    def _prepared(self, machine: Machine, installation: Installation) -> Write:
        """Errors: SiteRefused for a record that carries another lease; nothing is written."""
        record = self.records.demand(What.SYSTEM, str(machine.name))
        holder = lease_in(record)
        if holder not in {"", str(installation.lease)}:
            raise _held_elsewhere(machine, holder, installation.lease)
        fields = to_prepared(machine, installation, record, own_keys=self._own_keys)
        return Write(What.SYSTEM, str(machine.name), fields)

    @cached_property
    def _own_keys(self) -> tuple[str, ...]:
        """The key that a machine is asked with what it was installed for. Errors: UsageProblem."""
        if self._public_key is None:
            return ()
        try:
            return (read_public_key(self._public_key),)
        except ValueError as error:
            raise UsageProblem(
                f"site {self._site.name}: {error}",
                place=self._site.origin,
                hint="beside the private key of `identity` lies the public one, with .pub",
            ) from error

    def _made_known(self, machine: Machine) -> Fields:
        """Return Cobbler's record, made where only the inventory knows it. Errors: SiteRefused."""
        name, profile = str(machine.name), self._settings.idle_profile
        record = self.records.fetch(What.SYSTEM, name)
        if record is not None:
            return record
        if profile is None or machine.controller is None or not machine.controller.address:
            raise SiteRefused(
                f"site {self._site.name}: Cobbler has no system {name}",
                subject=name,
                hint="say `idle_profile` of the site, and in the inventory where its controller is",
            )
        fields = to_inventory(machine, profile=profile, power_type=self._settings.power_type)
        with self.records.writing():
            self.records.put([Write(What.SYSTEM, name, fields)])
        return fields

    def _standing(self, machine: Machine) -> Standing | Failure:
        try:
            record = self.records.fetch(What.SYSTEM, str(machine.name))
            if record is None:
                return Standing(Power.UNKNOWN, note="Cobbler has no record of it yet")
            return self._stands(machine, record)
        except CmxError as error:
            return Failure.of(error, is_certain=False)

    def _stands(self, machine: Machine, record: Fields) -> Standing:
        """A machine whose controller is silent is still known to Cobbler."""
        try:
            power = Power.ON if self._is_on(machine) else Power.OFF
        except SiteUnreachable as error:
            return to_standing(record, Power.UNKNOWN, note=error.message)
        told = Told()
        if power is Power.ON and lease_in(record) and not record.get(NETBOOT):
            told = self._login.read(machine, self._settings.nonce_file)
        return to_standing(record, power, nonce=told.text, note=told.note)

    def _is_on(self, machine: Machine) -> bool:
        return self._power(machine, "status")

    def _power(self, machine: Machine, action: str) -> bool:
        """Errors: SiteUnreachable when the controller did not do it: what is so then, nobody knows.

        The call stays open until the controller has answered: Cobbler's tasks in the background
        report success also when it did not.
        """
        try:
            return self.records.dialect.power(str(machine.name), action)
        except SiteRefused as error:
            if _CONTROLLER_FAILED not in error.message:
                raise
            raise SiteUnreachable(
                f"machine {machine.name}: its controller did not do {action!r}: {error.message}",
                subject=str(machine.name),
                hint="see that its controller is reached from Cobbler's server, and its password",
            ) from error

    def _problem(self) -> str | None:
        _ = self.records.dialect
        self._call("token_check", TOKEN)
        for profile in (self._settings.idle_profile, self._settings.wipe_profile):
            if profile is not None:
                self.records.demand(What.PROFILE, profile)
        if not self._call("get_settings").get("pxe_just_once"):
            return (
                f"site {self._site.name}: Cobbler would install machines again at each start; "
                "set pxe_just_once in its settings"
            )
        return None


def _held_elsewhere(machine: Machine, holder: str, lease: str) -> HeldElsewhere:
    return HeldElsewhere(
        f"machine {machine.name}: Cobbler's record carries the lease {holder}, not {lease}",
        subject=str(machine.name),
        hint="somebody else's pool hands it out too: settle with them whose it is",
    )


def _keys(identity: Path | None, home: Path) -> tuple[Path | None, Path | None]:
    """Return the private key that ssh has to be told of, and the public one of it."""
    if identity is not None:
        return identity, Path(f"{identity}.pub")
    public = own_public_key(home)
    if public is None or public.parent != own_keys_folder(home):
        return None, public  # ssh finds it by itself
    return public.with_suffix(""), public


def client_of(site: Site, computer: Computer) -> CobblerClient:
    """Errors: UsageProblem for wrong settings."""
    settings, secrets = read_settings(site, computer), Secrets(computer)
    return CobblerClient(
        site,
        settings.url,
        settings.user,
        password=lambda: secrets.fetch(settings.secret, what=f"site {site.name}"),
        timeout_s=settings.timeout_s,
    )
