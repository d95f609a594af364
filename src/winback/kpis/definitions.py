"""The statistics of retention, each as one pure function with its worked example."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ratio(part: ArrayLike, whole: ArrayLike) -> NDArray[np.float64]:
    """Divide totals; NaN where there is nothing to divide by.

    Examples
    --------
    >>> ratio([1, 2], [4, 0]).tolist()
    [0.25, nan]
    """
    numerator, denominator = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(denominator > 0, numerator / denominator, np.nan), dtype=np.float64)


def churn_rate(lost: ArrayLike, at_start: ArrayLike) -> NDArray[np.float64]:
    """Share of a period's first customers that were lost in it.

    Parameters
    ----------
    lost : array-like of int
        Customers at the start who are none at the end.
    at_start : array-like of int
        Customers at the start.

    Returns
    -------
    float64 array
        0 to 1; NaN where there were no customers at the start.

    References
    ----------
    .. [1] Farris et al., *Marketing Metrics*, 3rd ed., 2015, chapter 5 (churn is one minus retention).

    Examples
    --------
    >>> float(churn_rate(10, 100))
    0.1
    """
    return ratio(lost, at_start)


def retention_rate(at_start: ArrayLike, joined: ArrayLike, at_end: ArrayLike) -> NDArray[np.float64]:
    """Share of a period's first customers that are still there at its end: (end − joined) / start.

    Parameters
    ----------
    at_start, at_end : array-like of int
        Customers at the start and at the end.
    joined : array-like of int
        Customers at the end who were none at the start: new ones and those who came back.

    References
    ----------
    .. [1] Farris et al., *Marketing Metrics*, 3rd ed., 2015, chapter 5.

    Examples
    --------
    100 at the start, 20 new, 10 lost, so 110 at the end:

    >>> float(retention_rate(100, 20, 110))
    0.9
    """
    return ratio(np.asarray(at_end) - np.asarray(joined), at_start)


def lost_profit(margin: ArrayLike, customers: ArrayLike, lost: ArrayLike) -> NDArray[np.float64]:
    """Average margin per customer × customers lost.

    Parameters
    ----------
    margin : array-like
        Margin of all customers in the period.
    customers : array-like of int
        Everyone who was a customer in the period.
    lost : array-like of int
        Customers lost in it.

    Examples
    --------
    120 customers earned 60,000, so 500 each; 10 were lost:

    >>> float(lost_profit(60_000, 120, 10))
    5000.0
    """
    return np.asarray(ratio(margin, customers) * np.asarray(lost), dtype=np.float64)


@dataclass(frozen=True)
class Segment:
    """One part of the revenue: how many customers, and what each of them spent on average."""

    customers: int
    average_spend: float


def revenue_from_segments(new: Segment, returning: Segment, resurrected: Segment) -> float:
    """Revenue as customers × average spend of three kinds of customers, to the cent.

    Parameters
    ----------
    new, returning, resurrected : Segment
        Customers who bought for the first time, who were customers at the start of the period, and who had been lost.

    Returns
    -------
    float
        The total, rounded to the cent after adding.

    Examples
    --------
    Three new ones spent 100.00 between them, 50 returning ones 80 each, 5 resurrected ones 40 each:

    >>> revenue_from_segments(Segment(3, 100 / 3), Segment(50, 80), Segment(5, 40))
    4300.0
    """
    return round(math.fsum(part.customers * part.average_spend for part in (new, returning, resurrected)), 2)


def repeat_purchase_rate(repeat_customers: ArrayLike, customers: ArrayLike) -> NDArray[np.float64]:
    """Share of a period's buyers who bought more than once in it.

    References
    ----------
    .. [1] Peterson, *Web Analytics Demystified*, 2004 (repeat customers over all customers of the period).

    Examples
    --------
    >>> float(repeat_purchase_rate(30, 120))
    0.25
    """
    return ratio(repeat_customers, customers)


def average_order_value(revenue: ArrayLike, orders: ArrayLike) -> NDArray[np.float64]:
    """Revenue of a period divided by its orders.

    Examples
    --------
    >>> float(average_order_value(4_300, 86))
    50.0
    """
    return ratio(revenue, orders)


def customer_lifetime_value(margin_per_year: float, retention: float, discount_rate: float) -> float:
    """Discounted margin of a customer over all years to come, first year's margin included: m × (1 + d) / (1 + d − r).

    Parameters
    ----------
    margin_per_year : float
        Average margin of a customer in a year.
    retention : float
        Share of customers who stay from year to year, 0 to 1.
    discount_rate : float
        Per year, not below 0.

    Returns
    -------
    float
        In the currency of the margin; NaN where retention is 1 and nothing is discounted, for that has no end.

    References
    ----------
    .. [1] S. Gupta, D. R. Lehmann, "Customers as assets", Journal of Interactive Marketing 17(1), 2003, pp. 9-24;
       the form that includes the first margin: Farris et al., *Marketing Metrics*, chapter 5.

    Examples
    --------
    100 a year, 80 % stay, 10 % discount:

    >>> round(customer_lifetime_value(100, 0.8, 0.1), 2)
    366.67
    """
    remaining = 1 + discount_rate - retention
    return margin_per_year * (1 + discount_rate) / remaining if remaining > 0 else math.nan


def to_cents(amounts: ArrayLike) -> NDArray[np.int64]:
    """Round each amount to whole cents: their sums are then exact, however they are split.

    Examples
    --------
    >>> to_cents([0.1, 0.2, -19.999]).tolist()
    [10, 20, -2000]
    """
    return np.rint(np.nan_to_num(np.asarray(amounts, dtype=np.float64)) * 100).astype(np.int64)


def is_small(customers: ArrayLike, smallest: int = 30) -> NDArray[np.bool_]:
    """Tell where a rate stands on too few customers to be compared with others.

    At 30 customers and a rate of 10 % the standard error is 5.5 points: more than such rates usually differ by.

    Examples
    --------
    >>> is_small([5, 500]).tolist()
    [True, False]
    """
    return np.asarray(customers) < smallest
