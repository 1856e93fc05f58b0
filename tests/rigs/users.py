"""The ordinary user whom tests run things as: root may do too much to notice a mistake."""

import pwd
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

USER = "cmxuser"
_PATH = "/usr/local/bin:/usr/bin:/bin"


def make_user() -> None:
    """Make the user if there is none. Needs root."""
    try:
        pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(
            ["/usr/sbin/useradd", "-m", "-s", "/bin/bash", USER], check=True, capture_output=True
        )


def run_as(
    user: str,
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    home: Path | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    timeout_s: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user, with this environment and nothing of ours."""
    entry = pwd.getpwnam(user)
    home = home or Path(entry.pw_dir)
    base = {
        "PATH": _PATH,
        "HOME": str(home),
        "USER": user,
        "LOGNAME": user,
        "LANG": "C.UTF-8",
    }
    return subprocess.run(
        argv,
        env={**base, **environment},
        cwd=cwd or home,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        umask=0o022,
    )
