"""Reading CSV: what encoding and separator a file has, and what to tell DuckDB about it."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
import tempfile
from functools import partial
from pathlib import Path

from winback.errors import DataError, Fault
from winback.sources.part import Opening, Part
from winback.sources.sql import file, text

DELIMITERS = (",", ";", "\t", "|")

#: Longest row in bytes; more is taken for a quote that was never closed.
MAX_ROW_BYTES = 16_000_000

#: Bytes looked at to find the header.
HEAD_BYTES = 1 << 20

#: Tables in which DuckDB notes the rows that it could not split; dropped after each file.
REJECTS, REJECT_SCANS = "csv_rejects", "csv_reject_scans"

#: DuckDB shows at most this much of a row that it could not split.
CSV_LINE_LIMIT = 10_000

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def open_csv(opening: Opening) -> Part:
    """Look at a CSV file's header.

    Parameters
    ----------
    opening : Opening
        The file, and what ``params.yaml`` says about its encoding and delimiter.

    Returns
    -------
    Part
        All columns as text. A file that is not UTF-8 is converted, in blocks, to a copy in the scratch folder.

    Raises
    ------
    DataError
        When the file is no text in the encoding that was said.
    """
    with opening.path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    encoding = _encoding(head, opening.options.encoding)
    header_text = _header_text(head, encoding, opening)
    if not header_text.strip():
        return Part(opening.shown, (), (), None)
    delimiter = _said_delimiter(opening) or _delimiter(header_text, opening.wanted)
    columns = tuple(cell.strip() for cell in _cells(header_text, delimiter))
    if not columns:
        raise DataError("", [Fault(opening.shown, "is no table: its first line cannot be split into cells")])
    path = opening.path
    if encoding != "utf-8":
        path = convert(path, _copy_of(opening), encoding)
    return Part(
        shown=opening.shown,
        columns=columns,
        types=("VARCHAR",) * len(columns),
        scan=partial(_scan, columns=len(columns), delimiter=delimiter),
        first_row=2,
        rejects=True,
        delimiter=delimiter,
        path=path,
        even=_copy_of(opening),
    )


def convert(source: Path, target: Path, encoding: str = "utf-8") -> Path:
    r"""Copy a text file as UTF-8 with ``\n`` as the only end of a line, in blocks.

    A byte that the encoding does not know becomes U+FFFD, so that its row is refused and not the file.
    """
    # bytes that are no UTF-8 must stay what they are: DuckDB refuses their rows one by one
    errors = "surrogateescape" if encoding == "utf-8" else "replace"
    with (
        source.open(encoding=encoding, errors=errors, newline=None) as reading,
        target.open("w", encoding="utf-8", errors=errors, newline="\n") as writing,
    ):
        while block := reading.read(HEAD_BYTES):
            writing.write(block)
    return target


def count_lines(path: Path) -> int:
    """Count the lines of a text file, in blocks; a last line without an end counts."""
    lines, last = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(HEAD_BYTES):
            lines += block.count(b"\n")
            last = block[-1:]
    return lines + (last != b"\n")


def _copy_of(opening: Opening) -> Path:
    handle, copy = tempfile.mkstemp(suffix=".csv", dir=opening.scratch)
    os.close(handle)
    return Path(copy)


def _encoding(head: bytes, said: str) -> str:
    """Byte order marks outrank what was said."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    return next((wide for mark, wide in _WIDE.items() if head.startswith(mark)), said)


def _header_text(head: bytes, encoding: str, opening: Opening) -> str:
    """Decode the beginning of the file and refuse what is no text."""
    decoded = codecs.getincrementaldecoder("utf-8-sig" if encoding == "utf-8" else encoding)(errors="replace")
    beginning = decoded.decode(head)
    line = beginning.lstrip("\r\n").split("\n", 1)[0].split("\r", 1)[0]
    if _CONTROL.search(line):
        raise DataError("", [Fault(opening.shown, "is no table: its first line holds bytes that no text has")])
    if "\ufffd" in line:
        what = (
            f"its first line is not {encoding.upper()}; if it comes from a Russian Windows program, "
            f"set 'encoding: cp1251' for this table under data.tables in params.yaml"
        )
        raise DataError("", [Fault(opening.shown, what)])
    return beginning.lstrip("\r\n")


def _said_delimiter(opening: Opening) -> str:
    said = (opening.options.delimiter or "").replace("\\t", "\t")
    if len(said) > 1 or said in ('"', "\n", "\r"):
        raise DataError(
            "", [Fault(opening.shown, f"cannot be split by the delimiter {said!r}; it must be one character")]
        )
    return said


def _delimiter(header_text: str, wanted: frozenset[str]) -> str:
    """Take the separator that yields most of the names looked for, then most cells."""

    def worth(delimiter: str) -> tuple[int, int]:
        cells = _cells(header_text, delimiter)
        return sum(cell.strip().lower() in wanted for cell in cells), len(cells)

    return max(DELIMITERS, key=worth)


def _cells(header_text: str, delimiter: str) -> list[str]:
    """Split the first row; nothing where it cannot be split, such as by a quote that is never closed."""
    try:
        # newline=None: a bare carriage return ends a line too
        return next(csv.reader(io.StringIO(header_text, newline=None), delimiter=delimiter), [])
    except csv.Error:
        return []


def _scan(path: Path, *, columns: int, delimiter: str) -> str:
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(columns))
    return (
        f"read_csv([{file(path)}], columns = {{{types}}}, header = true, auto_detect = false, "
        f"delim = {text(delimiter)}, quote = '\"', escape = '\"', nullstr = '', strict_mode = true, "
        f"max_line_size = {MAX_ROW_BYTES}, store_rejects = true, rejects_limit = 0, "
        f"rejects_table = '{REJECTS}', rejects_scan = '{REJECT_SCANS}')"
    )
