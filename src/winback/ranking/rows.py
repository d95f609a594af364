"""Rows of a list as the XML of a spreadsheet's sheet, made column by column: a list has 25 million cells."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from winback.ranking.cells import of_different

#: What one cell holds.
CHARACTERS_OF_A_CELL = 32_767
#: Characters of which XML itself is made, and what stands for them.
ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))
#: Excel reads ``_x0041_`` as the character of that number, unless its first sign is written as such a number itself.
NUMBERED, AS_WRITTEN = r"_(x[0-9A-Fa-f]{4}_)", r"_x005F_\1"
#: XML drops blanks at the ends of a text unless told to keep them.
BLANK_ENDS = r"^[ \t\n]|[ \t\n]$"


def rows_xml(table: pa.Table, styles: Sequence[str], first_row: int) -> pa.Buffer:
    """Return rows as XML.

    Parameters
    ----------
    table : pyarrow.Table
        Numbers and texts; empty cells are null and leave nothing behind.
    styles : sequence of str
        Number of each column's cell style.
    first_row : int
        Number of the first row in the sheet, from 1.

    Returns
    -------
    pyarrow.Buffer
        UTF-8.

    Examples
    --------
    >>> rows_xml(pa.table({"share": [0.5], "name": ["A&B"]}), ["4", "3"], 2).to_pybytes().decode()
    '<row r="2"><c r="A2" s="4"><v>0.5</v></c><c r="B2" s="3" t="inlineStr"><is><t>A&amp;B</t></is></c></row>'
    """
    number = pc.cast(pa.array(range(first_row, first_row + table.num_rows), pa.int32()), pa.string())
    cells = [
        pc.binary_join_element_wise(f'<c r="{_letters(place)}', number, *_content(table.column(place), style), "")
        for place, style in enumerate(styles)
    ]
    # a cell whose value is null is null as a whole, and is left out here
    pieces = ('<row r="', number, '">', *cells, "</row>", "")
    return _characters(pc.binary_join_element_wise(*pieces, null_handling="replace", null_replacement=""))


def _content(values: pa.ChunkedArray, style: str) -> tuple[str | pa.Array, ...]:
    """Return what follows the number of the row, in pieces; null where a cell is empty."""
    if not pa.types.is_string(values.type):
        return f'" s="{style}"><v>', pc.cast(values.combine_chunks(), pa.string()), "</v></c>"
    return f'" s="{style}" t="inlineStr"><is><t', of_different(values, _text_xml), "</t></is></c>"


def _text_xml(texts: pa.Array) -> pa.Array:
    """Return texts with the end of the tag that they stand in."""
    shown = pc.utf8_slice_codeunits(texts, 0, CHARACTERS_OF_A_CELL)
    for character, written in ESCAPES:
        shown = pc.replace_substring(shown, character, written)
    shown = pc.replace_substring_regex(shown, NUMBERED, AS_WRITTEN)
    tag = pc.if_else(pc.match_substring_regex(shown, BLANK_ENDS), ' xml:space="preserve">', ">")
    return pc.binary_join_element_wise(tag, shown, "")


def _letters(place: int) -> str:
    """Name of a column, from 0: A to Z, AA, AB…"""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _characters(texts: pa.Array) -> pa.Buffer:
    """All texts, one after the other, as they lie in memory."""
    _, offsets, characters = texts.buffers()
    ends = memoryview(offsets).cast("i")
    first, last = ends[texts.offset], ends[texts.offset + len(texts)]
    return characters.slice(first, last - first)
