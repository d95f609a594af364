"""`FeatureMatrix`: features of snapshots, in float32, with what each column is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.errors import DataError
from winback.features.declarations import FeatureSpec
from winback.files import read_json, replacing_folder, write_json
from winback.history import History, to_datetime64
from winback.snapshots import POPULATIONS, Snapshots

#: Rows of a row group on disk.
GROUP_ROWS = 65_536
_KEYS = ("customer", "cutoff", "population")


@dataclass(frozen=True, eq=False)
class FeatureMatrix:
    """Features of snapshots.

    Parameters
    ----------
    values : float32[rows, features]
        NaN missing; a category column holds places among its spec's ``categories``.
    specs : tuple of FeatureSpec
        What each column is.
    snapshots : Snapshots
        What each row is.
    """

    values: NDArray[np.float32]
    specs: tuple[FeatureSpec, ...]
    snapshots: Snapshots

    def __len__(self) -> int:
        return len(self.snapshots)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(spec.name for spec in self.specs)

    @property
    def categories(self) -> dict[str, tuple[str, ...]]:
        """Words of the category columns: what `compute_features` takes to give the same codes again."""
        return {spec.name: spec.categories for spec in self.specs if spec.kind == "category"}

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def column(self, name: str) -> NDArray[np.float32]:
        """Return one column.

        Raises
        ------
        KeyError
            When there is no such feature: its table or column may be absent.
        """
        if name not in self.names:
            raise KeyError(f"no feature {name!r} here")
        return self.values[:, self.names.index(name)]

    def select(self, wanted: Sequence[str] | NDArray[np.bool_]) -> FeatureMatrix:
        """Return some columns: by names (in that order), or by a mask over the columns."""
        if isinstance(wanted, np.ndarray) and wanted.dtype == bool:
            places = [int(place) for place in np.flatnonzero(wanted)]
        else:
            places = [self.names.index(str(name)) for name in wanted]
        return FeatureMatrix(self.values[:, places], tuple(self.specs[place] for place in places), self.snapshots)

    def rows(self, mask: NDArray[np.bool_] | NDArray[np.int64]) -> FeatureMatrix:
        """Return the rows that a mask or an array of places names."""
        return FeatureMatrix(self.values[mask], self.specs, self.snapshots.rows(mask))

    def save(self, folder: Path) -> None:
        """Write ``features.parquet`` (keys and values) and ``features.json`` (the specs); complete or not at all."""
        with replacing_folder(Path(folder)) as fresh:
            with pq.ParquetWriter(fresh / "features.parquet", self._schema(), compression="zstd") as writer:
                for start in range(0, max(len(self), 1), GROUP_ROWS):
                    writer.write_batch(self._batch(slice(start, start + GROUP_ROWS)))
            write_json(fresh / "features.json", {"features": [asdict(spec) for spec in self.specs]})

    @classmethod
    def load(cls, folder: Path) -> FeatureMatrix:
        """Read what `save` wrote.

        Raises
        ------
        DataError
            When the folder holds no features.
        """
        folder = Path(folder)
        if not (folder / "features.json").exists():
            raise DataError(f"No features in {folder}", next_step="run 'winback featurize' first")
        specs = tuple(_spec(content) for content in read_json(folder / "features.json")["features"])
        source = pq.ParquetFile(folder / "features.parquet")
        values = np.empty((source.metadata.num_rows, len(specs)), np.float32)
        keys: list[pa.RecordBatch] = []
        row = 0
        for batch in source.iter_batches(GROUP_ROWS):
            keys.append(batch.select(_KEYS))
            for place, spec in enumerate(specs):
                values[row : row + batch.num_rows, place] = batch.column(spec.name).to_numpy()
            row += batch.num_rows
        table = pa.Table.from_batches(keys, pa.schema([source.schema_arrow.field(key) for key in _KEYS]))
        return cls(values, specs, Snapshots(*(table[key].to_numpy() for key in _KEYS)))

    def to_pandas(self, history: History | None = None) -> pd.DataFrame:
        """Return a data frame to look at: keys, numbers, and categories as words.

        Parameters
        ----------
        history : History, optional
            Gives the customers their names; without it they are codes.
        """
        rows = self.snapshots
        columns: dict[str, Any] = {
            "customer_id": rows.customer if history is None else history.customer_ids[rows.customer],
            "cutoff": to_datetime64(rows.cutoff),
            "population": _words(rows.population, POPULATIONS),
        }
        for place, spec in enumerate(self.specs):
            values = self.values[:, place]
            if spec.kind == "category":
                codes = np.where(np.isnan(values), -1, values).astype(np.int64)
                columns[spec.name] = _words(codes, spec.categories)
            else:
                columns[spec.name] = values
        return pd.DataFrame(columns)

    def _schema(self) -> pa.Schema:
        keys = [pa.field("customer", pa.int32()), pa.field("cutoff", pa.int64()), pa.field("population", pa.int8())]
        return pa.schema(keys + [pa.field(name, pa.float32()) for name in self.names])

    def _batch(self, rows: slice) -> pa.RecordBatch:
        part = self.snapshots
        arrays = [part.customer[rows], part.cutoff[rows], part.population[rows]]
        arrays += [np.ascontiguousarray(self.values[rows, place]) for place in range(len(self.specs))]
        return pa.RecordBatch.from_arrays([pa.array(values) for values in arrays], schema=self._schema())


def _words(codes: NDArray[Any], words: Sequence[str]) -> pd.Categorical[Any]:
    return pd.Categorical.from_codes(codes.astype(np.int64), pd.Index(list(words), dtype=object))


def _spec(content: dict[str, Any]) -> FeatureSpec:
    return FeatureSpec(**{**content, "categories": tuple(content["categories"])})
