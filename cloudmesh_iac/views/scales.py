"""Where do numbers lie on an axis, and which of them get a label?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0, 10.0)
_FEWEST = 2
_SMALLEST, _LARGEST = 1e-100, 1e100  # beyond them the arithmetic of axes is not safe
_NEAR = 1e-9  # what rounding may do to a place
_HUGE, _TINY = 1e15, 1e-4  # beyond them labels are written with an exponent
_WIDE = 50  # more than this between two labels, and each gets its own unit
_FEW_DECADES = 2  # up to so many decades, 2 and 5 are labelled too


@dataclass(frozen=True, slots=True)
class Tick:
    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, never empty; both are positive where it is logarithmic."""

    low: float
    high: float
    is_log: bool = False

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high end."""
        if self.is_log:
            low, high = math.log10(self.low), math.log10(self.high)
            return (math.log10(value) - low) / (high - low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self, about: int) -> tuple[Tick, ...]:
        """Return labelled values at steps of 1, 2 or 5, at decades on a logarithmic axis."""
        inside = self._inside(self._log_values(about)) if self.is_log else []
        if len(inside) < _FEWEST:  # also a short piece of a logarithmic axis
            inside = self._inside(_linear_values(self, about))
        return tuple(
            Tick(value, label) for value, label in zip(inside, labels(inside), strict=True)
        )

    def _inside(self, values: list[float]) -> list[float]:
        return [value for value in values if -_NEAR <= self.place(value) <= 1 + _NEAR]

    def _log_values(self, about: int) -> list[float]:
        first = math.ceil(math.log10(self.low) - _NEAR)
        last = math.floor(math.log10(self.high) + _NEAR)
        every = max(1, math.ceil((last - first) / max(about, 1)))
        if last - first <= _FEW_DECADES:
            decades = range(first - 1, last + 1)
            return [float(f"{part}e{decade}") for decade in decades for part in (1, 2, 5)]
        return [float(f"1e{decade}") for decade in range(first, last + 1, every)]


def has_place(value: float, *, is_log: bool) -> bool:
    """Say whether an axis can hold a value: no NaN, and nothing below zero on a logarithmic one."""
    return (_SMALLEST if is_log else -_LARGEST) <= value <= _LARGEST


def scale_of(values: Iterable[float], *, is_log: bool) -> Scale:
    """Return an axis that holds all values, with a little room; equal values get some around."""
    found = [value for value in values if has_place(value, is_log=is_log)]
    if not found:
        return Scale(1.0, 10.0, is_log=True) if is_log else Scale(0.0, 1.0)
    low, high = min(found), max(found)
    if is_log:
        return _log_scale(low, high)
    if high - low <= max(abs(low), abs(high), _SMALLEST) * _NEAR:
        room = abs(low) / 2 if abs(low) > _SMALLEST else 1.0
        return Scale(low - room, high + room)
    # An axis that begins near zero begins at zero: lengths can then be compared by eye.
    if 0 < low < (high - low) / 2:
        low = 0.0
    elif (low - high) / 2 < high < 0:
        high = 0.0
    step = _step(Scale(low, high), 5)
    return Scale(math.floor(low / step + _NEAR) * step, math.ceil(high / step - _NEAR) * step)


def labels(values: list[float]) -> list[str]:
    """Write values of one axis alike: 1000000 as 1M, 0.00001 as 1e-5."""
    sizes = [abs(value) for value in values if value]
    if not sizes:
        return ["0" for _ in values]
    if max(sizes) >= _HUGE or max(sizes) < _TINY:
        return [_scientific(value) for value in values]
    if max(sizes) / min(sizes) > _WIDE:
        return [_single(value) for value in values]
    factor, unit = _unit(max(sizes))
    short = [f"{_short(value / factor)}{unit if value else ''}" for value in values]
    is_clear = len(set(short)) == len(set(values))
    return short if is_clear else [f"{value:.12g}" for value in values]


def _log_scale(low: float, high: float) -> Scale:
    if high / low <= 1 + _NEAR:
        return Scale(low / 3, high * 3, is_log=True)
    room = (high / low) ** 0.04
    return Scale(low / room, high * room, is_log=True)


def _step(scale: Scale, about: int) -> float:
    """Return the step of 1, 2 or 5 times a power of ten that gives about so many ticks."""
    raw = (scale.high - scale.low) / max(about, 1)
    decade = 10.0 ** math.floor(math.log10(raw))
    return next(part * decade for part in _STEPS if part * decade >= raw * (1 - _NEAR))


def _linear_values(scale: Scale, about: int) -> list[float]:
    step = _step(scale, about)
    first, last = math.ceil(scale.low / step - _NEAR), math.floor(scale.high / step + _NEAR)
    # Through text, so that 3 * 0.1 is 0.3.
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def _unit(largest: float) -> tuple[float, str]:
    for factor, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if largest >= factor:
            return (1e3, "k") if unit == "k" else (factor, unit)
    return 1.0, ""


def _short(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _single(value: float) -> str:
    if value and abs(value) < _TINY:
        return _scientific(value)
    factor, unit = _unit(abs(value))
    return f"{_short(value / factor)}{unit}"


def _scientific(value: float) -> str:
    if not value:
        return "0"
    digits, exponent = f"{value:.3e}".split("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
