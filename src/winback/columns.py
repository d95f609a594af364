"""What is said of an input table and of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "category", "number", "integer", "boolean", "timestamp"]

#: Facts before this year are taken for a mistake (a spreadsheet's day zero, an unset field).
FIRST_YEAR = 1990


@dataclass(frozen=True)
class Column:
    """One column of an input table.

    Parameters
    ----------
    name : str
        Name in the contract.
    kind : {"text", "category", "number", "integer", "boolean", "timestamp"}
        Type after staging. ``category`` is a text with few distinct values.
    required : bool
        Without it the table cannot be used.
    minimum, maximum : float, optional
        Bounds, inclusive; a value outside is impossible and its row goes to quarantine.
    choices : tuple of str
        The values that are allowed, lower case; empty: any.
    later : bool
        The field fills in after the row was first written: before its own time it is unknown.
    plan : bool
        A timestamp that says what is intended, so it may lie after ``as_of``.
    any_year : bool
        A date that may well lie before `FIRST_YEAR` (when a company was founded).
    not_before : str
        Another timestamp column of the row that this one cannot precede.
    doc : str
        Meaning and unit.
    """

    name: str
    kind: Kind
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    later: bool = False
    plan: bool = False
    any_year: bool = False
    not_before: str = ""
    doc: str = ""


@dataclass(frozen=True)
class Table:
    """One input table.

    Parameters
    ----------
    name : str
        Name in the contract and of its file in ``data/raw``.
    columns : tuple of Column
        All columns that the contract knows.
    key : tuple of str
        Columns whose values together may not repeat; empty: rows have no key.
    time : str
        The column that says when the fact happened; empty for a table of attributes.
    required : bool
        The project cannot run without it.
    extra_columns : bool
        Further columns are kept (as dimensions for reports, or context for the model).
    parent : str
        A table through which rows get customer and time (order_items have neither of their own).
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    time: str = ""
    required: bool = False
    extra_columns: bool = False
    parent: str = ""
    doc: str = ""

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises
        ------
        KeyError
            When the contract has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name!r} has no column {name!r}")

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the contract's order."""
        return tuple(column.name for column in self.columns)
