"""Exits: that, and why, the customer once said it left. What it said is for the reasons; here it is a symptom."""

from __future__ import annotations

from winback.features.aggregates import Count, DaysSinceLast, LastWord
from winback.features.declarations import Declaration, Windowed
from winback.features.streams import table_stream

EXITS = table_stream("exits", "Every time that a customer said why it left.")

FEATURES: tuple[Declaration, ...] = (
    Windowed(
        name="exit_count", stream=EXITS, aggregate=Count(), windows=(365,), role="symptom", unit="count",
        doc="Times that the customer said why it left.",
    ),
    Windowed(
        name="days_since_exit", stream=EXITS, aggregate=DaysSinceLast(), role="symptom", unit="days",
        doc="Days since the customer last said why it left.",
    ),
    Windowed(
        name="exit_reason_last", stream=EXITS, aggregate=LastWord("reason"), role="symptom", unit="category",
        doc="The reason given last.",
    ),
)  # fmt: skip
