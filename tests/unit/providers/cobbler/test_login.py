"""How a machine is logged in to that nobody knows yet: OpenSSH itself says what it would do."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cloudmesh_iac.core.metal import Machine, MachineName
from cloudmesh_iac.providers.cobbler.login import Login

LENDING = """
Host *
  ForwardAgent yes
  ForwardX11 yes
  GSSAPIDelegateCredentials yes
  ControlPath ~/.ssh/open-%h
  LocalForward 4711 localhost:22
"""


@pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH is not installed")
def test_nothing_of_the_person_is_lent_to_a_machine_whose_key_is_not_known(tmp_path: Path) -> None:
    # given
    (tmp_path / "config").write_text(LENDING)
    machine = Machine(MachineName("m1"), "02:00:00:00:00:01", address="10.9.0.2")
    program, *words = Login("root", 22, None).argv(machine, "/etc/nonce")

    # when
    asked = [program, "-G", "-F", str(tmp_path / "config"), *words]
    settings = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout

    # then
    said = settings.lower().splitlines()
    assert {"user root", "hostname 10.9.0.2", "clearallforwardings yes"} <= set(said)
    assert {"forwardagent no", "forwardx11 no"} <= set(said)
    assert not {"gssapidelegatecredentials yes"} & set(said)
    assert not [line for line in said if line.startswith(("localforward", "controlpath /"))]
