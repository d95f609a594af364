"""What was known when: the only room that owns time."""

from winback.history.columns import Columns, each, joined
from winback.history.events import Events, customer_offsets
from winback.history.everyone import Everyone
from winback.history.history import Attributes, History
from winback.history.order import order_by_time
from winback.history.times import DAY_US, HOUR_US, NO_TIME, instant_of, local_day_numbers, to_datetime64

__all__ = [
    "DAY_US",
    "HOUR_US",
    "NO_TIME",
    "Attributes",
    "Columns",
    "Events",
    "Everyone",
    "History",
    "customer_offsets",
    "each",
    "instant_of",
    "joined",
    "local_day_numbers",
    "order_by_time",
    "to_datetime64",
]
