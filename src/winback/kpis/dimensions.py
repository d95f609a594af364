"""By what customers are told apart in the statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.history import Events, History
from winback.kpis.lost import last_before

#: A dimension with more values than this keeps the largest ones; the rest are one group.
MAX_VALUES = 100
#: Name of that group.
OTHERS = "…"


@dataclass(frozen=True)
class Dimension:
    """One way to divide the customers.

    Parameters
    ----------
    name : str
        Such as ``region``.
    groups : int64[n]
        Each customer's group.
    values : list of str or None
        What the groups are called; ``None``: it is not known.
    folded : int
        How many small values were put together under `OTHERS`.
    """

    name: str
    groups: NDArray[np.int64]
    values: list[str | None]
    folded: int = 0


def find_dimension(history: History, name: str, instant: int) -> Dimension | None:
    """Find a dimension in the data.

    It is a column of ``customers``, as it is today. ``manager_id`` is, where the data has ``managers``, who looked
    after the customer at its last purchase before the instant: whoever was given it after it had fallen silent did not
    lose it. ``channel`` is, where ``customers`` does not say it, that of the first purchase.

    Parameters
    ----------
    history : History
        What is known.
    name : str
        Such as ``region``.
    instant : int
        End of the period that is looked at (microseconds).

    Returns
    -------
    Dimension or None
        ``None``: the data does not have it, or nothing but missing values.
    """
    if name == "manager_id" and history.has("managers"):
        found: Coded | None = _managers(history, instant)
    else:
        found = _of_customers(history, name) or _first_channel(history, name)
    if found is None:
        return None
    codes, words = found
    return _folded(name, codes, words) if (codes >= 0).any() else None


Coded = tuple[NDArray[np.int64], tuple[str, ...]]


def _of_customers(history: History, name: str) -> Coded | None:
    attributes = history.attributes()
    if not attributes.has(name):
        return None
    values = attributes.columns[name]
    if name in attributes.categories:
        return values.astype(np.int64), attributes.categories[name]
    return _coded_numbers(values)


def _coded_numbers(values: NDArray[Any]) -> Coded:
    known = ~np.isnan(values.astype(np.float64))
    distinct, places = np.unique(values[known], return_inverse=True)
    codes = np.full(values.size, -1, dtype=np.int64)
    codes[known] = places
    return codes, tuple(f"{number:g}" for number in distinct)


def _first_channel(history: History, name: str) -> Coded | None:
    if name != "channel" or not history.has("orders", "channel"):
        return None
    purchases = history.purchases()
    return _codes(purchases, name, np.where(np.diff(purchases.offsets) > 0, purchases.offsets[:-1], -1))


def _managers(history: History, instant: int) -> Coded:
    """Manager of each customer at its last purchase before an instant."""
    assignments, purchases = history.events("managers"), history.purchases()
    last = last_before(purchases, instant)
    buyers = np.flatnonzero(last >= 0).astype(np.int32)
    # the last assignment that is not after the purchase
    place = assignments.places(buyers, purchases.at[last[buyers]] + 1) - 1
    places = np.full(last.size, -1, dtype=np.int64)
    places[buyers] = np.where(place >= assignments.offsets[buyers], place, -1)
    return _codes(assignments, "manager_id", places)


def _codes(events: Events, name: str, places: NDArray[np.int64]) -> Coded:
    codes = np.full(places.size, -1, dtype=np.int64)
    there = np.flatnonzero(places >= 0)
    codes[there] = events.columns[name][places[there]]
    return codes, events.categories[name]


def _folded(name: str, codes: NDArray[np.int64], words: tuple[str, ...]) -> Dimension:
    sizes = np.bincount(codes[codes >= 0], minlength=len(words))
    used = np.flatnonzero(sizes)
    largest = used[np.lexsort((used, -sizes[used]))][:MAX_VALUES]
    kept = np.sort(largest)
    place = np.full(len(words) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(kept.size)
    values: list[str | None] = [words[code] for code in kept]
    folded = used.size - kept.size
    if folded:
        place[np.setdiff1d(used, kept)] = len(values)
        values.append(OTHERS)
    if (codes < 0).any():
        place[-1] = len(values)
        values.append(None)
    return Dimension(name, place[codes], values, int(folded))
