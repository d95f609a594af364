"""Writing staged tables: in row groups of one size, and by merging new rows into what was staged before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

#: Rows of a row group: a range of customers is read by these.
ROW_GROUP = 1 << 17

Codes = NDArray[np.int32]
Places = NDArray[np.int64]


def write_tables(pieces: Iterable[pa.Table], schema: pa.Schema, target: Path, unique: Sequence[str]) -> None:
    """Write pieces of a table one after another as one Parquet file, whose bytes depend on the rows alone.

    Parameters
    ----------
    pieces : iterable of Table
        In the order of the rows; of any size.
    schema : Schema
        Of all of them.
    target : Path
        The file.
    unique : sequence of str
        Columns whose texts hardly repeat, so that a dictionary of them would be in vain.
    """
    repeating = [field.name for field in schema if pa.types.is_string(field.type) and field.name not in unique]
    with pq.ParquetWriter(target, schema, compression="lz4", use_dictionary=repeating, store_schema=False) as writer:
        for group in _regrouped(pieces):
            writer.write_table(group, row_group_size=ROW_GROUP)


def _regrouped(pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    rows = 0
    for piece in pieces:
        waiting.append(piece)
        rows += piece.num_rows
        while rows >= ROW_GROUP:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, ROW_GROUP).combine_chunks()
            waiting = [whole.slice(ROW_GROUP)]
            rows -= ROW_GROUP
    if rows:
        yield pa.concat_tables(waiting).combine_chunks()


def merged(staged: Path, fresh: pa.Table, codes: Codes, time: str, order: Sequence[str]) -> Iterator[pa.Table]:
    """Give the rows of a staged table and of new ones, sorted, in pieces.

    Parameters
    ----------
    staged : Path
        What was staged before, sorted by ``order``.
    fresh : Table
        New rows with the same columns, sorted by ``order``.
    codes : ndarray of int32
        The new code of every old one, ascending.
    time : str
        Name of the column of time.
    order : sequence of str
        All columns that decide the order; ``customer`` and the time are the first.

    Yields
    ------
    Table
    """
    done = 0
    held = fresh.slice(0, 0)
    for group in _groups(staged, fresh.schema, codes):
        piece = pa.concat_tables([held, group]).combine_chunks()
        customer, at = _keys(piece, time)
        # rows of the last moment wait for the next group, which may go on with it
        cut = int(np.flatnonzero((customer != customer[-1]) | (at != at[-1]))[-1:].sum()) + 1
        cut = cut if (customer[0], at[0]) != (customer[-1], at[-1]) else 0
        held = piece.slice(cut)
        if not cut:
            continue
        waiting = fresh.slice(done)
        upto = _before(*_keys(waiting, time), int(customer[-1]), int(at[-1]))
        yield _merge(piece.slice(0, cut), waiting.slice(0, upto), time, order)
        done += upto
    yield _merge(held, fresh.slice(done), time, order)


def _groups(staged: Path, schema: pa.Schema, codes: Codes) -> Iterator[pa.Table]:
    with pq.ParquetFile(staged) as file:
        for number in range(file.num_row_groups):
            group = file.read_row_group(number, columns=schema.names).select(schema.names)
            moved = pa.array(codes[group["customer"].to_numpy()])
            yield group.set_column(0, schema.field("customer"), moved).cast(schema)


def _keys(table: pa.Table, time: str) -> tuple[Codes, Places]:
    return table["customer"].to_numpy(), table[time].cast(pa.int64()).to_numpy()


def _before(customer: Codes, at: Places, last_customer: int, last_at: int) -> int:
    """How many of sorted rows lie before a moment of a customer."""
    low = int(np.searchsorted(customer, last_customer, "left"))
    high = int(np.searchsorted(customer, last_customer, "right"))
    return low + int(np.searchsorted(at[low:high], last_at, "left"))


def _merge(old: pa.Table, fresh: pa.Table, time: str, order: Sequence[str]) -> pa.Table:
    if not fresh.num_rows:
        return old
    if not old.num_rows:
        return fresh
    place = _places(old, fresh, time, order) + np.arange(fresh.num_rows)
    is_fresh = np.zeros(old.num_rows + fresh.num_rows, bool)
    is_fresh[place] = True
    index = np.empty(is_fresh.size, np.int64)
    index[is_fresh] = old.num_rows + np.arange(fresh.num_rows)
    index[~is_fresh] = np.arange(old.num_rows)
    return pa.concat_tables([old, fresh]).combine_chunks().take(pa.array(index))


def _places(old: pa.Table, fresh: pa.Table, time: str, order: Sequence[str]) -> Places:
    """Before which old row each new one belongs."""
    old_customer, old_at = _keys(old, time)
    customer, at = _keys(fresh, time)
    first = np.searchsorted(old_customer, customer, "left")
    last = np.searchsorted(old_customer, customer, "right")
    low = _bisect(old_at, first, last, at, strict=True)
    high = _bisect(old_at, low, last, at, strict=False)
    for row in np.flatnonzero(low < high):
        # the same moment of the same customer: the other columns decide
        own = _order_key(fresh, int(row), order)
        same = range(int(low[row]), int(high[row]))
        low[row] += sum(_order_key(old, other, order) <= own for other in same)
    return low


def _bisect(values: Places, low: Places, high: Places, sought: Places, *, strict: bool) -> Places:
    """Search each value in a span of its own: the first place that is not below it (or, not strict, above it)."""
    low, high = low.copy(), high.copy()
    while (open_ := low < high).any():
        middle = (low + high) // 2
        probe = values[np.minimum(middle, values.size - 1)]
        right = open_ & ((probe < sought) if strict else (probe <= sought))
        low = np.where(right, middle + 1, low)
        high = np.where(open_ & ~right, middle, high)
    return low


def _order_key(table: pa.Table, row: int, order: Sequence[str]) -> tuple[tuple[bool, Any], ...]:
    """As the database orders rows: nothing comes last, texts by their bytes."""
    values = (table[column][row] for column in order)
    return tuple((not value.is_valid, _plain(value)) for value in values)


def _plain(value: pa.Scalar) -> Any:
    if not value.is_valid:
        return 0
    if pa.types.is_timestamp(value.type):
        return value.value
    plain = value.as_py()
    return plain.encode() if isinstance(plain, str) else plain
