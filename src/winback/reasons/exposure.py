"""Weeks in which customers might have left, and those around which they did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.history import DAY_US, Events
from winback.reasons.leaving import WAIT_DAYS

WEEK_US = 7 * DAY_US
#: Who is silent for more than so many of its usual gaps, and for at least the horizon of the label, has left.
SILENT_GAPS = 3.0


@dataclass(frozen=True, eq=False)
class Exposure:
    """Customer-weeks at risk.

    Parameters
    ----------
    customer : int32[n]
        Customer codes.
    at : int64[n]
        When each week begins (microseconds).
    weeks : float64[n]
        How much of it counts, up to 1.
    leaving : int64[n]
        Which leaving the week may be that of, from 0; -1 where the customer ordered again in time. When exactly someone
        left is not known: some week between its last order and the time when the next one was due.
    """

    customer: NDArray[np.int32]
    at: NDArray[np.int64]
    weeks: NDArray[np.float64]
    leaving: NDArray[np.int64]

    @property
    def leavings(self) -> int:
        """How many leavings there are."""
        return int(self.leaving.max(initial=-1)) + 1


def exposure_of(
    purchases: Events, gap_days: NDArray[np.float64], ends_at: int, horizon_days: int, keep: NDArray[np.bool_]
) -> Exposure:
    """Divide the time between purchases into weeks at risk.

    After each purchase, a customer that orders again in time is at risk until then. One that falls silent is taken to
    have left until its next purchase was due; the rest of its silence says nothing. A silence that may still end counts
    until that time, too, without a leaving.

    Parameters
    ----------
    purchases : Events
        By customer and time.
    gap_days : float64[customers]
        Usual gap.
    ends_at : int
        End of what is known.
    horizon_days : int
        Shorter silences are no leaving.
    keep : bool[customers]
        Customers to look at.
    """
    customer = purchases.customer
    follows = np.append(customer[1:] == customer[:-1], False)
    until = np.where(follows, np.append(purchases.at[1:], ends_at), ends_at)
    gap = until - purchases.at
    some = keep[customer] & (gap > DAY_US // 2)
    customer, begin, gap, follows = customer[some], purchases.at[some], gap[some], follows[some]
    usual = gap_days[customer]
    wait = (np.clip(usual, *WAIT_DAYS) * DAY_US).astype(np.int64)
    left = gap > np.maximum(horizon_days, SILENT_GAPS * usual) * DAY_US
    length = np.where(follows & ~left, gap, np.minimum(gap, wait))
    count = np.maximum(-(-length // WEEK_US), 1)
    row = np.repeat(np.arange(count.size), count)
    week = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    part = np.clip(length[row] / WEEK_US - week, 0, 1)
    number = np.where(left, np.cumsum(left) - 1, -1)
    # the first day after a purchase is still that purchase
    return Exposure(customer[row], begin[row] + DAY_US + week * WEEK_US, part, number[row])
