"""The two dynamic providers of machines as both engines call them, over simulated machines."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.metal import (
    Installation,
    LeaseId,
    Machine,
    MachineName,
    MachineState,
    Needs,
    Reservation,
    Window,
)
from cloudmesh_iac.core.urns import ALLOCATION_TYPE, INSTALLATION_TYPE, ResourceType
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    Gone,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.metal.calls import metal_handlers
from cloudmesh_iac.providers.metal.metal import Metal
from cloudmesh_iac.providers.simulated.machines import Fault, SimulatedMachines
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.sites import Site
from tests.builders import a_urn
from tests.contract.jobs import a_computer

SIM = SiteName("sim")
SEED = "0123456789abcdef0123456789abcdef"
WANTED: Properties = {"site": "sim", "count": 2, "hours": 24, "project": "hpc", "stack": "hello"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me"


class Lab:
    def __init__(self, folder: Path, **options: object) -> None:
        times = {"shortest_install_s": 0.01, "longest_install_s": 0.02, "install_limit_s": 0.5}
        entry = {"machines": 3, "poll_s": 0.01, **times, **options}
        site = Site(SIM, "simulated", folder, entry)
        sites = OpenSites(Settings(folder, {SIM: site}, SIM, Limits()), a_computer(folder))
        provider = sites.provider("sim")
        assert isinstance(provider, SimulatedProvider)
        self.site = provider
        self.metal = Metal(sites, a_computer(folder))
        self._calls = metal_handlers(self.metal)

    def checked(self, type_: ResourceType, news: Properties, olds: Properties) -> Any:
        return self._calls[type_].check(CheckAsk(a_urn(), type_, olds, news, seed=SEED))

    def inputs(self, type_: ResourceType, news: Properties) -> Properties:
        answer = self.checked(type_, news, {})
        assert isinstance(answer, Checked), answer
        return answer.inputs

    def created(self, type_: ResourceType, inputs: Properties) -> Created | Failure:
        return self._calls[type_].create(CreateAsk(a_urn(), type_, inputs))

    def made(self, type_: ResourceType, inputs: Properties) -> Created:
        answer = self.created(type_, inputs)
        assert isinstance(answer, Created), answer
        return answer

    def diff(self, type_: ResourceType, outputs: Properties, news: Properties) -> Difference:
        ask = DiffAsk(a_urn(), type_, "id", outputs, outputs, news)
        answer = self._calls[type_].diff(ask)
        assert isinstance(answer, Difference), answer
        return answer

    def read(self, type_: ResourceType, created: Created) -> Read | Gone | Failure:
        ask = ReadAsk(a_urn(), type_, created.id, created.outputs, created.outputs)
        return self._calls[type_].read(ask)

    def find(self, type_: ResourceType, inputs: Properties) -> tuple[Search, Any]:
        ask = FindAsk(a_urn(), type_, inputs, inputs)
        return self._calls[type_].search(ask), self._calls[type_].find(ask)

    def update(self, type_: ResourceType, created: Created, news: Properties) -> Updated | Failure:
        ask = UpdateAsk(
            a_urn(),
            type_,
            created.id,
            old_inputs=created.outputs,
            old_outputs=created.outputs,
            news=news,
        )
        return self._calls[type_].update(ask)

    def delete(self, type_: ResourceType, created: Created) -> Deleted | Failure:
        ask = DeleteAsk(a_urn(), type_, created.id, created.outputs, created.outputs)
        return self._calls[type_].delete(ask)

    def on(self) -> set[str]:
        return {name for name, one in self.site.hardware.as_they_are().items() if one.is_on}


class Misconfigured(SimulatedMachines):
    """Machines of a site whose settings are wrong, which it notices when it uses them."""

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        del wanted
        raise UsageProblem("ion.pub is no public key", hint="write another one")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n")
    return Lab(tmp_path)


def leased(lab: Lab, **more: Any) -> Created:
    return lab.made(ALLOCATION_TYPE, lab.inputs(ALLOCATION_TYPE, {**WANTED, **more}))


def outfit(lab: Lab, lease: Created, **more: Any) -> Properties:
    given = {"site": "sim", "lease": lease.id, "allocated": lease.outputs["machines"], **more}
    return lab.inputs(INSTALLATION_TYPE, given)


def test_a_lease_comes_from_its_token_and_is_found_by_it(lab: Lab) -> None:
    # given
    inputs = lab.inputs(ALLOCATION_TYPE, WANTED)
    assert lab.find(ALLOCATION_TYPE, inputs) == (Search.TOKEN, ())

    # when
    first, again = lab.made(ALLOCATION_TYPE, inputs), lab.made(ALLOCATION_TYPE, inputs)

    # then
    assert first.id == again.id == f"lease-{SEED[:16]}"
    assert lab.find(ALLOCATION_TYPE, inputs) == (Search.TOKEN, (Found(first.id),))
    assert first.outputs["machines"] == ("i01", "i02")
    assert len(lab.site.pool.leases(SIM)) == 1


def test_who_leased_is_settled_once_and_is_no_reason_to_change(lab: Lab) -> None:
    # given
    lease = leased(lab)

    # when
    olds = {**lease.outputs, "user": "bob", "token": "older"}
    again = lab.checked(ALLOCATION_TYPE, WANTED, olds)

    # then
    assert isinstance(again, Checked)
    assert (again.inputs["user"], again.inputs["token"]) == ("bob", "older")
    assert lab.diff(ALLOCATION_TYPE, lease.outputs, again.inputs).has_changes is False


def test_what_is_not_known_yet_is_not_looked_at(lab: Lab) -> None:
    answer = lab.checked(ALLOCATION_TYPE, {**WANTED, "count": UNKNOWN}, {})
    assert isinstance(answer, Checked)
    assert answer.notes == ()


@pytest.mark.parametrize(
    ("news", "words"),
    [
        ({"count": 4}, "machines: 4 machines are wanted, and 3 of site sim would do"),
        ({"names": ("i9",)}, "names: the pool has no machine i9 of site sim"),
        ({"site": "nowhere"}, "site: there is no site 'nowhere'"),
    ],
)
def test_what_can_never_be_is_refused(lab: Lab, news: Properties, words: str) -> None:
    answer = lab.checked(ALLOCATION_TYPE, {**WANTED, **news}, {})
    assert isinstance(answer, Refusal)
    assert answer.message.startswith(words)


def test_a_site_without_machines_says_how_they_come(tmp_path: Path) -> None:
    answer = Lab(tmp_path, machines=0).checked(ALLOCATION_TYPE, WANTED, {})
    assert isinstance(answer, Refusal)
    assert "`cmx inventory import FILE` brings them" in answer.message


def test_an_installation_is_ready_when_its_create_returns(lab: Lab) -> None:
    # given
    lease = leased(lab, role="storage")

    # when
    inputs = outfit(lab, lease)
    made = lab.made(INSTALLATION_TYPE, inputs)

    # then
    assert (inputs["profile"], inputs["ssh_keys"]) == ("ubuntu-24.04", (KEY,))
    assert made.outputs["hostnames"] == ("i01", "i02")
    assert made.outputs["roles"] == {"storage": ("i01", "i02")}
    assert lab.on() == {"i01", "i02"}
    assert lab.find(INSTALLATION_TYPE, inputs)[0] is Search.NONE  # its lease is its key

    # when
    lab.delete(INSTALLATION_TYPE, made)

    # then
    assert lab.on() == set()
    assert len(lab.site.pool.leases(SIM)) == 1

    # when
    lab.delete(ALLOCATION_TYPE, lease)
    lab.delete(ALLOCATION_TYPE, lease)
    lab.delete(INSTALLATION_TYPE, made)

    # then
    assert lab.site.pool.leases(SIM) == []


def test_profile_and_keys_stay_as_they_were_settled(lab: Lab) -> None:
    # given
    olds: Properties = {
        "site": "sim",
        "lease": "lease-1",
        "profile": "rocky-9",
        "ssh_keys": ("older",),
    }

    # when
    answer = lab.checked(INSTALLATION_TYPE, {"site": "sim", "lease": "lease-1"}, olds)

    # then
    assert isinstance(answer, Checked)
    assert (answer.inputs["profile"], answer.inputs["ssh_keys"]) == ("rocky-9", ("older",))


def test_a_secret_is_refused(lab: Lab) -> None:
    news: Properties = {"site": "sim", "lease": "lease-1", "user_data": Secret("open sesame")}
    answer = lab.checked(INSTALLATION_TYPE, news, {})
    assert isinstance(answer, Refusal)
    assert "let it fetch secrets when it runs" in answer.message
    assert "sesame" not in answer.message


def test_a_change_of_the_outfit_is_an_update_that_wipes(lab: Lab) -> None:
    # given
    lease = leased(lab)
    made = lab.made(INSTALLATION_TYPE, outfit(lab, lease))
    news = outfit(lab, lease, profile="rocky-9")

    # when
    difference = lab.diff(INSTALLATION_TYPE, made.outputs, news)
    updated = lab.update(INSTALLATION_TYPE, made, news)

    # then
    assert (difference.keys, difference.replaces) == (("profile",), ())
    assert difference.losses == ("the disks of i01, i02 are wiped",)
    assert difference.interrupts
    assert "hostnames" in difference.stables
    assert isinstance(updated, Updated)
    assert updated.outputs["profile"] == "rocky-9"
    assert {one.on_disk for one in lab.site.hardware.as_they_are().values()} == {"rocky-9"}


def test_another_lease_is_another_installation(lab: Lab) -> None:
    lease = leased(lab)
    made = lab.made(INSTALLATION_TYPE, outfit(lab, lease))
    difference = lab.diff(INSTALLATION_TYPE, made.outputs, {**made.outputs, "lease": UNKNOWN})
    assert difference.replaces == ("lease",)


def test_what_is_read_is_what_the_pool_says(lab: Lab) -> None:
    # given
    lease = leased(lab)
    made = lab.made(INSTALLATION_TYPE, outfit(lab, lease))
    lab.metal.extend(_plain(lease.outputs), {**_plain(lease.outputs), "hours": 48})

    # when
    read = lab.read(ALLOCATION_TYPE, lease)
    installed = lab.read(INSTALLATION_TYPE, made)

    # then
    assert isinstance(read, Read)
    assert read.inputs is not None
    assert read.inputs["hours"] == 48
    assert isinstance(installed, Read)
    assert installed.outputs == made.outputs

    # when
    lab.delete(ALLOCATION_TYPE, lease)

    # then
    assert isinstance(lab.read(ALLOCATION_TYPE, lease), Gone)
    assert isinstance(lab.read(INSTALLATION_TYPE, made), Gone)


def _plain(outputs: Properties) -> Mapping[str, Any]:
    return dict(outputs)


def test_an_end_that_has_passed_is_refused(lab: Lab) -> None:
    # given
    lease = leased(lab)

    # when
    answer = lab.update(ALLOCATION_TYPE, lease, {**lease.outputs, "hours": 0.0000001})

    # then
    assert isinstance(answer, Failure)
    assert "would have ended at" in answer.message
    assert lab.site.pool.find(LeaseId(lease.id)) is not None


def test_machines_that_no_time_makes_free_have_another_remedy(lab: Lab) -> None:
    # given
    names = tuple(MachineName(f"i0{n}") for n in (1, 2, 3))
    leased(lab)
    later = lab.created(ALLOCATION_TYPE, {**lab.inputs(ALLOCATION_TYPE, WANTED), "token": "2"})
    lab.site.pool.set_in_pool(SIM, names, in_pool=False, note="moved")

    # when
    never = lab.created(ALLOCATION_TYPE, {**lab.inputs(ALLOCATION_TYPE, WANTED), "token": "3"})

    # then
    assert isinstance(later, Failure)
    assert isinstance(never, Failure)
    assert later.hint.startswith("`cmx lease ls` shows who has what")
    assert never.message.endswith("there is none")
    assert never.hint.endswith("`cmx rain on` hands it out again")


def test_a_lease_that_somebody_is_after_is_told_to_ask_for_less(lab: Lab) -> None:
    # given
    lease = leased(lab)
    now = lab.metal.computer.clock.now()
    window = Window(now + timedelta(hours=30), now + timedelta(hours=40))
    wanted = Reservation("R1", SIM, (), window, user="bob")
    lab.site.pool.reserve(wanted, needs=Needs(names=(MachineName("i01"),)), now=now)

    # when
    answer = lab.update(ALLOCATION_TYPE, lease, {**lease.outputs, "hours": 48})

    # then
    assert isinstance(answer, Failure)
    assert "i01 is reserved for bob" in answer.message
    assert answer.hint == "`cmx reservation gantt` shows who is next; ask for less"


def test_a_lease_that_is_gone_cannot_be_extended(lab: Lab) -> None:
    # given
    lease = leased(lab)
    lab.delete(ALLOCATION_TYPE, lease)

    # when
    answer = lab.update(ALLOCATION_TYPE, lease, {**lease.outputs, "hours": 48})

    # then
    assert isinstance(answer, Failure)
    assert answer.message == "its lease is over, and its machines are free again"


def test_machines_that_never_come_up_end_the_create(lab: Lab) -> None:
    # given
    lease = leased(lab)
    lab.site.hardware.faults = dict.fromkeys(("i01", "i02", "i03"), Fault.NEVER_BOOTS)

    # when
    answer = lab.created(INSTALLATION_TYPE, outfit(lab, lease))

    # then
    assert isinstance(answer, Failure)
    assert "is broken (it was started 2 times and did not become ready)" in answer.message


def test_a_profile_that_is_not_there_ends_the_create_and_names_those_that_are(lab: Lab) -> None:
    lease = leased(lab)
    answer = lab.created(INSTALLATION_TYPE, outfit(lab, lease, profile="beos"))
    assert isinstance(answer, Failure)
    assert answer.message.startswith("sim has no profile 'beos'; there are: ubuntu-24.04")
    assert lab.on() == set()


def test_what_no_time_will_mend_ends_the_create(lab: Lab) -> None:
    """A site that is down is asked again; wrong settings would be for as long as the lease is."""
    # given
    lease = leased(lab)
    lab.site.hardware = Misconfigured(lab.site.hardware.profiles)

    # when
    answer = lab.created(INSTALLATION_TYPE, outfit(lab, lease))

    # then
    assert isinstance(answer, Failure)
    assert answer.message.startswith("ion.pub is no public key; write another one")


def test_a_profile_that_is_not_there_leaves_what_runs_alone(lab: Lab) -> None:
    # given
    lease = leased(lab)
    made = lab.made(INSTALLATION_TYPE, outfit(lab, lease, profile="rocky-9"))
    running = lab.on()

    # when
    answer = lab.update(INSTALLATION_TYPE, made, outfit(lab, lease, profile="rocky-8"))

    # then
    assert isinstance(answer, Failure)
    assert answer.message == "sim has no profile 'rocky-8'; did you mean 'rocky-9'?"
    assert len(running) == 2
    assert lab.on() == running
    states = {one.state for one in lab.site.pool.leases(SIM)[0].machines}
    assert states == {MachineState.READY}


def test_who_has_no_key_is_told_before_that_nobody_can_log_in(tmp_path: Path) -> None:
    # given
    lab = Lab(tmp_path)
    news: Properties = {"site": "sim", "lease": "lease-1"}

    # when
    answer = lab.checked(INSTALLATION_TYPE, news, {})
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n")
    again = lab.checked(INSTALLATION_TYPE, news, answer.inputs)

    # then
    assert answer.notes == ("nobody can log in: there is no public key in ~/.ssh; say ssh_keys=",)
    assert answer.inputs["ssh_keys"] == ()
    assert again.inputs["ssh_keys"] == ()  # a key made later wipes no machine
    wanted = lab.checked(INSTALLATION_TYPE, {**news, "ssh_keys": ()}, {})
    assert wanted.notes == ()


def test_a_file_of_the_person_that_holds_no_key_is_named(lab: Lab, tmp_path: Path) -> None:
    # given
    (tmp_path / ".ssh" / "id_ed25519.pub").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")

    # when
    answer = lab.checked(INSTALLATION_TYPE, {"site": "sim", "lease": "lease-1"}, {})

    # then
    assert isinstance(answer, Refusal)
    assert answer.message.startswith("ssh_keys: ")
    assert answer.message.endswith(".ssh/id_ed25519.pub holds no public key; say ssh_keys=")


@pytest.mark.parametrize(
    ("change", "goes_first"),
    [({"count": 3}, True), ({"site": "other"}, False), ({"site": "other", "count": 3}, False)],
)
def test_other_machines_of_one_site_are_taken_when_the_old_ones_are_back(
    lab: Lab, change: Properties, *, goes_first: bool
) -> None:
    lease = leased(lab)
    difference = lab.diff(ALLOCATION_TYPE, lease.outputs, {**lease.outputs, **change})
    assert set(difference.replaces) == set(change)
    assert difference.delete_before_replace is goes_first
