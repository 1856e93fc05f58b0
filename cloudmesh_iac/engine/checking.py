"""Which inputs is a provider asked to check?"""

from cloudmesh_iac.core.paths import with_ignored
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.engine.asks import CheckAsk, Refusal
from cloudmesh_iac.engine.naming import naming_of
from cloudmesh_iac.engine.situation import Situation
from cloudmesh_iac.engine.unsupported import problems_of


def first_check(registration: Registration, situation: Situation) -> CheckAsk | Refusal:
    """Return what a provider is asked of new inputs, beside the recorded ones if those count."""
    if problems := problems_of(registration):
        return Refusal(problems)
    record, news = situation.record, registration.inputs
    if starts_anew(situation) or situation.is_asked_for:
        record = None  # its inputs went with its object, never were ours, or do not count
    if record is not None:
        news = with_ignored(registration.options.ignore_changes, record.inputs, news)
    current, following = situation.seeds
    seed = current if record is not None else following
    return CheckAsk(
        registration.urn,
        registration.type,
        record.inputs if record is not None else {},
        news,
        seed,
        provider=registration.provider,
        number=situation.number,
        naming=naming_of(situation.naming, registration.urn, seed),
    )


def starts_anew(situation: Situation) -> bool:
    """Its object has made room for another one, or was only read until now."""
    record = situation.record
    # Pulumi does not know a condemned object again under a new name: it is compared as ever
    is_condemned = situation.condemned_by is not None and situation.former_urn is None
    return is_condemned or (record is not None and record.external)


def check_anew(registration: Registration, situation: Situation) -> CheckAsk:
    """Return what it is asked of inputs for another object: nothing of the old one counts."""
    seed = situation.seeds[1]
    return CheckAsk(
        registration.urn,
        registration.type,
        {},
        registration.inputs,
        seed,
        provider=registration.provider,
        number=situation.number,
        naming=naming_of(situation.naming, registration.urn, seed),
    )
