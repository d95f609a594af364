"""Reading Parquet."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import duckdb

from winback.errors import DataError, Fault
from winback.sources.part import Opening, Part
from winback.sources.sql import file, name


def open_parquet(opening: Opening) -> Part:
    """Look at a Parquet file's columns.

    Raises
    ------
    DataError
        When the file is no Parquet.
    """
    try:
        described = opening.connection.execute(f"DESCRIBE SELECT * FROM {_read(opening.path)}").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise DataError("", [Fault(opening.shown, f"cannot be read as Parquet: {reason}")]) from error
    columns = tuple(row[0] for row in described)
    return Part(
        shown=opening.shown,
        columns=columns,
        types=tuple(row[1] for row in described),
        scan=partial(_scan, columns=columns),
        path=opening.path,
    )


def _read(path: Path) -> str:
    return f"read_parquet([{file(path)}])"


def _scan(path: Path, *, columns: tuple[str, ...]) -> str:
    listed = ", ".join(f"{name(column)} AS c{i}" for i, column in enumerate(columns))
    return f"(SELECT {listed} FROM {_read(path)})"
