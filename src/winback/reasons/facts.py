"""Counting a customer's facts in a window of its own: what evidence is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features.streams import Stream
from winback.history import DAY_US, Events, History
from winback.settings import FeatureSettings

Array = NDArray[Any]

#: Days before the time of leaving that evidence is taken from.
EVIDENCE_DAYS = 180
#: Days before the time of leaving in which single events (a conflict, a change of manager) are remembered.
EVENT_DAYS = 365
#: Days before the cutoff over which "others" are counted.
OTHERS_DAYS = 365


@dataclass(frozen=True, eq=False)
class Facts:
    """Facts of one kind known at one cutoff, sorted by customer and time.

    Parameters
    ----------
    at : int64[m]
        When each fact happened (microseconds), ascending within a customer.
    offsets : int64[customers + 1]
        Where each customer's facts begin.
    measures : mapping of str to array
        Numbers of each fact (NaN missing).
    """

    at: NDArray[np.int64]
    offsets: NDArray[np.int64]
    measures: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of_stream(cls, stream: Stream, history: History, settings: FeatureSettings, where: str = "") -> Facts:
        """Take the events of a stream that a history knows; ``where`` keeps those with that flag above zero."""
        return StreamFacts(history, settings)(stream, where)

    @classmethod
    def of_events(cls, events: Events) -> Facts:
        """Take the events of a table."""
        return cls(events.at, events.offsets, events.columns)

    def window(self, customer: NDArray[np.int32], end: NDArray[np.int64], days: float = EVIDENCE_DAYS) -> Window:
        """Return each row's facts in ``[end - days, end)``."""
        begin = end - int(days * DAY_US)
        return Window(self._place(customer, begin), self._place(customer, end))

    def _place(self, customer: NDArray[np.int32], instant: NDArray[np.int64]) -> NDArray[np.int64]:
        """First fact of each row's customer that is not before the instant, for all rows at once by bisection."""
        low, high = self.offsets[customer].copy(), self.offsets[customer + 1].copy()
        while (open_ := low < high).any():
            middle = (low + high) // 2
            before = open_ & (self.at[np.minimum(middle, self.at.size - 1)] < instant)
            low = np.where(before, middle + 1, low)
            high = np.where(open_ & ~before, middle, high)
        return low


@dataclass(frozen=True, eq=False)
class StreamFacts:
    """The facts of a history by stream.

    Parameters
    ----------
    history : History
        Cut at a cutoff.
    settings : FeatureSettings
        What streams are made of.
    """

    history: History
    settings: FeatureSettings

    def __call__(self, stream: Stream, where: str = "") -> Facts:
        """Take the events of a stream; ``where`` keeps those with that flag above zero."""
        data = stream.of(self.history, self.settings)
        if where:
            data = data.where(data.measures[where] > 0)
        return Facts(data.at, data.offsets(self.history.n_customers), data.measures)


@dataclass(frozen=True, eq=False)
class Window:
    """For each row, the places ``[start, stop)`` of its facts."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    @property
    def count(self) -> NDArray[np.int64]:
        """Number of facts."""
        return self.stop - self.start

    def total(self, values: Array) -> Array:
        """Sum of a measure over each row's facts; missing (NaN) counts as nothing."""
        known = np.where(np.isnan(values), 0, values) if values.dtype.kind == "f" else values.astype(np.int64)
        sums = np.concatenate([np.zeros(1, known.dtype), np.cumsum(known)])
        return np.asarray(sums[self.stop] - sums[self.start])

    def number(self, values: Array) -> NDArray[np.int64]:
        """Number of facts whose measure is known."""
        return np.asarray(self.total(~np.isnan(values)))

    def mean(self, values: Array) -> NDArray[np.float64]:
        """Mean of a measure where it is known; NaN without such facts."""
        number = self.number(values)
        mean = np.full(number.shape, np.nan)
        np.divide(self.total(values), number, out=mean, where=number > 0)
        return mean

    def last(self, at: NDArray[np.int64], missing: NDArray[np.int64] | int = 0) -> NDArray[np.int64]:
        """Time of the last fact, or ``missing`` where there is none."""
        if not at.size:
            return np.broadcast_to(np.asarray(missing, np.int64), self.stop.shape)
        return np.where(self.count > 0, at[np.maximum(self.stop - 1, 0)], missing)


def share_of(part: Array, whole: Array) -> NDArray[np.float64]:
    """Return part / whole, 0 where there is no whole."""
    share = np.zeros(np.shape(whole))
    np.divide(part, whole, out=share, where=np.asarray(whole) > 0)
    return share


def usual(history: History, question: str, values: NDArray[np.float64], at: NDArray[np.int64]) -> float:
    """Mean of a measure over all customers' facts in the year before a history's end; 0 where there are none."""
    recent = values[in_others_days(at, history.ends_at) & ~np.isnan(values)]
    total, number = history.everyone.total(question, [recent.sum(), recent.size])
    return float(total / number) if number else 0.0


def in_others_days(at: NDArray[np.int64], cutoff: int) -> NDArray[np.bool_]:
    """Tell which facts happened in the `OTHERS_DAYS` before a cutoff."""
    return np.asarray((at >= cutoff - OTHERS_DAYS * DAY_US) & (at < cutoff))
