"""What is wrong with a registration before any provider is asked?"""

from cloudmesh_iac.core.packages import is_provider_type
from cloudmesh_iac.core.paths import parse_path
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.engine.asks import Problem


def problems_of(registration: Registration) -> tuple[Problem, ...]:
    """Return what makes no sense on it, and option paths that are none."""
    found = _bad_paths(registration)
    if registration.env_var_mappings and not is_provider_type(registration.type):
        found.append("env_var_mappings: only a provider has them")
    return tuple(Problem("", words) for words in found)


def _bad_paths(registration: Registration) -> list[str]:
    options = {
        "ignore_changes": registration.options.ignore_changes,
        "replace_on_changes": registration.options.replace_on_changes,
        "hide_diffs": registration.options.hide_diffs,
    }
    words = []
    for option, paths in options.items():
        for path in paths:
            try:
                parse_path(path)
            except ValueError as error:
                words.append(f"{option}: {error}")
    return words
