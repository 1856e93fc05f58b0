"""Physical machines for a while."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from cloudmesh_iac.components.experiment import current_experiment
from cloudmesh_iac.components.job import below_experiment
from cloudmesh_iac.components.lease import Lease
from cloudmesh_iac.components.metal_site import declare_metal, find_metal_site
from cloudmesh_iac.components.naming import about
from cloudmesh_iac.components.placing import On
from cloudmesh_iac.components.quantities import parse_memory
from cloudmesh_iac.errors import CmxError, ExperimentError
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.options import absolute
from cloudmesh_iac.settings.public_keys import is_public_key, read_public_key
from cloudmesh_iac.settings.sites import Site
from cloudmesh_iac.wire.host_lists import expand

Texts = Sequence[str] | str


class BareMetal(pulumi.ComponentResource):
    """Machines of a site that are leased, installed and switched on; at the end they go back.

    How many of a kind (`machines`, with `cpus`, `memory` (`64 GiB`), `tags`), or these (`names`, a
    list or a host list like `i[01-03]`). `profile` is what is put on them, the site's first one
    where nothing is said, `ssh_keys` who may log in (texts of public keys or files with them; the
    person's own key where nothing is said), `user_data` what their
    first start gets. `role` is what they are set up to be, `service` what runs there. Machines of
    one BareMetal are all alike. Another `profile`, other keys or `user_data` install them anew,
    where they are; another `lease` ends it later or sooner.

    Outputs, known when every machine has said itself that it is installed: `hostnames` and
    `addresses` in one order, `roles` (which hosts have a role), `lease_ends_at`.
    Errors: ExperimentError with everything that is wrong at once.
    """

    hostnames: pulumi.Output[list[str]]
    addresses: pulumi.Output[list[str]]
    roles: pulumi.Output[dict[str, list[str]]]
    lease_ends_at: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        on: On = None,
        machines: int | None = None,
        names: Texts | None = None,
        cpus: int | None = None,
        memory: str | int | None = None,
        tags: Sequence[str] = (),
        profile: str | pulumi.Output[str] | None = None,
        role: str = "",
        service: str = "",
        lease: Lease | None = None,
        user_data: str | pulumi.Output[str] | None = None,
        ssh_keys: Texts | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cmx:index:BareMetal", name, {}, below_experiment(opts))
        with about(f"bare metal {name!r}"):
            site = find_metal_site(on)
            needs = _needs(machines, names, cpus=cpus, memory=memory, tags=tags)
            keys = _keys(ssh_keys, site)
            term = _term(lease)
            experiment = current_experiment()
            allocation = {
                "site": str(site.name),
                **needs,
                "hours": term.hours,
                "role": role,
                "service": service,
                "project": experiment.project or pulumi.get_project(),
                "stack": pulumi.get_stack(),
                # Without its resource: what is inside of a component cannot depend on all of it.
                "urn": _alone(self.urn),
            }
            kept = {key: value for key, value in needs.items() if key != "count"}
            installation = {
                "site": str(site.name),
                **kept,
                "profile": profile,
                "ssh_keys": keys,
                "user_data": user_data,
            }
            declared = declare_metal(
                name,
                site=site,
                allocation=_said(allocation),
                installation=_said(installation),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.allocation = declared.allocation
        self.installation = declared.installation
        self.hostnames = declared.installation.hostnames
        self.addresses = declared.installation.addresses
        self.roles = declared.installation.roles
        self.lease_ends_at = declared.allocation.ends_at
        self.register_outputs(
            {
                "site": str(site.name),
                "machines": declared.installation.machines,
                "hostnames": self.hostnames,
                "addresses": self.addresses,
                "lease": declared.allocation.lease,
            }
        )


def _term(lease: object) -> Lease:
    """Errors: ExperimentError for what is no Lease: `4h` is said as `Lease(hours=4)`."""
    if lease is None:
        return Lease()
    if not isinstance(lease, Lease):
        raise ExperimentError(f"lease={lease!r} is no Lease", hint="say lease=cmx.Lease(hours=24)")
    return lease


def _alone(urn: pulumi.Output[str]) -> Any:
    return pulumi.Output.from_input(urn.future())


def _needs(
    machines: int | None,
    names: Texts | None,
    *,
    cpus: int | None,
    memory: str | int | None,
    tags: Sequence[str],
) -> dict[str, Any]:
    """Return which machines will do. Errors: ExperimentError with every problem at once."""
    problems: list[str] = []
    said: dict[str, Any] = {}
    is_kind = machines is not None or cpus is not None or memory is not None or bool(tags)
    if names is not None and is_kind:
        problems.append("names= says which machines: leave out machines=, cpus=, memory=, tags=")
    if names is not None:
        said["names"] = _expanded(names, problems)
    else:
        said["count"] = 1 if machines is None else machines
    if not _is_count(said.get("count", 1)):
        problems.append(f"machines={machines!r} is no number of machines")
    if cpus is not None and not _is_count(cpus):
        problems.append(f"cpus={cpus!r} is no number of processors")
    if isinstance(tags, str):
        problems.append(f"tags is a text, not a list: say [{tags!r}]")
    try:
        said["memory_mb"] = None if memory is None else parse_memory(memory)
    except ValueError as error:
        problems.append(f"memory: {error}")
    if problems:
        raise ExperimentError("; ".join(problems))
    return {**said, "cpus": cpus, "tags": sorted(tags) or None}


def _is_count(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


def _expanded(names: Texts, problems: list[str]) -> list[str]:
    try:
        found = list(expand([names] if isinstance(names, str) else names))
    except CmxError as error:
        problems.append(f"names: {error.in_one_line}")
        return []
    if not found:
        problems.append("names is empty")
    return found


def _keys(keys: Texts | None, site: Site) -> list[str] | None:
    """Return public keys by their text, which a file may hold.

    Errors: ExperimentError for all that are none.
    """
    if keys is None:
        return None
    texts, wrong = [], []
    for said in [keys] if isinstance(keys, str) else keys:
        try:
            texts.append(said if is_public_key(said) else _read_key(said, site))
        except ValueError as error:
            wrong.append(str(error))
    if wrong:
        raise ExperimentError(
            f"ssh_keys: {'; '.join(wrong)}",
            hint="say the text of a public key, or the name of its file",
        )
    return texts


def _read_key(name: str, site: Site) -> str:
    """Errors: ValueError for a file that is not there, or holds no public key."""
    return read_public_key(absolute(Path(name), site, this_computer()))


def _said(props: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in props.items() if value is not None and value != ""}
