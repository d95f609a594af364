"""Reading the staged tables: typed, checked and sorted files that `winback prepare` wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.errors import DataError
from winback.files import read_json
from winback.history.columns import Columns
from winback.history.events import Events, customer_offsets
from winback.history.order import is_ordered
from winback.history.stagedfile import CUSTOMER, StagedFile, StagedRows, is_text
from winback.history.times import NO_TIME
from winback.tables import OWN_PREFIX, TABLES, is_own, table_named

Array = NDArray[Any]

INDEX = "customer_index"
#: Bytes that a value takes in memory.
_VALUE_BYTES = 8


class Staging:
    """The folder of staged tables, or some customers of it; each column is read once, when it is asked for.

    Parameters
    ----------
    folder : Path
        ``data/staging`` of a project.

    Raises
    ------
    DataError
        When the folder holds no staged tables.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        if not self._path(INDEX).exists() or not self._path("orders").exists():
            raise DataError(f"No staged tables in {self.folder}", next_step="run 'winback prepare' first")
        self.own_tables = tuple(sorted(path.stem for path in self.folder.glob(f"{OWN_PREFIX}*.parquet")))
        names = (INDEX, *(name for name in TABLES if self._path(name).exists()), *self.own_tables)
        self._files = {name: StagedFile(self._path(name)) for name in names}
        self.first, self.stop = 0, self._files[INDEX].n_rows
        self._chosen: NDArray[np.int32] | None = None
        self._events: dict[tuple[str, tuple[str, ...]], Events] = {}

    def part(self, first: int, stop: int) -> Staging:
        """Return the same tables as if the customers ``first <= code < stop`` were all, with codes from 0 on."""
        return self._with(self.first + first, self.first + stop, self._chosen)

    def only(self, customers: NDArray[np.int32]) -> Staging:
        """Return the same tables as if these customers (ascending codes) were all, with codes from 0 on."""
        chosen = customers + np.int32(self.first)
        return self._with(0, len(customers), chosen if self._chosen is None else self._chosen[chosen])

    def _with(self, first: int, stop: int, chosen: NDArray[np.int32] | None) -> Staging:
        some = Staging.__new__(Staging)
        some.folder, some.own_tables, some._files = self.folder, self.own_tables, self._files
        some.first, some.stop, some._chosen = first, stop, chosen
        some._events = {}
        return some

    @property
    def n_customers(self) -> int:
        """Number of customers of the index."""
        return self.stop - self.first

    @cached_property
    def customer_ids(self) -> Array:
        """Names of the customers (object[n]), by code."""
        return self._rows(INDEX).objects("customer_id")

    @cached_property
    def summary(self) -> Mapping[str, Any]:
        """What `winback prepare` noted about the tables (empty where it left no note)."""
        path = self.folder / "summary.json"
        content: Mapping[str, Any] = read_json(path) if path.exists() else {}
        return content

    def columns(self, table: str) -> Mapping[str, pa.DataType]:
        """Return the columns of a staged table, with their types; empty where the table is absent."""
        return self._files[table].types if table in self._files else {}

    def bytes_before(self, customer: NDArray[np.int64]) -> NDArray[np.float64]:
        """Tell about how many bytes the facts of the customers before each code take, once they are read."""
        if self._chosen is None:
            before = self._bytes_before(self.first + customer)
        else:
            each = self._bytes_before(self._chosen + 1) - self._bytes_before(self._chosen)
            before = np.concatenate([[0], np.cumsum(each)])[self.first + customer]
        return np.asarray(before - before[0])

    def _bytes_before(self, code: NDArray[Any]) -> NDArray[np.float64]:
        sizes = [file.rows_before(code) * (len(file.types) * _VALUE_BYTES) for file in self._files.values()]
        return np.asarray(np.sum(sizes, axis=0), np.float64)

    def events(self, table: str, text: Sequence[str] = ()) -> Events:
        """Return all events of a table, whenever they became known.

        Parameters
        ----------
        table : str
            Name in the contract; a table of events, not ``customers``.
        text : sequence of str
            Columns of texts (such as ``product_id``) to be given as category codes.

        Raises
        ------
        KeyError
            When the table is absent.
        """
        key = (table, tuple(text))
        if key not in self._events:
            self._events[key] = self._read_events(table, text)
        return self._events[key]

    def table(self, table: str, columns: Sequence[str]) -> tuple[Columns[Array], Columns[tuple[str, ...]]]:
        """Return columns of a staged table, and the words behind those that are codes."""
        return _columns(self._rows(table), columns, self.columns(table))

    def _path(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def _rows(self, table: str) -> StagedRows:
        if self._chosen is None:
            return self._files[table].rows([range(self.first, self.stop)])
        mine = self._chosen[self.first : self.stop].tolist()
        return self._files[table].rows([range(code, code + 1) for code in mine])

    def _codes(self, customers: NDArray[np.int32]) -> NDArray[np.int32]:
        """From codes among all customers to those here."""
        if self._chosen is None:
            return customers - np.int32(self.first)
        return np.searchsorted(self._chosen[self.first : self.stop], customers).astype(np.int32)

    def _read_events(self, table: str, text: Sequence[str]) -> Events:
        if table not in self._files:
            raise KeyError(f"table {table!r} is not there")
        time = time_column(table)
        wanted = [name for name in self.columns(table) if name in text or _is_loaded(table, name)]
        rows = self._rows(table)
        columns, words = _columns(rows, [name for name in wanted if name != CUSTOMER], self.columns(table))
        customer, at = self._codes(rows.customers()), columns[time]
        if not is_ordered(customer, at):
            raise DataError(f"{self._path(table)} is not sorted", next_step="run 'winback prepare' again")
        events = Events(
            table=table,
            customer=customer,
            at=at,
            known_at=_known_at(table, at, columns),
            columns=columns.only([name for name in columns if name not in (time, "recorded_at")]),
            categories=words,
            offsets=customer_offsets(customer, self.n_customers),
            times=frozenset(name for name, kind in self.columns(table).items() if pa.types.is_timestamp(kind)),
        )
        return events.with_dependants_hidden()


def _columns(
    rows: StagedRows, names: Sequence[str], types: Mapping[str, pa.DataType]
) -> tuple[Columns[Array], Columns[tuple[str, ...]]]:
    read = Columns({name: lambda name=name: rows.column(name) for name in names})  # type: ignore[misc]
    values = Columns({name: lambda name=name: read[name][0] for name in names})  # type: ignore[misc]
    coded = [name for name in names if is_text(types[name])]
    return values, Columns({name: lambda name=name: read[name][1] for name in coded})  # type: ignore[misc]


def time_column(table: str) -> str:
    """Return the column that says when a table's events happened; items of an order happen when it does.

    Examples
    --------
    >>> time_column("tickets"), time_column("order_items")
    ('opened_at', 'ordered_at')
    """
    contract = table_named(table)
    return TABLES[contract.parent].time if contract.parent else contract.time


def _is_loaded(table: str, name: str) -> bool:
    """Texts are identifiers that no feature reads unless it asks for them; all else is loaded."""
    if name in (CUSTOMER, "recorded_at") or name == time_column(table):
        return True
    contract = table_named(table)
    return contract.column(name).kind != "text" if name in contract.column_names else is_own(table)


def _known_at(table: str, at: NDArray[np.int64], columns: Mapping[str, Array]) -> NDArray[np.int64]:
    """When each row became known: with its event, or when it was recorded if that was later.

    The time of a plan (a promised delivery) is not when the plan became known. Without a record of that, the row
    counts as known from its promised time or from its delivery, whichever came first.
    """
    known = at
    contract = table_named(table)
    if contract.time and contract.column(contract.time).plan:
        for column in contract.columns:
            if column.later and column.name in columns:
                happened = columns[column.name]
                known = np.where(happened == NO_TIME, known, np.minimum(known, happened))
    recorded = columns.get("recorded_at")
    return known if recorded is None else np.maximum(known, recorded)
