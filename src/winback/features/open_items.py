"""Things of a customer that begin and end: how many are open at a cutoff, and how old the oldest of them is.

Open tickets, overdue deliveries, enquiries that no order has followed. All of it is a balance: one step up when it
became known that a thing began, one step down when it became known that it ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.features.aggregates import DaysSinceLast, Last, Sum
from winback.features.declarations import Declaration, Derived, Role, Windowed
from winback.features.derivations import Derivation
from winback.features.streams import Stream, StreamData
from winback.history import DAY_US, NO_TIME, order_by_time

Array = NDArray[Any]


def open_items(
    customer: NDArray[np.int32], began_at: NDArray[np.int64], ended_at: NDArray[np.int64], known_at: NDArray[np.int64]
) -> StreamData:
    """Make the stream of steps of a balance.

    Parameters
    ----------
    customer : int32[n]
        Whose things they are.
    began_at : int64[n]
        From when on they are open; their age counts from it.
    ended_at : int64[n]
        When it became known that they ended, `NO_TIME` for those that did not.
    known_at : int64[n]
        When they became known.

    Returns
    -------
    StreamData
        At the instants at which a beginning or an end became known: ``step`` (1 or -1), and ``oldest_days``, the age of
        the oldest thing that is open after all steps of that instant (-1 where none is).

    Examples
    --------
    >>> day = np.array([0, 1]) * DAY_US
    >>> steps = open_items(np.zeros(2, np.int32), day, np.array([3 * DAY_US, NO_TIME]), day)
    >>> steps.measures["step"], steps.measures["oldest_days"]
    (array([ 1.,  1., -1.]), array([0., 1., 2.]))
    """
    if (order := order_by_time(customer, began_at)) is not None:
        customer, began_at = customer[order], began_at[order]
        ended_at, known_at = ended_at[order], known_at[order]
    opened_at = np.maximum(began_at, known_at)
    ended = np.flatnonzero(ended_at != NO_TIME)
    item = np.concatenate([np.arange(customer.size), ended])
    at = np.concatenate([opened_at, np.maximum(opened_at, ended_at)[ended]])
    step = np.concatenate([np.ones(customer.size), -np.ones(ended.size)])
    by_time = np.lexsort((at, customer[item]))
    item, at, step = item[by_time], at[by_time], step[by_time]
    oldest = np.empty(item.size)
    _oldest_open(customer, began_at, item, at, step, np.zeros(customer.size, np.bool_), oldest)
    return StreamData(customer[item], at, at, {"step": step, "oldest_days": oldest})


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _oldest_open(customer: Any, began_at: Any, item: Any, at: Any, step: Any, is_open: Any, oldest: Any) -> None:
    """Age of the oldest open thing after each instant; things stand by customer and beginning, so it is a pointer."""
    first, low, high = 0, 0, -1  # all things of this customer below `low` and above `high` are closed
    owner = -1
    while first < item.size:
        if customer[item[first]] != owner:
            owner = customer[item[first]]
            low, high = item.size, -1
        last = first
        while last < item.size and at[last] == at[first] and customer[item[last]] == owner:
            is_open[item[last]] = step[last] > 0
            if step[last] > 0:
                low, high = min(low, item[last]), max(high, item[last])
            last += 1
        while low <= high and not is_open[low]:
            low += 1
        age = (at[first] - began_at[low]) / DAY_US if low <= high else -1.0
        oldest[first:last] = age
        first = last


@dataclass(frozen=True)
class AgeNow(Derivation):
    """Age of the oldest open thing: what it was after the last step, and the days since; missing where none is open.

    Examples
    --------
    >>> AgeNow("oldest", "since").apply(np.array([2.0, -1.0]), np.array([5.0, 5.0]))
    array([ 7., nan])
    """

    oldest: str
    since: str

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.oldest, self.since

    def apply(self, *values: Array) -> Array:
        """Compute the feature."""
        oldest, since = values
        return np.where(oldest >= 0, oldest + since, np.nan)


def open_features(
    stream: Stream, name: str, *, things: str, role: Role, reason: str | None = None
) -> tuple[Declaration, ...]:
    """Declare ``<name>_count`` and ``<name>_oldest_days`` of a stream made by `open_items`.

    Parameters
    ----------
    stream : Stream
        The steps.
    name : str
        Begin of the features' names.
    things : str
        What is counted, for the description.
    role, reason
        As in `Declaration`.
    """

    def hidden(part: str, aggregate: Last | DaysSinceLast) -> Windowed:
        return Windowed(
            name=f"{name}_{part}", stream=stream, aggregate=aggregate, role=role, reason=reason, unit="days",
            doc=f"Part of {name}_oldest_days.", hidden=True,
        )  # fmt: skip

    return (
        Windowed(
            name=f"{name}_count", stream=stream, aggregate=Sum("step"), role=role, reason=reason, unit="count",
            doc=f"{things} at the cutoff.",
        ),
        hidden("oldest_then_days", Last("oldest_days")),
        hidden("changed_days", DaysSinceLast()),
        Derived(
            name=f"{name}_oldest_days", how=AgeNow(f"{name}_oldest_then_days", f"{name}_changed_days"), role=role,
            reason=reason, unit="days", doc=f"Age of the oldest: {things[0].lower()}{things[1:]} at the cutoff.",
        ),
    )  # fmt: skip
