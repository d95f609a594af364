"""How large numbers are, counted so that any division of them gives the same, and sums that no order changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

#: Bits of a number that do not count: a class holds numbers that differ by less than 0.4 %.
_SHIFT = 44
#: Whole steps up to which sums of doubles are exact, with room for as many roundings up.
_EXACT_BITS = 52


@dataclass(frozen=True, eq=False)
class Sizes:
    """How many positive numbers there are in each class of size.

    Parameters
    ----------
    classes : int64[s]
        First bits of the numbers, ascending.
    count : int64[s]
        Numbers in each class.

    Examples
    --------
    >>> some, others = Sizes.of(np.array([1.0, -3.0, 64.0])), Sizes.of(np.array([2.0]))
    >>> together = some + others
    >>> len(together), together.quantiles([0.0, 0.5, 1.0]).tolist()
    (3, [1.0, 2.0, 64.0])
    """

    classes: Counts
    count: Counts

    @classmethod
    def of(cls, numbers: Floats) -> Sizes:
        """Count the positive ones of some numbers, but for infinity."""
        found = numbers[(numbers > 0) & np.isfinite(numbers)].view(np.int64) >> _SHIFT
        if not len(found):
            return cls(np.empty(0, np.int64), np.empty(0, np.int64))
        least = int(found.min())
        count = np.bincount(found - least)
        there = np.flatnonzero(count)
        return cls(there + least, count[there])

    def __len__(self) -> int:
        return int(self.count.sum())

    def __add__(self, other: Sizes) -> Sizes:
        classes, place = np.unique(np.concatenate([self.classes, other.classes]), return_inverse=True)
        count = np.zeros(len(classes), np.int64)
        np.add.at(count, place, np.concatenate([self.count, other.count]))
        return Sizes(classes, count)

    def quantiles(self, shares: Sequence[float]) -> Floats:
        """Return the least number of the classes in which shares of all numbers end; there must be a number."""
        places = np.rint(np.asarray(shares) * (len(self) - 1)).astype(np.int64)
        inside = np.searchsorted(np.cumsum(self.count), places, side="right")
        return _least(self.classes[inside])

    def median(self) -> float:
        """Return the size of the middle number; 0 where there is none."""
        return float(self.quantiles([0.5])[0]) if len(self) else 0.0

    def above(self) -> float:
        """Return a number above all; there must be one."""
        return float(_least(self.classes[-1:] + 1)[0])

    def step(self) -> float:
        """Return a step, a power of two: sums of whole steps near these numbers are exact, in whatever order.

        Examples
        --------
        >>> Sizes.of(np.array([100.0, 3000.0])).step() == 2.0**-40
        True
        """
        # in the order of the classes, so that it is the same for whatever parts
        total = float(np.sum(_least(self.classes + 1) * self.count))
        return float(np.ldexp(1.0, int(np.frexp(total)[1]) - _EXACT_BITS))


def _least(classes: Counts) -> Floats:
    return (classes << _SHIFT).view(np.float64)


def whole_steps(numbers: Floats, step: float, *, up: bool = False) -> None:
    """Round numbers down (or up) to whole steps of a power of two, where they stand.

    Examples
    --------
    >>> numbers = np.array([1.3, 2.0])
    >>> whole_steps(numbers, 0.25)
    >>> numbers.tolist()
    [1.25, 2.0]
    """
    numbers /= step
    (np.ceil if up else np.floor)(numbers, out=numbers)
    numbers *= step
