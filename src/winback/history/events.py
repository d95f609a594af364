"""The events of one table in memory, and how they are cut at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.history.columns import Columns, each, joined
from winback.history.times import NO_TIME
from winback.tables import table_named

Array = NDArray[Any]

#: Columns that become known together with a later field of the same row.
KNOWN_WITH: Mapping[tuple[str, str], str] = {("deliveries", "defective"): "delivered_at"}


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one table, sorted by customer, time and the rest of the row.

    Parameters
    ----------
    table : str
        Name in the contract.
    customer : int32[n]
        Customer codes, ascending.
    at : int64[n]
        When the event happened, ascending within a customer (microseconds).
    known_at : int64[n]
        When the row became known: a cutoff c sees it if ``known_at < c``.
    columns : mapping of str to array
        Numbers and booleans float64 (NaN missing), timestamps int64 (`NO_TIME` missing), categories int32 codes
        (-1 missing). Those of staged tables are read when they are asked for.
    categories : mapping of str to tuple of str
        The words behind the codes, ascending.
    offsets : int64[customers + 1]
        The events of customer c stand at ``offsets[c]`` up to ``offsets[c + 1]``.
    times : frozenset of str
        Which of the columns are timestamps.
    """

    table: str
    customer: NDArray[np.int32]
    at: NDArray[np.int64]
    known_at: NDArray[np.int64]
    columns: Mapping[str, Array]
    categories: Mapping[str, tuple[str, ...]]
    offsets: NDArray[np.int64]
    times: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return self.customer.size

    def has(self, *columns: str) -> bool:
        """Tell whether all these columns are there."""
        return all(column in self.columns for column in columns)

    def code_of(self, column: str, word: str) -> int:
        """Return the code of a category's word, or -2 (no event's code) where the word never occurs."""
        words = self.categories[column]
        return words.index(word) if word in words else -2

    def places(self, customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where, among each customer's events, the first one at or after an instant stands.

        Parameters
        ----------
        customer : int32[m]
            Customer codes.
        at : int64[m]
            Instants, microseconds.

        Returns
        -------
        int64[m]
            Places in these events; the end of the customer's run where all its events are earlier.
        """
        low, high = self.offsets[customer].copy(), self.offsets[customer + 1].copy()
        # one binary search for all rows at once
        while (searching := low < high).any():
            middle = (low + high) // 2
            before = searching & (self.at[np.minimum(middle, len(self) - 1)] < at)
            low = np.where(before, middle + 1, low)
            high = np.where(searching & ~before, middle, high)
        return low

    def where(self, mask: NDArray[np.bool_]) -> Events:
        """Return the events that the mask keeps."""
        customer = self.customer[mask]
        return replace(
            self,
            customer=customer,
            at=self.at[mask],
            known_at=self.known_at[mask],
            columns=each(self.columns, lambda values: values[mask]),
            offsets=customer_offsets(customer, self.offsets.size - 1),
        )

    def upto(self, cutoff: int) -> Events:
        """Return what of these events was known strictly before an instant.

        Rows that became known later are gone; fields that fill in later are missing where their time had not come.
        """
        known = self.known_at < cutoff
        events = self if known.all() else self.where(known)
        later = [name for name in _later_columns(self.table) if name in self.columns]
        hidden = {name: lambda name=name: _hidden(events.columns[name], cutoff) for name in later}
        if not hidden:
            return events
        return replace(events, columns=joined(events.columns, Columns(hidden))).with_dependants_hidden()

    def with_dependants_hidden(self) -> Events:
        """Return events in which a column is missing where the later field that it becomes known with is missing."""
        hidden = {
            name: lambda name=name, later=later: np.where(self.columns[later] == NO_TIME, np.nan, self.columns[name])
            for (table, name), later in KNOWN_WITH.items()
            if table == self.table and self.has(name, later)
        }
        return replace(self, columns=joined(self.columns, Columns(hidden))) if hidden else self


def _hidden(values: NDArray[np.int64], cutoff: int) -> NDArray[np.int64]:
    unknown = values >= cutoff
    return np.where(unknown, NO_TIME, values) if unknown.any() else values


def _later_columns(table: str) -> tuple[str, ...]:
    return tuple(column.name for column in table_named(table).columns if column.later)


def customer_offsets(customer: NDArray[np.int32], n_customers: int) -> NDArray[np.int64]:
    """Return where each customer's run begins in an array sorted by customer, with the end as last element.

    Examples
    --------
    >>> customer_offsets(np.array([0, 0, 2], np.int32), 3)
    array([0, 2, 2, 3])
    """
    return np.searchsorted(customer, np.arange(n_customers + 1, dtype=customer.dtype)).astype(np.int64)
