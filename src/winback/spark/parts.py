"""A company's customers in parts on a cluster: every part is opened on one worker as if it were all there is.

Each table's rows of a part travel as one Arrow message, in the order in which they were staged. The worker writes them
into a folder of its own, laid out like ``data/staging``, so that whatever reads staged tables reads a part.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from winback.history import Everyone, History
from winback.history.notes import from_message, to_message
from winback.history.staging import Staging
from winback.spark.work import pack, unpack

INDEX = "customer_index"
_CUSTOMER, _PART, _ROW = "customer", "winback_part", "winback_row"
_PACKED = "part int, name string, content binary"


@dataclass(frozen=True)
class Part:
    """Some of the customers, on a worker.

    Parameters
    ----------
    number : int
        Of the part.
    codes : int32[customers]
        Code of each customer of the part in the whole company, ascending.
    folder : Path
        Staged tables of these customers alone, with codes from 0 on.
    ends_at : int
        Instant up to which facts are known (microseconds).
    timezone : str
        Zone of the company's days.
    """

    number: int
    codes: NDArray[np.int32]
    folder: Path
    ends_at: int
    timezone: str

    def history(self, everyone: Everyone) -> History:
        """Open what is known of the part's customers; ``everyone`` answers for all customers of the company."""
        return History(Staging(self.folder), self.ends_at, self.timezone, everyone=everyone)


@dataclass(frozen=True, eq=False)
class Parts:
    """All customers, divided.

    Parameters
    ----------
    packed : DataFrame
        A row for each part and table: its rows as an Arrow message.
    schemas : mapping of str to Schema
        Columns of every table, also where a part has no row of it.
    count : int
        How many parts there are at most.
    ends_at : int
        Instant up to which facts are known (microseconds).
    timezone : str
        Zone of the company's days.
    """

    packed: Any
    schemas: Mapping[str, pa.Schema]
    count: int
    ends_at: int
    timezone: str

    @classmethod
    def of_staging(cls, session: Any, folder: Path, count: int, ends_at: int, timezone: str) -> Parts:
        """Divide staged tables by customer.

        Parameters
        ----------
        session : SparkSession
            Whose workers read ``folder`` at the same path.
        folder : Path
            ``data/staging`` of a project.
        count : int
            How many parts; each must fit into a worker's memory about a dozen times.
        ends_at, timezone
            As of `Parts`.
        """
        from pyspark.sql import functions
        from pyspark.sql.pandas.types import to_arrow_schema

        packed, schemas = [], {}
        for path in sorted(folder.glob("*.parquet")):
            table = session.read.parquet(path.absolute().as_uri())
            schemas[path.stem] = to_arrow_schema(table.schema)
            keyed = table.withColumn(_ROW, functions.col("_metadata.row_index")).withColumn(
                _PART, functions.pmod(functions.hash(_CUSTOMER), functions.lit(count))
            )
            packed.append(keyed.groupBy(_PART).applyInArrow(_packer(path.stem), _PACKED))
        whole = packed[0]
        for other in packed[1:]:
            whole = whole.union(other)
        # a number of partitions of our own: Spark joins small ones, and these are small before they are worked on
        return cls(whole.repartition(count, "part").persist(), schemas, count, ends_at, timezone)

    def map(self, work: Callable[[Part], pa.Table], schema: str) -> Any:
        """Return what a function makes of every part, as a DataFrame.

        Parameters
        ----------
        work : callable
            Called on the workers. What it holds must be picklable.
        schema : str
            Columns of the tables that it returns.
        """
        schemas, ends_at, timezone = self.schemas, self.ends_at, self.timezone
        content = pack(work)

        def on_part(key: tuple[Any, ...], rows: pa.Table) -> pa.Table:
            with tempfile.TemporaryDirectory(prefix="winback-part-") as folder:
                codes = _unpack(rows, schemas, Path(folder))
                made: pa.Table = unpack(content)(Part(key[0].as_py(), codes, Path(folder), ends_at, timezone))
                return made

        return self.packed.groupBy("part").applyInArrow(on_part, schema)

    def close(self) -> None:
        """Let the cluster forget the packed rows."""
        self.packed.unpersist()


def _packer(name: str) -> Callable[[tuple[Any, ...], pa.Table], pa.Table]:
    def pack(key: tuple[Any, ...], rows: pa.Table) -> pa.Table:
        rows = rows.sort_by(_ROW).drop_columns([_ROW, _PART])
        return pa.table(
            {
                "part": pa.array([key[0].as_py()], pa.int32()),
                "name": [name],
                "content": pa.array([to_message(rows)], pa.binary()),
            }
        )

    return pack


def _unpack(rows: pa.Table, schemas: Mapping[str, pa.Schema], folder: Path) -> NDArray[np.int32]:
    """Write the tables of a part and return the codes of its customers in the whole company."""
    packed = dict(zip(rows["name"].to_pylist(), rows["content"], strict=True))
    tables = {
        name: from_message(packed[name].as_buffer()) if name in packed else schema.empty_table()
        for name, schema in schemas.items()
    }
    codes = np.asarray(tables[INDEX][_CUSTOMER].to_numpy(), np.int32)
    for name, table in tables.items():
        own = np.searchsorted(codes, table[_CUSTOMER].to_numpy()).astype(np.int32)
        place = table.schema.get_field_index(_CUSTOMER)
        pq.write_table(
            table.set_column(place, _CUSTOMER, pa.array(own)), folder / f"{name}.parquet", compression="none"
        )
    return codes


def _write(table: pa.Table, path: Path) -> None:
    """Write as little as is needed to read a table back once: words of texts, and bounds of customers."""
    texts = [item.name for item in table.schema if pa.types.is_string(item.type)]
    pq.write_table(table, path, compression="none", use_dictionary=texts or False, write_statistics=[_CUSTOMER])
