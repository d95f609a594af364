"""The loops over events, compiled once and kept on disk: few and general, since each costs seconds to compile.

A kernel goes through rows (customer, cutoff) and windows. A window is ``[cutoff - begin, cutoff - end)``; of its events
those with ``known_at`` before the cutoff count. Rows do not influence each other. All kernels take

at, known_at : int64[events]
    Sorted by customer, then ``at``.
offsets : int64[customers + 1]
    Where each customer's events begin.
customer, cutoff : int32[rows], int64[rows]
    The rows.
begins, ends : int64[windows]
    Microseconds before the cutoff.
out : float64[rows, windows, statistics]
    Filled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from winback.history import DAY_US

# places in the output of window_moments
COUNT, VALID, SUM, MEAN, MINIMUM, MAXIMUM, FIRST, LAST, DEVIATION, SINCE_LAST, SINCE_FIRST = range(11)
MOMENTS = 11
# places in the output of window_codes
CODE_COUNT, DISTINCT, LARGEST_SHARE, MOST_FREQUENT, LAST_CODE = range(5)
CODES = 5
# places in the output of window_rhythm
GAP_COUNT, GAP_MEAN, GAP_MEDIAN, GAP_DEVIATION, GAP_LAST, GAP_MAXIMUM, GAP_RECENT_MEAN, SILENCE_SHARE = range(8)
RHYTHM = 8
#: How many of the latest gaps are "recent".
RECENT_GAPS = 3

_DAY = float(DAY_US)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _lower_bound(at: Any, begin: int, end: int, instant: int) -> int:
    """First place in ``at[begin:end]`` (ascending) that is not before the instant."""
    while begin < end:
        middle = (begin + end) // 2
        if at[middle] < instant:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def window_moments(
    at: Any, known_at: Any, value: Any, offsets: Any, customer: Any, cutoff: Any, begins: Any, ends: Any, out: Any
) -> None:
    """Counts, sums, extremes, first and last values, deviation and times of a float64 ``value`` (NaN missing)."""
    for row in range(customer.size):
        now = cutoff[row]
        start, stop = offsets[customer[row]], offsets[customer[row] + 1]
        for window in range(begins.size):
            low = _lower_bound(at, start, stop, now - begins[window])
            high = _lower_bound(at, low, stop, now - ends[window])
            cell = out[row, window]
            cell[:] = np.nan
            _moments(at, known_at, value, low, high, now, cell)
            if cell[VALID] > 1:
                cell[DEVIATION] = _deviation(known_at, value, low, high, now, cell[MEAN], cell[VALID])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _moments(at: Any, known_at: Any, value: Any, low: int, high: int, now: int, cell: Any) -> None:
    count, valid = 0, 0
    total, least, most = 0.0, np.inf, -np.inf
    for place in range(low, high):
        if known_at[place] >= now:
            continue
        if count == 0:
            cell[SINCE_FIRST] = (now - at[place]) / _DAY
        count += 1
        cell[SINCE_LAST] = (now - at[place]) / _DAY
        number = value[place]
        if np.isnan(number):
            continue
        if valid == 0:
            cell[FIRST] = number
        valid += 1
        cell[LAST] = number
        total += number
        least = min(least, number)
        most = max(most, number)
    cell[COUNT], cell[VALID] = count, valid
    if count == 0:
        cell[SUM] = 0.0
    if valid > 0:
        cell[SUM], cell[MEAN], cell[MINIMUM], cell[MAXIMUM] = total, total / valid, least, most


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _deviation(known_at: Any, value: Any, low: int, high: int, now: int, mean: float, valid: float) -> float:
    squares = 0.0
    for place in range(low, high):
        if known_at[place] < now and not np.isnan(value[place]):
            squares += (value[place] - mean) ** 2
    return float(np.sqrt(squares / (valid - 1)))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def window_codes(
    at: Any, known_at: Any, code: Any, offsets: Any, customer: Any, cutoff: Any, begins: Any, ends: Any,
    times: Any, out: Any,
) -> None:  # fmt: skip
    """Different codes, the most frequent one and its share, the last one, of an int32 ``code`` (-1 missing).

    ``times`` (int32, one per code) is zeros before and after.
    """
    for row in range(customer.size):
        now = cutoff[row]
        start, stop = offsets[customer[row]], offsets[customer[row] + 1]
        for window in range(begins.size):
            low = _lower_bound(at, start, stop, now - begins[window])
            high = _lower_bound(at, low, stop, now - ends[window])
            cell = out[row, window]
            cell[:] = np.nan
            _codes(known_at, code, low, high, now, times, cell)
            for place in range(low, high):
                if code[place] >= 0:
                    times[code[place]] = 0


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _codes(known_at: Any, code: Any, low: int, high: int, now: int, times: Any, cell: Any) -> None:
    count, distinct, largest, frequent, last = 0, 0, 0, -1, -1
    for place in range(low, high):
        this = code[place]
        if known_at[place] >= now or this < 0:
            continue
        count += 1
        last = this
        times[this] += 1
        if times[this] == 1:
            distinct += 1
        if times[this] > largest or (times[this] == largest and this < frequent):
            largest, frequent = times[this], this
    cell[CODE_COUNT], cell[DISTINCT] = count, distinct
    if count > 0:
        cell[LARGEST_SHARE], cell[MOST_FREQUENT], cell[LAST_CODE] = largest / count, frequent, last


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def window_rhythm(
    at: Any, known_at: Any, day: Any, offsets: Any, customer: Any, cutoff: Any, begins: Any, ends: Any,
    times: Any, out: Any,
) -> None:  # fmt: skip
    """Gaps between the days (int32, at least 0) with events, and how the present silence compares to them.

    ``times`` (int32, one per possible length of a gap) is zeros before and after: medians are found by counting, since
    gaps are small whole numbers.
    """
    for row in range(customer.size):
        now = cutoff[row]
        start, stop = offsets[customer[row]], offsets[customer[row] + 1]
        for window in range(begins.size):
            low = _lower_bound(at, start, stop, now - begins[window])
            high = _lower_bound(at, low, stop, now - ends[window])
            cell = out[row, window]
            cell[:] = np.nan
            last = _gaps(known_at, day, low, high, now, times, cell)
            if cell[GAP_COUNT] > 0:
                cell[GAP_MEDIAN] = _middle_gap(times, int(cell[GAP_COUNT]))
                _gaps_again(known_at, day, low, high, now, (now - at[last]) / _DAY, times, cell)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _gaps(known_at: Any, day: Any, low: int, high: int, now: int, times: Any, cell: Any) -> int:
    """First pass: counts, mean, extremes; leaves the gaps counted in ``times``; gives the last event's place."""
    count, total, longest, gap, second, third = 0, 0, 0, 0, 0, 0
    before, last = -1, -1
    for place in range(low, high):
        if known_at[place] >= now:
            continue
        last = place
        if before >= 0 and day[place] > before:
            third, second, gap = second, gap, day[place] - before
            count += 1
            total += gap
            longest = max(longest, gap)
            times[gap] += 1
        before = max(before, day[place])
    cell[GAP_COUNT] = count
    if count > 0:
        cell[GAP_MEAN], cell[GAP_LAST], cell[GAP_MAXIMUM] = total / count, gap, longest
        cell[GAP_RECENT_MEAN] = (gap + second + third) / min(count, RECENT_GAPS)
    return last


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _middle_gap(times: Any, count: int) -> float:
    """Median of the counted gaps: the average of the two middle ones, by counting up from the shortest."""
    gap, seen, lower = 0, times[0], -1
    while True:
        if lower < 0 and seen > (count - 1) // 2:
            lower = gap
        if seen > count // 2:
            return (lower + gap) / 2
        gap += 1
        seen += times[gap]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _gaps_again(known_at: Any, day: Any, low: int, high: int, now: int, silence: float, times: Any, cell: Any) -> None:
    """Second pass: deviation, and the share of gaps up to the silence; clears ``times``."""
    squares, shorter, before = 0.0, 0, -1
    for place in range(low, high):
        if known_at[place] >= now:
            continue
        if before >= 0 and day[place] > before:
            gap = day[place] - before
            times[gap] = 0
            squares += (gap - cell[GAP_MEAN]) ** 2
            if gap <= silence:
                shorter += 1
        before = max(before, day[place])
    cell[SILENCE_SHARE] = shorter / cell[GAP_COUNT]
    if cell[GAP_COUNT] > 1:
        cell[GAP_DEVIATION] = np.sqrt(squares / (cell[GAP_COUNT] - 1))
