"""Windowed features of the same events: their windows are found once, and each measure is gone through once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features import aggregates, codes, moments, rhythm
from winback.features.declarations import Windowed
from winback.features.plan import Occasions, Planned, Streams
from winback.features.sweep import find_edges
from winback.history import DAY_US, History, local_day_numbers

Array = NDArray[Any]

#: "The whole history", as microseconds before the cutoff.
_FOREVER = 2**61

#: What each aggregate is called by its family's kernel.
_KIND: dict[type[aggregates.Aggregate], int] = {
    aggregates.Count: moments.COUNT,
    aggregates.Sum: moments.SUM,
    aggregates.Mean: moments.MEAN,
    aggregates.Minimum: moments.MINIMUM,
    aggregates.Maximum: moments.MAXIMUM,
    aggregates.First: moments.FIRST,
    aggregates.Last: moments.LAST,
    aggregates.Deviation: moments.DEVIATION,
    aggregates.DaysSinceLast: moments.SINCE_LAST,
    aggregates.DaysSinceFirst: moments.SINCE_FIRST,
    aggregates.DistinctCount: codes.DISTINCT,
    aggregates.LargestShare: codes.LARGEST_SHARE,
    aggregates.MostFrequent: codes.MOST_FREQUENT,
    aggregates.LastWord: codes.LAST_CODE,
    aggregates.GapCount: rhythm.GAP_COUNT,
    aggregates.GapMean: rhythm.GAP_MEAN,
    aggregates.GapMedian: rhythm.GAP_MEDIAN,
    aggregates.GapDeviation: rhythm.GAP_DEVIATION,
    aggregates.GapLast: rhythm.GAP_LAST,
    aggregates.GapMaximum: rhythm.GAP_MAXIMUM,
    aggregates.GapRecentMean: rhythm.GAP_RECENT_MEAN,
    aggregates.SilenceShare: rhythm.SILENCE_SHARE,
}

#: From (customer, cutoff, edges, cells, out): fills ``out``.
_Kernel = Callable[[Array, Array, Array, Array, Array], None]


@dataclass(frozen=True, eq=False)
class _Pass:
    """One measure's way over the events: its kernel, its cells and the names of their features."""

    run: _Kernel
    cells: NDArray[np.int64]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Group:
    """Features of the same events.

    Parameters
    ----------
    occasions : Occasions
        The events.
    before_cutoff : int64[edges]
        Where windows begin or end: microseconds before the cutoff, descending.
    passes : tuple
        One for each measure and family of aggregates.
    """

    occasions: Occasions
    before_cutoff: NDArray[np.int64]
    passes: tuple[_Pass, ...]

    def compute(self, customer: NDArray[np.int32], cutoff: NDArray[np.int64]) -> dict[str, Array]:
        """Compute the features (float64) of some rows, sorted by customer, then cutoff."""
        edges = np.empty((customer.size, self.before_cutoff.size), np.int64)
        find_edges(self.occasions.at, self.occasions.offsets, customer, cutoff, self.before_cutoff, edges)
        computed: dict[str, Array] = {}
        for one in self.passes:
            out = np.empty((len(one.names), customer.size))
            one.run(customer, cutoff, edges, one.cells, out)
            computed.update(zip(one.names, out, strict=True))
        return computed


def group_windows(history: History, streams: Streams, windowed: Iterable[Planned]) -> list[Group]:
    """Put features of the same events together."""
    members: dict[tuple[str, str], list[tuple[Planned, Windowed]]] = {}
    for plan in windowed:
        declaration = plan.declaration
        if not isinstance(declaration, Windowed):
            raise TypeError(f"{plan.name!r} is not declared by windows")
        members.setdefault((declaration.stream.name, declaration.where), []).append((plan, declaration))
    return [_group(history, streams, plans) for plans in members.values()]


def _group(history: History, streams: Streams, plans: list[tuple[Planned, Windowed]]) -> Group:
    first = plans[0][1]
    occasions = streams.occasions(first.stream, first.where)
    spans = [_span(plan.window, declaration.shift) for plan, declaration in plans]
    edges = sorted({edge for span in spans for edge in span}, reverse=True)
    measured: dict[tuple[str, str], list[tuple[str, Windowed, tuple[int, int]]]] = {}
    for (plan, declaration), span in zip(plans, spans, strict=True):
        aggregate = declaration.aggregate
        measured.setdefault((aggregate.family, aggregate.measure), []).append((plan.name, declaration, span))
    passes = tuple(
        _Pass(
            run=_kernel(history, occasions, parts[0][1].aggregate),
            cells=np.array([(*map(edges.index, span), _kind(one)) for _, one, span in parts], np.int64),
            names=tuple(name for name, _, _ in parts),
        )
        for parts in measured.values()
    )
    return Group(occasions, np.array(edges, np.int64), passes)


def _span(window: int | None, shift: int) -> tuple[int, int]:
    """Begin and end of a window, in microseconds before the cutoff."""
    return (_FOREVER if window is None else (window + shift) * DAY_US, shift * DAY_US)


def _kind(declaration: Windowed) -> int:
    counts_values = type(declaration.aggregate) is aggregates.Count and declaration.aggregate.measure
    return moments.VALID if counts_values else _KIND[type(declaration.aggregate)]


def _kernel(history: History, occasions: Occasions, aggregate: aggregates.Aggregate) -> _Kernel:
    """Bind the events to the kernel of the aggregate's family."""
    events = (occasions.at, occasions.known_at)
    offsets = occasions.offsets
    if aggregate.family == "moments":
        numbers = _numbers(occasions, aggregate.measure)
        return lambda *rows: moments.window_moments(*events, numbers, offsets, *rows)
    if aggregate.family == "codes":
        values = _codes(occasions.measure(aggregate.measure))
        words = int(values.max(initial=0)) + 1
        return lambda *rows: codes.window_codes(*events, values, offsets, *rows, words)
    day = local_day_numbers(occasions.at, history.timezone).astype(np.int32)
    days = int(day.max() - day.min()) if day.size else 0  # no gap is longer than all the days there are
    return lambda *rows: rhythm.window_rhythm(*events, day, offsets, *rows, days)


def _numbers(occasions: Occasions, measure: str) -> NDArray[np.float64]:
    if not measure:
        return np.empty(0)
    values = occasions.measure(measure)
    if occasions.is_category(measure):
        return np.where(values < 0, np.nan, values)
    return np.ascontiguousarray(values, np.float64)


def _codes(values: Array) -> NDArray[np.int32]:
    """Codes or small whole numbers; missing (-1 or NaN) becomes -1."""
    if values.dtype == np.int32:
        return np.ascontiguousarray(values)
    return np.where(np.isnan(values), -1, values).astype(np.int32)
