"""Purchases: how recently, how often and how much a customer buys, in which rhythm, and how that changes.

All of this is the customer's own behaviour: symptoms. What was done to the customer is in the other subjects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features.aggregates import (
    Aggregate,
    Count,
    DaysSinceFirst,
    DaysSinceLast,
    Deviation,
    DistinctCount,
    GapDeviation,
    GapLast,
    GapMaximum,
    GapMean,
    GapMedian,
    GapRecentMean,
    LargestShare,
    Last,
    LastWord,
    Mean,
    MostFrequent,
    SilenceShare,
    Sum,
)
from winback.features.declarations import Declaration, Derived, Windowed
from winback.features.derivations import Contrast, Derivation, Difference, Excess, Ratio, WhenAtLeast, YearlyPace
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import Columns, History, local_day_numbers
from winback.settings import FeatureSettings

YEAR = 365


def _orders(history: History, _: FeatureSettings) -> StreamData:
    orders = history.events("orders")
    amount = orders.columns["amount"]
    timezone = history.timezone
    day = Columns({"day": lambda: local_day_numbers(orders.at, timezone)})
    measures: dict[str, Callable[[], NDArray[Any]]] = {
        "is_purchase": lambda: (amount >= 0).astype(np.float64),
        "is_return": lambda: (amount < 0).astype(np.float64),
        "returned": lambda: -amount,
        "weekday": lambda: ((day["day"] + 3) % 7).astype(np.int32),  # 1970-01-01 was a Thursday; Monday is 0
        "month": lambda: _of_days(day["day"], lambda date: date.astype("datetime64[M]").astype(np.int32)),
        "year_day": lambda: _of_days(day["day"], _day_of_year),
    }
    if orders.has("margin"):
        margin = orders.columns["margin"]
        measures["margined_amount"] = lambda: np.where(np.isnan(margin), np.nan, amount)
    if orders.has("discount"):
        discount = orders.columns["discount"]
        measures["listed"] = lambda: amount + discount  # missing where the discount is not known
        measures["is_discounted"] = lambda: np.where(np.isnan(discount), np.nan, discount > 0)
    return events_stream(orders, Columns(measures))


def _of_days(
    day: NDArray[np.int64], make: Callable[[NDArray[np.datetime64]], NDArray[Any]]
) -> NDArray[Any]:  # fmt: skip
    """What is made of dates, once for each day of the calendar from the first of these days to the last."""
    first = int(day.min(initial=0))
    dates = np.arange(first, int(day.max(initial=first)) + 1).astype("datetime64[D]")
    return make(dates)[day - first]


def _day_of_year(dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Day of the year, 1 to 366."""
    return np.asarray(1 + (dates - dates.astype("datetime64[Y]")).astype(np.int64), np.float64)


def _items(history: History, _: FeatureSettings) -> StreamData:
    return events_stream(history.events("order_items", text=("product_id",)))


ORDERS = Stream(
    name="orders",
    table="orders",
    build=_orders,
    doc="Every order; is_return marks those with an amount below zero, is_purchase the others. listed is the amount "
    "before discount; weekday (Monday 0), month and year_day (1 to 366) are those of the company's calendar.",
)
ITEMS = Stream(
    name="order_items",
    table="order_items",
    columns=("product_id",),
    build=_items,
    doc="Every line of an order, returns too.",
)


def _of_orders(
    name: str, aggregate: Aggregate, unit: str, doc: str, *, windows: Sequence[int] = (), shift: int = 0,
    hidden: bool = False, where: str = "is_purchase",
) -> Windowed:  # fmt: skip
    return Windowed(
        name=name, stream=ORDERS, where=where, aggregate=aggregate, windows=tuple(windows), shift=shift,
        role="symptom", unit=unit, doc=doc, hidden=hidden,
    )  # fmt: skip


def _derived(
    name: str, how: Derivation, unit: str, doc: str, *, windows: Sequence[int] = (), hidden: bool = False
) -> Derived:
    return Derived(name=name, how=how, role="symptom", unit=unit, doc=doc, windows=tuple(windows), hidden=hidden)


_RECENCY_AND_FREQUENCY: tuple[Declaration, ...] = (
    _of_orders("days_since_order", DaysSinceLast(), "days", "Silence: days since the last order."),
    Windowed(name="days_since_first_order", stream=ORDERS, where="is_purchase", aggregate=DaysSinceFirst(),
             role="context", unit="days", doc="How long the customer has been buying."),
    _of_orders("order_count", Count(), "orders", "Orders made.", windows=(30, 90, 180, YEAR)),
    _of_orders("order_count_total", Count(), "orders", "Orders made, ever."),
    _of_orders("order_month_count", DistinctCount("month"), "months", "Months with an order.", windows=(YEAR,)),
    _derived("order_rate", Ratio("order_count_total", "days_since_first_order", floor=1), "orders per day",
             "Orders per day since the first one."),
    _derived("order_span_days", Difference("days_since_first_order", "days_since_order"), "days",
             "Days between the first order and the last."),
    _derived("order_span_share", Ratio("order_span_days", "days_since_first_order", floor=1), "share",
             "Share of the time since the first order that had passed at the last one; low after a long silence."),
)  # fmt: skip

_MONEY: tuple[Declaration, ...] = (
    _of_orders("order_amount", Sum("amount"), "money", "Revenue, less what was brought back.",
               windows=(30, 90, 180, YEAR), where=""),
    _of_orders("margin_amount", Sum("margin"), "money", "Margin of the orders, less that of returns.",
               windows=(90, YEAR), where=""),
    _of_orders("margined_amount", Sum("margined_amount"), "money", "Revenue of orders whose margin is known.",
               windows=(90, YEAR), where="", hidden=True),
    _derived("margin_share", Ratio("margin_amount_{window}", "margined_amount_{window}"), "share",
             "Margin per revenue.", windows=(90, YEAR)),
    _of_orders("order_amount_total", Sum("amount"), "money", "Revenue ever, less what was brought back.", where=""),
    _of_orders("margin_amount_total", Sum("margin"), "money", "Margin ever, less that of returns.", where=""),
    _derived("order_pace_amount", YearlyPace("order_amount_total", "order_span_days", "order_gap_mean_days"), "money",
             "Revenue per year while the customer was buying: what it may bring again if it returns."),
    _derived("margin_pace_amount", YearlyPace("margin_amount_total", "order_span_days", "order_gap_mean_days"), "money",
             "Margin per year while the customer was buying."),
    _of_orders("basket_amount", Mean("amount"), "money", "Average order.", windows=(90, YEAR)),
    _of_orders("basket_deviation_amount", Deviation("amount"), "money", "Standard deviation of the orders' amounts.",
               windows=(YEAR,)),
    _of_orders("basket_last_amount", Last("amount"), "money", "Amount of the last order."),
    _derived("basket_last_ratio", Ratio("basket_last_amount", "basket_amount_365d"), "ratio",
             "Last order compared to the average of the last year."),
    _of_orders("discount_amount", Sum("discount"), "money", "Discounts given.", windows=(90, YEAR), hidden=True),
    _of_orders("listed_amount", Sum("listed"), "money", "Revenue before discounts, of orders whose discount is known.",
               windows=(90, YEAR), hidden=True),
    _derived("discount_share", Ratio("discount_amount_{window}", "listed_amount_{window}"), "share",
             "Discounts per revenue before discounts.", windows=(90, YEAR)),
    _of_orders("order_discounted_share", Mean("is_discounted"), "share", "Share of the orders with a discount.",
               windows=(YEAR,)),
)  # fmt: skip

_RETURNS: tuple[Declaration, ...] = (
    _of_orders("return_count", Count(), "orders", "Returns.", windows=(90, YEAR), where="is_return"),
    _of_orders("days_since_return", DaysSinceLast(), "days", "Days since the last return.", where="is_return"),
    _of_orders("returned_amount", Sum("returned"), "money", "Value brought back.", windows=(YEAR,), where="is_return",
               hidden=True),
    _of_orders("purchase_amount", Sum("amount"), "money", "Value bought, before returns.", windows=(30, 90, 180, YEAR),
               hidden=True),
    _derived("return_share", Ratio("returned_amount_{window}", "purchase_amount_{window}"), "share",
             "Share of the value bought that was brought back.", windows=(YEAR,)),
)  # fmt: skip

_RHYTHM: tuple[Declaration, ...] = (
    _of_orders("order_gap_mean_days", GapMean(), "days", "Average gap between days with orders."),
    _of_orders("order_gap_median_days", GapMedian(), "days", "Usual (median) gap between days with orders."),
    _of_orders("order_gap_deviation_days", GapDeviation(), "days", "Standard deviation of the gaps."),
    _of_orders("order_gap_last_days", GapLast(), "days", "Latest gap."),
    _of_orders("order_gap_maximum_days", GapMaximum(), "days", "Longest gap."),
    _of_orders("order_gap_recent_days", GapRecentMean(), "days", "Average of the latest three gaps."),
    _derived("order_gap_variation", Ratio("order_gap_deviation_days", "order_gap_mean_days"), "ratio",
             "Irregularity: standard deviation of the gaps per average gap."),
    _derived("order_gap_trend", Contrast("order_gap_recent_days", "order_gap_mean_days"), "ratio",
             "Latest gaps against all gaps; above zero where the customer orders ever more rarely."),
    _of_orders("silence_share", SilenceShare(), "share", "Share of the customer's own gaps up to the present silence."),
    _derived("silence_ratio", Ratio("days_since_order", "order_gap_median_days"), "ratio",
             "Present silence in usual gaps."),
    _derived("silence_longest_ratio", Ratio("days_since_order", "order_gap_maximum_days"), "ratio",
             "Present silence in longest gaps."),
    _derived("silence_score", Excess("days_since_order", "order_gap_mean_days", "order_gap_deviation_days"), "ratio",
             "Present silence beyond the average gap, in standard deviations of the gaps."),
    _derived("days_until_order", Difference("order_gap_median_days", "days_since_order"), "days",
             "Days until the next order is due by the usual gap; below zero when overdue."),
    _of_orders("order_weekday_share", LargestShare("weekday"), "share", "Share of orders on the most usual weekday.",
               windows=(YEAR,)),
)  # fmt: skip

_CALENDAR: tuple[Declaration, ...] = (
    _of_orders("order_last_year_day", Last("year_day"), "day of the year",
               "Day of the year of the last order: who last came for a yearly occasion is judged by that season."),
)  # fmt: skip

_TREND: tuple[Declaration, ...] = (
    *(
        _of_orders("order_count_before", Count(), "orders", "Orders in the window before.", windows=(days,), shift=days,
                   hidden=True)
        for days in (30, 90, 180)
    ),
    *(
        _of_orders("purchase_amount_before", Sum("amount"), "money", "Value bought in the window before.",
                   windows=(days,), shift=days, hidden=True)
        for days in (90, 180)
    ),
    _of_orders("order_count_long_before", Count(), "orders", "Orders two windows before.", windows=(90,), shift=180,
               hidden=True),
    _derived("order_count_trend", Contrast("order_count_{window}", "order_count_before_{window}"), "ratio",
             "Orders against the window before, -1 (stopped) to 1 (began).", windows=(30, 90, 180)),
    _derived("order_amount_trend", Contrast("purchase_amount_{window}", "purchase_amount_before_{window}"), "ratio",
             "Value bought against the window before, -1 (stopped) to 1 (began).", windows=(90, 180)),
    _derived("order_count_trend_before", Contrast("order_count_before_{window}", "order_count_long_before_{window}"),
             "ratio", "The trend one window earlier.", windows=(90,), hidden=True),
    _derived("order_count_acceleration",
             Difference("order_count_trend_{window}", "order_count_trend_before_{window}"), "ratio",
             "Change of the trend; below zero where a decline begins or steepens.", windows=(90,)),
)  # fmt: skip


def _season(days: int) -> tuple[Declaration, ...]:
    """The weeks that lie ahead, a year ago; and the weeks just passed against the same weeks a year ago."""
    window = (days,)
    return (
        _of_orders("order_count_ahead_then", Count(), "orders", "Orders in the coming weeks, a year ago.",
                   windows=window, shift=YEAR - days, hidden=True),
        _of_orders("purchase_amount_ahead_then", Sum("amount"), "money", "Value bought in the same days.",
                   windows=window, shift=YEAR - days, hidden=True),
        _of_orders("order_count_then", Count(), "orders", "Orders in the same weeks a year ago.", windows=window,
                   shift=YEAR, hidden=True),
        _derived("order_count_last_year",
                 WhenAtLeast("order_count_ahead_then_{window}", "days_since_first_order", YEAR), "orders",
                 "Orders in the season that lies ahead, a year ago: in the days that followed this day then. Missing "
                 "for whom was no customer yet.", windows=window),
        _derived("order_amount_last_year",
                 WhenAtLeast("purchase_amount_ahead_then_{window}", "days_since_first_order", YEAR), "money",
                 "Value bought in the season that lies ahead, a year ago; as order_count_last_year.", windows=window),
        _derived("order_count_year_contrast", Contrast("order_count_{window}", "order_count_then_{window}"), "ratio",
                 "Orders against the same weeks a year ago.", windows=window, hidden=True),
        _derived("order_count_year_trend",
                 WhenAtLeast("order_count_year_contrast_{window}", "days_since_first_order", YEAR + days), "ratio",
                 "Orders against the same weeks a year ago, -1 (stopped) to 1 (began). Missing for whom was no "
                 "customer then.", windows=window),
    )  # fmt: skip


_BREADTH: tuple[Declaration, ...] = (
    _of_orders("order_channel_count", DistinctCount("channel"), "channels", "Channels used.", windows=(YEAR,)),
    _of_orders("order_channel", MostFrequent("channel"), "category", "The channel used most.", windows=(YEAR,)),
    _of_orders("order_channel_last", LastWord("channel"), "category", "Channel of the last order."),
    Windowed(name="product_count", stream=ITEMS, aggregate=DistinctCount("product_id"), windows=(90, YEAR),
             role="symptom", unit="products", doc="Different products bought."),
    Windowed(name="product_count_before", stream=ITEMS, aggregate=DistinctCount("product_id"), windows=(90,), shift=90,
             role="symptom", unit="products", doc="Different products bought in the window before.", hidden=True),
    Windowed(name="order_line", stream=ITEMS, aggregate=Count(), windows=(90, YEAR), role="symptom", unit="lines",
             doc="Lines of orders.", hidden=True),
    _derived("product_count_trend", Contrast("product_count_{window}", "product_count_before_{window}"), "ratio",
             "Breadth of products against the window before, -1 to 1.", windows=(90,)),
    _derived("order_line_mean", Ratio("order_line_{window}", "order_count_{window}"), "lines",
             "Lines per order.", windows=(90, YEAR)),
)  # fmt: skip

FEATURES: tuple[Declaration, ...] = (
    *_RECENCY_AND_FREQUENCY,
    *_MONEY,
    *_RETURNS,
    *_RHYTHM,
    *_CALENDAR,
    *_TREND,
    *_season(30),
    *_season(90),
    *_BREADTH,
)
