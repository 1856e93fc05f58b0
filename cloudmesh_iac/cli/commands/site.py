"""`cmx site`: which sites are there, what do they offer, and can they be used?"""

from collections.abc import Sequence
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.approving import finish
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.nodes import Allowance
from cloudmesh_iac.engine.abilities import Explains, RunsJobs
from cloudmesh_iac.engine.node_abilities import MakesNodes, Quotes
from cloudmesh_iac.errors import CmxError, ExitCode
from cloudmesh_iac.settings.load import OpenSites, Settings, load_settings
from cloudmesh_iac.settings.sites import Site
from cloudmesh_iac.views.sites_text import (
    Checked,
    SiteRow,
    checks_text,
    offers_dict,
    offers_text,
    sites_text,
)

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SITE]...", help="These; else all.", autocompletion=completing.sites),
]


@app.command("ls")
def ls(json: options.Json = False) -> None:
    """List the sites, what they can do, and which file describes them."""
    desk = Desk(is_json=json)
    settings = load_settings(desk.computer, desk.here)
    sites = OpenSites(settings, desk.computer)
    rows = [_row(settings, sites, site) for site in _sorted(settings, None)]
    if json:
        desk.answer({"version": 1, "sites": [one.to_plain() for one in rows]})
    else:
        desk.say(sites_text(rows))


@app.command("info")
def info(
    name: Annotated[str, typer.Argument(help="A site.", autocompletion=completing.sites)],
    json: options.Json = False,
) -> None:
    """Show a site: its defaults, its quota and what is used, the images and sizes it offers."""
    desk = Desk(is_json=json)
    settings = load_settings(desk.computer, desk.here)
    site = settings.site(name)
    sites = OpenSites(settings, desk.computer)
    row = _row(settings, sites, site)
    provider = sites.provider(name)
    nodes = provider if isinstance(provider, MakesNodes) else None
    flavors, images = (nodes.flavors(), nodes.images()) if nodes is not None else ((), ())
    allowances = _allowances(desk, provider)
    defaults = settings.defaults.all_of(name)
    if json:
        told = offers_dict(row, defaults, (flavors, images), allowances=allowances)
        desk.answer({"version": 1, **told})
    else:
        desk.say(offers_text(row, defaults, (flavors, images), allowances=allowances))


def _allowances(desk: Desk, provider: object) -> Sequence[Allowance]:
    """What a site offers is known for a while; what is used there only it can say."""
    if not isinstance(provider, Quotes):
        return ()
    try:
        return provider.allowances()
    except CmxError as error:
        words = f"quota: {error.in_one_line}"
        desk.err.print(words, soft_wrap=True, markup=False)
        return ()


@app.command("check")
def check(names: Names = None, *, json: options.Json = False) -> None:
    """Try each account, and say what mends those that do not work. Exit code 1 if one does not."""
    desk = Desk(is_json=json)
    settings = load_settings(desk.computer, desk.here)
    sites = OpenSites(settings, desk.computer)
    checked = [_checked(sites, site) for site in _sorted(settings, names)]
    if json:
        rows = [{"site": one.site, "problem": one.problem or None} for one in checked]
        desk.answer({"version": 1, "sites": rows})
    else:
        desk.say(checks_text(checked, marks=desk.marks))
    finish(ExitCode.FAILED if any(one.problem for one in checked) else ExitCode.DONE)


def _sorted(settings: Settings, names: Sequence[str] | None) -> list[Site]:
    if names:
        return [settings.site(name) for name in names]
    return sorted(settings.sites.values(), key=lambda one: one.name)


def _row(settings: Settings, sites: OpenSites, site: Site) -> SiteRow:
    is_default = site.name == settings.default_site
    try:
        provider = sites.provider(site.name)
    except CmxError as error:
        return SiteRow(str(site.name), site.kind, site.origin, is_default, problem=error.message)
    jobs = ("jobs",) if isinstance(provider, RunsJobs) else ()
    nodes = ("machines",) if isinstance(provider, MakesNodes) else ()
    return SiteRow(str(site.name), site.kind, site.origin, is_default, (*jobs, *nodes))


def _checked(sites: OpenSites, site: Site) -> Checked:
    try:
        provider = sites.provider(site.name)
        problem = provider.problem() if isinstance(provider, Explains) else None
    except CmxError as error:
        problem = error.in_one_line
    return Checked(str(site.name), problem or "")
