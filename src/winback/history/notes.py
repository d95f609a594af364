"""What parts of the customers say when everyone is asked, and the answers that they are then given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.history.everyone import Everyone

Floats = NDArray[np.float64]
Derived = TypeVar("Derived")
#: A question and the cutoff at which it was asked.
Question = tuple[str, int]

#: Columns of notes: sums, or a value of a customer, whose order is that of its ``key``.
NOTES = "question string, cutoff long, part int, sums binary, shares binary, key long"


@dataclass(frozen=True)
class Noting(Everyone):
    """Answers as if the part were all there is, and notes what the part says.

    Parameters
    ----------
    sums : dict
        From questions to tables to be summed.
    values : dict
        From questions to values and the shares of the quantiles wanted of them.
    """

    sums: dict[Question, pa.Table] = field(default_factory=dict)
    values: dict[Question, tuple[Floats, tuple[float, ...]]] = field(default_factory=dict)

    def total(self, question: str, amounts: Sequence[float]) -> Floats:
        """Note sums of the part."""
        place = pa.array(range(len(amounts)), pa.int32())
        self.sums[question, self.cutoff] = pa.table({"place": place, "amount": pa.array(amounts, pa.float64())})
        return super().total(question, amounts)

    def quantiles(self, question: str, values: Floats, shares: Sequence[float]) -> Floats:
        """Note values of the part."""
        self.values[question, self.cutoff] = values[~np.isnan(values)], tuple(shares)
        return super().quantiles(question, values, shares)

    def cells(self, question: str, own: pa.Table, derive: Callable[[pa.Table], Derived]) -> Derived:
        """Note sums by key of the part."""
        plain = [
            column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
            for column in own.columns
        ]
        self.sums[question, self.cutoff] = pa.table(plain, own.column_names)
        return super().cells(question, own, derive)

    def notes(self, part: int) -> pa.Table:
        """Return all that was noted, in the columns of `NOTES`."""
        rows: dict[str, list[Any]] = {name: [] for name in ("question", "cutoff", "sums", "shares", "key")}
        for (question, cutoff), table in self.sums.items():
            _add(rows, question=question, cutoff=cutoff, sums=to_message(table))
        for (question, cutoff), (_, shares) in self.values.items():
            _add(rows, question=question, cutoff=cutoff, shares=np.array(shares).tobytes())
        types = {"question": pa.string(), "cutoff": pa.int64(), "sums": pa.binary(), "shares": pa.binary()}
        types["key"] = pa.int64()
        tables = [pa.table({name: pa.array(rows[name], kind) for name, kind in types.items()})]
        for (question, cutoff), (values, _) in self.values.items():
            columns = {
                "question": pa.repeat(pa.scalar(question), values.size),
                "cutoff": pa.repeat(pa.scalar(cutoff, pa.int64()), values.size),
                "sums": pa.nulls(values.size, pa.binary()),
                "shares": pa.nulls(values.size, pa.binary()),
                "key": pa.array(keys_of(values)),
            }
            tables.append(pa.table(columns))
        table = pa.concat_tables(tables)
        return table.add_column(2, "part", pa.repeat(pa.scalar(part, pa.int32()), table.num_rows))


def _add(rows: dict[str, list[Any]], **row: Any) -> None:
    for name, column in rows.items():
        column.append(row.get(name))


@dataclass(frozen=True)
class Told(Everyone):
    """Answers with what all parts have said.

    Parameters
    ----------
    sums : mapping
        From questions to messages with tables.
    known : mapping
        From questions to quantiles.
    """

    sums: Mapping[Question, bytes] = field(default_factory=dict)
    known: Mapping[Question, Floats] = field(default_factory=dict)
    derived: dict[Question, Any] = field(default_factory=dict, repr=False, compare=False)

    def total(self, question: str, amounts: Sequence[float]) -> Floats:
        """Return the sums over all parts."""
        table = from_message(self.sums[question, self.cutoff])
        total = np.zeros(len(amounts))
        total[table["place"].to_numpy()] = table["amount"].to_numpy()
        return total

    def quantiles(self, question: str, values: Floats, shares: Sequence[float]) -> Floats:  # noqa: ARG002
        """Return the quantiles of the values of all parts."""
        return self.known[question, self.cutoff]

    def cells(self, question: str, own: pa.Table, derive: Callable[[pa.Table], Derived]) -> Derived:  # noqa: ARG002
        """Return what is derived from the sums of all parts: once, however often it is asked for."""
        key = (question, self.cutoff)
        if key not in self.derived:
            self.derived[key] = derive(from_message(self.sums[key]))
        found: Derived = self.derived[key]
        return found


def keys_of(values: Floats) -> NDArray[np.int64]:
    """Return whole numbers that stand in the same order as the values.

    Examples
    --------
    >>> keys = keys_of(np.array([-2.0, -1.5, 0.0, 1e-300, 3.0]))
    >>> bool((np.diff(keys) > 0).all()), values_of(keys).tolist()
    (True, [-2.0, -1.5, 0.0, 1e-300, 3.0])
    """
    bits = np.ascontiguousarray(values, np.float64).view(np.int64)
    return np.where(bits < 0, bits ^ np.iinfo(np.int64).max, bits)


def values_of(keys: NDArray[np.int64]) -> Floats:
    """Return the values that `keys_of` made whole numbers of."""
    bits = np.where(keys < 0, keys ^ np.iinfo(np.int64).max, keys)
    return np.ascontiguousarray(bits).view(np.float64)


def add_up(tables: Sequence[pa.Table]) -> pa.Table:
    """Add up tables by key: texts and integers of at most 32 bits are keys, all else is summed.

    Examples
    --------
    >>> one = pa.table({"week": pa.array([1, 2], pa.int32()), "price": [0.5, 1.0]})
    >>> add_up([one, one.slice(1)]).to_pydict()
    {'week': [1, 2], 'price': [0.5, 2.0]}
    """
    whole = pa.concat_tables(tables)
    keys = [
        item.name for item in whole.schema if pa.types.is_string(item.type) or pa.types.is_int32(item.type)
    ]  # fmt: skip
    others = [name for name in whole.column_names if name not in keys]
    summed = whole.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in others])
    return pa.table({name: summed[name if name in keys else f"{name}_sum"] for name in whole.column_names})


def to_message(table: pa.Table) -> bytes:
    """Return a table as an Arrow message."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def from_message(message: Any) -> pa.Table:
    """Return the table of an Arrow message."""
    with pa.ipc.open_stream(message) as reader:
        return reader.read_all()
