"""What all customers of a company give together: what a single one is compared with.

A history that holds all customers asks itself. One that holds only a part of them is given another `Everyone`, which
knows what the others give, so that the same code says the same of a customer whether it stands among all or in a part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Derived = TypeVar("Derived")


@dataclass(frozen=True)
class Everyone:
    """Answers over all customers, where those of the history are all.

    A question has a name, unique at a cutoff; asked twice there, it is asked with the same values. Every part of the
    customers asks the same questions, whatever facts its customers have.

    Parameters
    ----------
    cutoff : int
        Instant up to which facts are known (microseconds).
    """

    cutoff: int = 0

    def at(self, cutoff: int) -> Self:
        """Return the same for facts known up to another instant."""
        return replace(self, cutoff=cutoff)

    def total(self, question: str, amounts: Sequence[float]) -> Floats:  # noqa: ARG002
        """Return the sums of amounts over all customers.

        Parameters
        ----------
        question : str
            What is asked.
        amounts : sequence of float
            Sums over the customers of this history.
        """
        return np.asarray(amounts, np.float64)

    def quantiles(self, question: str, values: Floats, shares: Sequence[float]) -> Floats:  # noqa: ARG002
        """Return quantiles over the values of all customers, linear between two values; NaN where nobody has any.

        Parameters
        ----------
        question : str
            What is asked.
        values : float64[n]
            Values of the customers of this history; NaN does not count.
        shares : sequence of float
            0 to 1.

        Examples
        --------
        >>> Everyone().quantiles("age", np.array([4.0, np.nan, 1.0, 2.0, 3.0]), (0.25, 0.5)).tolist()
        [1.75, 2.5]
        """
        known = values[~np.isnan(values)]
        if not known.size:
            return np.full(len(shares), np.nan)
        places, weight = quantile_places(known.size, shares)
        ordered = np.partition(known, np.unique(places))
        return between(ordered[places], weight)

    def cells(self, question: str, own: pa.Table, derive: Callable[[pa.Table], Derived]) -> Derived:  # noqa: ARG002
        """Return what is derived from sums over all customers by key.

        Parameters
        ----------
        question : str
            What is asked.
        own : Table
            One row per key that occurs among the customers of this history. Texts and integers of at most 32 bits are
            keys; the other columns are summed.
        derive : callable
            From such a table of all customers, whose rows have no order, to what is wanted.
        """
        return derive(own)


def quantile_places(count: int, shares: Sequence[float]) -> tuple[NDArray[np.int64], Floats]:
    """Return between which two of so many ordered values quantiles lie, and the weight of the upper ones.

    Returns
    -------
    places : int64[2, shares]
        Of the lower and the upper value.
    weight : float64[shares]
        0 to 1.

    Examples
    --------
    >>> quantile_places(4, (0.5,))
    (array([[1],
           [2]]), array([0.5]))
    """
    exact = np.asarray(shares, np.float64) * (count - 1)
    lower = np.floor(exact).astype(np.int64)
    return np.stack([lower, np.minimum(lower + 1, count - 1)]), exact - lower


def between(values: Floats, weight: Floats) -> Floats:
    """Return values between lower and upper ones (rows of ``values``)."""
    return np.asarray((1 - weight) * values[0] + weight * values[1])
