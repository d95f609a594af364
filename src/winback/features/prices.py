"""Prices: what the same products cost the customer now against before, and discounts that were cut. Drivers.

A price index over what was really bought: the amount paid in the window for products that the customer had bought in
the year before each purchase, divided by what the same quantities would have cost at the price that the customer was
used to (an index with the quantities of now, after Paasche). New products, and those given away, are left out.

The price that a customer is used to is the average of what it paid in that year, where recent purchases count more
(exponential smoothing, the usual model of internal reference prices: Winer, 1986, Journal of Consumer Research 13:2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit

from winback.features.aggregates import Count, Mean, Sum
from winback.features.declarations import Declaration, Derived, Windowed
from winback.features.derivations import Difference, Ratio
from winback.features.purchases import ORDERS
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import DAY_US, History, order_by_time
from winback.settings import FeatureSettings

#: What was done to a customer is looked at in these days before the cutoff.
WINDOWS = (90, 180)
#: Earlier prices of a product are looked for in these days before the purchase, earlier discounts before the window.
YEAR = 365
#: Days in which an earlier price loses half of its weight.
FORGOTTEN_DAYS = 90
#: A price above the usual one by this share is dearer: less is rounding.
DEARER_FROM = 0.01


def _compared(history: History, _: FeatureSettings) -> StreamData:
    items = history.events("order_items", text=("product_id",))
    items = items.where(items.columns["unit_price"] > 0)
    product, price = items.columns["product_id"], items.columns["unit_price"]
    # items stand by customer and time: sorted by product they stay in the order of time
    order = order_by_time(items.customer, product)
    usual = np.empty(len(items))
    order = np.arange(len(items)) if order is None else order
    usual[order] = _usual_prices(
        items.customer[order], product[order], items.at[order], items.known_at[order], price[order]
    )
    known = ~np.isnan(usual)
    items, price, usual = items.where(known), price[known], usual[known]
    quantity = items.columns["quantity"]
    return events_stream(
        items,
        {
            "paid": quantity * price,
            "paid_usually": quantity * usual,
            "is_dearer": (price > usual * (1 + DEARER_FROM)).astype(float),
        },
    )


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _usual_prices(customer: Any, product: Any, at: Any, known_at: Any, price: Any) -> Any:
    """Price of the product that the customer was used to by the year before, as known with each line."""
    usual = np.full(at.size, np.nan)
    for line in range(at.size):
        total, weights = 0.0, 0.0
        place = line - 1
        while place >= 0 and customer[place] == customer[line] and product[place] == product[line]:
            if at[place] < at[line] - YEAR * DAY_US:
                break
            if at[place] < at[line] and known_at[place] <= known_at[line]:
                weight = 0.5 ** ((at[line] - at[place]) / (FORGOTTEN_DAYS * DAY_US))
                total += weight * price[place]
                weights += weight
            place -= 1
        if weights > 0:
            usual[line] = total / weights
    return usual


COMPARED = Stream(
    name="order_items_compared",
    table="order_items",
    columns=("product_id", "quantity", "unit_price"),
    build=_compared,
    doc="Lines of orders whose product the customer had bought in the year before: what was paid, what it would have "
    "been at the price that it was used to (paid_usually), and whether the price is above that (is_dearer).",
)


def _price(name: str, aggregate: Count | Mean | Sum, unit: str, doc: str, *, hidden: bool = False) -> Windowed:
    return Windowed(
        name=name, stream=COMPARED, aggregate=aggregate, windows=WINDOWS, role="driver", reason="price", unit=unit,
        doc=doc, hidden=hidden,
    )  # fmt: skip


_INDEX: tuple[Declaration, ...] = (
    _price("price_paid_amount", Sum("paid"), "money", "Paid for products bought before.", hidden=True),
    _price("price_usual_amount", Sum("paid_usually"), "money", "The same at the prices it was used to.", hidden=True),
    Derived(
        name="price_index", how=Ratio("price_paid_amount_{window}", "price_usual_amount_{window}"), windows=WINDOWS,
        role="driver", reason="price", unit="ratio",
        doc="Prices paid against those that it was used to for the same products; 1.1 is ten per cent dearer.",
    ),
    _price("price_dearer_count", Sum("is_dearer"), "count",
           f"Order lines at a price more than {DEARER_FROM:.0%} above the usual one."),
    _price("price_dearer_share", Mean("is_dearer"), "share", "Share of lines with an earlier price that are dearer."),
    Windowed(
        name="price_compared_count", stream=COMPARED, aggregate=Count(), windows=WINDOWS, role="symptom",
        unit="count", doc="Lines of orders whose product the customer had bought in the year before.",
    ),
)  # fmt: skip


def _discount_cut(days: int) -> Iterator[Declaration]:
    """Share of discounts in the window against that in the year before it."""
    for name, measure in (("given", "discount"), ("listed", "listed")):
        for period, windows, shift in (("now", days, 0), (f"before_{days}d", YEAR, days)):
            yield Windowed(
                name=f"discount_{name}_{period}_amount", stream=ORDERS, where="is_purchase", aggregate=Sum(measure),
                windows=(windows,), shift=shift, role="driver", reason="price", unit="money",
                doc="Part of discount_cut.", hidden=True,
            )  # fmt: skip
    for period, windows in (("now", days), (f"before_{days}d", YEAR)):
        yield Derived(
            name=f"discount_{period}_share", windows=(windows,), role="driver", reason="price", unit="share",
            how=Ratio(f"discount_given_{period}_amount_{{window}}", f"discount_listed_{period}_amount_{{window}}"),
            doc="Part of discount_cut.", hidden=True,
        )  # fmt: skip
    yield Derived(
        name="discount_cut", windows=(days,), role="driver", reason="price", unit="points of share",
        how=Difference(f"discount_before_{days}d_share_{YEAR}d", "discount_now_share_{window}"),
        doc="Share of the list price given as discount in the year before the window, less that in the window.",
    )  # fmt: skip


FEATURES: tuple[Declaration, ...] = (
    *_INDEX,
    *(declared for days in WINDOWS for declared in _discount_cut(days)),
)
