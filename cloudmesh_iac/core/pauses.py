"""How long is waited before a site is asked once more?"""

_GROWTH = 1.5
_MOST_GROWTHS = 20  # beyond any maximum, and no overflow


def growing_pause_s(asked: int, *, first_s: float, longest_s: float) -> float:
    """Return the pause before question number `asked` (the first is 0): longer from time to time.

    Units: seconds; never less than `first_s`, also where `longest_s` is.
    """
    grown = first_s * _GROWTH ** min(asked, _MOST_GROWTHS)
    return max(first_s, min(grown, longest_s))
