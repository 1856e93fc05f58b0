"""The dynamic provider of choices: what a program left open, as it was settled the first time.

Its path and class name are stored in state: they stay.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from cloudmesh_iac.core.site_names import physical_name
from cloudmesh_iac.providers.dynamic.calls import is_unknown
from cloudmesh_iac.providers.dynamic.keyed_diff import KeyedDiff
from cloudmesh_iac.providers.dynamic.seed import CURRENT_NUMBER

_COMPARED = ("asked", "found", "name")


class ChoiceHandler(ResourceProvider):
    """Keeps what it found for a question as long as the program asks the same.

    `asked` is what the program says itself, by name; `found` what that means now, `origins` where
    each came from. `name` is given, or made of `schema` and a number that is taken once. `doubts`
    are sentences about what a site does not have, by the same keys: they refuse a new decision.
    """

    serialize_as_secret_always = False  # the pickle holds a module path, nothing else

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        asked, found = dict(news.get("asked") or {}), dict(news.get("found") or {})
        origins = dict(news.get("origins") or {})
        old_found, old_origins = _olds.get("found") or {}, _olds.get("origins") or {}
        old_asked = _olds.get("asked") or {}
        settled = {
            key for key in found if key in old_found and old_asked.get(key) == asked.get(key)
        }
        for key in settled:
            found[key] = old_found[key]
            origins[key] = old_origins.get(key, origins.get(key, ""))
        filled = {**news, "asked": asked, "found": found, "origins": origins}
        doubts = dict(filled.pop("doubts", None) or {})
        if not news.get("name"):
            filled |= _named(_olds, str(news["schema"]))
        refused = [CheckFailure(key, doubts[key]) for key in sorted(doubts.keys() - settled)]
        return CheckResult(filled, refused)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return KeyedDiff(tuple(key for key in _COMPARED if _olds.get(key) != _news.get(key)))

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(str(props["name"]), dict(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """A choice is nowhere but here: it is as it was."""
        return ReadResult(id_, dict(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(dict(_news))


def _named(olds: Mapping[str, Any], schema: str) -> dict[str, Any]:
    """Return the name from before, else a new one; other engines than ours give no numbers."""
    old = olds.get("name")
    if isinstance(old, str) and old and not is_unknown(old):
        return {"name": old, **({"number": olds["number"]} if "number" in olds else {})}
    number = CURRENT_NUMBER.get()
    if number is None:
        return {"name": physical_name(schema, secrets.token_hex(2))}
    return {"name": physical_name(schema, str(number)), "number": number}
