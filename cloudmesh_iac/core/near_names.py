"""Which name may have been meant by one that there is not?"""

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like it; None where none is like it."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), None)


def instead_of(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """Return a hint: what may have been meant, or `otherwise` where nothing is like the name."""
    near = nearest(name, known)
    return otherwise if near is None else f"did you mean {near!r}?"
