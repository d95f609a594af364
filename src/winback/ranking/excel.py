"""The ranking as an Excel workbook that a person can sort and filter at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from winback.ranking.cells import safe_table
from winback.ranking.columns import COLUMNS, RANKING_SCHEMA

#: What one sheet holds besides its header.
ROWS_OF_A_SHEET = 1_048_575
#: What one cell holds.
CHARACTERS_OF_A_CELL = 32_767
BLOCK = 20_000
NUMBER_FORMATS = {"integer": "0", "share": "0.0%", "money": "#,##0.00", "text": "@"}


def write_excel(
    frame: pd.DataFrame,
    path: Path,
    *,
    describe: Callable[[str], str] | None = None,
    legend: str = "Columns",
    rows_of_a_sheet: int = ROWS_OF_A_SHEET,
) -> None:
    """Write a ranking as a workbook with filters, formats and a frozen header; a full sheet is followed by another.

    Parameters
    ----------
    frame : pandas.DataFrame
        A ranking.
    path : Path
        The file to write.
    describe : callable, optional
        From a column's name to its meaning; with it a last sheet explains the columns.
    legend : str
        Name of that sheet.
    rows_of_a_sheet : int
        Rows after which the next sheet begins; at most what Excel can hold.
    """
    table = safe_table(frame, RANKING_SCHEMA)
    # Constant memory: rows go to disk as they are written, whatever their number.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        # A fixed date of making: the same ranking gives the same file.
        workbook.set_properties({"title": "winback", "created": pd.Timestamp("2000-01-01").to_pydatetime()})
        formats = {look: workbook.add_format({"num_format": form}) for look, form in NUMBER_FORMATS.items()}
        header = workbook.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True})
        for number, start in enumerate(range(0, max(1, table.num_rows), rows_of_a_sheet), start=1):
            sheet = workbook.add_worksheet("ranking" if number == 1 else f"ranking {number}")
            _write_sheet(sheet, table.slice(start, rows_of_a_sheet), header, formats)
        if describe is not None:
            _write_legend(workbook, legend, describe, header)


def _write_sheet(sheet: Worksheet, table: pa.Table, header: Format, formats: dict[str, Format]) -> None:
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, table.num_rows, len(COLUMNS) - 1)
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width, formats[column.look])
        sheet.write_string(0, place, column.name, header)
    writers: list[Callable[..., Any]] = [
        sheet._write_string if column.look == "text" else sheet._write_number for column in COLUMNS
    ]
    for row, values in enumerate(_rows(table), start=1):
        for place, value in enumerate(values):
            if value is not None:
                writers[place](row, place, value)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Give the rows block by block, so that a million of them are never Python objects at once."""
    for batch in table.to_batches(max_chunksize=BLOCK):
        yield from zip(*(_cells(batch.column(place), column.look) for place, column in enumerate(COLUMNS)), strict=True)


def _cells(values: pa.Array, look: str) -> list[Any]:
    cells: list[Any] = values.to_pylist()
    if look != "text":
        return cells
    return [cell if cell is None else cell[:CHARACTERS_OF_A_CELL] for cell in cells]


def _write_legend(workbook: Workbook, name: str, describe: Callable[[str], str], header: Format) -> None:
    sheet = workbook.add_worksheet(name)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110)
    for row, column in enumerate(COLUMNS):
        sheet.write_string(row, 0, column.name, header)
        sheet.write_string(row, 1, describe(column.name))
