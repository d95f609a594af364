"""Linking an event to others of the same customer, so that a link uses only what was known with the event itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.history import NO_TIME, Events


def previous_known(group: NDArray[np.integer[Any]], known_at: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return, for each event, the place of the latest one before it in its group that was known no later than itself.

    Parameters
    ----------
    group : integer[n]
        Runs of equal values are groups; within a group events are in the order of time.
    known_at : int64[n]
        When each event became known.

    Returns
    -------
    intp[n]
        -1 where there is none.

    Examples
    --------
    The third event does not see the second, which was recorded late.

    >>> previous_known(np.array([5, 5, 5, 6]), np.array([1, 9, 3, 4]))
    array([-1,  0,  0, -1])
    """
    previous = np.arange(group.size, dtype=np.intp) - 1
    open_ = np.arange(group.size, dtype=np.intp)
    while open_.size:
        found = previous[open_]
        outside = (found < 0) | (group[found] != group[open_])
        previous[open_[outside]] = -1
        open_ = open_[~outside & (known_at[found] > known_at[open_])]
        previous[open_] -= 1
    return previous


def first_known_after(events: Events, others: Events) -> NDArray[np.int64]:
    """Return when it first became known that something else happened after each event.

    Parameters
    ----------
    events, others : Events
        Of the same customers.

    Returns
    -------
    int64[n]
        Least ``known_at`` of the customer's ``others`` whose time lies after the event's; `NO_TIME` without such.
    """
    out = np.empty(len(events), np.int64)
    _first_known_after(events.at, events.offsets, others.at, others.known_at, others.offsets, out)
    return out


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _first_known_after(at: Any, offsets: Any, other_at: Any, other_known: Any, other_offsets: Any, out: Any) -> None:
    """Both sides of each customer from the latest event back, once."""
    for customer in range(offsets.size - 1):
        place = other_offsets[customer + 1] - 1
        earliest = NO_TIME
        for event in range(offsets[customer + 1] - 1, offsets[customer] - 1, -1):
            while place >= other_offsets[customer] and other_at[place] > at[event]:
                if earliest == NO_TIME or other_known[place] < earliest:
                    earliest = other_known[place]
                place -= 1
            out[event] = earliest
