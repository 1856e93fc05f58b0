"""A plan in a file: what was shown, what was asked for, and what it was made from."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.errors import PlanBroken, UsageProblem

FORMAT = "cmx-plan"
VERSION = 1
_HIDDEN = "secret"
_NOT_TOLD = "may_have_changed"
_GUESSED = "expected_start"


class SavedSelection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    target_dependents: bool = False
    exclude_dependents: bool = False

    def to_selection(self) -> Selection:
        return Selection(**self.model_dump())


class SavedSecret(BaseModel):
    """Digests of a secret setting: of its encrypted text, and of what is in it, if that was known.

    A value that is set again is encrypted to another text.
    """

    model_config = ConfigDict(extra="forbid")

    text: str
    hmac: str = ""

    def is_that(self, other: "SavedSecret") -> bool:
        return self.text == other.text or bool(self.hmac and self.hmac == other.hmac)


class SavedPlan(BaseModel):
    """`plan` is the plan's JSON; a secret is a digest in it, or only said to be one.

    `seed_key` makes names and tokens come out the same again for a stack that is not there yet; it
    is no secret. `settings` and `lock` are digests of the settings, sites and input files, and of
    the lock file of plugins; `secret_settings` are by their names.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal["cmx-plan"] = "cmx-plan"
    version: Literal[1] = 1
    on: str | None = None
    options: dict[str, str] = {}
    refresh: bool = False
    selection: SavedSelection = SavedSelection()
    seed_key: str = ""
    settings: str = ""
    secret_settings: dict[str, SavedSecret] = {}
    lock: str = ""
    digest: str = ""
    plan: dict[str, Any]

    @property
    def stack(self) -> str:
        return str(self.plan["stack"])

    @property
    def program(self) -> str:
        return str(self.plan["program"])


def to_text(saved: SavedPlan) -> str:
    """Return what is written to a file; the same plan gives the same bytes."""
    whole = saved.model_copy(update={"digest": digest_of(saved)})
    return json.dumps(whole.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def digest_of(saved: SavedPlan) -> str:
    """Return the SHA-256 of all the rest, in hex."""
    rest = saved.model_dump(mode="json", exclude={"digest"})
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_saved_plan(path: Path) -> SavedPlan:
    """Errors: UsageProblem for what is no plan; PlanBroken for one that was edited."""
    try:
        saved = SavedPlan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageProblem(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageProblem(
            f"{path} is no saved plan of this version: {place or 'it'}: {first['msg']}",
            hint="`cmx preview --save FILE` writes one",
        ) from error
    if saved.digest != digest_of(saved):
        raise PlanBroken(
            f"{path} is not as it was saved: its digest does not fit",
            hint="make it again: `cmx preview --save FILE`",
        )
    return saved


def moved(saved: SavedPlan, now: SavedPlan) -> tuple[str, ...]:
    """Return in words what is not as it was when the plan was saved; nothing if it still holds."""
    return (*_ground_moved(saved, now), *_changes_moved(saved.plan, now.plan))


def _ground_moved(saved: SavedPlan, now: SavedPlan) -> Iterator[str]:
    old, new = saved.plan, now.plan
    if old.get("base_serial") != new.get("base_serial"):
        yield f"the stack has changed: serial {old.get('base_serial')} is {new.get('base_serial')}"
    if old.get("program_digest") != new.get("program_digest"):
        yield "the program has changed"
    if saved.lock != now.lock:
        yield "cmx.lock has changed"
    before, after = _by(old, "parameters", "name"), _by(new, "parameters", "name")
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"the parameter {name} has changed"
    if saved.settings != now.settings:
        yield "a setting, a site or an input file has changed"
    secrets, now_secret = saved.secret_settings, now.secret_settings
    for name in sorted({*secrets, *now_secret}):
        one, other = secrets.get(name), now_secret.get(name)
        if one is None or other is None or not one.is_that(other):
            yield f"the secret setting {name} has changed"


def _changes_moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    before, after = _by(old, "changes", "urn"), _by(new, "changes", "urn")
    for urn in [*before, *(urn for urn in after if urn not in before)]:
        if not is_same(_settled(before.get(urn)), _settled(after.get(urn))):
            yield f"{_action(before.get(urn))} is {_action(after.get(urn))} now: {urn}"
    rest = {"changes", "parameters", "base_serial", "program_digest", "summary", "no_room"}
    for key in sorted({*old, *new} - rest):
        if not is_same(old.get(key), new.get(key)):
            yield f"{key} of the plan has changed"


def _settled(change: Any) -> Any:
    """Leave out what a site guesses anew at each look."""
    return change and {key: value for key, value in change.items() if key != _GUESSED}


def is_same(old: Any, new: Any) -> bool:
    """Compare two JSON values; a secret of which nothing is told may be any secret."""
    if isinstance(old, dict) and isinstance(new, dict):
        if _HIDDEN in old and _HIDDEN in new and (_NOT_TOLD in old or _NOT_TOLD in new):
            return True
        return old.keys() == new.keys() and all(is_same(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(is_same, old, new))
    return bool(old == new) and type(old) is type(new)


def _by(plan: Mapping[str, Any], part: str, key: str) -> dict[str, Any]:
    return {str(one[key]): one for one in plan.get(part, [])}


def _action(change: Any) -> str:
    return "nothing" if change is None else str(change["action"])
