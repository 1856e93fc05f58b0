"""What can go wrong, and which exit code is it?

CmxError                 exit 1
├── UsageProblem         exit 64: a wrong option, program, site, parameter or settings file
├── ExperimentError      exit 1: the program declares something that cannot be
├── ProgramFailed        exit 1: the program itself ended with an error; carries its traceback
├── SiteUnreachable      exit 1: no answer; nothing is known about what happened there
├── SiteRefused          exit 1: the site said no, in its own words; nothing changed there
├── NotSupportedYet      exit 1: a part of Pulumi's protocol that has its place but no code
├── StoreUnusable        exit 1: the state cannot be read or written
├── StackLocked          exit 4: another run is writing this stack
├── PlanBroken           exit 5: what was approved is not what would happen now
├── Declined             exit 1: a person answered no
└── Interrupted          exit 130: Ctrl-C
"""

from enum import IntEnum


class ExitCode(IntEnum):
    DONE = 0
    FAILED = 1
    CHANGES = 2
    FORBIDDEN = 3
    LOCKED = 4
    PLAN = 5
    USAGE = 64
    INTERRUPTED = 130


class CmxError(Exception):
    """One thing that went wrong.

    `subject` is the thing it happened to (a site, a file, a urn), `place` where it was written down
    (`hello.py:12`), `hint` what to do next. None of them ever holds a secret.
    """

    exit_code = ExitCode.FAILED

    def __init__(
        self,
        message: str,
        *,
        subject: str | None = None,
        place: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.subject = subject
        self.place = place
        self.hint = hint

    @property
    def in_one_line(self) -> str:
        """Say what happened and what to do next, where there is no place for a hint of its own."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageProblem(CmxError):
    exit_code = ExitCode.USAGE


class ExperimentError(CmxError):
    pass


class ProgramFailed(CmxError):
    """The program ended with an error; `traceback` begins at the program's first frame."""

    def __init__(
        self,
        message: str,
        *,
        traceback: str = "",
        exit_code: ExitCode = ExitCode.FAILED,
        place: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, place=place, hint=hint)
        self.traceback = traceback
        self.exit_code = exit_code


class SiteUnreachable(CmxError):
    pass


class SiteRefused(CmxError):
    pass


class NotSupportedYet(CmxError):
    pass


class StoreUnusable(CmxError):
    pass


class StackLocked(CmxError):
    exit_code = ExitCode.LOCKED


class PlanBroken(CmxError):
    exit_code = ExitCode.PLAN


class Declined(CmxError):
    pass


class Interrupted(CmxError):
    exit_code = ExitCode.INTERRUPTED
