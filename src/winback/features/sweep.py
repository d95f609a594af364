"""The one pass over a customer's events in time order that finds where the windows of all its cutoffs begin and end.

All kernels of this room (`moments`, `codes`, `rhythm`) go through rows (customer, cutoff), those of a customer together
and its cutoffs ascending, and through cells. A cell is a window and what is made of it; a window is two edges, places
among the customer's events that `find_edges` has found. Rows do not influence each other's values.

Prompt events, known no later than they happened, are seen by every cutoff after them, so what the kernels add up over
them serves all cutoffs alike. A window in which a late event is seen is gone through by itself. Either way a value
depends on what the cutoff sees alone, not on events that it does not see or on the other cutoffs.

at, known_at : int64[events]
    Sorted by customer, then ``at``.
offsets : int64[customers + 1]
    Where each customer's events begin.
customer, cutoff : int32[rows], int64[rows]
    The rows, sorted by customer, then cutoff.
edges : int64[rows, edges]
    Places of the first events not before each edge.
cells : int64[cells, 3]
    Edge at which the window begins, edge before which it ends, what is made of it.
out : float64[cells, rows]
    Filled.
"""

from __future__ import annotations

from typing import Any

from numba import njit


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def find_edges(at: Any, offsets: Any, customer: Any, cutoff: Any, before_cutoff: Any, edges: Any) -> None:
    """Fill ``edges``, of which ``before_cutoff`` says how many microseconds they lie before the cutoff (descending)."""
    for row in range(customer.size):
        again = row > 0 and customer[row] == customer[row - 1]
        place, stop = offsets[customer[row]], offsets[customer[row] + 1]
        for edge in range(before_cutoff.size):
            if again:  # later than the same edge of an earlier cutoff
                place = max(place, edges[row - 1, edge])
            instant = cutoff[row] - before_cutoff[edge]
            while place < stop and at[place] < instant:
                place += 1
            edges[row, edge] = place


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def longest_run(offsets: Any, customer: Any) -> int:
    """Most events that any of the customers has."""
    longest = 0
    for one in customer:
        longest = max(longest, offsets[one + 1] - offsets[one])
    return longest


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def end_of_rows(customer: Any, row: int) -> int:
    """First row after this one that is another customer's."""
    end = row + 1
    while end < customer.size and customer[end] == customer[row]:
        end += 1
    return end


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def count_late(at: Any, known_at: Any, start: int, stop: int, late: Any) -> None:
    """How many of the first events of a customer became known after they happened: ``late[0]`` of none of them, ..."""
    late[0] = 0
    for place in range(start, stop):
        late[place - start + 1] = late[place - start] + (known_at[place] > at[place])


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def sees_late(at: Any, known_at: Any, late: Any, start: int, low: int, high: int, now: int) -> bool:
    """Whether a late event of the window is known before now."""
    if high <= low or late[high - start] == late[low - start]:
        return False
    while low < high and (known_at[low] <= at[low] or known_at[low] >= now):
        low += 1
    return low < high
