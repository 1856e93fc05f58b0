"""Check what a site's entry says against the model of its kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site

Model = TypeVar("Model", bound=BaseModel)


def read_options(model: type[Model], site: Site, given: Mapping[str, object]) -> Model:
    """Errors: UsageProblem that names the site, its file, and every wrong key at once."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        problems = [
            ": ".join((".".join(map(str, each["loc"])), each["msg"])).removeprefix(": ")
            for each in error.errors()
        ]
        raise UsageProblem(
            f"site {site.name} has wrong settings: {'; '.join(problems)}",
            subject=site.name,
            place=site.origin,
            hint=f"the keys of a {site.kind} site are {', '.join(model.model_fields)}",
        ) from error


def absolute(path: Path, site: Site, computer: Computer) -> Path:
    """Return a path as the settings mean it: `~` is the person's home, else from the project."""
    if path.parts[:1] == ("~",):
        return computer.home.joinpath(*path.parts[1:])
    return site.project_dir / path
