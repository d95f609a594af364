"""Taking one table's sources in, as they are, into the working database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from winback.columns import Column, Table
from winback.errors import DataError, Fault
from winback.settings import Settings, TableSettings
from winback.sources.casts import raw_type, taking_sql
from winback.sources.csvfile import CSV_LINE_LIMIT, REJECT_SCANS, REJECTS, convert, count_lines
from winback.sources.files import TableFiles, shown
from winback.sources.mapping import Mapping, map_columns
from winback.sources.part import Opening, Part
from winback.sources.readers import open_source
from winback.sources.sql import Connection, file, name, raw, text
from winback.texts import Note

#: What DuckDB calls a row that it cannot split, and what we call it.
_REJECT_RULES = {
    "MISSING COLUMNS": "too_few_cells",
    "TOO MANY COLUMNS": "too_many_cells",
    "UNQUOTED VALUE": "broken_quotes",
    "LINE SIZE OVER MAXIMUM": "row_too_long",
    "INVALID ENCODING": "wrong_encoding",
}


@dataclass
class Intake:
    """One table as it was read: all that its sources say, nothing understood yet.

    Parameters
    ----------
    table : Table
        The contract.
    options : TableSettings
        What ``params.yaml`` says.
    files : tuple of str
        Names of the sources.
    types : dict of str to str
        From staged name to the type in which the column was taken in.
    extra : tuple of str
        Columns that the contract does not know.
    unused : tuple of str
        Columns of the sources that nothing takes.
    semicolons : bool
        Cells were separated by semicolons.
    notes : list of Note
        What a person should know.
    """

    table: Table
    options: TableSettings
    files: tuple[str, ...]
    types: dict[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    semicolons: bool = False
    notes: list[Note] = field(default_factory=list)

    @property
    def raw(self) -> str:
        """Name of the raw table in the working database; its ``rowid`` is the order of reading."""
        return name(f"raw_{self.table.name}")

    def contract(self, staged: str) -> Column | None:
        """Return the contract's column of that name, or None for a further column."""
        return self.table.column(staged) if staged in self.table.column_names else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the contract that the input has, in the contract's order."""
        return tuple(column for column in self.table.column_names if column in self.types)


def take_in(connection: Connection, settings: Settings, found: TableFiles, scratch: Path) -> Intake:
    """Read all sources of one table.

    Parameters
    ----------
    connection : Connection
        The working database. It gets the table `Intake.raw`; rows that could not be split go to ``rejected``.
    settings : Settings
        Only ``data`` is read.
    found : TableFiles
        The sources.
    scratch : Path
        Folder for converted copies.

    Raises
    ------
    DataError
        When a source is no table, or its columns cannot be mapped; all faults of the table are listed.
    """
    parts, faults = _open_all(connection, settings, found, scratch)
    filled = [part for part in parts if part.scan]
    mappings = [map_columns(found.table, found.options, part) for part in filled]
    faults += [fault for mapping in mappings for fault in mapping.faults]
    if faults:
        raise DataError("", faults)
    intake = _describe(found, parts, filled, mappings)
    if not intake.types:
        return intake
    listed = ", ".join(f"{raw(column)} {kind}" for column, kind in intake.types.items())
    connection.execute(f"CREATE TABLE {intake.raw} (source INTEGER, {listed})")
    for part, mapping in zip(filled, mappings, strict=True):
        _load(connection, intake, part, mapping)
    return intake


def has_rows(connection: Connection, intake: Intake) -> bool:
    """Whether the table's sources have any row, even one that could not be split."""
    rejected = "SELECT count(*) FROM rejected WHERE tbl = ?"
    return bool(intake.types) and bool(
        _rows(connection, intake) or connection.execute(rejected, [intake.table.name]).fetchone()[0]
    )


def _open_all(
    connection: Connection, settings: Settings, found: TableFiles, scratch: Path
) -> tuple[list[Part], list[Fault]]:
    wanted = {*found.table.column_names, *found.options.columns.values()}
    parts: list[Part] = []
    faults: list[Fault] = []
    for path in found.paths:
        opening = Opening(
            connection=connection,
            path=path,
            shown=shown(settings, path),
            options=found.options,
            wanted=frozenset(column.lower() for column in wanted),
            scratch=scratch,
        )
        try:
            parts.append(open_source(opening))
        except DataError as error:
            faults += error.faults
        except OSError as error:
            faults.append(Fault(opening.shown, f"cannot be opened: {error.strerror}"))
    return parts, faults


def _describe(found: TableFiles, parts: list[Part], filled: list[Part], mappings: list[Mapping]) -> Intake:
    intake = Intake(found.table, found.options, tuple(part.shown for part in parts))
    intake.notes = [
        {"id": "data-note-empty", "table": found.table.name, "file": part.shown} for part in parts if not part.scan
    ]
    _spell_alike(mappings)
    staged = dict.fromkeys(column for mapping in mappings for column in mapping.positions)
    for column in staged:
        kinds = {
            raw_type(intake.contract(column), part.types[mapping.positions[column]])
            for part, mapping in zip(filled, mappings, strict=True)
            if column in mapping.positions
        }
        intake.types[column] = kinds.pop() if len(kinds) == 1 else "VARCHAR"
    if filled:
        intake.types.update({column: "VARCHAR" for column in found.options.constants if column not in intake.types})
    intake.extra = tuple(column for column in intake.types if column not in found.table.column_names)
    intake.unused = tuple(dict.fromkeys(column for mapping in mappings for column in mapping.unused))
    intake.semicolons = any(part.delimiter == ";" for part in filled)
    return intake


def _spell_alike(mappings: list[Mapping]) -> None:
    """A column that one file calls ``Size`` and another ``size`` is one column, spelled as it was first seen."""
    spelling: dict[str, str] = {}
    for mapping in mappings:
        mapping.positions = {spelling.setdefault(column.lower(), column): i for column, i in mapping.positions.items()}


def _load(connection: Connection, intake: Intake, part: Part, mapping: Mapping) -> None:
    """Append one source to the raw table; a CSV with mixed ends of lines is made even and read again."""
    number = connection.execute("SELECT count(*) FROM sources").fetchone()[0]
    before = _rows(connection, intake)
    path = part.path
    try:
        try:
            connection.execute(_insert(intake, part, mapping, number, part.scan))
        except duckdb.Error:
            if not part.rejects:
                raise
            _drop_rejects(connection)
            path = convert(part.path, part.even)
            scan = part.scan.replace(file(part.path), file(path))
            connection.execute(_insert(intake, part, mapping, number, scan))
    except duckdb.Error as error:
        _drop_rejects(connection)
        reason = str(error).splitlines()[0]
        raise DataError("", [Fault(part.shown, f"cannot be read: {reason}")]) from error
    connection.execute(
        "INSERT INTO sources VALUES (?, ?, ?, ?, ?)", [number, intake.table.name, part.shown, before, part.first_row]
    )
    if part.rejects:
        _keep_rejects(connection, intake, number, path, _rows(connection, intake) - before)


def _rows(connection: Connection, intake: Intake) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {intake.raw}").fetchone()[0])


def _insert(intake: Intake, part: Part, mapping: Mapping, number: int, scan: str) -> str:
    values = []
    for column, target in intake.types.items():
        if column in mapping.positions:
            place = mapping.positions[column]
            values.append(taking_sql(f"c{place}", part.types[place], target))
        elif column in intake.options.constants:
            values.append(f"{text(intake.options.constants[column])}::{target}")
        else:
            values.append(f"NULL::{target}")
    return f"INSERT INTO {intake.raw} SELECT {number}, {', '.join(values)} FROM {scan}"


def _keep_rejects(connection: Connection, intake: Intake, number: int, path: Path, accepted: int) -> None:
    rules = " ".join(f"WHEN {text(kind)} THEN {text(rule)}" for kind, rule in _REJECT_RULES.items())
    # a quote that is never closed takes every row after it along: each of them is lost, and counted
    connection.execute(
        f"""
        INSERT INTO rejected
        SELECT {text(intake.table.name)}, {number}, line, row_number() OVER (ORDER BY line) - 1,
               CASE error_type::VARCHAR {rules} ELSE 'unreadable_row' END,
               left(csv_line, 200),
               1 + length(trim(csv_line, chr(10) || chr(13)))
                 - length(replace(trim(csv_line, chr(10) || chr(13)), chr(10), ''))
        FROM (SELECT * FROM {REJECTS} QUALIFY row_number() OVER (PARTITION BY line ORDER BY column_idx) = 1)
        """
    )
    cut = connection.execute(f"SELECT max(line) FROM {REJECTS} WHERE length(csv_line) >= {CSV_LINE_LIMIT}").fetchone()[
        0
    ]
    _drop_rejects(connection)
    if cut is not None:
        _count_swallowed(connection, number, cut, path, accepted)


def _count_swallowed(connection: Connection, number: int, line: int, path: Path, accepted: int) -> None:
    """A rejected row that DuckDB shows in part: the lines that are missing from the count were swallowed by it."""
    others = connection.execute(
        "SELECT coalesce(sum(weight), 0) FROM rejected WHERE source = ? AND line <> ?", [number, line]
    ).fetchone()[0]
    lost = max(1, count_lines(path) - 1 - accepted - int(others))
    connection.execute("UPDATE rejected SET weight = ? WHERE source = ? AND line = ?", [lost, number, line])


def _drop_rejects(connection: Connection) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {REJECTS}")
    connection.execute(f"DROP TABLE IF EXISTS {REJECT_SCANS}")


def make_books(connection: Connection) -> None:
    """Create the tables in which reading keeps its books: sources, rejected rows, faults."""
    connection.execute(
        "CREATE TABLE sources (source INTEGER, tbl VARCHAR, file VARCHAR, first_rowid BIGINT, first_row INTEGER)"
    )
    connection.execute(
        "CREATE TABLE rejected (tbl VARCHAR, source INTEGER, line BIGINT, earlier BIGINT, "
        "rule VARCHAR, value VARCHAR, weight BIGINT)"
    )
    connection.execute("CREATE TABLE faults (tbl VARCHAR, rid BIGINT, col VARCHAR, rule VARCHAR, counted BOOLEAN)")
