"""What went wrong in a run, for people: failed changes, and the failed jobs that a stack holds."""

from collections.abc import Sequence

from cloudmesh_iac.core.outcomes import FailedChange
from cloudmesh_iac.core.packages import is_provider_type, provider_urn
from cloudmesh_iac.core.records import Record, StackId
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn, name_of, type_of
from cloudmesh_iac.core.values import distinct
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.errors import ExperimentError


def failed_in(run: Run) -> tuple[FailedChange, ...]:
    """Return what failed in this run, and the failed jobs that the stack still holds."""
    found = []
    for urn, conclusion in run.conclusions().items():
        if conclusion.end is End.FAILED:
            users = _users_of(urn, run)
            found.append(FailedChange(urn, conclusion.message, conclusion.hint, users=users))
        elif conclusion.end is End.BAD:
            found.append(_bad(conclusion, run.snapshot.stack))
    return tuple(sorted(found, key=_urn_of))


def bad_conclusion(conclusion: Conclusion, record: Record) -> Conclusion:
    """Return the conclusion for a record that stands for a result with a bad end."""
    summary = record.outputs.get("summary")
    return Conclusion(
        conclusion.change,
        End.BAD,
        conclusion.message or (summary if isinstance(summary, str) else "it ended badly"),
        state=record.job_state,
    )


def raise_refusals(run: Run, troubles: Sequence[FailedChange] = ()) -> None:
    """Errors: ExperimentError with every resource that cannot be, one line each.

    `troubles` is what went wrong besides: hooks that failed.
    """
    lines, hints = [], []
    for failed in (*failed_in(run), *troubles):
        if failed.state is not None:
            continue
        hints.append(failed.hint)
        known = run.declaration(failed.sought) or run.record(failed.sought)
        place = f" ({known.source})" if known is not None and known.source else ""
        others = f" (needed by {len(failed.users)} resources)" if len(failed.users) > 1 else ""
        lines.append(f"{name_of(failed.sought)}{place}: {failed.message}{others}")
    if lines:
        hint = "\n".join(distinct(filter(None, hints)))
        raise ExperimentError("\n".join(lines), hint=hint or None)


def _users_of(urn: Urn, run: Run) -> tuple[Urn, ...]:
    """Return who needs a default provider, in the order of the program: nobody declares that."""
    provider = run.declaration(urn)
    if provider is None or provider.source is not None or not is_provider_type(type_of(urn)):
        return ()
    served = [one for one in run.declared().values() if one.provider]
    users = [one for one in served if provider_urn(one.provider) == urn]
    return tuple(one.urn for one in sorted(users, key=_place))


def _place(registration: Registration) -> tuple[str, int, str]:
    source = registration.source
    file, line = ("", 0) if source is None else (source.file, source.line)
    return (file, line, registration.urn)


def _bad(conclusion: Conclusion, stack: StackId) -> FailedChange:
    urn = conclusion.change.urn
    program, _, instance = stack.name.partition(".")
    option = f" --stack {stack}" if instance else ""
    hint = (
        f"`cmx logs {program} {name_of(urn)}{option}` shows what it wrote,"
        f" `cmx rerun {program} --failed{option}` runs it again"
    )
    return FailedChange(urn, conclusion.message, hint, conclusion.state)


def _urn_of(failed: FailedChange) -> str:
    return failed.urn
