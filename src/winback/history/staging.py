"""Reading the staged tables: typed, checked and sorted files that `winback prepare` wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.errors import DataError
from winback.files import read_json
from winback.history.events import Events, customer_offsets
from winback.history.times import NO_TIME
from winback.tables import OWN_PREFIX, TABLES, is_own, table_named

Array = NDArray[Any]


class Staging:
    """The folder of staged tables; each table is read once, when it is first asked for.

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
        if not (self.folder / "customer_index.parquet").exists() or not (self.folder / "orders.parquet").exists():
            raise DataError(f"No staged tables in {self.folder}", next_step="run 'winback prepare' first")
        index = pq.read_table(self.folder / "customer_index.parquet", columns=["customer", "customer_id"])
        self.customer_ids: Array = np.asarray(index["customer_id"].to_pylist(), dtype=object)
        self.own_tables = tuple(sorted(path.stem for path in self.folder.glob(f"{OWN_PREFIX}*.parquet")))
        present = [name for name in TABLES if self._file(name).exists()]
        self._columns = {name: self._column_types(name) for name in (*present, *self.own_tables)}
        self._events: dict[tuple[str, tuple[str, ...]], Events] = {}

    @property
    def n_customers(self) -> int:
        """Number of customers of the index."""
        return int(self.customer_ids.size)

    @property
    def summary(self) -> Mapping[str, Any]:
        """What `winback prepare` noted about the tables (empty where it left no note)."""
        path = self.folder / "summary.json"
        content: Mapping[str, Any] = read_json(path) if path.exists() else {}
        return content

    def columns(self, table: str) -> Mapping[str, pa.DataType]:
        """Return the columns of a staged table, with their types; empty where the table is absent."""
        return self._columns.get(table, {})

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

    def table(self, table: str, columns: Sequence[str]) -> dict[str, tuple[Array, tuple[str, ...]]]:
        """Return columns of a staged table as arrays, each with the words of its codes (none for numbers)."""
        content = pq.read_table(self._file(table), columns=list(columns))
        return {name: _as_numpy(content[name]) for name in columns}

    def _file(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def _column_types(self, table: str) -> dict[str, pa.DataType]:
        schema = pq.read_schema(self._file(table))
        return dict(zip(schema.names, schema.types, strict=True))

    def _read_events(self, table: str, text: Sequence[str]) -> Events:
        if table not in self._columns:
            raise KeyError(f"table {table!r} is not there")
        time = time_column(table)
        wanted = [name for name in self._columns[table] if name in text or _is_loaded(table, name)]
        loaded = self.table(table, ["customer", *(name for name in wanted if name != "customer")])
        customer = loaded.pop("customer")[0].astype(np.int32)
        at = loaded[time][0]
        if customer.size and not _is_sorted(customer, at):
            raise DataError(f"{self._file(table)} is not sorted", next_step="run 'winback prepare' again")
        columns = {name: values for name, (values, _) in loaded.items()}
        events = Events(
            table=table,
            customer=customer,
            at=at,
            known_at=_known_at(table, at, columns),
            columns={name: values for name, values in columns.items() if name not in (time, "recorded_at")},
            categories={name: words for name, (values, words) in loaded.items() if values.dtype == np.int32},
            offsets=customer_offsets(customer, self.n_customers),
        )
        return events.with_dependants_hidden()


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
    if name in ("customer", "recorded_at") or name == time_column(table):
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


def _is_sorted(customer: Array, at: Array) -> bool:
    step = np.diff(customer)
    return bool(np.all((step > 0) | ((step == 0) & (np.diff(at) >= 0))))


def _as_numpy(column: pa.ChunkedArray) -> tuple[Array, tuple[str, ...]]:
    """Timestamps to int64, texts to codes of their ascending words, the rest to float64 (integers stay)."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        ticks = column.cast(pa.timestamp("us")).cast(pa.int64())
        return pc.fill_null(ticks, NO_TIME).to_numpy(), ()
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return _as_codes(column)
    if pa.types.is_int32(kind):
        return column.to_numpy(), ()
    return pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy(), ()


def _as_codes(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    encoded = encoded.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = (
            encoded.chunk(0) if encoded.num_chunks else pa.DictionaryArray.from_arrays([], pa.array([], pa.string()))
        )
    words = np.asarray(encoded.dictionary.to_pylist(), dtype=object)
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    order = np.argsort(words.astype(str), kind="stable")
    rank = np.empty(words.size + 1, np.int32)
    rank[order] = np.arange(words.size, dtype=np.int32)
    rank[words.size] = -1  # where index -1 (missing) leads
    return rank[codes], tuple(words[order])
