"""Pieces of SQL that must be quoted, and the connection that runs them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import duckdb

from winback.errors import Fault, SettingsError
from winback.settings import Settings

Connection = Any

#: Blanks that spreadsheets and web pages put around values, beyond the ordinary space.
BLANKS = " \t\r\n\u00a0\u2007\u2009\u202f\ufeff"


def name(identifier: str) -> str:
    """Quote an identifier.

    Examples
    --------
    >>> print(name("a b"))
    "a b"
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: object) -> str:
    """Quote a text literal.

    Examples
    --------
    >>> text("it's")
    "'it''s'"
    """
    return "'" + str(value).replace("'", "''") + "'"


def raw(column: str) -> str:
    """Name of a column as it was taken in. Prefixes keep a file's names apart from those of our own columns."""
    return name(f"c_{column}")


def typed(column: str) -> str:
    """Name of a column of the contract after typing."""
    return name(f"t_{column}")


def written(column: str) -> str:
    """Name of a column's text as it was written."""
    return name(f"w_{column}")


def extra(column: str) -> str:
    """Name of a column that the contract does not know, after typing."""
    return name(f"x_{column}")


def file(path: Path) -> str:
    """Quote the path of one file, whose brackets and asterisks are no patterns.

    Examples
    --------
    >>> print(file(Path("sales [2024].csv")))
    'sales [[]2024].csv'
    """
    return text("".join(f"[{sign}]" if sign in "[*?" else sign for sign in str(path)))


def connect(settings: Settings, scratch: Path) -> Connection:
    """Open a database in memory, within the memory and threads that the settings allow; what exceeds it goes to disk.

    The session's time zone is ``data.timezone``, so a cast from a naive time to a zoned one reads it there.

    Raises
    ------
    SettingsError
        When DuckDB does not accept one of them.
    """
    connection = duckdb.connect()
    try:
        _configure(connection, settings, scratch)
    except duckdb.Error as error:
        connection.close()
        reason = str(error).splitlines()[0]
        raise SettingsError(
            "DuckDB cannot work with these settings",
            [Fault("run.memory_limit, run.threads or data.timezone", reason)],
        ) from error
    return connection


def _configure(connection: Connection, settings: Settings, scratch: Path) -> None:
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    # in Jupyter without ipywidgets DuckDB refuses even to be told that its bar, which is off, shall be off
    if connection.execute("SELECT current_setting('enable_progress_bar')").fetchone() != (False,):
        connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET temp_directory = {text(scratch / 'spill')}")
    connection.execute(f"SET threads = {settings.run.threads or _cores()}")
    if settings.run.memory_limit:
        connection.execute(f"SET memory_limit = {text(settings.run.memory_limit)}")
    connection.execute(f"SET TimeZone = {text(settings.data.timezone)}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
