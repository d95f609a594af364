"""What customers brought after a snapshot: revenue and margin in windows, discounted to the cutoff."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.errors import HistoryTooShortError
from winback.history import DAY_US, History, to_datetime64
from winback.snapshots import Snapshots

Floats = NDArray[np.float64]
YEAR_DAYS = 365.0


def order_margins(history: History, margin_rate: float) -> Floats:
    """Margin of every order: its own where it has one, else the rate times its amount.

    Parameters
    ----------
    history : History
        What is known.
    margin_rate : float
        Share of the amount, 0 to 1.

    Returns
    -------
    float64[m]
        In the order of ``history.events("orders")``; negative for what was brought back.
    """
    orders = history.events("orders")
    assumed = np.nan_to_num(orders.columns["amount"]) * margin_rate
    known = orders.columns.get("margin")
    return assumed if known is None else np.where(np.isnan(known), assumed, known)


def order_amounts(history: History) -> Floats:
    """Amount of every order, returns negative, float64[m]."""
    return np.nan_to_num(history.events("orders").columns["amount"])


def money_after(
    history: History,
    snapshots: Snapshots,
    money: Floats,
    *,
    from_days: float,
    to_days: float,
    discount_rate: float = 0.0,
) -> Floats:
    """Sum money of orders made in ``[cutoff + from_days, cutoff + to_days)``, discounted to the cutoff.

    Parameters
    ----------
    history : History
        Must cover the windows.
    snapshots : Snapshots
        Rows.
    money : float64[m]
        Of each order of ``history.events("orders")``.
    from_days, to_days : float
        The window, days after the cutoff.
    discount_rate : float
        Per year: money that comes t days after the cutoff counts ``(1 + rate) ** (-t / 365)``.

    Returns
    -------
    float64[n]

    Raises
    ------
    HistoryTooShortError
        If a window is not covered by the data.
    """
    if len(snapshots) and snapshots.cutoff.max() + to_days * DAY_US > history.ends_at:
        latest = to_datetime64(np.array([snapshots.cutoff.max()]))[0]
        raise HistoryTooShortError(f"the data does not cover the {to_days:.0f} days after {latest}")
    orders = history.events("orders")
    # Discounted to one common instant, sums over any window are differences of one running sum per customer.
    origin = history.starts_at
    age = (orders.at - origin) / (DAY_US * YEAR_DAYS)
    running = np.append(0.0, np.cumsum(money * (1 + discount_rate) ** -age))
    start = orders.places(snapshots.customer, snapshots.cutoff + int(from_days * DAY_US))
    end = orders.places(snapshots.customer, snapshots.cutoff + int(to_days * DAY_US))
    to_cutoff = (1 + discount_rate) ** ((snapshots.cutoff - origin) / (DAY_US * YEAR_DAYS))
    return np.asarray((running[end] - running[start]) * to_cutoff, np.float64)


def discounted_days(days: float, discount_rate: float) -> float:
    """Days of a constant stream of money, discounted: the integral of ``(1 + rate) ** (-t / 365)`` from 0 to ``days``.

    Examples
    --------
    >>> round(discounted_days(365, 0.0)), round(discounted_days(365, 0.10), 1)
    (365, 348.1)
    """
    growth = np.log1p(discount_rate) / YEAR_DAYS
    return float(days if growth == 0 else -np.expm1(-growth * days) / growth)
