"""Which command carries a plan out that is shown somewhere else?"""

import shlex
from collections.abc import Iterator
from pathlib import Path

from cloudmesh_iac.cli.approved import SITE
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.views.plan_json import plan_digest
from cloudmesh_iac.views.plan_markdown import Foot
from cloudmesh_iac.views.values_json import Hide


def foot_of(plan: Plan, hide: Hide, saved: Path | None = None) -> Foot:
    """Name what carries out exactly this plan, else what makes one like it and asks again."""
    digest = plan_digest(plan, hide)
    if saved is not None:
        return Foot(digest, shlex.join(["cmx", "up", "--plan", str(saved)]), is_exact=True)
    return Foot(digest, shlex.join(["cmx", "up", *_words(plan)]))


def _words(plan: Plan) -> Iterator[str]:
    program, _, instance = plan.stack.name.partition(".")
    yield program
    if instance:
        yield from ("--stack", instance)
    for one in plan.parameters:
        if one.name == SITE:
            yield from (SITE, one.value)
        elif one.origin == "option":
            yield from (f"--{one.name}", one.value)
    yield from _chosen(plan.selection)


def _chosen(selection: Selection) -> Iterator[str]:
    for option, words in (
        ("--target", selection.targets),
        ("--exclude", selection.excludes),
        ("--replace", selection.replaces),
    ):
        for word in words:
            yield from (option, word)
    if selection.target_dependents:
        yield "--target-dependents"
    if selection.exclude_dependents:
        yield "--exclude-dependents"
