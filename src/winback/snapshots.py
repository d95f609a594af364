"""Who stands at which cutoff: one row per customer and cutoff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.errors import HistoryTooShortError
from winback.history import DAY_US, NO_TIME, Events, History, to_datetime64
from winback.settings import PopulationSettings, Settings

#: Populations; a snapshot holds the place of its population here.
POPULATIONS = ("active", "lapsed")
ACTIVE, LAPSED = 0, 1


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Rows of (customer, cutoff).

    Parameters
    ----------
    customer : int32[n]
        Customer codes of the history.
    cutoff : int64[n]
        Instants, microseconds: a fact is known at a snapshot if it became known strictly before its cutoff.
    population : int8[n]
        Place in `POPULATIONS`.
    """

    customer: NDArray[np.int32]
    cutoff: NDArray[np.int64]
    population: NDArray[np.int8]

    def __len__(self) -> int:
        return self.customer.size

    def rows(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> Snapshots:
        """Return the rows that a mask or an array of places names."""
        return Snapshots(self.customer[mask], self.cutoff[mask], self.population[mask])

    def counted_from(self, first: int) -> Snapshots:
        """Return the same rows where codes of customers are counted from a later one on (before 0: an earlier one)."""
        return Snapshots(self.customer - np.int32(first), self.cutoff, self.population) if first else self

    def at(self, cutoffs: Sequence[int]) -> NDArray[np.bool_]:
        """Return the mask of the rows at these cutoffs."""
        return np.isin(self.cutoff, np.asarray(cutoffs, np.int64))


def snapshots_at(
    history: History,
    cutoffs: Sequence[int],
    population: PopulationSettings,
    *,
    include_closed: bool = True,
) -> Snapshots:
    """Return a row for every customer that had ordered, at every cutoff.

    Parameters
    ----------
    history : History
        What is known.
    cutoffs : sequence of int
        Instants, microseconds, none after the history's end.
    population : PopulationSettings
        Who is active, who has lapsed, and who is too long gone to be looked at.
    include_closed : bool
        False leaves out customers that had closed before the cutoff: nothing can be learned from their silence.

    Returns
    -------
    Snapshots
        Sorted by cutoff, then customer. A customer is active when its last purchase that was known at the cutoff was
        made within ``lapsed_after_days`` before it.

    Raises
    ------
    HistoryTooShortError
        When a cutoff lies after the history's end.
    """
    cutoffs = sorted(set(cutoffs))
    if cutoffs and cutoffs[-1] > history.ends_at:
        raise HistoryTooShortError(
            f"A snapshot at {to_datetime64(np.array([cutoffs[-1]]))[0]} lies after the end of the data",
            expected=f"a cutoff up to {to_datetime64(np.array([history.ends_at]))[0]}",
        )
    found: list[list[Snapshots]] = [[] for _ in cutoffs]
    for part in history.parts():
        purchases = part.purchases()
        closed_at = None if include_closed else part.attributes().columns.get("closed_at")
        for rows, cutoff in zip(found, cutoffs, strict=True):
            rows.append(_rows_at(purchases, cutoff, population, closed_at).counted_from(history.first - part.first))
    parts = [part for rows in found for part in rows]
    return Snapshots(
        customer=np.concatenate([part.customer for part in parts] or [np.empty(0, np.int32)]),
        cutoff=np.concatenate([part.cutoff for part in parts] or [np.empty(0, np.int64)]),
        population=np.concatenate([part.population for part in parts] or [np.empty(0, np.int8)]),
    )


def by_parts(
    history: History, snapshots: Snapshots, at_once: int = 1
) -> Iterator[tuple[History, NDArray[np.intp], Snapshots]]:
    """Go through rows part by part of their customers, so that no more facts are held than fit into memory.

    Parameters
    ----------
    history : History
        Whose customers the rows are of.
    snapshots : Snapshots
        The rows, in any order.
    at_once : int
        How many parts are to be held in memory at a time: as of `History.parts`.

    Yields
    ------
    part : History
        What is known of some customers; only parts with rows.
    rows : int[m]
        Places of their rows, by customer, in the given order within each.
    snapshots : Snapshots
        These rows, with the customers' codes in the part.
    """
    order = np.argsort(snapshots.customer, kind="stable")
    customer = snapshots.customer[order]
    for part in history.parts(at_once):
        first = part.first - history.first
        rows = order[slice(*np.searchsorted(customer, [first, first + part.n_customers]).tolist())]
        if rows.size:
            yield part, rows, snapshots.rows(rows).counted_from(first)


def _rows_at(
    purchases: Events, cutoff: int, population: PopulationSettings, closed_at: NDArray[np.int64] | None
) -> Snapshots:
    customer, last_at = last_purchases(purchases, cutoff)
    keep = np.ones(customer.size, bool)
    if population.forget_after_days is not None:
        keep &= last_at >= cutoff - population.forget_after_days * DAY_US
    if closed_at is not None:
        closed = closed_at[customer]
        keep &= (closed == NO_TIME) | (closed >= cutoff)
    customer, last_at = customer[keep], last_at[keep]
    lapsed = last_at < cutoff - population.lapsed_after_days * DAY_US
    return Snapshots(customer, np.full(customer.size, cutoff, np.int64), lapsed.astype(np.int8))


def last_purchases(purchases: Events, cutoff: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the customers with a purchase known before a cutoff, and when each made its last one."""
    known = np.flatnonzero(purchases.known_at < cutoff)
    customer = purchases.customer[known]
    is_last = np.append(customer[1:] != customer[:-1], True)[: customer.size]
    return customer[is_last], purchases.at[known][is_last]


def cutoff_schedule(history: History, settings: Settings) -> list[int]:
    """Return the past cutoffs to learn from, oldest first.

    The last one is the latest whose label window the data covers; the others lie ``snapshots.every_days`` apart before
    it, not earlier than ``snapshots.min_history_days`` after the first order and at most ``snapshots.max_cutoffs``.
    Where ``every_days`` is not set, the distance follows from horizon and history: see `usual_distance_days`.

    Raises
    ------
    HistoryTooShortError
        When not a single label window is covered.
    """
    horizon, grid = settings.label.horizon_days, settings.snapshots
    last = history.ends_at - horizon * DAY_US
    first = history.starts_at + grid.min_history_days * DAY_US
    covered_days = (history.ends_at - history.starts_at) / DAY_US
    if last < first:
        raise HistoryTooShortError(
            f"The data covers {covered_days:.0f} days, too few for a single snapshot with a known outcome",
            expected=f"at least {grid.min_history_days + horizon} days between the first order and as_of: "
            f"snapshots.min_history_days ({grid.min_history_days}) + label.horizon_days ({horizon})",
            next_step="choose a later as_of, give more history, or lower one of these two settings",
        )
    step = (grid.every_days or usual_distance_days((last - first) // DAY_US, grid.max_cutoffs, horizon)) * DAY_US
    count = min(grid.max_cutoffs, (last - first) // step + 1)
    return [last - place * step for place in reversed(range(count))]


def usual_distance_days(span_days: int, max_cutoffs: int, horizon_days: int) -> int:
    """Return how far apart past cutoffs lie where nothing else is set.

    So far that ``max_cutoffs`` of them cover the history, within limits: nearer than a sixth of the horizon,
    neighbouring snapshots are nearly copies of each other; further than a third of it (or a month), the newest history
    would be left unused only to look further back.

    Parameters
    ----------
    span_days : int
        Days between the first possible cutoff and the last, at least 0.
    max_cutoffs : int
        At most so many cutoffs.
    horizon_days : int
        Days of the label window.

    Examples
    --------
    A short history, one of three years, and one of ten years with a horizon of one year:

    >>> usual_distance_days(95, 24, 180), usual_distance_days(820, 24, 90), usual_distance_days(2555, 24, 365)
    (30, 30, 111)
    """
    covering = span_days // max(max_cutoffs - 1, 1)
    return int(min(max(covering, horizon_days // 6, 1), max(30, horizon_days // 3)))
