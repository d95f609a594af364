"""Gaps between the days with events in windows, and how the silence compares; see `sweep` for what kernels take."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from winback.features.sweep import count_late, end_of_rows, longest_run, sees_late
from winback.history import DAY_US

GAP_COUNT, GAP_MEAN, GAP_MEDIAN, GAP_DEVIATION, GAP_LAST, GAP_MAXIMUM, GAP_RECENT_MEAN, SILENCE_SHARE = range(8)
#: How many of the latest gaps are "recent".
RECENT_GAPS = 3

_DAY = float(DAY_US)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def window_rhythm(
    at: Any, known_at: Any, day: Any, offsets: Any, customer: Any, cutoff: Any, edges: Any, cells: Any, out: Any,
    days: int,
) -> None:  # fmt: skip
    """Fill ``out`` from the local ``day`` (int32) of each event; ``days`` is the longest gap that there may be.

    The gaps between prompt events stand in a list, with running totals; a window is a stretch of it. Medians, maxima
    and shares come from how often each gap occurs, gaps being small whole numbers: each gap enters and leaves once.
    """
    room = longest_run(offsets, customer) + 1
    late, until = np.empty(room, np.int64), np.empty(room, np.int64)
    gap, sums, some = np.empty(room, np.int64), np.empty((room, 2), np.int64), np.empty(room, np.int64)
    times = np.zeros(days + 1, np.int32)
    row = 0
    while row < customer.size:
        end = end_of_rows(customer, row)
        start, stop = offsets[customer[row]], offsets[customer[row] + 1]
        count_late(at, known_at, start, stop, late)
        _list_gaps(at, known_at, day, start, stop, until, gap, sums)
        for cell in range(cells.shape[0]):
            begin, before, kind = cells[cell, 0], cells[cell, 1], cells[cell, 2]
            gone, come = 0, 0  # the gaps of this stretch are counted in ``times``
            for place in range(row, end):
                low, high, now = edges[place, begin], edges[place, before], cutoff[place]
                if late[stop - start] > 0 and sees_late(at, known_at, late, start, low, high, now):
                    out[cell, place] = _one_by_one(at, known_at, day, low, high, now, some, kind)
                    continue
                silence = (now - at[_last_prompt(at, known_at, low, high)]) / _DAY if high > low else 0.0
                first, last = _stretch(at, known_at, until, start, low, high)
                if kind in (GAP_MEDIAN, GAP_MAXIMUM, SILENCE_SHARE):
                    _count(gap, come, last, 1, times)
                    _count(gap, gone, first, -1, times)
                    gone, come = first, last
                    out[cell, place] = _ordered(times, last - first, silence, kind)
                else:
                    out[cell, place] = _of_sums(gap, sums, first, last, kind)
            _count(gap, gone, come, -1, times)
        row = end


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _list_gaps(at: Any, known_at: Any, day: Any, start: int, stop: int, until: Any, gap: Any, sums: Any) -> None:
    """Gaps between prompt events, their running totals and those of their squares; ``until``: gaps up to an event."""
    count, before = 0, -1
    until[0], sums[0, 0], sums[0, 1] = 0, 0, 0
    for place in range(start, stop):
        if known_at[place] <= at[place]:
            if before >= 0 and day[place] > day[before]:
                gap[count] = day[place] - day[before]
                sums[count + 1, 0] = sums[count, 0] + gap[count]
                sums[count + 1, 1] = sums[count, 1] + gap[count] ** 2
                count += 1
            if before < 0 or day[place] > day[before]:
                before = place
        until[place - start + 1] = count


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _last_prompt(at: Any, known_at: Any, low: int, high: int) -> int:
    """Place of the last prompt event of a window; its first event where there is none."""
    place = high - 1
    while place > low and known_at[place] > at[place]:
        place -= 1
    return place


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _stretch(at: Any, known_at: Any, until: Any, start: int, low: int, high: int) -> tuple[int, int]:
    """Which gaps lie in a window: those that end after its first prompt event."""
    while low < high and known_at[low] > at[low]:
        low += 1
    last = until[high - start]
    return (until[low - start + 1], last) if low < high else (last, last)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _count(gap: Any, low: int, high: int, step: int, times: Any) -> None:
    for place in range(low, high):
        times[gap[place]] += step


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ordered(times: Any, count: int, silence: float, kind: int) -> float:
    """Median, maximum or share of the gaps up to the silence, of counted gaps."""
    if count == 0:
        return np.nan
    if kind == SILENCE_SHARE:
        return float(times[: int(silence) + 1].sum() / count)
    if kind == GAP_MAXIMUM:
        return float(_ranked(times, count))
    return float((_ranked(times, (count + 1) // 2) + _ranked(times, count // 2 + 1)) / 2)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ranked(times: Any, rank: int) -> int:
    """The gap of a rank, by counting up from the shortest."""
    gap, seen = 0, times[0]
    while seen < rank:
        gap += 1
        seen += times[gap]
    return gap


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _of_sums(gap: Any, sums: Any, first: int, last: int, kind: int) -> float:
    """Number, mean, deviation or latest of a stretch of gaps."""
    count = last - first
    if kind == GAP_COUNT:
        return float(count)
    if count == 0 or (kind == GAP_DEVIATION and count == 1):
        return np.nan
    if kind == GAP_LAST:
        return float(gap[last - 1])
    if kind == GAP_RECENT_MEAN:
        first = max(first, last - RECENT_GAPS)
        count = last - first
    total = sums[last, 0] - sums[first, 0]
    if kind == GAP_DEVIATION:  # whole numbers: nothing is lost in the difference
        squares = count * (sums[last, 1] - sums[first, 1]) - total * total
        return float(np.sqrt(squares / (count * (count - 1))))
    return float(total / count)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _one_by_one(
    at: Any, known_at: Any, day: Any, low: int, high: int, now: int, some: Any, kind: int
) -> float:  # fmt: skip
    """A cell of a window in which late events are seen."""
    count, before, last = 0, -1, -1
    for place in range(low, high):
        if known_at[place] < now:
            last = place
            if before >= 0 and day[place] > day[before]:
                some[count] = day[place] - day[before]
                count += 1
            if before < 0 or day[place] > day[before]:
                before = place
    if kind in (GAP_MEDIAN, GAP_MAXIMUM, SILENCE_SHARE):
        if count == 0:
            return np.nan
        ordered = np.sort(some[:count])
        if kind == SILENCE_SHARE:
            return float((ordered <= (now - at[last]) / _DAY).sum() / count)
        return float(ordered[-1]) if kind == GAP_MAXIMUM else (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    sums = np.zeros((count + 1, 2), np.int64)
    for place in range(count):
        sums[place + 1, 0] = sums[place, 0] + some[place]
        sums[place + 1, 1] = sums[place, 1] + some[place] ** 2
    return float(_of_sums(some, sums, 0, count, kind))
