"""Inventories in three forms, and all that can be wrong with them."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.metal import Controller, Machine
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.inventory.reading import Inventory, read_inventory

YAML = """
# the lab
site: lab
padding: 15m
machines:
  - name: i01
    mac: 52:54:00:11:22:33        # a number in YAML 1.1
    address: 10.0.0.1
    hostname: node01
    cpus: 16
    memory: 64 GiB
    tags: [gpu, ssd]
    roles: hpc
    controller: {kind: ipmi, address: 10.0.1.1, port: 623, user: admin, password: "file:~/.bmc/i01"}
  - {name: i02, mac: 52-54-00-AA-00-02, controller: {kind: redfish, password: {env: BMC}}}
"""
JSON = """{
\t"i01": {"mac": "52:54:00:11:22:33", "memory": 4096},
\t"i02": {"mac": "52:54:00:11:22:34", "tags": ["a"]}
}
"""
BLOCKS = """
# the earlier form
cm_type: inventory
cm_id: i001
cm_cluster: india
type: public
network_name: i001.example.org
ipaddr: 149.165.146.1
macaddr: 52:54:00:00:00:01
netmask: 255.255.255.0

cm_id = i001
type = internal
ipaddr = 172.16.0.1
macaddr = 52:54:00:00:00:02

cm_id i001
type bmc
ipaddr 172.16.1.1
macaddr 52:54:00:00:00:03
power_user admin
power_pass file:~/.bmc/india
power_type ipmilan

cm_id: i002
macaddr: 52:54:00:00:00:04
cores: 8
"""


def read(folder: Path, text: str, name: str = "lab.yaml") -> Inventory:
    file = folder / name
    file.write_text(text)
    return read_inventory(file)


def problems(folder: Path, text: str, name: str = "lab.yaml") -> list[str]:
    with pytest.raises(UsageProblem) as refused:
        read(folder, text, name)
    first, *lines = refused.value.message.splitlines()
    assert first == "nothing was imported:"
    return lines


def test_yaml_says_all_of_a_machine(tmp_path: Path) -> None:
    found = read(tmp_path, YAML)
    first, second = found.machines
    assert (found.site, found.padding_s) == ("lab", 900)
    assert first == Machine(
        first.name,
        mac="52:54:00:11:22:33",
        address="10.0.0.1",
        hostname="node01",
        cpus=16,
        memory_mb=65536,
        tags=frozenset({"gpu", "ssd"}),
        roles=frozenset({"hpc"}),
        controller=Controller("ipmi", "10.0.1.1", 623, "admin", "file:~/.bmc/i01"),
    )
    assert (second.name, second.mac) == ("i02", "52:54:00:aa:00:02")
    assert second.controller == Controller("redfish", secret="env:BMC")


def test_json_names_machines_by_their_keys_with_tabs_too(tmp_path: Path) -> None:
    found = read(tmp_path, JSON, "spec.json")
    assert [(one.name, one.memory_mb, sorted(one.tags)) for one in found.machines] == [
        ("i01", 4096, []),
        ("i02", 0, ["a"]),
    ]
    assert (found.site, found.padding_s) == (None, None)


def test_blocks_of_one_machine_are_its_cards(tmp_path: Path) -> None:
    first, second = read(tmp_path, BLOCKS, "spec.cfg").machines
    assert first == Machine(
        first.name,
        mac="52:54:00:00:00:02",  # that of the card inside, which is installed over
        address="172.16.0.1",
        hostname="i001.example.org",
        tags=frozenset({"india"}),
        controller=Controller("ipmi", "172.16.1.1", None, "admin", "file:~/.bmc/india"),
    )
    assert (second.name, second.cpus) == ("i002", 8)


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    text = """
padding: soon
owner: me
machines:
  - {name: i01, mac: 52:54:00:11:22}
  - {name: i01, mac: "52:54:00:11:22:33"}
  - {name: i01, mac: "52:54:00:11:22:34"}
  - {mac: "52:54:00:11:22:35"}
  - {name: i 2, mac: "52:54:00:11:22:36", cpus: many, memory: much}
  - {name: i3}
  - {name: i4, mac: "52:54:00:11:22:37", cpu: 4, address: 300.1.1.1}
  - {name: i5, mac: "52:54:00:11:22:38", controller: {kind: smoke, pasword: x, port: 99999}}
  - just words
"""
    assert problems(tmp_path, text) == [
        "lab.yaml:2: 'soon' is no duration: write `padding: 15m`",
        "lab.yaml:3: owner is nothing that an inventory has (known: site, padding, machines)",
        "lab.yaml:5: '52:54:00:11:22' is no MAC address for i01: write 52:54:00:aa:00:01",
        "lab.yaml:7: i01 stands in line 6 already",
        "lab.yaml:8: a machine needs a name",
        "lab.yaml:9: 'i 2' is no name of a machine: letters, digits, dots and dashes",
        "lab.yaml:9: 'many' is no number from 1 to 100,000: cpus of i 2",
        "lab.yaml:9: 'much' is no memory for i 2: write 64 GiB",
        "lab.yaml:10: i3 needs a MAC address: `mac: 52:54:00:…`",
        "lab.yaml:11: '300.1.1.1' is no address for i4: write 10.0.0.1 or a host name",
        "lab.yaml:11: cpu is nothing that a machine has (did you mean 'cpus'?)",
        "lab.yaml:12: '99999' is no number from 1 to 65,535: port of i5",
        "lab.yaml:12: 'smoke' is no kind of controller for i5: cobbler, ipmi, redfish",
        "lab.yaml:12: pasword is nothing that a controller has (did you mean 'password'?)",
        "lab.yaml:13: a machine is a mapping, as in `{name: i01}`",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "lab.yaml",
            "- name: i1\n  mac: 52:54:00:11:22:33\n  bmc:\n    password: hunter2\n",
        ),
        ("lab.json", '[{"name": "i1", "controller": {"password":\n "hunter2"}}]'),
        ("lab.cfg", "cm_id: i1\nmacaddr: 52:54:00:11:22:33\npower_pass: hunter2\n"),
        ("lab.yaml", "- name: i1\n  password: {vault: hunter2}\n"),
        ("lab.yaml", '- name: i1\n  controller: {password: "hunter2\n'),
        ("lab.json", '[{"name": "i1", "controller": {"password": "hunter2}}]'),
        ("lab.cfg", "cm_id: i1\npower_pass:hunter2\nhunter2\n"),
    ],
)
def test_a_password_in_clear_is_refused_and_not_repeated(
    tmp_path: Path, name: str, text: str
) -> None:
    said = problems(tmp_path, text, name)
    assert said
    assert "hunter2" not in "".join(said)
    if "power_pass: hunter2" in text or "password: hunter2" in text:
        (line,) = (one for one in said if "password" in one)
        assert "write `password: file:~/.bmc/i1`" in line
        assert int(line.split(":")[1]) == text[: text.index("hunter2")].count("\n") + 1


@pytest.mark.parametrize(
    "case",
    [
        ("lab.yaml", "", "lab.yaml:1: there is no machine in it"),
        ("lab.yaml", "machines:\n", "lab.yaml:1: there is no list of machines: `machines:`"),
        ("lab.yaml", "hello", "lab.yaml:1: it is no list of machines"),
        ("lab.yaml", "a: 1\n- b\n", "lab.yaml:2: it is no YAML: expected <block end>"),
        ("lab.yaml", "machines: three\n", "lab.yaml:1: machines: it is no list"),
        ("lab.yaml", "- name: a\n  name: b\n", "lab.yaml:2: name is said twice"),
        ("lab.yaml", "padding: [5m]\nmachines: []\n", "lab.yaml:1: padding is a single word"),
        ("lab.yaml", "machines: []\nsite: {a: b}\n", "lab.yaml:2: site is a single word"),
        ("lab.yaml", "machines: []\nowner: {a: b}\n", "lab.yaml:2: owner is nothing that an inv"),
        ("lab.yaml", "site: lab\ni1: {cpus: 8}\n", "lab.yaml:1: a machine is a mapping, as in"),
        ("lab.json", "[{]", "lab.json:1: it is no JSON"),
        ("lab.cfg", "cm_id i1\n\nhello\n", "lab.cfg:3: it is no attribute with a value"),
        ("lab.cfg", "cm_id i1\ncm_id i2\n", "lab.cfg:2: cm_id is said twice of one machine"),
        ("lab.cfg", "cm_id i1\ntype bmc\n", "lab.cfg:1: i1 needs a MAC address: none of its cards"),
    ],
)
def test_what_is_no_inventory_is_told(tmp_path: Path, case: tuple[str, str, str]) -> None:
    name, text, words = case
    assert words in "\n".join(problems(tmp_path, text, name))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="No such file"):
        read_inventory(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageProblem, match="not a text file"):
        read_inventory(tmp_path / "binary.yaml")
