"""Does a path lie on a network file system?"""

import re
from pathlib import Path, PurePath, PurePosixPath

_NETWORK = frozenset(
    [
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cephfs",
        "cifs",
        "fhgfs",
        "gfs2",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "panfs",
        "pvfs2",
        "smb3",
        "smbfs",
        "virtiofs",
        "vboxsf",
        "wekafs",
    ]
)
_OCTAL = re.compile(r"\\([0-7]{3})")
_MOUNTINFO = Path("/proc/self/mountinfo")


def read_mountinfo() -> str:
    """Return the kernel's table of mounts; empty where there is none."""
    return _MOUNTINFO.read_text(errors="replace") if _MOUNTINFO.exists() else ""


def may_be_shared(path: PurePath, mountinfo: str) -> bool:
    """Say whether other computers may have this absolute path open; True when it is not known."""
    type_ = filesystem_of(path, mountinfo)
    return type_ is None or type_ in _NETWORK or type_.startswith("fuse.")


def filesystem_of(path: PurePath, mountinfo: str) -> str | None:
    """Return the type of the file system that holds an absolute path, without links.

    Source: proc(5), mountinfo: the mount point is the fifth field, the type the first after ` - `.
    """
    best: tuple[int, str] | None = None
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, type_ = before.split(" "), after.partition(" ")[0]
        if len(fields) < 5 or not type_:
            continue
        point = PurePosixPath(_OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[4]))
        depth = len(point.parts)
        # Of two mounts on one point the later one hides the earlier.
        if path.is_relative_to(point) and (best is None or depth >= best[0]):
            best = depth, type_
    return None if best is None else best[1]
