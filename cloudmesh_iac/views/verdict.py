"""What do previews say of a pull request in a word, and in a line?"""

from collections.abc import Sequence

from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.views.choices import things_of
from cloudmesh_iac.views.items import counts, counts_text
from cloudmesh_iac.views.plan_markdown import NoPlan, Section

FAILS, DANGER, CHANGES, NOTHING = "cmx: fails", "cmx: danger", "cmx: changes", "cmx: no changes"
LABELS = (FAILS, DANGER, CHANGES, NOTHING)


def plans_of(sections: Sequence[Section]) -> Sequence[Plan]:
    return [section[0] for section in sections if not isinstance(section, NoPlan)]


def has_failed(sections: Sequence[Section]) -> bool:
    return any(isinstance(section, NoPlan) for section in sections)


def label_of(sections: Sequence[Section]) -> str:
    """Return the label of the worst that stands in a comment."""
    if has_failed(sections):
        return FAILS
    plans = plans_of(sections)
    if any(thing.comes_first for plan in plans for thing in things_of(plan.changes)):
        return DANGER
    return CHANGES if any(plan.has_changes for plan in plans) else NOTHING


def status_text(sections: Sequence[Section]) -> str:
    """Return one line, `study: 2 to create; broken: failed`."""
    return "; ".join(map(_words, sections))


def _words(section: Section) -> str:
    if isinstance(section, NoPlan):
        return f"{section.program}: failed"
    plan, _ = section
    return f"{plan.stack}: {counts_text(counts(things_of(plan.changes))) or 'nothing declared'}"
