"""Taking one table's sources in, as they are, into the working database."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from winback.columns import Column, Table
from winback.errors import DataError, Fault
from winback.settings import Settings, TableSettings
from winback.sources.casts import raw_type
from winback.sources.files import TableFiles, shown
from winback.sources.mapping import Mapping, map_columns
from winback.sources.part import Opening, Part
from winback.sources.readers import open_source
from winback.sources.sql import Connection, name
from winback.texts import Note


@dataclass(frozen=True)
class Source:
    """One file of a table that has rows.

    Parameters
    ----------
    number : int
        Its number among the files of all tables.
    part : Part
        How it is read.
    mapping : Mapping
        Which of its columns are which.
    """

    number: int
    part: Part
    mapping: Mapping


@dataclass
class Intake:
    """One table as it is to be read: what its sources have, nothing understood yet.

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
    sources : tuple of Source
        The files that have rows, in the order of reading.
    """

    table: Table
    options: TableSettings
    files: tuple[str, ...]
    types: dict[str, str] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    semicolons: bool = False
    notes: list[Note] = field(default_factory=list)
    sources: tuple[Source, ...] = ()

    @property
    def raw(self) -> str:
        """Name of the raw table in the working database, where one is needed; its ``rowid`` is the order of reading."""
        return name(f"raw_{self.table.name}")

    def contract(self, staged: str) -> Column | None:
        """Return the contract's column of that name, or None for a further column."""
        return self.table.column(staged) if staged in self.table.column_names else None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the contract that the input has, in the contract's order."""
        return tuple(column for column in self.table.column_names if column in self.types)


def take_in(connection: Connection, settings: Settings, found: TableFiles, scratch: Path, first: int) -> Intake:
    """Look at all sources of one table.

    Parameters
    ----------
    connection : Connection
        The working database.
    settings : Settings
        Only ``data`` is read.
    found : TableFiles
        The sources.
    scratch : Path
        Folder for converted copies.
    first : int
        Number of the first source.

    Raises
    ------
    DataError
        When a source is no table, or its columns cannot be mapped; all faults of the table are listed.
    """
    parts, faults = _open_all(connection, settings, found, scratch)
    filled = [part for part in parts if part.scan is not None]
    mappings = [map_columns(found.table, found.options, part) for part in filled]
    faults += [fault for mapping in mappings for fault in mapping.faults]
    if faults:
        raise DataError("", faults)
    return _describe(found, parts, filled, mappings, first)


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


def _describe(found: TableFiles, parts: list[Part], filled: list[Part], mappings: list[Mapping], first: int) -> Intake:
    intake = Intake(found.table, found.options, tuple(part.shown for part in parts))
    numbered = enumerate(zip(filled, mappings, strict=True), first)
    intake.sources = tuple(Source(number, part, mapping) for number, (part, mapping) in numbered)
    intake.notes = [
        {"id": "data-note-empty", "table": found.table.name, "file": part.shown} for part in parts if part.scan is None
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
