"""What every kind of source gives: columns with names and types, and a way to scan them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from winback.settings import TableSettings
from winback.sources.sql import Connection

Scan = Callable[[Path], str]


@dataclass(frozen=True)
class Opening:
    """What a reader is given to look at one source.

    Parameters
    ----------
    connection : Connection
        The database that will read it.
    path : Path
        The file.
    shown : str
        Its name in messages.
    options : TableSettings
        Encoding, delimiter.
    wanted : frozenset of str
        Names of columns that tell the right delimiter, lower case.
    scratch : Path
        Folder for converted copies.
    """

    connection: Connection
    path: Path
    shown: str
    options: TableSettings
    wanted: frozenset[str]
    scratch: Path


@dataclass(frozen=True)
class Part:
    """One source of a table, looked at but not read.

    Parameters
    ----------
    shown : str
        Its name in messages.
    columns : tuple of str
        Names as the source has them, in its order.
    types : tuple of str
        DuckDB's types of them.
    scan : callable
        From the path of a file of this form to an SQL table expression whose columns are ``c0, c1, …``; None for a
        source without rows.
    first_row : int
        Number of the first data row, as a person counts it in the source (a CSV's header is row 1).
    rejects : bool
        The scan collects rows that it cannot split into cells.
    delimiter : str
        The separator of a CSV; empty for others.
    path : Path
        What is to be scanned.
    even : Path
        Where a copy with even ends of lines goes, if the scan turns out to need one.
    """

    shown: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    scan: Scan | None
    first_row: int = 1
    rejects: bool = False
    delimiter: str = ""
    path: Path = Path()
    even: Path = Path()
