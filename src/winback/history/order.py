"""The order of events: by customer, then time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Longer runs of one customer's events are sorted by merging.
_LONG_RUN = 256


def order_by_time(customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.intp] | None:
    """Return the places of events in the order of customer, then time; equals keep their order.

    Parameters
    ----------
    customer : int32[n]
        Customer codes. Where these are ascending, which those of staged tables are, it takes one pass.
    at : int64[n]
        When the events happened.

    Returns
    -------
    int[n] or None
        None where the events stand in that order already.

    Examples
    --------
    >>> order_by_time(np.array([0, 0, 1], np.int32), np.array([5, 3, 1]))
    array([1, 0, 2])
    >>> order_by_time(np.array([0, 0, 1], np.int32), np.array([3, 5, 1])) is None
    True
    """
    if is_ordered(customer, at):
        return None
    if (customer[1:] < customer[:-1]).any():
        return np.lexsort((at, customer))
    order = np.arange(customer.size)
    _order_runs(customer, at, order)
    return order


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def is_ordered(customer: Any, at: Any) -> bool:
    """Tell whether events stand by customer, then time."""
    for place in range(1, customer.size):
        if customer[place] < customer[place - 1]:
            return False
        if customer[place] == customer[place - 1] and at[place] < at[place - 1]:
            return False
    return True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _order_runs(customer: Any, at: Any, order: Any) -> None:
    """Sort every customer's run: short ones, which are nearly in order, by insertion."""
    first = 0
    while first < customer.size:
        stop = first + 1
        while stop < customer.size and customer[stop] == customer[first]:
            stop += 1
        if stop - first > _LONG_RUN:
            order[first:stop] = first + np.argsort(at[first:stop], kind="mergesort")
        for place in range(first + 1, stop if stop - first <= _LONG_RUN else first):
            this, before = order[place], place - 1
            while before >= first and at[order[before]] > at[this]:
                order[before + 1] = order[before]
                before -= 1
            order[before + 1] = this
        first = stop
