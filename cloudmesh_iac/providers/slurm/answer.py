"""What has a command of Slurm answered: is it one, a refusal, or none at all?"""

import re
from dataclasses import dataclass

from cloudmesh_iac.errors import CmxError, SiteRefused, SiteUnreachable

_NO_ANSWER = re.compile(
    r"unable to contact slurm controller|unable to establish|could not establish a configuration"
    r"|cannot stat file|unable to process configuration|socket timed out|connection refused"
    r"|zero bytes were transmitted|not connected|standby mode|authentication error"
    r"|sending or receiving message|persistent connection|connect failure",
    re.IGNORECASE,
)
_NO_CLUSTER = "invalid entry for --cluster"  # it may also be down
_UNKNOWN_CLUSTER = "known by database"
_NO_REASON = "Unspecified error"
_NOT_OF_THE_HOLD = re.compile(r"batch job submission failed: (?!unspecified error)", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:\w+: )?(?:error: |fatal: |\w+ error: )?")  # `squeue: error: `


@dataclass(frozen=True, slots=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """Return what was said on stderr in one line, without the names of commands."""
        lines = [_PREFIX.sub("", line.strip()) for line in self.err.splitlines()]
        # What a site's own rules say comes first; then Slurm adds that it knows no reason.
        said = [line for line in lines if line and _NO_REASON not in line]
        words = said or [line for line in lines if line]
        return "; ".join(words) or f"no reason given (exit {self.code})"

    def or_error(self, subject: str, *, cluster: str | None = None) -> "Answer":
        """Return the answer, if it is one; `cluster` was asked by this name.

        Errors: SiteUnreachable, SiteRefused.
        """
        if self.code == 0:
            return self
        if cluster is not None and _NO_CLUSTER in self.err:
            raise (SiteRefused if _UNKNOWN_CLUSTER in self.err else SiteUnreachable)(
                f"site {subject} cannot ask cluster {cluster!r}: {self.sentence}",
                subject=subject,
                hint="name one that `sacctmgr show clusters` lists, or take `cluster` away",
            )
        kind: type[CmxError] = SiteUnreachable if _NO_ANSWER.search(self.err) else SiteRefused
        raise kind(self.sentence, subject=subject)


def may_mean_hold(refusal: SiteRefused) -> bool:
    """Say whether a held job may have been refused because it is held.

    Slurm itself takes held jobs, and names its reason; only a site's own rules refuse them, in
    words of their own.
    """
    return not _NOT_OF_THE_HOLD.search(refusal.message)
