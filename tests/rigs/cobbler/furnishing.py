"""Tell Cobbler what an administrator would: boot loaders, a distribution, profiles, machines."""

import hashlib
import shutil
import threading
from time import monotonic
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from tests.rigs.cobbler.images import Images
from tests.rigs.cobbler.plan import BMC_USER, PASSWORD, USER, Plan
from tests.rigs.starting import CannotStart

DISTRO = "cmx-small"
IDLE = "idle"  # what nobody's machines have
BLUE, GREEN = "blue", "green"  # the same image under two names
STUCK = "stuck"  # its installation never ends
CUT = "cut"  # the image that Cobbler hands out is not whole
_IMAGE, _CUT_IMAGE = "disk.img", "cut.img"
_TASK_S = 60.0


def furnish(plan: Plan, images: Images) -> None:
    """Errors: CannotStart."""
    shutil.copy(images.disk, plan.www / "pub" / _IMAGE)
    whole = images.disk.read_bytes()
    (plan.www / "pub" / _CUT_IMAGE).write_bytes(whole[: len(whole) // 2])
    meta = {"image": _IMAGE, "image_sha256": hashlib.sha256(whole).hexdigest()}
    try:
        _Administrator(plan).furnish(images, meta)
    except (Fault, OSError) as error:
        raise CannotStart(f"cobblerd: {error}") from error


class _Administrator:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cobbler: Any = ServerProxy(plan.url, allow_none=True)
        self._token = self._cobbler.login(USER, PASSWORD)

    def furnish(self, images: Images, meta: dict[str, str]) -> None:
        self._await(self._cobbler.background_mkloaders({}, self._token))
        kernel = {"kernel": str(images.kernel), "initrd": str(images.ramdisk)}
        system = {"breed": "debian", "os_version": "bookworm", "arch": "x86_64"}
        self._add("distro", DISTRO, **kernel, **system)
        profile = {
            "distro": DISTRO,
            "autoinstall": "cmx-image.seed",
            "kernel_options": {"console": "ttyS0", "panic": "5", "quiet": None},
        }
        for name in (IDLE, BLUE, GREEN):
            self._add("profile", name, **profile, autoinstall_meta=meta)
        self._add("profile", STUCK, **profile, autoinstall_meta={**meta, "hangs": "yes"})
        self._add("profile", CUT, **profile, autoinstall_meta={**meta, "image": _CUT_IMAGE})
        for machine in self._plan.machines:
            self._add(
                "system",
                machine.name,
                profile=IDLE,
                netboot_enabled=False,
                power_type="cmx",
                power_address=machine.bmc,
                power_user=BMC_USER,
                modify_interface={"mac_address-eth0": machine.mac},
            )
        self._cobbler.sync(self._token)

    def _add(self, what: str, name: str, **fields: object) -> None:
        item = self._cobbler.new_item(what, self._token)
        for key, value in {"name": name, **fields}.items():
            if self._cobbler.modify_item(what, item, key, value, self._token) is False:
                raise CannotStart(f"cobblerd knows no {key} of a {what}")
        self._cobbler.save_item(what, item, self._token, "new")

    def _await(self, task: str) -> None:
        deadline = monotonic() + _TASK_S
        while (state := self._cobbler.get_task_status(task)[2]) not in {"complete", "failed"}:
            if monotonic() > deadline:
                raise CannotStart(f"cobblerd: {task} is {state} after {_TASK_S:g} s")
            threading.Event().wait(0.05)
        if state == "failed":
            raise CannotStart(f"cobblerd: {task} has failed")
