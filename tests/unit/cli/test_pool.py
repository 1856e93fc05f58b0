"""`cmx inventory`, `cmx lease`, `cmx reservation`, `cmx rain`, as a person meets them."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from cloudmesh_iac.cli import completing
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import Lease, LeaseId, LeaseOwner, MachineName, MachineState, Needs
from cloudmesh_iac.core.metal import Window as Span
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.pools import open_pool
from tests.unit.cli.conftest import Cli, Said

SIM = SiteName("sim")
SITES = "sites:\n  sim: {kind: simulated, world: world.json}\n  other: {kind: simulated}\n"
MACHINES = """
site: sim
machines:
  - {name: i01, mac: "52:54:00:00:00:01", cpus: 16, memory: 64 GiB, tags: [gpu]}
  - {name: i02, mac: "52:54:00:00:00:02", cpus: 16, memory: 64 GiB}
  - {name: i03, mac: "52:54:00:00:00:03", controller: {kind: ipmi, password: "env:BMC"}}
"""


class Lab:
    """Somebody with a pool of three machines."""

    def __init__(self, cli: Cli) -> None:
        self.write = cli.write
        self.folder = cli.folder
        self._cli = cli

    def __call__(self, *arguments: str, code: int = 0) -> Said:
        said = self._cli(*arguments)
        assert said.code == code, said
        return said


@pytest.fixture
def lab(empty: Cli) -> Lab:
    empty.write("cloudmesh.yaml", SITES)
    empty.write("lab.yaml", MACHINES)
    lab = Lab(empty)
    lab("inventory", "import", "lab.yaml")
    return lab


def pool_of(lab: Lab) -> Pool:
    return open_pool(replace(this_computer(), home=lab.folder.with_name("home"), environment={}))


def take(
    lab: Lab, *names: str, user: str = "ada", id_: str = "lease-1", lasts_h: float = 2
) -> Lease:
    """Lease machines; a length below zero makes one that is over."""
    now = this_computer().clock.now()
    begin = now - timedelta(hours=5)
    lease = pool_of(lab).lease(
        LeaseId(id_),
        SIM,
        needs=Needs(names=tuple(MachineName(name) for name in names)),
        owner=LeaseOwner(user, "science", "ion"),
        window=Span(begin, now + timedelta(hours=lasts_h)),
        now=begin,
    )
    assert isinstance(lease, Lease)
    return lease


def test_an_inventory_comes_and_goes(lab: Lab) -> None:
    # when
    again = lab("inventory", "import", "lab.yaml", "--json").json()
    listed = lab("inventory", "ls").out.splitlines()

    # then
    assert (again["site"], again["new"], again["changed"]) == ("sim", [], [])
    assert listed[0].split() == (
        ["machine", "state", "cpus", "memory", "mac", "address", "controller", "tags", "note"]
    )
    assert listed[1].split() == ["i01", "free", "16", "64", "GiB", "52:54:00:00:00:01", "gpu"]
    assert "env:BMC" in lab("inventory", "show", "i03").out

    # when
    lab("rain", "off", "i[02-03]", "--note", "fan")
    lab("inventory", "rm", "i02", "--yes")

    # then
    rows = lab("inventory", "ls", "--json").json()["machines"]
    assert [(one["name"], one["in_pool"], one["note"]) for one in rows] == [
        ("i01", True, ""),
        ("i03", False, "fan"),
    ]
    assert lab("inventory", "list", "i03").out.splitlines()[1].startswith("i03      off, free")


def test_a_file_that_is_wrong_imports_nothing(lab: Lab) -> None:
    # given
    lab.write("bad.yaml", "- {name: i09}\n- {name: i08, mac: x, bmc: {password: hunter2}}\n")

    # when
    said = lab("inventory", "import", "bad.yaml", "--on", "sim", code=64)

    # then
    assert said.err.startswith("error: nothing was imported:")
    assert "bad.yaml:1: i09 needs a MAC address" in said.err
    assert "bad.yaml:2: 'x' is no MAC address for i08" in said.err
    assert "password: file:~/.bmc/i08" in said.err
    assert "hunter2" not in said.out + said.err
    assert len(pool_of(lab).machines(SIM)) == 3
    lab.write("long.yaml", "".join(f"- {{name: i{n}}}\n" for n in range(9)))
    said = lab("inventory", "import", "long.yaml", "--on", "sim", code=64)
    assert all(f"long.yaml:{n}: " in said.err for n in range(1, 10))
    lab.write("taken.yaml", '- {name: i01, mac: "52:54:00:00:00:01"}\n')
    said = lab("inventory", "import", "taken.yaml", "--on", "other", code=64)
    assert "i01 has the MAC address 52:54:00:00:00:01 of i01 at sim" in said.err


def test_leases_are_shown_extended_given_and_ended(lab: Lab) -> None:
    # given
    take(lab, "i01", "i02")
    take(lab, "i03", user="bob", id_="lease-2", lasts_h=-1)

    # then
    listed = lab("lease", "ls").out
    assert "lease-1  sim   i[01-02]  leased  ada   science/ion" in listed
    assert "(over)" in listed
    over = lab("lease", "ls", "--over", "--json").json()["leases"]
    assert [(one["id"], one["over"]) for one in over] == [("lease-2", True)]
    assert not any("nonce" in one for one in over[0]["machines"])

    # when
    longer = lab("lease", "extend", "lease-1", "4h", "--json").json()["lease"]
    lab("lease", "extend", "lease-1", "--until", "+1h")
    lab("lease", "give", "lease-1", "carol")

    # then
    lease = pool_of(lab).find(LeaseId("lease-1"))
    assert lease is not None
    assert lease.owner.user == "carol"
    assert longer["end"] > lease.window.end.isoformat()
    for arguments, words in (
        (("extend", "lease-1"), "say how much longer"),
        (("extend", "lease-1", "soon"), "'soon' is no duration"),
        (("extend", "lease", "4h"), "'lease' may be lease-2, lease-1"),
        (("extend", "lease-1", "--until", "2001-01-01"), "which has passed"),
        (("end", "laese-1", "--yes"), "did you mean 'lease-1'?"),
        (("end", "lease-1"), "say --yes"),
    ):
        assert words in lab("lease", *arguments, code=64).err

    # when
    reaped = lab("lease", "reap")
    ended = lab("lease", "end", "lease-1", "--yes", "--json").json()["leases"]

    # then
    assert reaped.out == "lease-2: i03 of sim are free again\n"
    assert [(one["id"], one["ended"], one["problems"]) for one in ended] == [("lease-1", True, [])]
    assert {one.state for one in pool_of(lab).machines(SIM)} == {MachineState.FREE}
    assert lab("lease", "reap").out == "no lease is over\n"


def test_a_lease_of_a_site_that_is_not_there_keeps_no_other_from_being_reaped(lab: Lab) -> None:
    # given
    take(lab, "i01", lasts_h=-2)
    take(lab, "i02", id_="lease-2", lasts_h=-1)
    pool = pool_of(lab)
    held = pool.find(LeaseId("lease-1"))
    assert held is not None
    lab.write("cloudmesh.yaml", SITES.replace("sim:", "lab:"))

    # when
    said = lab("lease", "reap", code=1)

    # then
    assert said.err.count("there is no site 'sim'") == 2
    assert len(pool.leases()) == 2

    # when
    lab.write("cloudmesh.yaml", SITES)
    lab("lease", "reap")

    # then
    assert pool.leases() == []


def test_reservations_are_made_moved_found_and_given_up(lab: Lab) -> None:
    # given
    day = "2031-05-01"
    made = lab(
        *("reservation", "add", "i[01-02]", "--start", f"{day} 10:00Z", "--for", "2h"),
        *("--label", "ior", "--project", "fg82", "--id", "R1", "--json"),
    ).json()["reservation"]

    # then
    assert (made["machines"], made["end"]) == (["i01", "i02"], f"{day}T12:00:00+00:00")
    refused = lab(
        *("reservation", "add", "-n", "2", "--start", f"{day} 11:00Z", "--end", f"{day} 13:00Z"),
        code=1,
    )
    assert "i01 is reserved for" in refused.err
    assert "next free at 2031-05-01 12:00 UTC" in refused.err
    touching = lab("reservation", "add", "-n", "3", "--start", f"{day} 12:00Z", "--for", "1h")
    assert "i[01-03] of sim for" in touching.out

    # when
    moved = lab("reservation", "update", "R1", "--start", f"{day} 09:00Z", "--json").json()
    found = lab(
        *("reservation", "find", "-n", "2", "--start", f"{day} 10:00Z", "--for", "3h", "--json")
    ).json()
    gpu = lab("reservation", "find", "--tag", "gpu", "--start", f"{day} 12:30Z", "--for", "15m")

    # then
    assert moved["reservation"]["end"] == f"{day}T11:00:00+00:00"
    assert (found["free"], found["next_free"]) == ([], f"{day}T13:00:00+00:00")
    assert "UTC: none\n1 free for 15m00s: 2031-05-01 13:00 UTC" in gpu.out
    longer = lab("reservation", "update", "R1", "--end", f"{day} 12:30Z", code=1)
    assert "i01 is reserved for" in longer.err
    assert "R1  ior    fg82" in lab("reservation", "list", "--label", "ior", "i02").out
    assert lab("reservation", "ls", "--user", "nobody").out == "no reservations\n"
    assert (
        len(lab("reservation", "ls", "--end", f"{day} 12:00Z", "--json").json()["reservations"])
        == 1
    )

    # when
    lab("reservation", "delete", "R1", "--yes")

    # then
    assert [one.window.end.hour for one in pool_of(lab).reservations()] == [13]


def test_a_site_brings_its_machines_where_python_checks_no_assertions_too(lab: Lab) -> None:
    """Nor does a Python from 3.12 on ask an object for its pool to see whether it has one."""
    # given
    lab.write("cloudmesh.yaml", "sites:\n  own: {kind: simulated, machines: 2}\n")
    program = "from cloudmesh_iac.cli.main import main; main()"

    # when
    done = subprocess.run(
        [sys.executable, "-O", "-c", program, "inventory", "ls", "--on", "own", "--json"],
        cwd=lab.folder,
        env={"HOME": str(lab.folder.with_name("home")), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    # then
    assert [one["name"] for one in json.loads(done.stdout)["machines"]] == ["i01", "i02"]


def test_a_calendar_is_drawn(lab: Lab) -> None:
    # given
    lab("reservation", "add", "i02", "--start", "+12h", "--for", "6h", "--id", "R1")
    take(lab, "i01", lasts_h=6)

    # when
    drawn = lab("reservation", "gantt").out.splitlines()
    document = lab("reservation", "gantt", "i02", "--json").json()
    lab("reservation", "gantt", "--svg", "chart.svg")

    # then
    assert drawn[3].startswith("i01  AAAAAAAAAAAA")
    assert drawn[4].count("b") == 12
    assert [one["id"] for one in document["reservations"]] == ["R1"]
    assert document["leases"] == []
    assert "lease-1 of ada" in (lab.folder / "chart.svg").read_text()


def test_a_lease_that_is_over_and_not_released_is_in_the_calendar_as_it_is_drawn(lab: Lab) -> None:
    take(lab, "i01", lasts_h=-1)
    document = lab("reservation", "gantt", "--json").json()
    assert [(one["id"], one["over"]) for one in document["leases"]] == [("lease-1", True)]


def test_rain_prints_what_it_always_printed(lab: Lab) -> None:
    # given
    lease = take(lab, "i01", "i02")
    ready = replace(lease.machines[0], state=MachineState.READY)
    failed = replace(lease.machines[1], state=MachineState.FAILED, note="no boot")
    pool = pool_of(lab)
    pool.move(lease.id, ready, before=lease.machines[0])
    pool.move(lease.id, failed, before=lease.machines[1])

    # then
    assert lab("rain", "status", "--short", "i[01-03]").out == "+-.\n"
    assert lab("rain", "status", "--short").out == "+-\n"
    counts = "provisioned 1\nfailed 1\nin progress 1\ntotal 3\n"
    assert lab("rain", "status", "--summary", "i[01-03]").out == counts
    assert lab("rain", "status").out == "free    i03\nready   i01\nfailed  i02\n"
    document = lab("rain", "status", "--json").json()
    assert document["counts"] == {"provisioned": 1, "failed": 1, "in progress": 1, "total": 3}
    assert "i[04-09]" in lab("rain", "off", "i[01-09]", code=64).err
    assert lab("rain", "on", "i02").out == "i02: in the pool of sim\n"


def test_earlier_spellings_are_understood_and_not_advertised(lab: Lab) -> None:
    lab.write("spec.cfg", "cm_id: i77\nmacaddr: 52:54:00:00:00:77\n")
    lab("rain", "admin", "add", "--file", "spec.cfg", "--on", "sim")
    assert "i77" in lab("rain", "admin", "baremetals").out
    lab("rain", "admin", "off", "i77")
    lab("rain", "admin", "on", "i77")
    lab("rain", "admin", "delete", "i77", "--yes")
    assert "i77" not in lab("inventory", "ls").out
    assert "admin" not in lab("rain", "--help").out
    assert "delete" not in lab("reservation", "--help").out


def test_a_site_brings_its_machines_and_another_that_is_wrong_is_no_trouble(lab: Lab) -> None:
    # given
    simulated = "{kind: simulated, world: world.json, machines: 2, profile: 3}"
    lab.write("cloudmesh.yaml", f"sites:\n  own: {simulated}\n  sim: {{kind: simulated}}\n")
    wrong = lab("inventory", "ls", "--on", "own")
    lab.write("cloudmesh.yaml", "sites:\n  own: {kind: simulated, machines: 2}\n")

    # then
    assert wrong.out == "no machines: `cmx inventory import FILE` brings some\n"
    assert lab("rain", "status").out == "free  i[01-02]\n"


def test_what_is_said_twice_or_not_at_all_is_refused(lab: Lab) -> None:
    lab("reservation", "add", "i01", "--start", "+9h", "--id", "R1")
    lease = take(lab, "i03", lasts_h=48)
    for arguments, words in (
        (("reservation", "add", "i02", "--id", "R1"), "there is a reservation R1 already"),
        (("reservation", "add", "i02", "--count", "2"), "not both"),
        (("reservation", "add", "--memory", "much"), "--memory: 'much' is no size"),
        (("reservation", "add", "--end", "+1h", "--for", "2h"), "say --end or --for"),
        (("reservation", "add", "--start", "14:00", "--end", "2001-01-01"), "before it begins"),
        (("reservation", "add", "--start", "2001-01-01"), "it would have ended"),
        (("reservation", "add", "--start", "25:00"), "'25:00' is no time"),
        (("reservation", "add", "--for", "-1h"), "'-1h' is no duration"),
        (("reservation", "add", "--for", "0d"), "'0d' is no length of time"),
        (("reservation", "add", "--for", "4"), "'4' says no unit"),
        (("reservation", "add", "--for", "99999999d"), "'99999999d' is longer than a century"),
        (("reservation", "add", "--end", "9999-12-31"), "'9999-12-31' is more than a century away"),
        (("lease", "extend", "lease-1", "4"), "write 4h, 4m or 4d"),
        (("lease", "extend", "lease-1", "99999999d"), "longer than a century"),
        (("lease", "extend", "lease-1", "36524d"), "more than a century from now"),
        (("lease", "give", "lease-1", ""), "say who has it from now on"),
        (("reservation", "rm", "R11", "--yes"), "did you mean 'R1'?"),
        (("reservation", "update", "", "--label", "x"), "there is no reservation ''"),
        (("rain", "status", "--short", "--summary"), "not both"),
        (("rain", "status", "i[3-1]"), "is no list of names"),
        (("inventory", "show", "i[01-02]"), "one machine at a time"),
        (("inventory", "import", "lab.yaml", "--on", "smi"), "did you mean 'sim'?"),
    ):
        said = lab(*arguments, code=64)
        assert words in said.err, arguments
        assert said.out == ""
    assert [one.id for one in pool_of(lab).reservations()] == ["R1"]
    assert pool_of(lab).leases() == [lease]


@pytest.mark.parametrize(
    "arguments",
    [
        ("inventory", "import", "lab.yaml", "--on", "local"),
        ("inventory", "ls"),
        ("rain", "status"),
        ("reservation", "find", "--for", "1h"),
        ("reservation", "gantt"),
        ("reservation", "add", "--count", "1"),
    ],
)
def test_a_site_that_leases_no_machines_is_named(empty: Cli, arguments: tuple[str, ...]) -> None:
    # given
    empty.write("lab.yaml", MACHINES)

    # when
    alone = empty(*arguments)
    empty.write("cloudmesh.yaml", "sites: {sim: {kind: simulated, world: world.json}}\n")
    beside = empty(*arguments, *(() if "--on" in arguments else ("--on", "local")))

    # then
    assert (alone.code, beside.code, alone.out + beside.out) == (64, 64, "")
    assert "site 'local' (local) leases no machines" in alone.err
    assert "a Cobbler site leases some" in alone.err
    assert "say --on sim" in beside.err


def test_machines_that_are_not_there_are_named_as_a_host_list(lab: Lab) -> None:
    assert "sim has no machine i[04-99]\n" in lab("rain", "off", "i[03-99]", code=64).err


def test_names_and_ids_complete(lab: Lab) -> None:
    # given
    take(lab, "i01")
    lab("reservation", "add", "i02", "--start", "+9h", "--id", "R1")

    # then
    assert completing.pool_machines("i") == ["i01", "i02", "i03"]
    assert completing.pool_machines("x") == []
    assert completing.leases("le") == ["lease-1"]
    assert completing.reservations("") == ["R1"]

    # when
    (lab.folder.with_name("home") / ".cloudmesh" / "cmx.db").write_text("no database")

    # then
    assert completing.pool_machines("i") == []
    assert completing.leases("le") == completing.reservations("") == []
