"""`cmx default`: show and set what holds where a program does not say."""

from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.changing_defaults import SITE, checked_key, settle_default
from cloudmesh_iac.settings.defaults import Settled
from cloudmesh_iac.settings.load import SETTINGS_FILE, Settings, load_settings
from cloudmesh_iac.settings.project import find_project
from cloudmesh_iac.views.sites_text import defaults_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Site = Annotated[
    str | None,
    typer.Option("--site", "--cloud", help="Of this site.", autocompletion=completing.sites),
]


@app.command()
def default(
    said: Annotated[
        str | None,
        typer.Argument(metavar="[KEY[=VALUE]]", help="A default; with `KEY=` it is taken out."),
    ] = None,
    *,
    site: Site = None,
    project: bool = typer.Option(False, "--project", help="In the project's file, not in yours."),
    json: options.Json = False,
) -> None:
    """Show the defaults and who has settled them; print one; set one: `cmx default image=rocky-9`.

    What is said of a site counts more than what is said of all, the project's file more than yours.
    """
    desk = Desk(is_json=json)
    settings = load_settings(desk.computer, desk.here)
    if site is not None:
        settings.site(site)
    key, is_set, value = (said or "").partition("=")
    if said is not None:
        checked_key(key)
    if is_set:
        _set(desk, settings, key, value=value, site=site, in_project=project)
        return
    known = _known(settings, site or str(settings.default_site))
    shown = known if said is None else {k: v for k, v in known.items() if k == key}
    if json:
        rows = {k: {"value": one.value, "origin": one.origin} for k, one in shown.items()}
        desk.answer({"version": 1, "defaults": rows})
    elif said is None:
        desk.say(defaults_text(shown))
    elif key in shown:
        desk.say(str(shown[key].value))
    else:
        raise UsageProblem(f"nobody has settled {key}", hint=f"cmx default {key}=VALUE")


def _known(settings: Settings, site: str) -> dict[str, Settled]:
    return {
        SITE: Settled(str(settings.default_site), "the default site"),
        **settings.defaults.all_of(site),
    }


def _set(
    desk: Desk, settings: Settings, key: str, *, value: str, site: str | None, in_project: bool
) -> None:
    if key == SITE and site is not None:
        raise UsageProblem("the default site is no matter of a site", hint="leave --site out")
    if key == SITE and value:
        settings.site(value)
    file = _file(desk, in_project=in_project)
    settle_default(file, key, value.strip(), site=site)
    where = f" of {site}" if site is not None else ""
    if desk.is_json:
        desk.answer({"version": 1, "key": key, "value": value or None, "file": str(file)})
    else:
        desk.say(f"{'set' if value else 'took out'} {key}{where} in {file}")


def _file(desk: Desk, *, in_project: bool) -> Path:
    if not in_project:
        return desk.computer.home / ".cloudmesh" / SETTINGS_FILE
    found = find_project(desk.here)
    if found is None:
        raise UsageProblem("this folder is no project", hint="leave --project out, or `cmx init`")
    return found.folder / SETTINGS_FILE
