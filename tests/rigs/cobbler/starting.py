"""Start and stop Cobbler with its machines, and end or stop single parts of it.

Cobbler has folders of the whole computer built in. So it lives in a name space of its own, in which
something else lies over them; a process that sleeps keeps that alive when Cobbler is killed.
"""

import json
import os
import shutil
import signal
from pathlib import Path

from tests.rigs.cobbler.configuring import write_files
from tests.rigs.cobbler.furnishing import furnish
from tests.rigs.cobbler.images import machine_images
from tests.rigs.cobbler.installing import environment_of_cobbler, install_programs
from tests.rigs.cobbler.plan import BMC_PASSWORD, BMC_USER, LabMachine, Plan, free_ports, plan_in
from tests.rigs.ports import answers
from tests.rigs.processes import Processes
from tests.rigs.waiting import eventually

_PARTS = Path(__file__).parent / "parts"
_READY_S = 120.0
# What the processes of the lab see in place of the computer's own folders.
_SPACE = """
set -e
mount -t tmpfs space "$1"
cd "$1"
for place in etc var/lib var/log usr/sbin; do
  mkdir -p "upper/$place" "work/$place"
  layers="lowerdir=/$place,upperdir=$1/upper/$place,workdir=$1/work/$place"
  mount -t overlay overlay -o "$layers" "/$place"
done
touch "$2"
exec sleep infinity
"""


def start_lab(folder: Path) -> None:
    """Errors: CannotStart."""
    install_programs()
    environment, images = environment_of_cobbler(), machine_images()
    with free_ports(folder) as plan:
        plan.write()
        plan.logs.mkdir()
        processes = processes_of(folder)
        _make_space(plan, processes)
        (packages,) = environment.glob("lib/python3*/site-packages")
        write_files(plan, _root(processes), packages)
        start_cobblerd(folder)
        python, web = environment / "bin" / "python", str(plan.web_port)
        front = _PARTS / "front.py"
        processes.start("front", [*_inside(processes), python, front, web, plan.www, packages])
        for machine in plan.machines:
            _write_machine(plan, machine)
            processes.start(machine.name, [python, _PARTS / "controller.py", machine.folder])
        processes.await_all(
            {
                "front": lambda: answers(plan.web_port),
                **{one.name: (one.folder / "listens").exists for one in plan.machines},
            },
            timeout_s=_READY_S,
        )
        _make_key(plan, processes)
        furnish(plan, images)


def start_cobblerd(folder: Path) -> None:
    """Start it, also again after it was killed; return when it answers. Errors: CannotStart."""
    plan, processes = plan_in(folder), processes_of(folder)
    program = environment_of_cobbler() / "bin" / "cobblerd"
    settings = ["-F", "-c", "/etc/cobbler/settings.yaml"]
    processes.start("cobblerd", [*_inside(processes), program, *settings])
    processes.await_all({"cobblerd": lambda: answers(plan.api_port)}, timeout_s=_READY_S)


def kill_cobblerd(folder: Path) -> None:
    """End it as a power failure would; return when it is gone."""
    processes, plan = processes_of(folder), plan_in(folder)
    pid = processes.pid("cobblerd")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    eventually(
        lambda: processes.pid("cobblerd") is None and not answers(plan.api_port),
        within_s=_READY_S,
        every_s=0.02,
    )


def stop_lab(folder: Path) -> None:
    """End all processes of the lab, its machines among them, and remove its folder."""
    processes = processes_of(folder)
    controllers = [file.parent.name for file in folder.glob("machines/*/machine.json")]
    for name in controllers:
        if (pid := processes.pid(name)) is not None:
            os.kill(pid, signal.SIGCONT)
    processes.stop((*controllers, "front", "cobblerd"), within_s=10)
    processes.stop_rest(within_s=5)
    shutil.rmtree(folder, ignore_errors=True)


def processes_of(folder: Path) -> Processes:
    return Processes(folder, folder / "log", {})


def root_of(folder: Path) -> Path:
    """Return where the folders are that Cobbler sees, for this process to look into."""
    return _root(processes_of(folder))


def _root(processes: Processes) -> Path:
    return Path(f"/proc/{processes.pid('space')}/root")


def _inside(processes: Processes) -> list[str | Path]:
    """Return what makes a command see Cobbler's folders."""
    return ["nsenter", f"--mount=/proc/{processes.pid('space')}/ns/mnt", "--"]


def _make_space(plan: Plan, processes: Processes) -> None:
    place, ready = plan.folder / "space", plan.folder / "space-ready"
    place.mkdir()
    command = ["unshare", "--mount", "--propagation", "private", "bash", "-c", _SPACE, "bash"]
    processes.start("space", [*command, place, ready])
    processes.await_all({"space": ready.exists}, timeout_s=_READY_S)


def _write_machine(plan: Plan, machine: LabMachine) -> None:
    machine.folder.mkdir(parents=True)
    told = {
        "name": machine.name,
        "mac": machine.mac,
        "port": machine.bmc_port,
        "user": BMC_USER,
        "password": BMC_PASSWORD,
        "tftp": str(plan.tftp),
        "ssh": f"{machine.address}:22",
    }
    (machine.folder / "machine.json").write_text(json.dumps(told))


def _make_key(plan: Plan, processes: Processes) -> None:
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(plan.key)]
    processes.run("ssh-keygen", argv, timeout_s=30)
