"""Which file system does a path lie on?"""

from pathlib import PurePosixPath

import pytest

from cloudmesh_iac.store.mounts import filesystem_of, may_be_shared

MOUNTINFO = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:20 / /proc rw,nosuid - proc proc rw
30 22 0:44 / /home rw,relatime shared:2 master:1 - nfs4 server:/home rw,vers=4.2
31 30 254:1 / /home/ada/local rw - xfs /dev/vdb rw
32 22 0:45 / /N/slate rw - lustre mds@tcp:/slate rw
33 22 0:46 / /mnt/my\040data rw - fuse.sshfs host:/data rw
34 22 0:47 / /scratch rw - xfs /dev/vdc rw
35 34 0:48 / /scratch rw - beegfs beegfs_nodev rw
36 22 0:49 / /media/stick rw - fuseblk /dev/sdb1 rw
a line that is no mount
""".strip()


@pytest.mark.parametrize(
    ("path", "type_", "is_shared"),
    [
        ("/opt/lab/.cloudmesh/cmx.db", "ext4", False),
        ("/home/ada/.cloudmesh/cmx.db", "nfs4", True),
        ("/home/ada/local/cmx.db", "xfs", False),
        ("/homely/cmx.db", "ext4", False),
        ("/N/slate/ada/cmx.db", "lustre", True),
        ("/mnt/my data/cmx.db", "fuse.sshfs", True),
        ("/scratch/cmx.db", "beegfs", True),
        ("/media/stick/cmx.db", "fuseblk", False),
    ],
)
def test_the_deepest_and_last_mount_above_a_path_counts(
    path: str, type_: str, *, is_shared: bool
) -> None:
    assert filesystem_of(PurePosixPath(path), MOUNTINFO) == type_
    assert may_be_shared(PurePosixPath(path), MOUNTINFO) is is_shared


@pytest.mark.parametrize("type_", ["nfs", "gpfs", "ceph", "afs", "9p", "cifs", "fuse.glusterfs"])
def test_file_systems_of_more_than_one_computer_are_known(type_: str) -> None:
    assert may_be_shared(PurePosixPath("/a"), f"1 0 0:1 / / rw - {type_} x rw")


def test_where_nothing_is_known_the_path_counts_as_shared() -> None:
    assert filesystem_of(PurePosixPath("/a"), "") is None
    assert may_be_shared(PurePosixPath("/a"), "")
