"""What can stand where the cursor is? A broken project, site file or state completes to nothing."""

from collections.abc import Iterable
from pathlib import Path

from cloudmesh_iac.cli.asking import find_place
from cloudmesh_iac.cli.machines import machines_of
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.settings.computer import Computer, this_computer
from cloudmesh_iac.settings.load import load_settings
from cloudmesh_iac.settings.pools import open_pool
from cloudmesh_iac.settings.project import find_project, programs_of
from cloudmesh_iac.settings.ssh_config import ssh_hosts
from cloudmesh_iac.store.keys import Keys


def programs(incomplete: str) -> list[str]:
    """Complete the names of the project's programs."""
    try:
        project = find_project(Path.cwd())
    except CmxError:
        return []
    found = () if project is None else programs_of(project)
    return _beginning((one.name for one in found), incomplete)


def stacks(incomplete: str) -> list[str]:
    """Complete the names of the project's stacks."""
    computer = this_computer()
    try:
        project = find_project(computer.works_in())
        found = open_store(computer, Keys(computer, None)).stacks(project.name if project else None)
    except CmxError:
        return []
    return _beginning((one.stack.name for one in found), incomplete)


def sites(incomplete: str) -> list[str]:
    """Complete the names of the sites that are configured here."""
    computer = this_computer()
    try:
        found = load_settings(computer, computer.works_in()).sites
    except CmxError:
        return []
    return _beginning(map(str, found), incomplete)


def recorded_names(incomplete: str) -> list[str]:
    """Complete the names of what is recorded for the program on the command line."""
    return _beginning((name_of(one.urn) for one in _records() if one.custom), incomplete)


def machines(incomplete: str) -> list[str]:
    """Complete the names of machines, of all stacks."""
    computer = this_computer()
    try:
        found = machines_of(open_store(computer, Keys(computer, None)))
    except CmxError:
        return []
    return _beginning((one.name for one in found), incomplete)


def ssh_names(incomplete: str) -> list[str]:
    """Complete the names of machines, and of hosts in ~/.ssh/config."""
    hosts = ssh_hosts(this_computer().home)
    return _beginning((*machines(incomplete), *hosts), incomplete)


def pool_machines(incomplete: str) -> list[str]:
    """Complete the names of physical machines, of all sites that are configured here."""
    computer = this_computer()
    try:
        pool = open_pool(computer)
        sites_here = load_settings(computer, computer.works_in()).sites
        found = [one.name for site in sites_here for one in pool.machines(site)]
    except CmxError:
        return []
    return _beginning(found, incomplete)


def leases(incomplete: str) -> list[str]:
    """Complete the ids of leases."""
    try:
        found = [one.id for one in open_pool(this_computer()).leases()]
    except CmxError:
        return []
    return _beginning(found, incomplete)


def reservations(incomplete: str) -> list[str]:
    """Complete the ids of reservations."""
    try:
        found = [one.id for one in open_pool(this_computer()).reservations()]
    except CmxError:
        return []
    return _beginning(found, incomplete)


def programs_and_jobs(incomplete: str) -> list[str]:
    """Complete a program, or a job of the program that stands there already."""
    jobs = {name_of(one.urn) for one in _records() if one.job_state is not None}
    said = _said(this_computer())
    known = () if said and said[0] != incomplete else programs("")
    return _beginning((*known, *jobs), incomplete)


def _records() -> tuple[Record, ...]:
    computer = this_computer()
    said = _said(computer)
    program = said[0] if said and not said[0].startswith("-") else None
    try:
        place = find_place(program, None, computer.works_in())
        return open_store(computer, Keys(computer, None)).snapshot(place.stack).records
    except CmxError:
        return ()


def _said(computer: Computer) -> list[str]:
    """Return the words of the line behind the command, the one under the cursor too."""
    line = computer.environment.get("_TYPER_COMPLETE_ARGS", "")
    return (line or computer.environment.get("COMP_WORDS", "")).split()[2:]


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted({name for name in names if name.startswith(incomplete)})
