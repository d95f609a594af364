"""One staged file: typed columns of rows sorted by customer, of which a range of customers can be read by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

Array = NDArray[Any]

CUSTOMER = "customer"


class StagedFile:
    """A Parquet file whose rows are sorted by ``customer``.

    Parameters
    ----------
    path : Path
        Where it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._metadata = pq.read_metadata(path)
        schema = self._metadata.schema.to_arrow_schema()
        self.types: dict[str, pa.DataType] = dict(zip(schema.names, schema.types, strict=True))
        self._least, self._most, self._rows = _groups(self._metadata)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self._rows.sum())

    def rows_before(self, customer: NDArray[np.int64]) -> NDArray[np.float64]:
        """Tell about how many rows stand before each customer's, from the bounds of the row groups alone."""
        known = np.concatenate([self._least[:1], self._most + 1])
        before = np.concatenate([[0], np.cumsum(self._rows)])
        return np.asarray(np.interp(customer, np.maximum.accumulate(known), before), np.float64)

    def rows(self, customers: Sequence[range]) -> StagedRows:
        """Return the rows of ascending ranges of customers; no others are read but those of their groups."""
        wanted = [(self._most >= some.start) & (self._least < some.stop) for some in customers]
        groups = np.flatnonzero(np.any(wanted, axis=0)) if wanted else np.empty(0, np.intp)
        inside = len(customers) == 1 and bool(groups.size)
        if inside and self._least[groups[0]] >= customers[0].start and self._most[groups[-1]] < customers[0].stop:
            return StagedRows(self, groups, None)
        customer = self.read(groups, CUSTOMER).to_numpy() if groups.size else np.empty(0, np.int32)
        edges = np.searchsorted(customer, [(some.start, some.stop) for some in customers])
        return StagedRows(self, groups, [slice(*pair) for pair in edges.tolist()])

    def read(self, groups: NDArray[np.intp], column: str) -> pa.ChunkedArray:
        """Read a column of some row groups."""
        coded = [column] if is_text(self.types[column]) else None
        with pq.ParquetFile(self.path, metadata=self._metadata, read_dictionary=coded) as file:
            return file.read_row_groups(groups.tolist(), [column])[column]


class StagedRows:
    """Some rows of a staged file, in its order.

    Parameters
    ----------
    file : StagedFile
        Whose rows.
    groups : int[groups]
        Row groups that they stand in.
    inside : sequence of slice, optional
        Which of the rows of these groups they are; all where it is left out.
    """

    def __init__(self, file: StagedFile, groups: NDArray[np.intp], inside: Sequence[slice] | None) -> None:
        self._file, self._groups, self._inside = file, groups, inside

    def column(self, name: str) -> tuple[Array, tuple[str, ...]]:
        """Read a column: timestamps int64, texts int32 codes of the words given with them, all else float64."""
        return _as_numpy(self._chunks(name))

    def customers(self) -> NDArray[np.int32]:
        """Read the codes of the customers."""
        return np.asarray(self._chunks(CUSTOMER).to_numpy(), np.int32)

    def objects(self, name: str) -> Array:
        """Read a column of texts as they are."""
        return np.asarray(self._chunks(name).cast(pa.string()).to_pylist(), dtype=object)

    def _chunks(self, name: str) -> pa.ChunkedArray:
        column = self._file.read(self._groups, name)
        if self._inside is None:
            return column
        return pa.chunked_array([chunk for some in self._inside for chunk in column[some].chunks], column.type)


def is_text(kind: pa.DataType) -> bool:
    """Tell whether a column of this type is given as codes of words."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _groups(metadata: Any) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Least and greatest customer, and number of rows, of each row group."""
    place = metadata.schema.to_arrow_schema().names.index(CUSTOMER)
    least, most, rows = [], [], []
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        if group.num_rows:
            bounds = group.column(place).statistics
            # without bounds a group may hold anybody
            least.append(bounds.min if bounds is not None and bounds.has_min_max else 0)
            most.append(bounds.max if bounds is not None and bounds.has_min_max else np.iinfo(np.int32).max)
        else:
            least.append(most[-1] if most else 0)
            most.append(most[-1] if most else 0)
        rows.append(group.num_rows)
    return np.array(least, np.int64), np.array(most, np.int64), np.array(rows, np.int64)


def _as_numpy(column: pa.ChunkedArray) -> tuple[Array, tuple[str, ...]]:
    kind = column.type
    if pa.types.is_timestamp(kind):
        # numpy's missing time is `NO_TIME`
        return np.asarray(column.cast(pa.timestamp("us")).to_numpy(), "datetime64[us]").view(np.int64), ()
    if is_text(kind):
        return _as_codes(column)
    return column.cast(pa.float64()).to_numpy(), ()


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
