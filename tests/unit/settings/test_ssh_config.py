"""Which hosts OpenSSH knows by name."""

from pathlib import Path

import pytest

from cloudmesh_iac.settings.ssh_config import ssh_hosts

CONFIG = """
# hosts of mine
Host head login-1
    User ada
host=lab
Host\ttabbed\tlab
host  =  spaced
  HostName lab.example.org
Host * !secret jump?
    ForwardAgent no
Match host other
    User bob
Host "quoted name"
Host 'no end
Include more/*.conf nowhere
Host head
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".ssh" / "more").mkdir(parents=True)
    return tmp_path


def test_names_are_hosts_and_patterns_are_not(home: Path) -> None:
    # given
    (home / ".ssh" / "config").write_text(CONFIG)
    (home / ".ssh" / "more" / "a.conf").write_text("Host inner\nInclude ~/far.conf\n")
    (home / "far.conf").write_text("Host far\nInclude ~/far.conf\n")

    # then
    own = ("head", "login-1", "lab", "tabbed", "spaced", "quoted name")
    assert ssh_hosts(home) == (*own, "inner", "far")


def test_what_cannot_be_read_says_nothing(home: Path) -> None:
    assert ssh_hosts(home) == ()
    (home / ".ssh" / "config").write_bytes(b"Host \xff\n")
    assert ssh_hosts(home) == ()
