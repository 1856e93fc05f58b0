"""Write Cobbler's own files: settings, users, power type, and what it installs with."""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.rigs.cobbler.plan import BMC_PASSWORD, BMC_USER, PASSWORD, USER, Plan

_HERE = Path(__file__).parent
_FENCE_AGENT = _HERE.parents[2] / "examples" / "cobbler" / "fence_cmx"
_SEEN_BY_MACHINES = "10.0.2.2"  # what QEMU calls the loopback of this computer
_COLLECTIONS = ("distro", "profile", "system", "repo", "image", "mgmtclass", "package", "file")


def write_files(plan: Plan, root: Path, packages: Path) -> None:
    """Fill /etc, /var and /usr/sbin below `root` as Cobbler's package would; `packages` has it."""
    etc, lib, log = (root / one for one in ("etc/cobbler", "var/lib/cobbler", "var/log/cobbler"))
    shutil.copytree(packages / "etc" / "cobbler", etc, dirs_exist_ok=True)
    shutil.copytree(packages / "var" / "lib" / "cobbler", lib, dirs_exist_ok=True)
    _make_folders(plan, lib, log)
    _write_settings(plan, etc / "settings.yaml")
    modules = (etc / "modules.conf").read_text()
    rules = re.sub(r"(?m)^module = authorization\..*", "module = authorization.allowall", modules)
    (etc / "modules.conf").write_text(rules)
    digest = hashlib.sha3_512(PASSWORD.encode()).hexdigest()
    (etc / "users.digest").write_text(f"{USER}:Cobbler:{digest}\n")
    _know_debian_12(lib / "distro_signatures.json")
    shutil.copy(_HERE / "machine" / "install.seed", lib / "templates" / "cmx-image.seed")
    agent = root / "usr" / "sbin" / "fence_cmx"
    shutil.copy(_FENCE_AGENT, agent)
    agent.chmod(0o755)
    passwords = etc / "bmc-passwords"
    passwords.touch(0o600)
    lines = (f"{one.bmc} {BMC_USER} {BMC_PASSWORD}\n" for one in plan.machines)
    passwords.write_text("".join(lines))


def _make_folders(plan: Plan, lib: Path, log: Path) -> None:
    for name in ("anamon", "tasks"):
        (log / name).mkdir(parents=True, exist_ok=True)
    for name in ("templates", "snippets", "loaders", "jinja2"):
        (lib / name).mkdir(parents=True, exist_ok=True)
    for kind in (*_COLLECTIONS, "menu"):
        plural = f"{kind}es" if kind == "mgmtclass" else f"{kind}s"
        (lib / "collections" / plural).mkdir(parents=True, exist_ok=True)
        for moment in ("add", "delete", "change"):
            for side in ("pre", "post"):
                (lib / "triggers" / moment / kind / side).mkdir(parents=True, exist_ok=True)
    for name in ("sync", "install", "task/distro", "task/system"):
        for side in ("pre", "post"):
            (lib / "triggers" / name / side).mkdir(parents=True, exist_ok=True)
    plan.tftp.mkdir()
    folders = "images links rendered misc pub svc repo_mirror distro_mirror localmirror"
    for name in (*folders.split(), "repo_profile", "repo_system", ".link_cache"):
        (plan.www / name).mkdir(parents=True)


def _write_settings(plan: Plan, file: Path) -> None:
    settings: dict[str, Any] = yaml.safe_load(file.read_text())
    settings.update(
        xmlrpc_port=plan.api_port,
        http_port=plan.web_port,
        server=_SEEN_BY_MACHINES,
        next_server_v4=_SEEN_BY_MACHINES,
        tftpboot_location=str(plan.tftp),
        webdir=str(plan.www),
        manage_dhcp=False,
        manage_dns=False,
        manage_rsync=False,
        manage_tftpd=True,
        enable_ipxe=False,
        enable_menu=False,
        pxe_just_once=True,
        nopxe_with_triggers=True,
        power_management_default_type="cmx",
        serializer_pretty_json=True,
        syslinux_dir="/usr/lib/syslinux/modules/bios",
        syslinux_memdisk_folder="/usr/lib/syslinux",
        syslinux_pxelinux_folder="/usr/lib/PXELINUX",
        bootloaders_ipxe_folder="/nowhere",
        grub2_mod_dir="/usr/lib/grub",
        autoinstall="sample.seed",
        default_ownership=[USER],
    )
    file.write_text(yaml.safe_dump(settings))


def _know_debian_12(file: Path) -> None:
    """The list of distributions that comes with Cobbler ends at Debian 11."""
    signatures = yaml.safe_load(file.read_text())
    debian = signatures["breeds"]["debian"]
    debian.setdefault(
        "bookworm", {**debian["bullseye"], "version_file_regex": "Codename: bookworm"}
    )
    file.write_text(json.dumps(signatures))
