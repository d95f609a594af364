"""From the names that a file has to the names of the contract."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field

from winback.columns import Table
from winback.errors import Fault
from winback.settings import TableSettings
from winback.sources.part import Part

#: Staged tables begin with this column, so no column of a file may have its name.
CODE = "customer"


@dataclass
class Mapping:
    """Which column of one source gives which column of the table.

    Parameters
    ----------
    positions : dict of str to int
        From the staged name to the column's position in the source.
    extra : tuple of str
        Staged names that the contract does not know, kept where the table allows them.
    unused : tuple of str
        Columns of the source that nothing takes.
    faults : list of Fault
        What could not be mapped.
    """

    positions: dict[str, int] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)


def map_columns(table: Table, options: TableSettings, part: Part) -> Mapping:
    """Find each column of the contract in one source.

    A name that ``params.yaml`` gives comes first, then the contract's own name; capitals and blanks around it do not
    matter. What is wrong is collected in `Mapping.faults`.
    """
    mapping = Mapping()
    where = f"{table.name} in {part.shown}"
    for staged in dict.fromkeys([*table.column_names, *options.columns]):
        said = options.columns.get(staged)
        places = _places(part.columns, said or staged)
        if len(places) > 1:
            mapping.faults.append(Fault(where, f"the column {said or staged!r} stands {len(places)} times"))
        elif places:
            mapping.positions[staged] = places[0]
        elif said is not None:
            mapping.faults.append(Fault(where, f"no column {said!r} (for {staged}){_near(said, part.columns)}"))
        elif staged not in options.constants and table.column(staged).required:
            mapping.faults.append(Fault(where, f"no column {staged!r}{_near(staged, part.columns)}"))
    _take_the_rest(table, options, part, mapping)
    if mapping.faults:
        mapping.faults.append(Fault(where, f"columns found: {', '.join(part.columns[:40])}"))
    return mapping


def _take_the_rest(table: Table, options: TableSettings, part: Part, mapping: Mapping) -> None:
    """Columns that the contract does not know are kept where it allows that, and named as unused elsewhere."""
    taken = set(mapping.positions.values())
    known = {name.lower() for name in [*mapping.positions, *table.column_names, *options.constants, CODE]}
    counts = Counter(column.lower() for column in part.columns)
    rest = [(i, column) for i, column in enumerate(part.columns) if i not in taken and column]
    keep = {
        i: column
        for i, column in rest
        if table.extra_columns and column.lower() not in known and counts[column.lower()] == 1
    }
    mapping.positions.update({column: i for i, column in keep.items()})
    mapping.unused = tuple(column for i, column in rest if i not in keep)
    mapping.extra = tuple(staged for staged in mapping.positions if staged not in table.column_names)


def _places(columns: tuple[str, ...], wanted: str) -> list[int]:
    exact = [i for i, column in enumerate(columns) if column == wanted]
    return exact or [i for i, column in enumerate(columns) if column.strip().lower() == wanted.strip().lower()]


def _near(wanted: str, columns: tuple[str, ...]) -> str:
    lowered = {column.lower(): column for column in columns}
    matches = difflib.get_close_matches(wanted.lower(), list(lowered), n=2, cutoff=0.5)
    return f" (perhaps {' or '.join(repr(lowered[match]) for match in matches)})" if matches else ""
