"""Machines of a real OpenStack by an openrc file, whose password a keyring holds."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Cmx
from tests.rigs.openstack.cloud.plan import PASSWORD
from tests.rigs.openstack.lab import FLAVOR, IMAGE, Tenant

_LONGEST_S = 600
SITES = """
plugins: {folder: PLUGINS, download: false}
sites:
  campus:
    kind: openstack
    openrc: ~/campus-openrc.sh
    secret: {keyring: campus/ada}
"""
PROGRAM = f"""
import cloudmesh_iac as cmx

network = cmx.Network("lab", cidr="10.9.0.0/24")
cmx.VM("head", image="{IMAGE}", flavor="{FLAVOR}", network=network, name_on_site="head")
"""
# The program `keyring` is the real one; this is where it keeps things, for want of a desktop.
A_FILE_AS_KEYRING = """
import json
from pathlib import Path

from keyring.backend import KeyringBackend

FILE = Path(__file__).with_name("kept.json")


class Filed(KeyringBackend):
    priority = 1

    def _kept(self):
        return json.loads(FILE.read_text()) if FILE.exists() else {}

    def get_password(self, service, username):
        return self._kept().get(f"{service}/{username}")

    def set_password(self, service, username, password):
        FILE.write_text(json.dumps({**self._kept(), f"{service}/{username}": password}))
"""


@pytest.fixture
def cloud(tenant: Tenant) -> Iterator[Any]:
    connection = tenant.connect()
    yield connection
    connection.close()


@pytest.fixture
def person(cmx: Cmx, openstack_plugins: Path, tenant: Tenant) -> Cmx:
    """Somebody with an RC file as the cloud's pages give it: it asks for the password."""
    lines = [f'export {key}="{one}"' for key, one in tenant.environment.items()]
    asking = ['echo "Password:"', "read -sr OS_PASSWORD_INPUT"]
    told = [line for line in lines if "OS_PASSWORD" not in line]
    openrc = [*told, *asking, "export OS_PASSWORD=$OS_PASSWORD_INPUT"]
    (cmx.home / "campus-openrc.sh").write_text("\n".join(openrc) + "\n")
    backend = cmx.folder / "keyring"
    backend.mkdir()
    (backend / "filed.py").write_text(A_FILE_AS_KEYRING)
    settings = cmx.home / ".config" / "python_keyring"
    settings.mkdir(parents=True)
    (settings / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=filed.Filed\nkeyring-path={backend}\n"
    )
    programs = Path(sys.executable).parent
    cmx.environment["PATH"] = os.pathsep.join([str(programs), cmx.environment_of()["PATH"]])
    subprocess.run(
        ["keyring", "set", "campus", "ada"],
        input=PASSWORD,
        text=True,
        env=cmx.environment_of(),
        check=True,
        timeout=60,
    )
    cmx.write("cloudmesh.yaml", SITES.replace("PLUGINS", str(openstack_plugins)))
    cmx.program(PROGRAM)
    return cmx


@pytest.mark.timeout(1800)
def test_a_machine_comes_and_goes_and_its_password_is_nowhere(person: Cmx, cloud: Any) -> None:
    # when
    said = person("up", "--yes", timeout_s=_LONGEST_S)

    # then
    assert {one.name: one.status for one in cloud.compute.servers()} == {"head": "ACTIVE"}
    assert PASSWORD not in said.all
    assert PASSWORD.encode() not in person.store.read_bytes()

    # when: the keyring has another one
    (person.folder / "keyring" / "kept.json").write_text(json.dumps({"campus/ada": "hunter2"}))
    refused = person("site", "check", "campus", code=1, timeout_s=_LONGEST_S)
    (person.folder / "keyring" / "kept.json").unlink()
    empty = person("site", "check", "campus", code=1, timeout_s=_LONGEST_S)

    # then
    assert "does not take these credentials" in refused.stdout
    assert "hunter2" not in refused.all
    assert "keyring" in empty.stdout

    # when
    (person.folder / "keyring" / "kept.json").write_text(json.dumps({"campus/ada": PASSWORD}))
    person("destroy", "--yes", timeout_s=_LONGEST_S)

    # then
    assert list(cloud.compute.servers()) == []
    assert list(cloud.network.networks(project_id=cloud.current_project_id)) == []
