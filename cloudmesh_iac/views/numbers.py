"""How is a column of numbers written, so that people can compare them?"""

import math
from collections.abc import Sequence
from typing import TypeGuard

from cloudmesh_iac.core.results import Scalar
from cloudmesh_iac.views.values_text import number_text
from cloudmesh_iac.views.words import one_line

_DIGITS = 5
_MOST_DECIMALS = 8
_SMALLEST_RATIO = 1e-4  # smaller parts of the largest number would lose all their digits


def column_texts(values: Sequence[Scalar]) -> list[str]:
    """Write values of one column; floats get the same decimals, about five digits in all."""
    floats = [float(value) for value in values if is_number(value) and math.isfinite(value)]
    decimals = _decimals(floats) if any(not number.is_integer() for number in floats) else 0
    return [_text(value, decimals) for value in values]


def is_number(value: Scalar) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def scalar_text(value: Scalar) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number_text(value) if math.isfinite(value) else str(value)
        case str():
            return one_line(value)


def _text(value: Scalar, decimals: int | None) -> str:
    if not isinstance(value, float) and not (isinstance(value, int) and decimals):
        return scalar_text(value)
    if isinstance(value, bool) or not math.isfinite(value):
        return scalar_text(value)
    if decimals is None:
        return f"{value:.{_DIGITS - 1}g}"
    return f"{value:.{decimals}f}"


def _decimals(numbers: Sequence[float]) -> int | None:
    """Return how many decimals suit all numbers, or None where no such number does."""
    sizes = [abs(number) for number in numbers if number]
    largest, smallest = max(sizes), min(sizes)
    decimals = max(0, _DIGITS - 1 - math.floor(math.log10(largest)))
    if smallest < largest * _SMALLEST_RATIO or decimals > _MOST_DECIMALS:
        return None
    exact = max(len(number_text(number).partition(".")[2]) for number in numbers)
    return min(decimals, exact)
