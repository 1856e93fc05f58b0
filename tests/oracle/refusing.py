"""Random histories in which a provider refuses what it is asked to check or to compare."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.case import Fault, Generation, History
from tests.oracle.limited import NAMES

_WRONG = (("check", "certain"), ("check", "refusal"), ("diff", "certain"))


@st.composite
def refused(draw: st.DrawFn, history: History) -> History:
    """Return a history with refusals, of plans and of what only the run makes known."""
    return replace(history, generations=tuple(draw(_refused(one)) for one in history.generations))


@st.composite
def _refused(draw: st.DrawFn, generation: Generation) -> Generation:
    if draw(st.integers(0, 2)) == 0:
        return generation
    call, kind = draw(st.sampled_from(_WRONG))
    when = draw(st.sampled_from(("", "update")))
    fault = Fault(call, draw(st.sampled_from(NAMES)), kind, when)
    return replace(generation, faults=(*generation.faults, fault))
