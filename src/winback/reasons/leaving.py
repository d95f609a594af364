"""When each customer was leaving: the instant at which its drivers are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.history import DAY_US, History
from winback.snapshots import Snapshots

#: Nobody is waited for less, or more, than this many days after its last purchase.
WAIT_DAYS = (7.0, 45.0)
#: Events nearer to each other than so many days are one.
SHORTEST_GAP = 0.5


@dataclass(frozen=True, eq=False)
class Leaving:
    """The rhythm of each row's customer, and the instant around which it was leaving.

    Parameters
    ----------
    anchor : int64[n]
        Instant at which drivers are measured (microseconds): the last purchase and the wait for the next one, but
        never after the row's cutoff.
    first_at, last_at : int64[n]
        First and last purchase known at the cutoff.
    gap_days : float64[n]
        Usual (median) days between purchases on different days; NaN for a customer that bought on one day only.
    silence_days : float64[n]
        Days from the last purchase to the cutoff.
    order_count : int64[n]
        Purchases known at the cutoff.
    """

    anchor: NDArray[np.int64]
    first_at: NDArray[np.int64]
    last_at: NDArray[np.int64]
    gap_days: NDArray[np.float64]
    silence_days: NDArray[np.float64]
    order_count: NDArray[np.int64]

    @property
    def ordered(self) -> NDArray[np.int64]:
        """The day after the last purchase of each row, but never after its cutoff."""
        return np.minimum(self.last_at + DAY_US, self.anchor)

    @property
    def is_overdue(self) -> NDArray[np.bool_]:
        """Rows whose next purchase is overdue: the anchor lies before the cutoff."""
        return self.anchor - self.last_at < np.rint(self.silence_days * DAY_US)

    def controls(self, at: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how customers buy, seen from instants up to the cutoffs: what any comparison must hold equal.

        Parameters
        ----------
        at : int64[n]
            The anchor, or the cutoff, of each row.

        Returns
        -------
        float32[n, 4]
            Columns as named by `CONTROLS`.
        """
        silence, tenure = (at - self.last_at) / DAY_US, (at - self.first_at) / DAY_US
        columns = [silence, self.gap_days, self.order_count, tenure]
        return np.column_stack(columns).astype(np.float32)


#: Names of the columns of `Leaving.controls`.
CONTROLS = ("days_since_order", "usual_gap_days", "order_count", "tenure_days")


def leaving_of(history: History, snapshots: Snapshots) -> Leaving:
    """Find when each row's customer was leaving.

    Parameters
    ----------
    history : History
        Covers all cutoffs; only what was known at each row's cutoff is used.
    snapshots : Snapshots
        Every customer has a purchase known before its cutoff.

    Returns
    -------
    Leaving
        In the order of the snapshots. A customer without a gap of its own is waited for as long as the median gap of
        the others at that cutoff.
    """
    n = len(snapshots)
    parts = Leaving(
        anchor=np.empty(n, np.int64),
        first_at=np.empty(n, np.int64),
        last_at=np.empty(n, np.int64),
        gap_days=np.empty(n),
        silence_days=np.empty(n),
        order_count=np.empty(n, np.int64),
    )
    for cutoff in np.unique(snapshots.cutoff):
        rows = np.flatnonzero(snapshots.cutoff == cutoff)
        _fill(parts, rows, history.upto(int(cutoff)), snapshots.customer[rows], int(cutoff))
    return parts


def _fill(parts: Leaving, rows: NDArray[np.intp], history: History, customer: NDArray[np.int32], cutoff: int) -> None:
    purchases = history.purchases()
    first, stop = purchases.offsets[customer], purchases.offsets[customer + 1]
    last_at = purchases.at[stop - 1]
    gaps = median_gaps(purchases.at, purchases.offsets)
    own = gaps[customer]
    wait = np.clip(or_usual(history, "orders", gaps)[customer], *WAIT_DAYS)
    parts.last_at[rows] = last_at
    parts.gap_days[rows] = own
    parts.silence_days[rows] = (cutoff - last_at) / DAY_US
    parts.order_count[rows] = stop - first
    parts.first_at[rows] = purchases.at[first]
    parts.anchor[rows] = np.minimum(cutoff, last_at + (wait * DAY_US).astype(np.int64))


def or_usual(history: History, of: str, gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gaps of each customer; where it has none of its own, that of all customers (see `usual_gap`)."""
    return np.where(np.isnan(gaps), np.nan_to_num(usual_gap(history, of, gaps), nan=WAIT_DAYS[1]), gaps)


def usual_gap(history: History, of: str, gaps: NDArray[np.float64]) -> float:
    """Return the median gap of all customers of the company; NaN where nobody has one.

    Parameters
    ----------
    history : History
        Of all customers, or of some.
    of : str
        What the gaps lie between.
    gaps : float64[customers]
        As of `median_gaps`.
    """
    return float(history.everyone.quantiles(f"days between {of}", gaps, (0.5,))[0])


def median_gaps(at: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the median days between successive events at least half a day apart, per customer code.

    Parameters
    ----------
    at : int64[m]
        Times (microseconds), by customer, ascending within each.
    offsets : int64[customers + 1]
        Where each customer's events begin.

    Returns
    -------
    float64[customers]
        NaN for customers with no such pair of events.
    """
    result = np.full(offsets.size - 1, np.nan)
    _median_gaps(at, offsets, np.empty(int(np.diff(offsets).max(initial=0))), result)
    return result


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _median_gaps(at: Any, offsets: Any, days: Any, out: Any) -> None:
    for customer in range(out.size):
        count = 0
        for place in range(offsets[customer] + 1, offsets[customer + 1]):
            gap = (at[place] - at[place - 1]) / DAY_US
            if gap >= SHORTEST_GAP:
                days[count] = gap
                count += 1
        if count > 0:
            ordered = np.sort(days[:count])
            out[customer] = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
