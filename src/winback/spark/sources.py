"""Tables that are in a cluster already, as input of a project."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from winback.errors import DataError, Fault
from winback.files import replacing_folder
from winback.tables import TABLES, is_own

_TIMES = "spark.sql.parquet.outputTimestampType"


def write_tables(tables: Mapping[str, Any], folder: Path) -> None:
    """Write DataFrames as input tables: a folder of Parquet files for each, which `winback prepare` checks and stages.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        From names of the contract, or ``features_<name>``, to DataFrames from any source, with the contract's columns
        or those that ``data.tables`` maps to them. A ``TIMESTAMP`` is an instant and stays that in whatever time zone
        the session is; a ``TIMESTAMP_NTZ`` is a time in ``data.timezone``.
    folder : Path
        ``data/raw`` of a project, on a disk that all workers share. What was there of these tables is replaced.

    Raises
    ------
    DataError
        When a name is not that of an input table; nothing is written then.
    """
    faults = [
        Fault(name, f"no input table{_nearest(name)}") for name in tables if name not in TABLES and not is_own(name)
    ]
    if faults:
        raise DataError("These tables cannot be input", faults, expected=f"{', '.join(TABLES)}, or features_<name>")
    for name, table in tables.items():
        with _whole_instants(table.sparkSession), replacing_folder(folder / name) as fresh:
            table.write.mode("append").parquet(fresh.absolute().as_uri())


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, TABLES, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


@contextmanager
def _whole_instants(session: Any) -> Iterator[None]:
    """Write instants as microseconds in UTC that say so: Spark's older form, INT96, says nothing of a zone."""
    before = session.conf.get(_TIMES)
    session.conf.set(_TIMES, "TIMESTAMP_MICROS")
    try:
        yield
    finally:
        session.conf.set(_TIMES, before)
