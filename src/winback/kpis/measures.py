"""Totals of one period, by group of customers, and the ratios worked out from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.history import History
from winback.kpis.definitions import (
    average_order_value,
    churn_rate,
    is_small,
    lost_profit,
    repeat_purchase_rate,
    retention_rate,
    to_cents,
)
from winback.kpis.lost import LostRules, Standing
from winback.kpis.periods import Period

#: Texts with NaN for what is not known.
TEXT = pd.StringDtype(na_value=np.nan)
#: Who spent: customers at the start of the period, first-time buyers, customers who had been lost.
PARTS = ("new", "returning", "resurrected")
#: What cannot be told before a first spell of silence could have passed.
NEEDS_SETTLED = (
    "customers_start", "new_customers", "returned_customers", "lost_customers", "churn_rate", "retention_rate",
    "lost_profit_amount", *(f"revenue_{part}_amount" for part in PARTS), *(f"spenders_{part}" for part in PARTS),
)  # fmt: skip


@dataclass(frozen=True)
class Sales:
    """Orders and returns in the order of time, in whole cents.

    Parameters
    ----------
    at : int64[n]
        When, ascending (microseconds).
    customer : int32[n]
        Whose.
    revenue, margin : int64[n]
        Cents; below zero for returns.
    is_purchase : bool[n]
        False for returns.
    """

    at: NDArray[np.int64]
    customer: NDArray[np.int32]
    revenue: NDArray[np.int64]
    margin: NDArray[np.int64]
    is_purchase: NDArray[np.bool_]

    @classmethod
    def of(cls, history: History, margin_rate: float) -> Sales:
        """Take them from a history; where an order carries no margin, the rate gives it."""
        orders = history.events("orders")
        order = np.argsort(orders.at, kind="stable")
        amount = orders.columns["amount"][order]
        margin = amount * margin_rate
        if orders.has("margin"):
            given = orders.columns["margin"][order]
            margin = np.where(np.isnan(given), margin, given)
        return cls(orders.at[order], orders.customer[order], to_cents(amount), to_cents(margin), amount >= 0)

    def within(self, starts_at: int, ends_at: int) -> Sales:
        """Return those of one period."""
        part = slice(*np.searchsorted(self.at, [starts_at, ends_at]))
        return Sales(self.at[part], self.customer[part], self.revenue[part], self.margin[part], self.is_purchase[part])


Totals = dict[str, NDArray[np.float64]]


def customer_totals(sales: Sales, start: Standing, end: Standing) -> Totals:
    """Everything that is added up, per customer: counts of 0 or 1, orders, and cents.

    Customers at the end = at the start + new + returned − lost, for each customer and so for every group.
    """
    n = start.bought.size

    def added(values: NDArray[np.int64], mask: NDArray[np.bool_] | slice = slice(None)) -> NDArray[np.float64]:
        # cents below 2**53: doubles add them exactly
        return np.bincount(sales.customer[mask], weights=values[mask], minlength=n).astype(np.float64)

    orders = np.bincount(sales.customer[sales.is_purchase], minlength=n)
    revenue = added(sales.revenue)
    traded = np.bincount(sales.customer, minlength=n) > 0
    joined = end.is_customer & ~start.is_customer
    parts = {"new": ~start.bought, "returning": start.is_customer, "resurrected": start.bought & ~start.is_customer}
    masks = {
        "customers_start": start.is_customer,
        "new_customers": joined & ~start.bought,
        "returned_customers": joined & start.bought,
        "lost_customers": start.is_customer & ~end.is_customer,
        "customers_end": end.is_customer,
        "buyers": orders > 0,
        "repeat_buyers": orders > 1,
        **{f"spenders_{part}": mask & traded for part, mask in parts.items()},
    }
    totals = {name: mask.astype(np.float64) for name, mask in masks.items()}
    totals |= {"orders": orders.astype(np.float64), "revenue": revenue, "margin": added(sales.margin)}
    totals |= {f"revenue_{part}": np.where(mask, revenue, 0.0) for part, mask in parts.items()}
    totals["purchases"] = added(sales.revenue, sales.is_purchase)
    return totals


def grouped(totals: Totals, groups: NDArray[np.int64], n_groups: int) -> Totals:
    """Add the totals of customers up to those of their groups; a group below 0 is left out."""
    inside = groups >= 0
    return {
        name: np.bincount(groups[inside], weights=values[inside], minlength=n_groups).astype(np.float64)
        for name, values in totals.items()
    }


def period_table(period: Period, values: list[str | None], totals: Totals, *, is_settled: bool) -> pd.DataFrame:
    """Make the rows of one period: counts, money in the currency, and ratios of totals.

    Parameters
    ----------
    period : Period
        Which.
    values : list of str or None
        What the groups are called; ``None``: customers of whom it is not known.
    totals : mapping
        One element per group, money in cents.
    is_settled : bool
        Whether the data goes far enough back to tell who is a customer at the period's start.
    """
    counts = {name: totals[name] for name in COUNTS}
    money = {f"{name}_amount": totals[name] / 100 for name in CENTS}
    served = totals["customers_start"] + totals["new_customers"] + totals["returned_customers"]
    rates = {
        "churn_rate": churn_rate(totals["lost_customers"], totals["customers_start"]),
        "retention_rate": retention_rate(
            totals["customers_start"], totals["new_customers"] + totals["returned_customers"], totals["customers_end"]
        ),
        "lost_profit_amount": lost_profit(money["margin_amount"], served, totals["lost_customers"]),
        "average_order_value_amount": average_order_value(totals["purchases"] / 100, totals["orders"]),
        "repeat_purchase_rate": repeat_purchase_rate(totals["repeat_buyers"], totals["buyers"]),
    }
    frame = pd.DataFrame({"value": pd.array(values, dtype=TEXT), **counts, **money, **rates})
    frame.insert(0, "grain", period.grain)
    frame.insert(2, "first_on", period.first_on.isoformat())
    frame.insert(3, "last_on", period.last_on.isoformat())
    frame.insert(4, "is_complete", period.is_complete)
    frame.insert(5, "is_settled", is_settled)
    frame.insert(6, "is_small", is_small(totals["customers_start"]))
    if not is_settled:
        frame[list(NEEDS_SETTLED)] = np.nan
    return frame


COUNTS = (
    "customers_start", "new_customers", "returned_customers", "lost_customers", "customers_end", "buyers",
    "repeat_buyers", "orders", *(f"spenders_{part}" for part in PARTS),
)  # fmt: skip
CENTS = ("revenue", *(f"revenue_{part}" for part in PARTS), "margin")


def totals_of(period: Period, sales: Sales, rules: LostRules, data_ends_at: int) -> Totals:
    """Add up one period per customer; one that the data does not cover is added up as far as it goes."""
    ends_at = min(period.ends_at, data_ends_at)
    return customer_totals(sales.within(period.starts_at, ends_at), rules.at(period.starts_at), rules.at(ends_at))


def lost_by_reason(period: Period, totals: Totals, reasons: Mapping[str, NDArray[np.bool_]]) -> pd.DataFrame:
    """Make the rows of one period by reason: only of lost customers is it known, so there are no rates.

    Lost profit is the average margin of all customers of the period × those lost for the reason.
    """
    served = totals["customers_start"] + totals["new_customers"] + totals["returned_customers"]
    lost = np.array([float(totals["lost_customers"][mask].sum()) for mask in reasons.values()])
    profit = lost_profit(totals["margin"].sum() / 100, served.sum(), lost)
    frame = pd.DataFrame({"value": pd.array(list(reasons), dtype=TEXT)})
    frame = frame.assign(lost_customers=lost, lost_profit_amount=profit, is_small=False, is_settled=True)
    return frame.assign(
        grain=period.grain,
        first_on=period.first_on.isoformat(),
        last_on=period.last_on.isoformat(),
        is_complete=period.is_complete,
    )
