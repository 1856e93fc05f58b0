"""Login nodes with one home: namespaces of this computer, and a disk that is said to be NFS.

Each node has a host name of its own and mounts the folder of the server where its home is. That
the folder lies on a network file system is made up: the kernel here has none to mount.
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.integration.cli import Cmx
from tests.rigs.starting import CannotStart, is_root

LEASE_S = 10.0
_BOOT = f"""
import cloudmesh_iac.runtime as runtime
from cloudmesh_iac.store.disks import Disk
from cloudmesh_iac.store.leases import Rhythm
runtime.RHYTHM = Rhythm(lease_s={LEASE_S}, beat_s=0.5, margin_s=3.0)
runtime.DISK = Disk(mountinfo=lambda: "1 0 0:1 / / rw - nfs4 server:/home rw")
from cloudmesh_iac.cli.main import main
main()
"""
_ENTER = 'hostname "$0" && mount --bind "$1" "$2" && shift 2 && exec "$@"'


def server_of(cmx: Cmx) -> Path:
    """Return the folder that the nodes see as the home."""
    return cmx.folder / "server"


def a_login_node(cmx: Cmx, name: str) -> Cmx:
    """Return `cmx` as it runs on a node of this name. Errors: CannotStart."""
    if not is_root():
        raise CannotStart("only root can make namespaces")
    server = server_of(cmx)
    server.mkdir(exist_ok=True)
    enter = ["unshare", "--uts", "--mount", "/bin/sh", "-c", _ENTER, name, str(server)]
    node = [*enter, str(cmx.home)]
    try:
        tried = subprocess.run([*node, "true"], capture_output=True, timeout=30, check=False)
    except FileNotFoundError as error:
        raise CannotStart("there is no unshare (Debian: util-linux)") from error
    if tried.returncode != 0:
        raise CannotStart(f"no namespaces: {tried.stderr.decode().strip()}")
    return replace(cmx, boot=[*node, sys.executable, "-c", _BOOT])
