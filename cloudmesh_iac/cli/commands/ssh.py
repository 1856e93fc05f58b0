"""`cmx ssh`: log in to a machine, or run a command on machines."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.machines import Machine, machine_called, machines_called, machines_of
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.settings.public_keys import own_keys_folder
from cloudmesh_iac.settings.ssh_config import ssh_hosts
from cloudmesh_iac.wire.host_lists import expand

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Identity = Annotated[Path | None, typer.Option("--identity", "-i", help="A private key.")]
_CONNECT_S = 20
_BY_A_SIGNAL = 128  # as a shell says it


@app.command(context_settings={"ignore_unknown_options": True})
def ssh(
    name: Annotated[
        str,
        typer.Argument(
            help="A machine, or a host of ~/.ssh/config; for a command also a list: vm[1-3].",
            autocompletion=completing.ssh_names,
        ),
    ],
    command: Annotated[
        list[str] | None, typer.Argument(metavar="[-- COMMAND]...", help="Else a shell.")
    ] = None,
    *,
    stack: options.Stack = None,
    login: str | None = typer.Option(None, "--login", "-l", help="The user; else by the image."),
    identity: Identity = None,
) -> None:
    """Log in to a machine with OpenSSH; its exit code is ours, of several the largest."""
    desk = Desk()
    names, home = expand([name]), desk.computer.home
    if len(names) != 1 and not command:
        raise UsageProblem(
            f"a shell on {len(names)} machines?", hint=f"say a command: cmx ssh {name} -- uptime"
        )
    machines, hosts = machines_of(desk.store), ssh_hosts(home)
    ways: dict[str, list[str]] = {}
    for one in names:
        if one in hosts and not machines_called(one, machines, stack=stack):
            ways[one] = host_arguments(one, login=login, identity=identity)
            continue
        machine = machine_called(one, machines, stack=stack, others=hosts)
        ways[one] = ssh_arguments(machine, home, login=login, identity=identity)
    codes = []
    for one, arguments in ways.items():
        if len(ways) > 1:
            sys.stdout.write(f"==> {one} <==\n")
            sys.stdout.flush()
        codes.append(_run([*arguments, *(command or ())]))
    raise typer.Exit(max(codes))


def _run(arguments: list[str]) -> int:
    """Errors: CmxError where there is no OpenSSH."""
    try:
        code = subprocess.run(arguments, check=False).returncode
    except FileNotFoundError as error:
        raise CmxError("there is no ssh program here", hint="install OpenSSH's client") from error
    return code if code >= 0 else _BY_A_SIGNAL - code


def host_arguments(host: str, *, login: str | None, identity: Path | None) -> list[str]:
    """Return how OpenSSH is called for a host of its own settings: it knows the rest."""
    said = ["-l", login] if login else []
    return ["ssh", *said, *(["-i", str(identity)] if identity else []), host, "--"]


def ssh_arguments(
    machine: Machine, home: Path, *, login: str | None, identity: Path | None
) -> list[str]:
    """Return how OpenSSH is called.

    The host key is known by the machine's id, not by its address, which the next one may get; an
    unknown one is accepted, a changed one never. Errors: UsageProblem without an address.
    """
    if not machine.address:
        raise UsageProblem(
            f"{machine.name} has no address yet", hint="`cmx up --refresh` looks again"
        )
    own = own_keys_folder(home) / "id_ed25519"
    keys = [identity] if identity is not None else [own] if own.is_file() else []
    known_hosts = home / ".cloudmesh" / "known_hosts"
    values = {
        "HostKeyAlias": machine.text("id") or machine.address,
        "UserKnownHostsFile": str(known_hosts),
        "StrictHostKeyChecking": "accept-new",
        "ConnectTimeout": str(_CONNECT_S),
    }
    said = [word for key, value in values.items() for word in ("-o", f"{key}={value}")]
    said += [word for key in keys for word in ("-i", str(key))]
    user = login or machine.text("login")
    return ["ssh", *said, f"{user}@{machine.address}" if user else machine.address, "--"]
