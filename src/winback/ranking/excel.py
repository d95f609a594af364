"""The ranking as an Excel workbook that a person can sort and filter at once.

XlsxWriter makes the workbook (formats, header, filters, the sheet of columns) with its lists still empty; the rows are
made column by column (`winback.ranking.rows`) and put in while the workbook is packed, block by block. Cell by cell, a
million rows took XlsxWriter over six minutes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from winback.ranking.cells import safe_table
from winback.ranking.columns import COLUMNS
from winback.ranking.rows import rows_xml

#: What one sheet holds besides its header.
ROWS_OF_A_SHEET = 1_048_575
#: Rows that are in memory as XML at the same time.
BLOCK = 10_000
NUMBER_FORMATS = {"integer": "0", "share": "0.0%", "money": "#,##0.00", "text": "@"}
#: The quickest compression makes the file a third larger in a fifth of the time.
QUICKLY = 1
#: A sheet that may reach the 2 GiB of the old form of ZIP is begun in its newer form, of which some readers warn.
LARGE = 1_800_000_000
#: Bytes of a cell: of a text besides its own, and of a number with all its digits.
AROUND_TEXT, NUMBER = 60, 50


def write_excel(
    table: pa.Table,
    path: Path,
    *,
    describe: Callable[[str], str] | None = None,
    legend: str = "Columns",
    rows_of_a_sheet: int = ROWS_OF_A_SHEET,
) -> None:
    """Write a ranking as a workbook with filters, formats and a frozen header; a full sheet is followed by another.

    Parameters
    ----------
    table : pyarrow.Table
        A ranking. Its texts are made safe (`winback.ranking.cells`).
    path : Path
        The file to write.
    describe : callable, optional
        From a column's name to its meaning; with it a last sheet explains the columns.
    legend : str
        Name of that sheet.
    rows_of_a_sheet : int
        Rows after which the next sheet begins; at most what Excel can hold.
    """
    starts = range(0, max(1, table.num_rows), rows_of_a_sheet)
    lists = {
        f"xl/worksheets/sheet{number}.xml": table.slice(start, rows_of_a_sheet)
        for number, start in enumerate(starts, start=1)
    }
    empty = _empty_workbook([part.num_rows for part in lists.values()], describe, legend)
    with ZipFile(empty) as made, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=QUICKLY) as packed:
        for entry in made.infolist():
            content = made.read(entry)
            if entry.filename not in lists:
                packed.writestr(entry, content)
            else:
                _pack_list(packed, entry.filename, content.decode(), lists[entry.filename])


def _empty_workbook(rows: list[int], describe: Callable[[str], str] | None, legend: str) -> io.BytesIO:
    """Return a workbook whose lists have their header, and filters over so many rows."""
    stream = io.BytesIO()
    # texts stand in their cells, not in a table of their own, which would be in memory as a whole
    with xlsxwriter.Workbook(stream, {"constant_memory": True, "strings_to_formulas": False}) as workbook:
        # A fixed date of making: the same ranking gives the same file.
        workbook.set_properties({"title": "winback", "created": pd.Timestamp("2000-01-01").to_pydatetime()})
        formats = {look: workbook.add_format({"num_format": form}) for look, form in NUMBER_FORMATS.items()}
        header = workbook.add_format({"bold": True, "bg_color": "#E8EDF3", "bottom": 1, "text_wrap": True})
        for number, size in enumerate(rows, start=1):
            sheet = workbook.add_worksheet("ranking" if number == 1 else f"ranking {number}")
            _write_head(sheet, size, header, formats)
        if describe is not None:
            _write_legend(workbook, legend, describe, header)
    return stream


def _write_head(sheet: Worksheet, rows: int, header: Format, formats: dict[str, Format]) -> None:
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, rows, len(COLUMNS) - 1)
    for place, column in enumerate(COLUMNS):
        sheet.set_column(place, place, column.width, formats[column.look])
        sheet.write_string(0, place, column.name, header)


def _write_legend(workbook: Workbook, name: str, describe: Callable[[str], str], header: Format) -> None:
    sheet = workbook.add_worksheet(name)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110)
    for row, column in enumerate(COLUMNS):
        sheet.write_string(row, 0, column.name, header)
        sheet.write_string(row, 1, describe(column.name))


def _pack_list(packed: ZipFile, name: str, sheet: str, rows: pa.Table) -> None:
    """Pack a sheet with rows after its header."""
    head, end, tail = sheet.partition("</sheetData>")
    # the sheet says how far it reaches
    head = re.sub(r'(?<=<dimension ref="A1:)([A-Z]+)1(?=")', rf"\g<1>{rows.num_rows + 1}", head)
    styles = _styles(head)
    with packed.open(name, "w", force_zip64=_likely_size(rows) > LARGE) as stream:
        stream.write(head.encode())
        for start in range(0, rows.num_rows, BLOCK):
            stream.write(rows_xml(safe_table(rows.slice(start, BLOCK)), styles, start + 2))
        stream.write((end + tail).encode())


def _styles(head: str) -> list[str]:
    """Return the style of every column, as the sheet's list of columns has it."""
    spans = re.findall(r'<col min="(\d+)" max="(\d+)" [^>]*style="(\d+)"', head)
    return [style for first, last, style in spans for _ in range(int(first), int(last) + 1)]


def _likely_size(rows: pa.Table) -> int:
    """Bytes of a sheet's rows; signs that XML writes longer are not counted."""
    size = 0
    for column in rows.columns:
        is_text = pa.types.is_string(column.type)
        size += (AROUND_TEXT if is_text else NUMBER) * (len(column) - column.null_count)
        size += (pc.sum(pc.binary_length(column)).as_py() or 0) if is_text else 0
    return size
