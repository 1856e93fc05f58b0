"""What is wrong with the state, and what can be done about it?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it has to be. `subject` is a urn, a stack or a file."""

    what: str
    subject: str
    remedy: str
