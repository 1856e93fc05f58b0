"""A machine made of QEMU behind a real IPMI 2.0 controller, on loopback.

Usage: python controller.py FOLDER, where FOLDER/machine.json says what it is: `name`, `mac`,
`port` (of the controller), `user`, `password`, `tftp`, `ssh` (ADDRESS:PORT that leads to port 22).
SIGTERM ends both. The controller answers as long as this runs; "on" starts the machine, "off" kills
it. It asks the network first, then its disk. With a file FOLDER/asleep it never begins.
"""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from pyghmi.ipmi.bmc import Bmc

_MEMORY_MB = 384
_DISK = "256M"


class Controller(Bmc):  # type: ignore[misc]  # of a package that only this environment has
    def __init__(self, folder: Path, told: dict[str, Any]) -> None:
        self._folder = folder
        self._told = told
        self._machine: subprocess.Popen[bytes] | None = None
        self._first = "default"
        login = {told["user"]: told["password"]}
        super().__init__(login, port=told["port"], address="::ffff:127.0.0.1")

    def get_power_state(self) -> str:
        return "on" if self.is_active() else "off"

    def is_active(self) -> bool:
        return self._machine is not None and self._machine.poll() is None

    def power_on(self) -> None:
        if self.is_active():
            return
        disk = self._folder / "disk.qcow2"
        if not disk.exists():
            make = ["qemu-img", "create", "-q", "-f", "qcow2", str(disk), _DISK]
            subprocess.run(make, check=True)
        self._machine = subprocess.Popen(self._command(disk), stdin=subprocess.DEVNULL)
        self._write_down(f"on {self._machine.pid}")

    def power_off(self) -> None:
        if self._machine is not None and self.is_active():
            self._machine.kill()
            self._machine.wait()
        self._write_down("off")

    def power_reset(self) -> None:
        self.power_off()
        self.power_on()

    power_cycle = power_reset
    power_shutdown = power_off

    def cold_reset(self) -> int:
        return 0

    def get_boot_device(self) -> str:
        return self._first

    def set_boot_device(self, bootdevice: str) -> None:
        self._first = bootdevice

    def _command(self, disk: Path) -> list[str]:
        told = self._told
        order = {"network": "n", "hd": "c"}.get(self._first, "nc")
        network = f"user,id=net,net=10.0.2.0/24,hostname={told['name']}"
        network += f",tftp={told['tftp']},bootfile=/pxelinux.0,hostfwd=tcp:{told['ssh']}-:22"
        console = self._folder / "console"
        with console.open("a") as file:
            file.write("\n--- switched on\n")
        command = ["qemu-system-x86_64", "-machine", "pc,accel=tcg", "-cpu", "max", "-smp", "1"]
        command += ["-m", str(_MEMORY_MB), "-nodefaults", "-display", "none"]
        command += ["-chardev", f"file,id=console,path={console},append=on"]
        command += ["-serial", "chardev:console", "-boot", f"order={order}", "-netdev", network]
        command += ["-device", f"virtio-net-pci,netdev=net,mac={told['mac']}"]
        command += ["-drive", f"if=virtio,format=qcow2,file={disk},cache=unsafe"]
        return [*command, "-S"] if (self._folder / "asleep").exists() else command

    def _write_down(self, what: str) -> None:
        with (self._folder / "switched").open("a") as file:
            file.write(f"{what}\n")


def main() -> None:
    folder = Path(sys.argv[1])
    controller = Controller(folder, json.loads((folder / "machine.json").read_text()))

    def end(*_: object) -> None:
        controller.power_off()
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    (folder / "listens").touch()
    controller.listen()


if __name__ == "__main__":
    main()
