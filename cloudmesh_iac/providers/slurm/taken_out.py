"""Does a job go on that Slurm took out of the queue, since what it waited for had not ended well?

It does where that goes on under another id: as another attempt, or with other limits.
"""

from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.jobs import After, Done, Failure, JobState, Ticket, Waiting
from cloudmesh_iac.providers.slurm.words import OUT_OF_QUEUE, TAKEN_OUT


def is_taken_out(done: Done) -> bool:
    """The accounting does not say why Slurm did it, only that no person has."""
    return done.state is JobState.CANCELLED and done.reason in {TAKEN_OUT, OUT_OF_QUEUE}


def goes_on(
    done: Done,
    after: Sequence[After],
    answers: Mapping[Ticket, Waiting | Done | Failure],
) -> Waiting | Done | Failure:
    """Return its end, or that it is due to be submitted again; `answers` are of those it waits for.

    It is due when each of them has a job that may still end well, or has ended well.
    """
    due = ""
    for one in after:
        answer = answers[one.ticket]
        if isinstance(answer, Failure):
            return answer
        if isinstance(answer, Done):
            if not answer.state.is_good and not one.any_end:
                return done
        elif answer.is_due or answer.state is JobState.UNKNOWN:
            due = due or one.ticket.shown_id
    if due:
        return Waiting(JobState.QUEUED, f"it goes on behind job {due} when that is submitted again")
    words = "what it waits for was submitted again, and Slurm took it out of the queue"
    return Waiting(
        JobState.QUEUED, f"{words}: `cmx wait` and `cmx up` submit it behind that", is_due=True
    )
