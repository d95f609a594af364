"""Kinds of source: one reader each, registered by the suffix of the file."""

from __future__ import annotations

from collections.abc import Callable

from winback.errors import DataError, Fault
from winback.sources.csvfile import open_csv
from winback.sources.parquetfile import open_parquet
from winback.sources.part import Opening, Part

Reader = Callable[[Opening], Part]

#: From suffix to reader: another kind of source is another entry.
READERS: dict[str, Reader] = {
    ".csv": open_csv,
    ".tsv": open_csv,
    ".txt": open_csv,
    ".parquet": open_parquet,
    ".pq": open_parquet,
}

#: Suffixes that are looked for.
SUFFIXES = tuple(READERS)


def open_source(opening: Opening) -> Part:
    """Look at one source with the reader of its kind.

    Raises
    ------
    DataError
        When no reader knows the suffix, or the file is not what its suffix says.
    """
    reader = READERS.get(opening.path.suffix.lower())
    if reader is None:
        raise DataError(
            "",
            [Fault(opening.shown, f"unknown kind of file; known: {', '.join(SUFFIXES)}. Save it as CSV or Parquet")],
        )
    return reader(opening)
