"""Deliveries: how many came late or broken, by how much, and what has still not arrived: drivers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.features.aggregates import Aggregate, Count, DaysSinceLast, Last, Maximum, Mean, Sum
from winback.features.declarations import Declaration, Windowed
from winback.features.open_items import open_features, open_items
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import DAY_US, HOUR_US, NO_TIME, Events, History, local_day_numbers
from winback.settings import FeatureSettings

#: What was done to a customer is looked at in these days before the cutoff, and over a year as what is usual for it.
WINDOWS = (90, 180)
YEAR = 365
#: How many of the latest deliveries `delivery_last_late_count` looks at.
LATEST = 4


def due_at(promised_at: NDArray[np.int64], timezone: str) -> NDArray[np.int64]:
    """Return the last instant at which a delivery is in time.

    Parameters
    ----------
    promised_at : int64[n]
        Microseconds, UTC.
    timezone : str
        Zone of the company's days.

    Returns
    -------
    int64[n]
        The promised time itself; where that is the first instant of a local day, a day was promised: its last instant.

    Examples
    --------
    >>> due_at(np.array([DAY_US, DAY_US + 1]), "UTC") - DAY_US
    array([86399999999,           1])
    """
    day = local_day_numbers(promised_at, timezone)
    is_day = local_day_numbers(promised_at - 1, timezone) != day
    # a local day lasts 23 to 25 hours
    ends = promised_at + 23 * HOUR_US
    for _ in range(4):
        ends = np.where(local_day_numbers(ends, timezone) == day, ends + HOUR_US // 2, ends)
    return np.where(is_day, ends - 1, promised_at)


def _due(history: History) -> tuple[Events, NDArray[np.int64], NDArray[np.bool_]]:
    """Deliveries, their last instant in time, and whether they have come by then."""
    deliveries = history.events("deliveries")
    due = due_at(deliveries.at, history.timezone)
    delivered = deliveries.columns["delivered_at"]
    return deliveries, due, (delivered != NO_TIME) & (delivered <= due)


def _judged(history: History, _: FeatureSettings) -> StreamData:
    deliveries, due, in_time = _due(history)
    at = np.where(in_time, deliveries.columns["delivered_at"], due)
    return events_stream(deliveries, {"is_late": (~in_time).astype(float)}, at=at)


def _latest(history: History, settings: FeatureSettings) -> StreamData:
    judged = _judged(history, settings)
    order = np.lexsort((judged.at, judged.known_at, judged.customer))
    customer, known_at = judged.customer[order], judged.known_at[order]
    late = judged.measures["is_late"][order]
    count = late.copy()
    for back in range(1, LATEST):
        count[back:] += np.where(customer[back:] == customer[:-back], late[:-back], 0)
    return StreamData(customer, known_at, known_at, {"late_count": count})


def _arrived(history: History, _: FeatureSettings) -> StreamData:
    deliveries, _due_at, in_time = _due(history)
    delivered = deliveries.columns["delivered_at"]
    late = (delivered != NO_TIME) & ~in_time
    delay = np.where(late, (delivered - np.where(late, deliveries.at, delivered)) / DAY_US, np.nan)
    return events_stream(deliveries, {"is_late": late.astype(float), "delay_days": delay}, at=delivered)


def _overdue(history: History, _: FeatureSettings) -> StreamData:
    deliveries, due, in_time = _due(history)
    late = deliveries.where(~in_time)
    return open_items(late.customer, due[~in_time], late.columns["delivered_at"], late.known_at)


_DELIVERED = ("delivered_at",)
JUDGED = Stream(
    name="deliveries_judged",
    table="deliveries",
    columns=_DELIVERED,
    build=_judged,
    doc="Deliveries when they came in time (is_late 0), or when the promised time had passed without them (1); a "
    "promise of a day is kept until it ends.",
)
LATEST_JUDGED = Stream(
    name="deliveries_latest",
    table="deliveries",
    columns=_DELIVERED,
    build=_latest,
    doc=f"When it became known whether a delivery was late: how many of the latest {LATEST} were.",
)
ARRIVED = Stream(
    name="deliveries_arrived",
    table="deliveries",
    columns=_DELIVERED,
    build=_arrived,
    doc="Deliveries when they came: defective; is_late, and then the delay_days since the promised time.",
)
OVERDUE = Stream(
    name="deliveries_overdue",
    table="deliveries",
    columns=_DELIVERED,
    build=_overdue,
    doc="Balance of deliveries that are late and have not come.",
)


def _driver(
    name: str, stream: Stream, aggregate: Aggregate, unit: str, doc: str, *, reason: str = "delivery",
    windows: tuple[int, ...] = WINDOWS, where: str = "",
) -> Windowed:  # fmt: skip
    return Windowed(
        name=name, stream=stream, where=where, aggregate=aggregate, windows=windows, role="driver", reason=reason,
        unit=unit, doc=doc,
    )  # fmt: skip


_LATE: tuple[Declaration, ...] = (
    Windowed(name="delivery_count", stream=JUDGED, aggregate=Count(), windows=(*WINDOWS, YEAR), role="symptom",
             unit="count", doc="Deliveries that came in time, or whose time had passed."),
    _driver("delivery_late_count", JUDGED, Sum("is_late"), "count", "Late deliveries, come or not.",
            windows=(*WINDOWS, YEAR)),
    _driver("delivery_late_share", JUDGED, Mean("is_late"), "share", "Share of the deliveries that were late.",
            windows=(*WINDOWS, YEAR)),
    _driver("days_since_late_delivery", JUDGED, DaysSinceLast(), "days", "Days since a delivery was last late.",
            where="is_late", windows=()),
    _driver("delivery_last_late_count", LATEST_JUDGED, Last("late_count"), "count",
            f"How many of the last {LATEST} deliveries were late.", windows=()),
    _driver("delivery_delay_days_total", ARRIVED, Sum("delay_days"), "days", "Days of delay of all late deliveries.",
            where="is_late"),
    _driver("delivery_delay_days_mean", ARRIVED, Mean("delay_days"), "days", "Days of delay of late deliveries."),
    _driver("delivery_delay_days_maximum", ARRIVED, Maximum("delay_days"), "days", "The longest delay."),
    *open_features(OVERDUE, "delivery_overdue", things="Deliveries late and still not arrived", role="driver",
                   reason="delivery"),
)  # fmt: skip

_DEFECTIVE: tuple[Declaration, ...] = (
    Windowed(name="delivery_inspected_count", stream=ARRIVED, aggregate=Count("defective"), windows=(*WINDOWS, YEAR),
             role="symptom", unit="count", doc="Deliveries of which it is known whether they were defective."),
    _driver("delivery_defective_count", ARRIVED, Count(), "count", "Defective deliveries.", where="defective",
            windows=(*WINDOWS, YEAR), reason="product_quality"),
    _driver("delivery_defective_share", ARRIVED, Mean("defective"), "share", "Share of deliveries that were defective.",
            windows=(*WINDOWS, YEAR), reason="product_quality"),
    _driver("days_since_defective_delivery", ARRIVED, DaysSinceLast(), "days", "Days since a delivery was defective.",
            where="defective", windows=(), reason="product_quality"),
)  # fmt: skip

FEATURES: tuple[Declaration, ...] = (*_LATE, *_DEFECTIVE)
