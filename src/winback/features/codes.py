"""Different, most frequent and last codes of windows; see `sweep` for what kernels take."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from winback.features.sweep import count_late, end_of_rows, longest_run, sees_late

DISTINCT, LARGEST_SHARE, MOST_FREQUENT, LAST_CODE = range(4)
# places in the tally of a window
_CODES, _DISTINCT, _LARGEST = range(3)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def window_codes(
    at: Any, known_at: Any, code: Any, offsets: Any, customer: Any, cutoff: Any, edges: Any, cells: Any, out: Any,
    words: int,
) -> None:  # fmt: skip
    """Fill ``out`` from an int32 ``code`` below ``words`` (-1 missing).

    A tally of the codes of prompt events follows a window from cutoff to cutoff: each event enters and leaves it once.
    Late events that are seen join it for the moment.
    """
    room = longest_run(offsets, customer) + 1
    late = np.empty(room, np.int64)
    times, held, tally = np.zeros(words, np.int32), np.zeros(room, np.int32), np.zeros(3, np.int64)
    row = 0
    while row < customer.size:
        end = end_of_rows(customer, row)
        start, stop = offsets[customer[row]], offsets[customer[row] + 1]
        count_late(at, known_at, start, stop, late)
        for cell in range(cells.shape[0]):
            begin, before, kind = cells[cell, 0], cells[cell, 1], cells[cell, 2]
            gone, come = start, start  # the tally holds the prompt events of this stretch
            for place in range(row, end):
                low, high, now = edges[place, begin], edges[place, before], cutoff[place]
                if kind == LAST_CODE:
                    out[cell, place] = _last_code(known_at, code, low, high, now)
                    continue
                _move(at, known_at, code, come, high, 0, 1, times, held, tally)
                _move(at, known_at, code, gone, low, 0, -1, times, held, tally)
                gone, come = low, high
                with_late = late[stop - start] > 0 and sees_late(at, known_at, late, start, low, high, now)
                if with_late:
                    _move(at, known_at, code, low, high, now, 1, times, held, tally)
                out[cell, place] = _of_tally(code, low, high, kind, times, tally)
                if with_late:
                    _move(at, known_at, code, low, high, now, -1, times, held, tally)
            _move(at, known_at, code, gone, come, 0, -1, times, held, tally)
        row = end


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _move(
    at: Any, known_at: Any, code: Any, low: int, high: int, now: int, step: int, times: Any, held: Any, tally: Any
) -> None:  # fmt: skip
    """Let a stretch's prompt events, or its late ones known before ``now`` (if any), enter (1) or leave (-1)."""
    for place in range(low, high):
        this = code[place]
        is_late = known_at[place] > at[place]
        if this < 0 or is_late != (now != 0) or (is_late and known_at[place] >= now):
            continue
        was = times[this]
        held[was] -= 1
        held[was + step] += 1  # codes that occur so many times
        times[this] = was + step
        tally[_CODES] += step
        if was == 0 or was + step == 0:
            tally[_DISTINCT] += step
        if was + step > tally[_LARGEST] or (was == tally[_LARGEST] and held[was] == 0):
            tally[_LARGEST] = was + step


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _of_tally(code: Any, low: int, high: int, kind: int, times: Any, tally: Any) -> float:
    """What a tally of a window says."""
    if kind == DISTINCT:
        return float(tally[_DISTINCT])
    if tally[_CODES] == 0:
        return np.nan
    if kind == LARGEST_SHARE:
        return float(tally[_LARGEST] / tally[_CODES])
    if times.size <= high - low:
        for this in range(times.size):
            if times[this] == tally[_LARGEST]:
                return float(this)
    frequent = times.size
    for place in range(low, high):
        this = code[place]
        if this >= 0 and this < frequent and times[this] == tally[_LARGEST]:
            frequent = this
    return float(frequent)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _last_code(known_at: Any, code: Any, low: int, high: int, now: int) -> float:
    for place in range(high - 1, low - 1, -1):
        if known_at[place] < now and code[place] >= 0:
            return float(code[place])
    return np.nan
