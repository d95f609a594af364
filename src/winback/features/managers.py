"""Managers: how often the customer was handed to somebody else, and whether it has bought since."""

from __future__ import annotations

from winback.features.aggregates import Count, DaysSinceLast, DistinctCount
from winback.features.declarations import Declaration, Windowed
from winback.features.linking import first_known_after, previous_known
from winback.features.open_items import open_features, open_items
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import Events, History
from winback.settings import FeatureSettings

#: Changes are looked at in these days before the cutoff.
WINDOWS = (90, 180, 365)


def _changed(history: History) -> Events:
    """Assignments to somebody else than the customer's manager until then."""
    assignments = history.events("managers")
    manager = assignments.columns["manager_id"]
    before = previous_known(assignments.customer, assignments.known_at)
    return assignments.where((before >= 0) & (manager != manager[before]))


def _assignments(history: History, _: FeatureSettings) -> StreamData:
    return events_stream(history.events("managers"))


def _changes(history: History, _: FeatureSettings) -> StreamData:
    return events_stream(_changed(history))


def _changes_without_order(history: History, _: FeatureSettings) -> StreamData:
    changes = _changed(history)
    ordered = first_known_after(changes, history.purchases())
    return open_items(changes.customer, changes.at, ordered, changes.known_at)


_COLUMNS = ("manager_id",)
ASSIGNMENTS = Stream(
    name="managers", table="managers", columns=_COLUMNS, build=_assignments, doc="Every assignment of a manager."
)
CHANGES = Stream(
    name="manager_changes",
    table="managers",
    columns=_COLUMNS,
    build=_changes,
    doc="Assignments to somebody else than before; the first one is no change.",
)
CHANGES_WITHOUT_ORDER = Stream(
    name="manager_changes_without_order",
    table="managers",
    columns=_COLUMNS,
    build=_changes_without_order,
    doc="Balance of changes of manager after which nothing was bought.",
)

FEATURES: tuple[Declaration, ...] = (
    Windowed(
        name="manager_change_count", stream=CHANGES, aggregate=Count(), windows=WINDOWS, role="driver",
        reason="manager_change", unit="count", doc="Changes of manager.",
    ),
    Windowed(
        name="days_since_manager_change", stream=CHANGES, aggregate=DaysSinceLast(), role="driver",
        reason="manager_change", unit="days", doc="Days since the last change of manager.",
    ),
    Windowed(
        name="manager_distinct_count", stream=ASSIGNMENTS, aggregate=DistinctCount("manager_id"), role="context",
        unit="count", doc="Different managers, ever.",
    ),
    Windowed(
        name="days_since_manager_assigned", stream=ASSIGNMENTS, aggregate=DaysSinceLast(), role="context",
        unit="days", doc="Days since the present manager was assigned.",
    ),
    *open_features(
        CHANGES_WITHOUT_ORDER, "manager_change_without_order", things="Changes of manager that no order has followed",
        role="symptom",
    ),
)  # fmt: skip
