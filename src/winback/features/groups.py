"""Windowed features that one kernel call can compute together: same events, same measure, same family."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features import aggregates, kernels
from winback.features.declarations import Windowed
from winback.features.plan import Planned, Streams
from winback.features.streams import StreamData
from winback.history import DAY_US, History, local_day_numbers

Array = NDArray[Any]

#: "The whole history", as microseconds before the cutoff.
_FOREVER = 2**61

#: Where each aggregate stands in the output of its family's kernel.
_PLACE: dict[type[aggregates.Aggregate], int] = {
    aggregates.Count: kernels.COUNT,
    aggregates.Sum: kernels.SUM,
    aggregates.Mean: kernels.MEAN,
    aggregates.Minimum: kernels.MINIMUM,
    aggregates.Maximum: kernels.MAXIMUM,
    aggregates.First: kernels.FIRST,
    aggregates.Last: kernels.LAST,
    aggregates.Deviation: kernels.DEVIATION,
    aggregates.DaysSinceLast: kernels.SINCE_LAST,
    aggregates.DaysSinceFirst: kernels.SINCE_FIRST,
    aggregates.DistinctCount: kernels.DISTINCT,
    aggregates.LargestShare: kernels.LARGEST_SHARE,
    aggregates.MostFrequent: kernels.MOST_FREQUENT,
    aggregates.LastWord: kernels.LAST_CODE,
    aggregates.GapCount: kernels.GAP_COUNT,
    aggregates.GapMean: kernels.GAP_MEAN,
    aggregates.GapMedian: kernels.GAP_MEDIAN,
    aggregates.GapDeviation: kernels.GAP_DEVIATION,
    aggregates.GapLast: kernels.GAP_LAST,
    aggregates.GapMaximum: kernels.GAP_MAXIMUM,
    aggregates.GapRecentMean: kernels.GAP_RECENT_MEAN,
    aggregates.SilenceShare: kernels.SILENCE_SHARE,
}
_STATISTICS: dict[aggregates.Family, int] = {
    "moments": kernels.MOMENTS,
    "codes": kernels.CODES,
    "rhythm": kernels.RHYTHM,
}


@dataclass(frozen=True, eq=False)
class Group:
    """Features of one kernel call.

    Parameters
    ----------
    run : callable
        From (customer, cutoff, begins, ends, out): fills ``out``.
    statistics : int
        Numbers that the kernel gives per row and window.
    begins, ends : int64[windows]
        Microseconds before the cutoff.
    cells : tuple of (name, window, statistic)
        Which number is which feature.
    """

    run: Callable[[Array, Array, Array, Array, Array], None]
    statistics: int
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    cells: tuple[tuple[str, int, int], ...]

    def compute(self, customer: NDArray[np.int32], cutoff: NDArray[np.int64]) -> dict[str, Array]:
        """Compute the features (float64) of some rows."""
        out = np.empty((customer.size, self.begins.size, self.statistics))
        self.run(customer, cutoff, self.begins, self.ends, out)
        return {name: out[:, window, statistic] for name, window, statistic in self.cells}


def group_windows(history: History, streams: Streams, windowed: Iterable[Planned]) -> list[Group]:
    """Put features together that one kernel call can compute."""
    members: dict[tuple[str, str, str, str], list[tuple[Planned, Windowed]]] = {}
    for plan in windowed:
        declaration = plan.declaration
        if not isinstance(declaration, Windowed):
            raise TypeError(f"{plan.name!r} is not declared by windows")
        aggregate = declaration.aggregate
        key = (declaration.stream.name, declaration.where, aggregate.family, aggregate.measure)
        members.setdefault(key, []).append((plan, declaration))
    return [_group(history, streams, plans) for plans in members.values()]


def _group(history: History, streams: Streams, plans: list[tuple[Planned, Windowed]]) -> Group:
    first = plans[0][1]
    data = streams.filtered(first.stream, first.where)
    spans = [_span(plan.window, declaration.shift) for plan, declaration in plans]
    windows = sorted(set(spans))
    return Group(
        run=_kernel(history, data, first.aggregate),
        statistics=_STATISTICS[first.aggregate.family],
        begins=np.array([begin for begin, _ in windows], np.int64),
        ends=np.array([end for _, end in windows], np.int64),
        cells=tuple(
            (plan.name, windows.index(span), _place(declaration))
            for (plan, declaration), span in zip(plans, spans, strict=True)
        ),
    )


def _span(window: int | None, shift: int) -> tuple[int, int]:
    """Begin and end of a window, in microseconds before the cutoff."""
    return (_FOREVER if window is None else (window + shift) * DAY_US, shift * DAY_US)


def _place(declaration: Windowed) -> int:
    counts_values = type(declaration.aggregate) is aggregates.Count and declaration.aggregate.measure
    return kernels.VALID if counts_values else _PLACE[type(declaration.aggregate)]


def _kernel(
    history: History, data: StreamData, aggregate: aggregates.Aggregate
) -> Callable[[Array, Array, Array, Array, Array], None]:
    """Bind the events to the kernel of the aggregate's family."""
    events = (data.at, data.known_at)
    offsets = data.offsets(history.n_customers)
    if aggregate.family == "moments":
        numbers = _numbers(data, aggregate.measure)
        return lambda *rows: kernels.window_moments(*events, numbers, offsets, *rows)
    if aggregate.family == "codes":
        codes = _codes(data.measures[aggregate.measure])
        kernel = kernels.window_codes
    else:
        codes = local_day_numbers(data.at, history.timezone).astype(np.int32)
        kernel = kernels.window_rhythm
    size = int(codes.max(initial=0)) + 1
    if aggregate.family == "rhythm":
        size -= int(codes.min(initial=size - 1))  # no gap is longer than all the days there are
    return lambda *rows: kernel(*events, codes, offsets, *rows[:-1], np.zeros(size, np.int32), rows[-1])


def _numbers(data: StreamData, measure: str) -> NDArray[np.float64]:
    if not measure:
        return np.zeros(data.at.size)
    values = data.measures[measure]
    if measure in data.categories:
        return np.where(values < 0, np.nan, values)
    return np.ascontiguousarray(values, np.float64)


def _codes(values: Array) -> NDArray[np.int32]:
    """Codes or small whole numbers; missing (-1 or NaN) becomes -1."""
    if values.dtype == np.int32:
        return np.ascontiguousarray(values)
    return np.where(np.isnan(values), -1, values).astype(np.int32)
