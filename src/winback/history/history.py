"""`History`: everything that was known strictly before one instant, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from winback.errors import DataError
from winback.history.columns import each, joined
from winback.history.events import Events
from winback.history.everyone import Everyone
from winback.history.parts import MEMORY_BYTES, cuts
from winback.history.staging import Staging
from winback.history.times import NO_TIME, instant_of
from winback.tables import TABLES

Array = NDArray[Any]
Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Attributes:
    """What the table ``customers`` says of each customer, one element per customer code.

    Parameters
    ----------
    columns : mapping of str to array
        As in `Events`; all missing for a customer that the table does not list.
    categories : mapping of str to tuple of str
        The words behind the codes.
    """

    columns: Mapping[str, Array]
    categories: Mapping[str, tuple[str, ...]]

    def has(self, *columns: str) -> bool:
        """Tell whether all these columns are there."""
        return all(column in self.columns for column in columns)


class History:
    """All facts known strictly before one instant.

    Made by `History.load` and made smaller by `History.upto`, `History.part` and `History.only`; there is no way to
    see more.

    Parameters
    ----------
    staging : Staging
        The staged tables.
    ends_at : int
        The instant (microseconds, UTC, exclusive) up to which facts are known.
    timezone : str
        Zone in which the company's days begin.
    everyone : Everyone
        What all customers of the company give together, where these are only some of them.
    memory_bytes : int
        How much memory may be taken by facts and what is made of them: see `History.parts`.
    """

    def __init__(
        self,
        staging: Staging,
        ends_at: int,
        timezone: str,
        *,
        everyone: Everyone = Everyone(),  # noqa: B008
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._staging = staging
        self.ends_at = ends_at
        self.timezone = timezone
        self.everyone = everyone.at(ends_at)
        self.memory_bytes = memory_bytes
        self._events: dict[tuple[str, tuple[str, ...]], Events] = {}
        self._made: dict[Hashable, Any] = {}

    @classmethod
    def load(cls, staging: Path, as_of: int | None = None, memory_bytes: int | None = None) -> History:
        """Open staged tables.

        Parameters
        ----------
        staging : Path
            Folder that `winback prepare` wrote.
        as_of : int, optional
            Instant (microseconds) up to which facts are known; by default the start of the summary's ``as_of`` day.
        memory_bytes : int, optional
            How much memory facts may take, by default 2 GiB.

        Raises
        ------
        DataError
            When there are no staged tables, or no order is known before ``as_of``.
        """
        tables = Staging(staging)
        timezone = str(tables.summary.get("timezone", "UTC"))
        if as_of is None:
            if "as_of" not in tables.summary:
                raise DataError(f"{tables.folder} does not say its as_of", next_step="run 'winback prepare' again")
            as_of = instant_of(date.fromisoformat(str(tables.summary["as_of"])), timezone)
        history = cls(tables, as_of, timezone, memory_bytes=memory_bytes or MEMORY_BYTES)
        if not any(part.has_purchases() for part in history.parts()):
            raise DataError(
                f"No order is known before {np.datetime64(as_of, 'us').item():%Y-%m-%d %H:%M} UTC",
                expected="an as_of after the first order",
                next_step="set run.as_of to a later day, or to 'latest'",
            )
        return history

    @property
    def customer_ids(self) -> Array:
        """Names of the customers (object[n]); a customer's code is its place here."""
        return self._staging.customer_ids

    @property
    def n_customers(self) -> int:
        """Number of customers, also of those not yet seen at this history's end."""
        return self._staging.n_customers

    @property
    def own_tables(self) -> tuple[str, ...]:
        """Names of the tables of own features that are there."""
        return self._staging.own_tables

    @cached_property
    def starts_at(self) -> int:
        """Instant at which the first purchase became known (microseconds)."""
        return min(int(part.purchases().known_at.min(initial=self.ends_at)) for part in self.parts())

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether the table is there, with all these columns."""
        present = self._staging.columns(table)
        return bool(present) and all(column in present for column in columns)

    def events(self, table: str, text: Sequence[str] = ()) -> Events:
        """Return the known events of a table.

        Parameters
        ----------
        table : str
            Name in the contract, except ``customers``.
        text : sequence of str
            Columns of texts (such as ``product_id``) to be given as category codes.

        Raises
        ------
        KeyError
            When the table is absent: ask `has` first.
        """
        key = (table, tuple(text))
        if key not in self._events:
            self._events[key] = self._staging.events(table, text).upto(self.ends_at)
        return self._events[key]

    def once(self, what: Hashable, make: Callable[[], Made]) -> Made:
        """Return something made of these facts: made when it is first asked for, and kept as long as this history.

        Parameters
        ----------
        what : hashable
            What it is: the same for the same thing alone.
        make : callable
            Makes it. What it returns must not hold this history, or neither is free before Python looks for garbage.
        """
        if what not in self._made:
            self._made[what] = make()
        made: Made = self._made[what]
        return made

    def has_purchases(self) -> bool:
        """Tell whether anything was bought."""
        return bool((self.events("orders").columns["amount"] >= 0).any())

    def purchases(self) -> Events:
        """Return the orders that are no returns (amount not below zero)."""
        return self._purchases

    @cached_property
    def _purchases(self) -> Events:
        orders = self.events("orders")
        returned = orders.columns["amount"] < 0
        return orders.where(~returned) if returned.any() else orders

    def attributes(self) -> Attributes:
        """Return what is said of each customer; a ``closed_at`` not before this history's end is not yet known."""
        return self._attributes

    @cached_property
    def _attributes(self) -> Attributes:
        names = [name for name in self._staging.columns("customers") if name not in ("customer", "customer_id")]
        if not names:
            return Attributes({}, {})
        columns, words = self._staging.table("customers", names)
        later = {
            name
            for name in names
            if name in TABLES["customers"].column_names and TABLES["customers"].column(name).later
        }
        # taken from self only now: a history that holds itself keeps its memory until Python looks for garbage
        ends_at = self.ends_at
        hidden = each(columns.only(later), lambda at: np.where(at >= ends_at, NO_TIME, at))
        return Attributes(joined(columns, hidden), words)

    def upto(self, cutoff: int) -> History:
        """Return what of this history was known strictly before an instant.

        Parameters
        ----------
        cutoff : int
            Instant, microseconds. One after this history's end changes nothing: what is not known here stays unknown.
        """
        return self if cutoff >= self.ends_at else self._narrowed(self._staging, cutoff)

    def told(self, everyone: Everyone) -> History:
        """Return the same history with other answers to what all customers of the company give together."""
        ends_at, memory = self.ends_at, self.memory_bytes
        return History(self._staging, ends_at, self.timezone, everyone=everyone, memory_bytes=memory)

    def _narrowed(self, staging: Staging, ends_at: int) -> History:
        return History(staging, ends_at, self.timezone, everyone=self.everyone, memory_bytes=self.memory_bytes)

    @property
    def first(self) -> int:
        """Code of this history's customer 0, among all customers or those that were chosen from them (`only`)."""
        return self._staging.first

    def part(self, first: int, stop: int) -> History:
        """Return what is known of some customers alone, as if the company had no others.

        Features, labels and snapshots of a customer are the same in any part. What compares customers with all others
        (reasons) asks this history's `everyone`, which the part takes along.

        Parameters
        ----------
        first, stop : int
            The customers ``first <= code < stop``; in the part they have the codes from 0 on.
        """
        if (first, stop) == (0, self.n_customers):
            return self
        return self._narrowed(self._staging.part(first, stop), self.ends_at)

    def only(self, customers: NDArray[np.int32]) -> History:
        """Return what is known of chosen customers alone, as `part` does for successive ones.

        Parameters
        ----------
        customers : int32[chosen]
            Ascending codes; here the customers have the codes from 0 on.
        """
        return self._narrowed(self._staging.only(customers), self.ends_at)

    def parts(self, at_once: int = 1) -> Sequence[History]:
        """Divide the customers, in their order, so that the facts of one part fit into memory.

        A part reads its own rows of the staged tables when it is asked for them, and gives their memory back when
        nobody holds it any longer. A history whose facts are few is its own only part, and keeps what it has read.

        Parameters
        ----------
        at_once : int
            How many parts are to be held in memory at a time.

        Returns
        -------
        sequence of History
            Each as `History.part` gives it, made anew whenever it is taken.
        """
        return _Parts(self, cuts(self._staging.bytes_before, self.n_customers, self.memory_bytes, at_once))


class _Parts(Sequence[History]):
    """Holds no part, so that each one's memory is free as soon as the work on it is done."""

    def __init__(self, whole: History, edges: list[int]) -> None:
        self._whole, self._edges = whole, edges

    def __len__(self) -> int:
        return len(self._edges) - 1

    @overload
    def __getitem__(self, place: int) -> History: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[History]: ...
    def __getitem__(self, place: int | slice) -> History | Sequence[History]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        first, stop = list(pairwise(self._edges))[place]
        return self._whole.part(first, stop)
