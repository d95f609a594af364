"""When customers order after an offer: the days after it say more of its effect than the whole window.

Who is won by an offer mostly orders soon, while those who would have come anyway come any time. So the window is cut
into parts, and the first order is looked for in each. What is learned stays the uplift of being kept at all; only how
it is spread over the parts of the window is added: as orders usually are, or most of it soon, with the half-life that
makes the log likeliest. A log that does not tell when customers ordered has one part, and nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Where the parts of a window begin and end, as shares of it: a first order says less the later it comes.
PARTS_OF_WINDOW = np.array([0, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1])

#: Half-lives of the response tried, as shares of the window (of 90 days: 3 and 7), and how much of the uplift
#: comes at that pace; the rest comes as orders usually do, and so does all of it where no half-life fits.
HALF_LIVES_SOON = (1 / 30, 1 / 13)
SOON = 0.8

#: How many customers the even spread of first orders over the window counts for where few have been held out.
_EVEN_CUSTOMERS = 20.0

#: Code of a customer that did not order in the window.
NEVER = -1


@dataclass(frozen=True, eq=False)
class FirstOrders:
    """In which part of its window each customer ordered first, and in which customers left alone usually do.

    Parameters
    ----------
    part : int64[n]
        Part of the window, `NEVER` for who was not kept.
    usual : float64[n, parts]
        Share of each part in the first orders of held-out customers of the same population; rows add up to 1.
    """

    part: Codes
    usual: Floats

    @classmethod
    def of(cls, ordered_after: Floats, kept: Floats, treated: NDArray[np.bool_], population: Codes) -> FirstOrders:
        """Sort first orders into the parts of the window.

        Parameters
        ----------
        ordered_after : ndarray of float64, shape (n,)
            Share of the window that had passed at the first order, 0 to 1; nan where it is not known.
        kept : ndarray of float64, shape (n,)
            1 kept, 0 not.
        treated : ndarray of bool, shape (n,)
            Arm.
        population : ndarray of int64, shape (n,)
            0 active, 1 lapsed.

        Examples
        --------
        >>> arm, lapsed = np.array([False, True]), np.array([1, 1])
        >>> FirstOrders.of(np.array([0.01, np.nan]), np.array([1.0, 0.0]), arm, lapsed).part
        array([ 0, -1])
        >>> FirstOrders.of(np.array([np.nan, np.nan]), np.array([1.0, 0.0]), arm, lapsed).usual
        array([[1.],
               [1.]])
        """
        if np.isnan(ordered_after[kept > 0]).any():
            return cls(np.where(kept > 0, 0, NEVER), np.ones((len(kept), 1)))
        last = len(PARTS_OF_WINDOW) - 2
        found = np.searchsorted(PARTS_OF_WINDOW, np.nan_to_num(ordered_after), side="right") - 1
        part = np.where(kept > 0, np.clip(found, 0, last), NEVER)
        usual = np.empty((len(kept), last + 1))
        for code in np.unique(population):
            mine = population == code
            counts = np.bincount(part[mine & ~treated & (kept > 0)], minlength=last + 1)
            usual[mine] = (counts + _EVEN_CUSTOMERS * np.diff(PARTS_OF_WINDOW)) / (counts.sum() + _EVEN_CUSTOMERS)
        return cls(part, usual)

    def as_one(self) -> FirstOrders:
        """Return the same with the whole window as one part: kept or not."""
        return FirstOrders(np.where(self.part == NEVER, NEVER, 0), np.ones((len(self.part), 1)))

    @property
    def parts(self) -> int:
        """Number of parts of the window."""
        return int(self.usual.shape[1])

    def in_part(self, part: int) -> Floats:
        """Return 1 for who ordered first in this part of the window, else 0."""
        found: Floats = (self.part == part).astype(np.float64)
        return found

    def spread(self, half_life: float | None) -> Floats:
        """Return how the uplift is spread over the parts: soon with a half-life, or as orders usually are (None)."""
        if half_life is None or self.parts == 1:
            return self.usual
        return SOON * soon(half_life) + (1 - SOON) * self.usual

    def half_lives(self) -> tuple[float | None, ...]:
        """Return what can be tried as half-life of the response."""
        return (None,) if self.parts == 1 else (None, *HALF_LIVES_SOON)


def soon(half_life: float) -> Floats:
    """Return the share of each part of the window in responses that come with a half-life.

    Examples
    --------
    >>> soon(1 / 16).round(2)
    array([0.5 , 0.25, 0.19, 0.06, 0.  ])
    """
    passed = 1 - 0.5 ** (PARTS_OF_WINDOW / half_life)
    shares: Floats = np.diff(passed) / passed[-1]
    return shares
