"""From a raw column to its type in the contract, in SQL."""

from __future__ import annotations

from winback.columns import Column
from winback.sources.dates import local_to_utc
from winback.sources.sql import BLANKS, text

#: What other programs write into a cell that holds nothing.
NOTHING_IN_TEXT = ("NULL", "null", "\\N", "nan", "NaN", "None", "<NA>", "#N/A")
NOTHING_ELSEWHERE = (*NOTHING_IN_TEXT, "none", "NaT", "N/A", "n/a", "NA", "-", "—")

YES = ("true", "t", "yes", "y", "1", "1.0", "on", "да", "д", "истина")
NO = ("false", "f", "no", "n", "0", "0.0", "off", "нет", "н", "ложь")

_WHOLE_TYPES = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_NUMBER_TYPES = (*_WHOLE_TYPES, *(f"U{name}" for name in _WHOLE_TYPES), "FLOAT", "DOUBLE")


def raw_type(column: Column | None, source_type: str) -> str:
    """Type in which a source's column is taken in, before it is understood.

    Parameters
    ----------
    column : Column or None
        The contract's column; None for one that the contract does not know.
    source_type : str
        DuckDB's type in the source.

    Returns
    -------
    str
        ``VARCHAR``, or ``DOUBLE``, ``TIMESTAMP``, ``TIMESTAMP WITH TIME ZONE`` where source and contract agree.

    Examples
    --------
    >>> from winback.tables import TABLES
    >>> raw_type(TABLES["orders"].column("amount"), "DECIMAL(18,2)")
    'DOUBLE'
    >>> raw_type(TABLES["orders"].column("order_id"), "BIGINT")
    'VARCHAR'
    """
    kind = column.kind if column is not None else ""
    if kind in ("number", "integer") and (source_type in _NUMBER_TYPES or source_type.startswith("DECIMAL")):
        return "DOUBLE"
    if kind == "timestamp" and "WITH TIME ZONE" in source_type and source_type.startswith("TIMESTAMP"):
        return "TIMESTAMP WITH TIME ZONE"
    if kind == "timestamp" and (source_type == "DATE" or source_type.startswith("TIMESTAMP")):
        return "TIMESTAMP"
    return "VARCHAR"


def taking_sql(source: str, source_type: str, target_type: str) -> str:
    """SQL that takes a source's column in as ``target_type``; blanks around a text go, an empty text is null."""
    if target_type == "DOUBLE":
        return f"CASE WHEN NOT isnan({source}::DOUBLE) THEN {source}::DOUBLE END"
    if target_type != "VARCHAR":
        return f"try_cast({source} AS {target_type})"
    if source_type in ("FLOAT", "DOUBLE"):
        number = f"{source}::DOUBLE"
        whole = f"isfinite({number}) AND {number} = trunc({number}) AND abs({number}) < 9e15"
        whole_text = f"CASE WHEN {whole} THEN ({number})::BIGINT::VARCHAR ELSE ({number})::VARCHAR END"
        return f"CASE WHEN NOT isnan({number}) THEN {whole_text} END"
    if source_type.startswith("DECIMAL"):
        return f"regexp_replace({source}::VARCHAR, '\\.0+$', '')"
    written = source if source_type == "VARCHAR" else f"{source}::VARCHAR"
    return f"nullif(CASE WHEN {_maybe_padded(written)} THEN {_trimmed(written)} ELSE {written} END, '')"


def _maybe_padded(written: str) -> str:
    """SQL that is true for every text with a blank around it, and for few others: most are seen by their first sign."""
    ends = " OR ".join(f"suffix({written}, {text(sign)})" for sign in " \t\r\n")
    return f"({written} < '!' OR {written} > '~' OR {ends} OR strlen({written}) <> length({written}))"


def _trimmed(written: str) -> str:
    """SQL without the blanks; trimming many kinds of them is slow, looking for them is not."""
    padded = f"regexp_matches({written}, {text(f'^[{BLANKS}]|[{BLANKS}]$')})"
    return f"CASE WHEN {padded} THEN trim({written}, {text(BLANKS)}) ELSE {written} END"


def present_sql(column: Column, raw: str, raw_is: str) -> str:
    """SQL of the raw value, null where the cell holds nothing."""
    if raw_is != "VARCHAR":
        return raw
    nothing = NOTHING_IN_TEXT if column.kind in ("text", "category") else NOTHING_ELSEWHERE
    return f"CASE WHEN {raw} NOT IN ({', '.join(map(text, nothing))}) THEN {raw} END"


def text_sql(column: Column, present: str) -> str:
    """SQL of a text or category as it is staged.

    Numbers that a spreadsheet wrote as ``123.0`` become ``123``; leading zeros stay.
    """
    if column.choices:
        return f"lower({present})"
    return (
        f"CASE WHEN suffix({present}, '.0') THEN regexp_replace({present}, '^(-?\\d+)\\.0$', '\\1') ELSE {present} END"
    )


def boolean_sql(present: str) -> str:
    """SQL of a boolean; null where the text is neither yes nor no."""
    yes, no = (", ".join(map(text, words)) for words in (YES, NO))
    return f"CASE WHEN lower({present}) IN ({yes}) THEN true WHEN lower({present}) IN ({no}) THEN false END"


def typed_time_sql(raw: str, raw_is: str, timezone: str) -> str:
    """SQL of a timestamp whose source has a type for time; one beyond the calendar is null."""
    utc = f"timezone('UTC', {raw})" if raw_is != "TIMESTAMP" else local_to_utc(raw, timezone)
    return f"CASE WHEN {raw} BETWEEN {text('0001-01-02')} AND {text('9999-12-30')} THEN {utc} END"
