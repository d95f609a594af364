"""Texts made safe for spreadsheets.

A spreadsheet may run a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break as a formula, and a
customer can choose what it is called. Such a text gets an apostrophe in front, which spreadsheets read as "this is
text". A text that is no more than a number (``-12``, ``+79161234567``) cannot do anything and stays as it is, so that
programs find the customer again.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

#: C0 and C1 control characters except tab and line feed, and the two code points that XML does not know.
CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{fffe}\x{ffff}]"
#: The signs also exist in full width, which some spreadsheets fold to the plain ones; blanks before may be trimmed.
FORMULA = r"^([\t\n]|\s*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}])"
PLAIN_NUMBER = r"^[+-]?[0-9]+([.,][0-9]+)?$"


def safe_texts(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    r"""Remove control characters and put an apostrophe before what a spreadsheet would run.

    Parameters
    ----------
    texts : pyarrow.Array of string
        Nulls stay null.

    Returns
    -------
    pyarrow.Array of string

    Examples
    --------
    >>> safe_texts(pa.array(["=1+1", "\t=1", "a\x00b", "-12", "plain", None])).to_pylist()
    ["'=1+1", "'\t=1", 'ab', '-12', 'plain', None]
    """
    clean = pc.replace_substring_regex(texts, CONTROL, "")
    dangerous = pc.and_(
        pc.match_substring_regex(clean, FORMULA), pc.invert(pc.match_substring_regex(clean, PLAIN_NUMBER))
    )
    return pc.if_else(dangerous, pc.binary_join_element_wise("'", clean, ""), clean)


def safe_table(table: pa.Table) -> pa.Table:
    """Return the table with all its texts made safe; without the notes that pandas leaves."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field, of_different(table.column(place), safe_texts))
    return table.replace_schema_metadata(None)


def of_different(texts: pa.ChunkedArray, function: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Apply a function to every different text once: most columns of a list hold a few words again and again.

    Examples
    --------
    >>> of_different(pa.chunked_array([["a", "b", None, "a"]]), pc.utf8_upper).to_pylist()
    ['A', 'B', None, 'A']
    """
    encoded = texts.combine_chunks().dictionary_encode()
    return function(encoded.dictionary).take(encoded.indices)
