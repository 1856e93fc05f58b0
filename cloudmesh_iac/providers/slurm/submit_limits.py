"""How many jobs may a person have on a cluster at a time, and which limit says so?

Limits stand at each account of a person and at the accounts above it, and at each quality of
service: for a person, for an account, and for all together.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_QUIET = ("--noheader", "--parsable2")
_OF_ACCOUNTS = ("cluster", "account", "user", "parentname", "maxsubmitjobs", "grpsubmitjobs")
_OF_QUALITIES = ("maxsubmitjobsperuser", "maxsubmitjobsperaccount", "grpsubmitjobs")
QUALITIES = (*_QUIET, "show", "qos", f"format={','.join(('name', *_OF_QUALITIES))}")
_NAMES = ("MaxSubmitJobsPerUser", "MaxSubmitJobsPerAccount", "GrpSubmitJobs")
_MOST_ABOVE = 100  # accounts; a tree that is deeper has a ring in it


def associations(user: str, cluster: str | None) -> list[str]:
    """Return how sacctmgr is asked for a person's accounts, and for all accounts themselves.

    The second, empty user stands for these: those above a person's are among them.
    """
    fields = f"format={','.join((*_OF_ACCOUNTS, 'defaultqos'))}"
    ours = [] if cluster is None else [f"cluster={cluster}"]
    return [*_QUIET, "show", "associations", fields, f"user={user}", "user=", *ours]


@dataclass(frozen=True, slots=True)
class Limit:
    """So many jobs at a time; `name` is what the site calls it."""

    most: int
    name: str


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """A person in an account: the limits there and above, and the quality of service by default."""

    name: str
    limits: tuple[Limit, ...] = ()
    quality: str = ""


@dataclass(frozen=True, slots=True)
class SubmitLimits:
    """All that is known of one person; empty where nobody may ask."""

    accounts: tuple[OwnAccount, ...] = ()
    qualities: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)

    def tightest(self, accounts: frozenset[str], qualities: frozenset[str]) -> Limit | None:
        """Return the smallest limit for jobs of these; None where nothing limits them.

        "" is a job that names none: it may be in each account of the person, and has the quality of
        service of its account.
        """
        own = [one for one in self.accounts if "" in accounts or one.name in accounts]
        named = (qualities - {""}) | ({one.quality for one in own} if "" in qualities else set())
        found = [limit for one in own for limit in one.limits]
        found += [limit for name in sorted(named) for limit in self.qualities.get(name, ())]
        return min(found, key=lambda limit: limit.most, default=None)


def parse_submit_limits(associations: str, qualities: str) -> SubmitLimits:
    """Read what sacctmgr says of both; lines that cannot be understood are passed over."""
    rows = [line.split("|") for line in associations.splitlines()]
    lines = [_Line(*row) for row in rows if len(row) == len(_OF_ACCOUNTS) + 1]
    above = {(line.cluster, line.account): line for line in lines if not line.user}
    named = [line.split("|") for line in qualities.splitlines()]
    return SubmitLimits(
        tuple(
            OwnAccount(line.account, tuple(_limits(line, above)), line.quality)
            for line in lines
            if line.user
        ),
        {name: tuple(_of_quality(name, counts)) for name, *counts in named if name},
    )


@dataclass(frozen=True, slots=True)
class _Line:
    cluster: str
    account: str
    user: str
    parent: str
    most: str
    group: str
    quality: str


def _limits(own: _Line, above: Mapping[tuple[str, str], _Line]) -> Iterator[Limit]:
    """What each person may have at most is inherited by Slurm; what a group may have is not."""
    yield from _limit("MaxSubmitJobs", own.most, f"account {own.account}")
    yield from _limit("GrpSubmitJobs", own.group, f"{own.user} in account {own.account}")
    line = above.get((own.cluster, own.account))
    for _ in range(_MOST_ABOVE):
        if line is None:
            return
        yield from _limit("GrpSubmitJobs", line.group, f"account {line.account}")
        line = above.get((own.cluster, line.parent))


def _of_quality(name: str, counts: Sequence[str]) -> Iterator[Limit]:
    for kind, count in zip(_NAMES, counts, strict=False):
        yield from _limit(kind, count, f"QOS {name}")


def _limit(kind: str, count: str, where: str) -> Iterator[Limit]:
    if count.isdigit():
        yield Limit(int(count), f"{kind}={count} of {where}")
