"""`cmx ssh`: log in to a machine, or run a command on it."""

import subprocess
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.machines import Machine, machine_called, machines_of
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.settings.public_keys import own_keys_folder

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Identity = Annotated[Path | None, typer.Option("--identity", "-i", help="A private key.")]
_CONNECT_S = 20


@app.command(context_settings={"ignore_unknown_options": True})
def ssh(
    name: Annotated[str, typer.Argument(help="A machine.", autocompletion=completing.machines)],
    command: Annotated[
        list[str] | None, typer.Argument(metavar="[-- COMMAND]...", help="Else a shell.")
    ] = None,
    *,
    stack: options.Stack = None,
    login: str | None = typer.Option(None, "--login", "-l", help="The user; else by the image."),
    identity: Identity = None,
) -> None:
    """Log in to a machine with OpenSSH; its exit code is ours."""
    desk = Desk()
    machine = machine_called(name, machines_of(desk.store), stack=stack)
    arguments = ssh_arguments(machine, desk.computer.home, login=login, identity=identity)
    try:
        done = subprocess.run([*arguments, *(command or ())], check=False)
    except FileNotFoundError as error:
        raise CmxError("there is no ssh program here", hint="install OpenSSH's client") from error
    raise typer.Exit(done.returncode)


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
