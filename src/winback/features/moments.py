"""Counts, sums, averages, extremes, first and last values and times of windows; see `sweep` for what kernels take."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from winback.features.sweep import count_late, end_of_rows, longest_run, sees_late
from winback.history import DAY_US

COUNT, VALID, SUM, MEAN, MINIMUM, MAXIMUM, FIRST, LAST, DEVIATION, SINCE_LAST, SINCE_FIRST = range(11)

_DAY = float(DAY_US)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def window_moments(
    at: Any, known_at: Any, value: Any, offsets: Any, customer: Any, cutoff: Any, edges: Any, cells: Any, out: Any
) -> None:
    """Fill ``out`` from a float64 ``value`` (NaN missing; empty where events only count).

    Sums over prompt events are kept as the customer's running totals in twice the digits of a float, so that a window's
    sum, the difference of two totals, is exact to the last digit of a float64 however long the history before it is.
    """
    room = longest_run(offsets, customer) + 1
    late, seen, best = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    total, rest = np.empty(room), np.empty(room)
    row = 0
    while row < customer.size:
        end = end_of_rows(customer, row)
        start, stop = offsets[customer[row]], offsets[customer[row] + 1]
        count_late(at, known_at, start, stop, late)
        if value.size:
            _run_totals(at, known_at, value, start, stop, seen, total, rest)
        for cell in range(cells.shape[0]):
            kind = cells[cell, 2]
            if kind in (MINIMUM, MAXIMUM):
                _extremes(at, known_at, value, edges, row, end, cells, cell, best, out)
            elif kind in (FIRST, LAST, SINCE_FIRST, SINCE_LAST):
                _ends(at, known_at, value, cutoff, edges, row, end, cells, cell, out)
            elif kind == COUNT:
                _counts(late, start, edges, row, end, cells, cell, out)
            else:
                _sums(late, seen, total, rest, start, edges, row, end, cells, cell, out)
            if kind == DEVIATION:
                _deviations(known_at, value, cutoff, seen, start, edges, row, end, cells, cell, out)
            if late[stop - start] > 0:
                _see_late(at, known_at, value, cutoff, late, start, edges, row, end, cells, cell, out)
        row = end


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add(total: float, rest: float, number: float) -> tuple[float, float]:
    """Add to a total that is the unevaluated sum of two floats: the error of the addition is carried along.

    The error is found by Knuth's TwoSum (The Art of Computer Programming 2, 4.2.2).
    """
    rough = total + number
    part = rough - total
    rest += (total - (rough - part)) + (number - part)
    total = rough + rest
    return total, rest - (total - rough)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _run_totals(at: Any, known_at: Any, value: Any, start: int, stop: int, seen: Any, total: Any, rest: Any) -> None:
    """Number and total of the values of the first prompt events."""
    count, high, low = 0, 0.0, 0.0
    seen[0], total[0], rest[0] = 0, 0.0, 0.0
    for place in range(start, stop):
        if known_at[place] <= at[place] and not np.isnan(value[place]):
            count += 1
            high, low = _add(high, low, value[place])
        seen[place - start + 1], total[place - start + 1], rest[place - start + 1] = count, high, low


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _counts(late: Any, start: int, edges: Any, row: int, end: int, cells: Any, cell: int, out: Any) -> None:
    """Numbers of prompt events."""
    for place in range(row, end):
        low, high = edges[place, cells[cell, 0]] - start, edges[place, cells[cell, 1]] - start
        out[cell, place] = (high - low) - (late[high] - late[low])


@njit(cache=True, nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _sums(
    late: Any, seen: Any, total: Any, rest: Any, start: int, edges: Any, row: int, end: int, cells: Any, cell: int,
    out: Any,
) -> None:  # fmt: skip
    """Numbers, sums or means of the values of prompt events: differences of two running totals."""
    kind = cells[cell, 2]
    for place in range(row, end):
        low, high = edges[place, cells[cell, 0]] - start, edges[place, cells[cell, 1]] - start
        valid = seen[high] - seen[low]
        if kind == VALID:
            out[cell, place] = valid
        elif valid == 0:
            without_events = kind == SUM and (high - low) == (late[high] - late[low])
            out[cell, place] = 0.0 if without_events else np.nan
        else:
            most, least = _add(total[high], rest[high] - rest[low], -total[low])
            sum_ = most + least
            out[cell, place] = sum_ if kind == SUM else sum_ / valid


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _deviations(
    known_at: Any, value: Any, cutoff: Any, seen: Any, start: int, edges: Any, row: int, end: int, cells: Any,
    cell: int, out: Any,
) -> None:  # fmt: skip
    """From means to standard deviations."""
    for place in range(row, end):
        low, high = edges[place, cells[cell, 0]], edges[place, cells[cell, 1]]
        valid = seen[high - start] - seen[low - start]
        out[cell, place] = _deviation(known_at, value, low, high, cutoff[place], out[cell, place], valid)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _extremes(
    at: Any, known_at: Any, value: Any, edges: Any, row: int, end: int, cells: Any, cell: int, best: Any, out: Any
) -> None:
    """Smallest or largest value of prompt events in the windows of a customer's rows, whose edges move forward.

    ``best`` holds the places that may yet be the extreme, each better than those after it.
    """
    sign = 1.0 if cells[cell, 2] == MAXIMUM else -1.0
    first, size, next_ = 0, 0, 0
    for one in range(row, end):
        low, high = edges[one, cells[cell, 0]], edges[one, cells[cell, 1]]
        for place in range(max(next_, low), high):
            number = value[place]
            if known_at[place] > at[place] or np.isnan(number):
                continue
            while size > first and sign * value[best[size - 1]] <= sign * number:
                size -= 1
            best[size] = place
            size += 1
        next_ = high
        while first < size and best[first] < low:
            first += 1
        out[cell, one] = value[best[first]] if first < size else np.nan


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _ends(
    at: Any, known_at: Any, value: Any, cutoff: Any, edges: Any, row: int, end: int, cells: Any, cell: int, out: Any
) -> None:
    """First or last values, or times since the first or the last event, of whatever events are seen."""
    for place in range(row, end):
        low, high = edges[place, cells[cell, 0]], edges[place, cells[cell, 1]]
        out[cell, place] = _at_an_end(at, known_at, value, low, high, cutoff[place], cells[cell, 2])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _see_late(
    at: Any, known_at: Any, value: Any, cutoff: Any, late: Any, start: int, edges: Any, row: int, end: int, cells: Any,
    cell: int, out: Any,
) -> None:  # fmt: skip
    """Go through the windows in which late events are seen, one by one."""
    if cells[cell, 2] in (FIRST, LAST, SINCE_FIRST, SINCE_LAST):
        return  # these have seen them
    for place in range(row, end):
        low, high = edges[place, cells[cell, 0]], edges[place, cells[cell, 1]]
        if sees_late(at, known_at, late, start, low, high, cutoff[place]):
            out[cell, place] = _one_by_one(known_at, value, low, high, cutoff[place], cells[cell, 2])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _at_an_end(at: Any, known_at: Any, value: Any, low: int, high: int, now: int, kind: int) -> float:
    """First or last value, or the days since the first or the last event."""
    forward = kind in (FIRST, SINCE_FIRST)
    for step in range(high - low):
        place = low + step if forward else high - 1 - step
        if known_at[place] >= now:
            continue
        if kind in (SINCE_FIRST, SINCE_LAST):
            return float((now - at[place]) / _DAY)
        if not np.isnan(value[place]):
            return float(value[place])
    return np.nan


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _one_by_one(known_at: Any, value: Any, low: int, high: int, now: int, kind: int) -> float:
    """A cell of a window in which late events are seen, and so at least one event."""
    events, valid = 0, 0
    sum_, rest, least, most = 0.0, 0.0, np.inf, -np.inf
    for place in range(low, high):
        if known_at[place] < now:
            events += 1
            if value.size and not np.isnan(value[place]):
                valid += 1
                sum_, rest = _add(sum_, rest, value[place])
                least, most = min(least, value[place]), max(most, value[place])
    if kind in (COUNT, VALID):
        return float(events if kind == COUNT else valid)
    if valid == 0:
        return np.nan
    if kind == DEVIATION:
        return float(_deviation(known_at, value, low, high, now, sum_ / valid, valid))
    if kind in (SUM, MEAN):
        return sum_ if kind == SUM else sum_ / valid
    return least if kind == MINIMUM else most


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _deviation(known_at: Any, value: Any, low: int, high: int, now: int, mean: float, valid: int) -> float:
    """Standard deviation of the sample, from its mean; missing for fewer than two values."""
    if valid < 2:
        return np.nan
    squares = 0.0
    for place in range(low, high):
        if known_at[place] < now and not np.isnan(value[place]):
            squares += (value[place] - mean) ** 2
    return float(np.sqrt(squares / (valid - 1)))
