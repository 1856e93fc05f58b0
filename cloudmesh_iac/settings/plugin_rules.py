"""What do the settings files say about plugins, all of them together?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.files import PluginEntry

_URLS = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class PluginRules:
    """More folders to look into, mirrors (folders or URLs) to fetch from, programs by name."""

    folders: tuple[Path, ...] = ()
    mirrors: tuple[str, ...] = ()
    paths: Mapping[str, Path] = field(default_factory=dict)
    may_download: bool = True
    on_login_node: bool = False


NO_RULES = PluginRules()


def merged_rules(entries: Sequence[tuple[Path, PluginEntry]], *, home: Path) -> PluginRules:
    """Put the entries of files together: the administrator's first, the one that says most last.

    Its folders and mirrors come first, downloads are off where any of them says so.
    Errors: UsageProblem for what only the administrator may say.
    """
    for file, entry in entries[1:]:
        if entry.on_login_node:
            raise UsageProblem(
                f"{file}: plugins.on_login_node: only the administrator of a computer can say that",
                hint=f"it belongs into {entries[0][0]}",
            )
    folders, mirrors, paths = [], [], {}
    for file, entry in reversed(entries):
        if entry.folder is not None:
            folders.append(_at(entry.folder, file, home))
        if entry.mirror is not None:
            is_url = entry.mirror.startswith(_URLS)
            mirrors.append(entry.mirror if is_url else str(_at(entry.mirror, file, home)))
        paths.update({k: _at(v, file, home) for k, v in entry.paths.items() if k not in paths})
    downloads = all(entry.download for _, entry in entries)
    allowed = entries[0][1].on_login_node
    return PluginRules(tuple(folders), tuple(mirrors), paths, downloads, allowed)


def _at(path: str, file: Path, home: Path) -> Path:
    """Return a path that is relative to its settings file; `~` is this person's home."""
    if path == "~" or path.startswith("~/"):
        return home / path[2:]
    return file.parent / path
