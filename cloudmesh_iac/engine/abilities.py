"""What a kind of site can do: small protocols that the rest asks for with isinstance."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol, runtime_checkable

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    Forecast,
    JobRequest,
    JobScript,
    LimitsChanged,
    LiveJob,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.engine.asks import DiffAsk, Difference, FindAsk, Found


@runtime_checkable
class Waits(Protocol):
    """Things that are started now and end later, without a worker that stands by."""

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        """Start many things at once, held where the site can hold them.

        Shape: as many answers as starts, in the same order. A start whose token or whose finished
        result the site already has gives that one's ticket: nothing is started twice.
        """
        ...

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        """Let what was started held go on. Idempotent; tickets of ended things are ignored.

        Errors: SiteUnreachable, SiteRefused.
        """
        ...

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        """Ask for all of them at once. A Failure means that nothing is known now: ask again.

        Errors: none for a site that does not answer; each ticket then has its Failure.
        """
        ...

    def poll_after_s(self, polls: int) -> float:
        """Return how many seconds to wait before poll number `polls` (the first is 0)."""
        ...


@runtime_checkable
class RunsJobs(Waits, Protocol):
    """A scheduler: Waits whose things are jobs with a directory on the site."""

    def cancel(self, tickets: Sequence[Ticket]) -> None:
        """Take them out of the queue or stop them; what has ended stays as it is. Idempotent.

        Returns when the site has taken the order; results that were written stay.
        """
        ...

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        """Return the jobs of one stack that are queued or running, known to our store or not."""
        ...

    def fetch(self, ticket: Ticket, names: Sequence[str], to: Path) -> Sequence[str]:
        """Copy named files of the job's directory; return the names that exist."""
        ...

    def log_path(self, ticket: Ticket) -> Path:
        """Return the file on this computer that the job's output goes to; it may not exist yet."""
        ...


@runtime_checkable
class ShowsScripts(Protocol):
    """A scheduler whose jobs are scripts that a person can read."""

    def script(self, start: Start) -> JobScript:
        """Return what would be submitted. Errors: SiteRefused for what no script can say."""
        ...


@runtime_checkable
class HasDefaults(Protocol):
    """A scheduler that a person has told something for all of their jobs."""

    def defaults(self) -> Mapping[str, str]:
        """Return inputs of a submission (`account`) for jobs that say nothing themselves."""
        ...


@runtime_checkable
class FindsResults(Protocol):
    """A scheduler that finds what was run before."""

    def has_result(self, request: JobRequest) -> bool:
        """Say whether a start of this would find its result and run nothing."""
        ...


@runtime_checkable
class ChangesLimits(Protocol):
    """A scheduler that can change the limits of a job that it has."""

    def change_limits(self, ticket: Ticket, start: Start) -> LimitsChanged:
        """Give a waiting job the limits of a request; one that has begun or ended is left alone.

        Idempotent: it may be repeated after a run that died in the middle.
        Errors: SiteUnreachable; SiteRefused with the site's own sentence, the job as it was.
        """
        ...


@runtime_checkable
class Foresees(Protocol):
    """A scheduler that says beforehand when it would start jobs, and how many it lets in."""

    def forecast(self, starts: Sequence[Start]) -> Forecast:
        """Return what it says now, or said last. Pure guesses; no errors, and asked gently."""
        ...


@runtime_checkable
class LeavesTraces(Protocol):
    """A scheduler that sees in a job's files that it has ended, without asking anybody."""

    def has_ended(self, ticket: Ticket) -> bool: ...


@runtime_checkable
class OrdersJobs(Protocol):
    """A scheduler that starts a job when other jobs of its own have ended, with nobody there."""

    orders_jobs: ClassVar[bool]


@runtime_checkable
class NamesClusters(Protocol):
    """A scheduler that speaks to several clusters, of which a job may name one."""

    names_clusters: ClassVar[bool]


@runtime_checkable
class TriesAgain(Protocol):
    """A scheduler that runs a job once more whose attempt has ended, by the rule of its request.

    Its `poll` answers with a Waiting that is due as long as the rule allows another attempt.
    """

    def try_again(self, tickets: Sequence[Ticket]) -> Failure | None:
        """Start the next attempt of each, in its directory, held where the site can hold it.

        Returns why one of them could not be started now. `confirm` comes after it.

        Idempotent: it may be repeated after a run that died in the middle, and nothing runs twice.
        """
        ...


@runtime_checkable
class KnowsSecrets(Protocol):
    """A site whose plugin gets a secret as a variable of its own process, and nobody else."""

    def plugin_secret(self, variable: str) -> str | None:
        """Return what a variable stands for; None for one that is not of this site.

        Errors: UsageProblem for a secret that cannot be had.
        """
        ...


@runtime_checkable
class Explains(Protocol):
    """A site that can say, before anything starts, why it would not."""

    def problem(self) -> str | None:
        """Return one sentence with the remedy, or None when the site can be used from here."""
        ...


class Search(StrEnum):
    """How an object is looked for whose create has begun and was never seen to end."""

    TOKEN = "token"  # noqa: S105 - a token that only this create has stands at the object
    KEY = "natural key"  # its inputs say which one it is: there cannot be a second one
    EQUAL = "equal and younger"  # it has these inputs, and was made after the create began
    NONE = "not at all"


@runtime_checkable
class FindsLost(Protocol):
    """A provider that can look for what it may have made."""

    def search(self, ask: FindAsk) -> Search | Failure:
        """Say how objects of this type are looked for."""
        ...

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        """Return everything that could be it, also what is recorded already."""
        ...


@runtime_checkable
class FindsByToken(FindsLost, Protocol):
    """A kind that looks for what the plugin of its package may have made: plugins cannot.

    A plugin reads what has an id, and the id is what got lost. So the kind asks the site itself,
    for what carries the token that stands in the inputs of the create: a tag, or a name that the
    engine has given. What a person has named is looked for among what is equal and younger.

    The entry point `cloudmesh_iac.finders` names it: the package (`openstack`), then a class that
    is called with the computer. It is asked after plugin and provider resource are there, from
    several threads, with the configuration that the plugin has in `ask.configuration`.
    """

    @property
    def searches(self) -> Mapping[ResourceType, Search]:
        """Say how each type is looked for at best, on the class already; others nobody looks for.

        The table in `docs/recovery.md` is made from it.
        """
        ...


@runtime_checkable
class HasFinders(Protocol):
    """Providers some of which cannot look for what they made, and others do it for them."""

    def finder(self, ask: FindAsk) -> FindsLost | None:
        """Return who looks for it; None where nobody can."""
        ...


class Advises(Protocol):
    """A kind that knows more about the package of its plugin than the plugin says.

    The entry point `cloudmesh_iac.advisers` names it: the package (`openstack`), then a class that
    is called without arguments. Pure: it asks nobody.
    """

    def losses(self, ask: DiffAsk, difference: Difference) -> Sequence[str]:
        """Return sentences without a full stop, each saying what a change costs for good."""
        ...

    def interrupts(self, ask: DiffAsk, difference: Difference) -> bool:
        """Say whether an update takes the object away from its users for a while."""
        ...

    def remedy(self, message: str) -> str:
        """Return what a person can do about an error of the plugin; empty where nobody knows."""
        ...
