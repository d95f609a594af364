"""Streams: sequences of events with measures, made from the tables of a history.

The one rule that keeps streams honest: an event may be made only of facts that were known no later than its own
``known_at``. A history cut at any instant then gives the same events as the whole history, less those known later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.history import NO_TIME, Events, History, customer_offsets, each, joined, order_by_time
from winback.settings import FeatureSettings

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class StreamData:
    """Events of a stream, in any order.

    Parameters
    ----------
    customer : int32[n]
        Customer codes.
    at : int64[n]
        When it happened (microseconds): windows select by this.
    known_at : int64[n]
        When it became known: a cutoff c sees it if ``known_at < c`` and ``at < c``.
    measures : mapping of str to array
        Numbers (NaN missing), flags (0 or 1), codes (-1 missing), made when they are asked for where they are
        `winback.history.Columns`. A measure whose column is absent is left out, and the features that need it are
        absent.
    categories : mapping of str to tuple of str
        Words of the measures that are codes of a category.
    """

    customer: NDArray[np.int32]
    at: NDArray[np.int64]
    known_at: NDArray[np.int64]
    measures: Mapping[str, Array] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def where(self, mask: NDArray[np.bool_]) -> StreamData:
        """Return the events that the mask keeps."""
        return self if mask.all() else self._take(np.flatnonzero(mask))

    def in_order(self) -> StreamData:
        """Return the events sorted by customer and time; equals keep their order."""
        order = order_by_time(self.customer, self.at)
        return self if order is None else self._take(order)

    def offsets(self, n_customers: int) -> NDArray[np.int64]:
        """Return where each customer's events begin in events that are in order, with the end as last element."""
        return customer_offsets(self.customer, n_customers)

    def _take(self, places: NDArray[np.intp]) -> StreamData:
        return StreamData(
            self.customer[places],
            self.at[places],
            self.known_at[places],
            each(self.measures, lambda values: values[places]),
            self.categories,
        )


@dataclass(frozen=True)
class Stream:
    """A named sequence of events, and how it is made.

    Parameters
    ----------
    name : str
        Unique name.
    table : str
        Table that it is made of.
    columns : tuple of str
        Columns of that table without which it cannot be made.
    build : callable
        From (history, settings) to `StreamData`; called only where table and columns are there.
    needs : tuple of (table, columns)
        Further tables and columns without which it cannot be made.
    settings : tuple of str
        Keys of `FeatureSettings` that its events depend on.
    version : int
        To be raised when ``build`` changes its meaning.
    doc : str
        What an event of it is, and what its measures are.
    """

    name: str
    table: str
    build: Callable[[History, FeatureSettings], StreamData]
    doc: str
    columns: tuple[str, ...] = ()
    needs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    settings: tuple[str, ...] = ()
    version: int = 1

    def available(self, history: History) -> bool:
        """Tell whether the history has all that it is made of."""
        return all(history.has(table, *columns) for table, columns in ((self.table, self.columns), *self.needs))

    def of(self, history: History, settings: FeatureSettings) -> StreamData:
        """Return the events that a history knows, by customer and time; they are made once, whoever asks for them."""
        key = (self, repr(self.recipe(settings)))
        made: StreamData = history.once(key, lambda: self.build(history, settings).in_order())
        return made

    def recipe(self, settings: FeatureSettings) -> dict[str, Any]:
        """All that decides its events, as JSON-like data."""
        used = {key: getattr(settings, key) for key in self.settings}
        return {"stream": self.name, "table": self.table, "version": self.version, "settings": used}


def events_stream(
    events: Events, measures: Mapping[str, Array] | None = None, *, at: NDArray[np.int64] | None = None
) -> StreamData:
    """Make a stream of a table's events with all its numbers, flags and categories as measures.

    Parameters
    ----------
    events : Events
        Known events of a table.
    measures : mapping of str to array, optional
        Further measures, of the same length.
    at : int64[n], optional
        Another time of these rows (`NO_TIME` missing), such as ``resolved_at``: rows without it are left out, and the
        others become known at it, or when the row did if that was later.
    """
    columns = joined(events.columns, measures or {})
    numbers = columns.only([name for name in columns if name not in events.times])
    data = StreamData(events.customer, events.at, events.known_at, numbers, events.categories)
    if at is None:
        return data
    moved = StreamData(events.customer, at, np.maximum(events.known_at, at), data.measures, data.categories)
    return moved.where(at != NO_TIME)


def table_stream(table: str, doc: str) -> Stream:
    """Return the stream of a table's rows as they are."""

    def build(history: History, _: FeatureSettings) -> StreamData:
        return events_stream(history.events(table))

    return Stream(name=table, table=table, build=build, doc=doc)
