"""Derivations: features made of other features of the same row."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Derivation(ABC):
    """A function of other features of the same row.

    A subclass is a frozen dataclass whose fields are its recipe; fields that name a feature are listed by `inputs`.
    In these names ``{window}`` stands for the window of the feature that is derived (``"order_count_{window}"``).
    """

    version = 1  # to be raised when `apply` changes its meaning

    @abstractmethod
    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""

    @abstractmethod
    def apply(self, *values: Array) -> Array:
        """Compute the feature (float64) from its inputs (float64, NaN missing), without a warning."""


@dataclass(frozen=True)
class Ratio(Derivation):
    """One feature divided by another; missing where the divisor is not above ``floor``.

    Examples
    --------
    >>> Ratio("a", "b").apply(np.array([1.0, 1.0]), np.array([2.0, 0.0]))
    array([0.5, nan])
    """

    top: str
    bottom: str
    floor: float = 0.0

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.top, self.bottom

    def apply(self, *values: Array) -> Array:
        """Compute the feature."""
        top, bottom = values
        return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > self.floor))


@dataclass(frozen=True)
class Difference(Derivation):
    """One feature minus another.

    Examples
    --------
    >>> Difference("a", "b").apply(np.array([3.0]), np.array([2.0]))
    array([1.])
    """

    left: str
    right: str

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.left, self.right

    def apply(self, *values: Array) -> Array:
        """Compute the feature."""
        return np.asarray(values[0] - values[1])


@dataclass(frozen=True)
class Contrast(Derivation):
    """How one feature compares to another, from -1 (only the second) to 1 (only the first): (a - b) / (a + b).

    Missing where the two add up to nothing. For amounts at least zero.

    Examples
    --------
    >>> Contrast("now", "before").apply(np.array([3.0, 0.0]), np.array([1.0, 0.0]))
    array([0.5, nan])
    """

    first: str
    second: str

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.first, self.second

    def apply(self, *values: Array) -> Array:
        """Compute the feature."""
        first, second = values
        total = first + second
        return np.asarray(np.divide(first - second, total, out=np.full(total.shape, np.nan), where=total > 0))


@dataclass(frozen=True)
class Excess(Derivation):
    """How far a feature lies above a centre, in spreads: (value - centre) / spread; missing without a spread.

    Examples
    --------
    >>> Excess("silence", "mean", "deviation").apply(np.array([9.0]), np.array([5.0]), np.array([2.0]))
    array([2.])
    """

    value: str
    centre: str
    spread: str

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.value, self.centre, self.spread

    def apply(self, *values: Array) -> Array:
        """Compute the feature."""
        value, centre, spread = values
        return np.asarray(np.divide(value - centre, spread, out=np.full(value.shape, np.nan), where=spread > 0))


@dataclass(frozen=True)
class WhenAtLeast(Derivation):
    """A feature where another one reaches a minimum; elsewhere missing.

    Examples
    --------
    >>> WhenAtLeast("orders", "age", 365).apply(np.array([2.0, 2.0]), np.array([400.0, 30.0]))
    array([ 2., nan])
    """

    value: str
    gate: str
    minimum: float

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.value, self.gate

    def apply(self, *values: Array) -> Array:
        """Compute the feature."""
        value, gate = values
        return np.where(gate >= self.minimum, value, np.nan)


@dataclass(frozen=True)
class YearlyPace(Derivation):
    """What a total makes in a year, at the pace of the days that it took: total × 365 / (span + one more gap).

    A span from the first event to the last holds one gap less than events; with one more, their pace is unbiased.
    Missing without a gap, where nothing tells a pace.

    Examples
    --------
    Three orders of 10 each, 30 days apart:

    >>> YearlyPace("amount", "span", "gap").apply(np.array([30.0]), np.array([60.0]), np.array([30.0])).round(1)
    array([121.7])
    """

    total: str
    span: str
    gap: str

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.total, self.span, self.gap

    def apply(self, *values: Array) -> Array:
        """Compute the feature."""
        total, span, gap = values
        days = span + gap
        return np.asarray(np.divide(total * 365, days, out=np.full(total.shape, np.nan), where=days > 0))
