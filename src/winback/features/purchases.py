"""Purchases: how recently, how often and how much a customer buys, and in which rhythm."""

from __future__ import annotations

from winback.features.aggregates import Count, DaysSinceFirst, DaysSinceLast, GapMedian, Sum
from winback.features.declarations import Declaration, Derived, Ratio, Windowed
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import History
from winback.settings import FeatureSettings


def _orders(history: History, settings: FeatureSettings) -> StreamData:  # noqa: ARG001
    orders = history.events("orders")
    amount = orders.columns["amount"]
    return events_stream(orders, {"is_purchase": (amount >= 0).astype(float), "is_return": (amount < 0).astype(float)})


ORDERS = Stream(
    name="orders",
    table="orders",
    build=_orders,
    doc="Every order, returns too (is_return); is_purchase marks those that are none.",
)

FEATURES: tuple[Declaration, ...] = (
    Windowed(
        name="order_count",
        stream=ORDERS,
        where="is_purchase",
        aggregate=Count(),
        windows=(30, 90, 180, 365),
        role="symptom",
        unit="orders",
        doc="Orders made.",
    ),
    Windowed(
        name="order_amount",
        stream=ORDERS,
        aggregate=Sum("amount"),
        windows=(30, 90, 180, 365),
        role="symptom",
        unit="money",
        doc="Revenue, less what was brought back.",
    ),
    Windowed(
        name="days_since_order",
        stream=ORDERS,
        where="is_purchase",
        aggregate=DaysSinceLast(),
        role="symptom",
        unit="days",
        doc="Days since the last order.",
    ),
    Windowed(
        name="days_since_first_order",
        stream=ORDERS,
        where="is_purchase",
        aggregate=DaysSinceFirst(),
        role="context",
        unit="days",
        doc="Days since the first order.",
    ),
    Windowed(
        name="order_gap_median_days",
        stream=ORDERS,
        where="is_purchase",
        aggregate=GapMedian(),
        role="symptom",
        unit="days",
        doc="Median gap between days with orders.",
    ),
    Derived(
        name="silence_ratio",
        how=Ratio("days_since_order", "order_gap_median_days"),
        role="symptom",
        unit="ratio",
        doc="Silence since the last order, in the customer's own median gaps.",
    ),
)
