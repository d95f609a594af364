"""The ranking as files: Parquet for programs, CSV for anything, Excel for people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from winback.ranking.build import ranking_frame
from winback.ranking.cells import safe_table
from winback.ranking.columns import RANKING_SCHEMA
from winback.ranking.excel import write_excel

#: Rows that are made safe, and written, at once: the texts of a million customers are not to be in memory twice.
BLOCK = 1 << 17


def write_ranking(
    frame: pd.DataFrame, folder: Path, *, describe: Callable[[str], str] | None = None, legend: str = "Columns"
) -> tuple[Path, ...]:
    """Write ``ranking.parquet``, ``ranking.csv`` and ``ranking.xlsx`` into a folder.

    Parquet holds every text as it is. CSV and Excel hold texts that no spreadsheet runs (see `winback.ranking.cells`).
    The CSV is UTF-8 without a byte order mark, comma, point as decimal sign, texts in quotes, empty cells for nothing:
    what programs expect. Excel's own form is ``ranking.xlsx``, so the CSV does not have to guess an Excel's language.

    Parameters
    ----------
    frame : pandas.DataFrame
        A ranking, as `build_ranking` makes it.
    folder : Path
        An existing folder; giving `winback.files.replacing_folder`'s makes the whole complete or absent.
    describe : callable, optional
        From a column's name to its meaning in the reader's language, for a sheet of the workbook.
    legend : str
        Name of that sheet.

    Returns
    -------
    tuple of Path
        The three files.
    """
    paths = tuple(folder / f"ranking.{suffix}" for suffix in ("parquet", "csv", "xlsx"))
    table = pa.Table.from_pandas(frame, schema=RANKING_SCHEMA, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(table, paths[0], compression="zstd", row_group_size=BLOCK)
    with pacsv.CSVWriter(paths[1], table.schema) as writer:
        for start in range(0, table.num_rows, BLOCK):
            writer.write_table(safe_table(table.slice(start, BLOCK)))
    write_excel(table, paths[2], describe=describe, legend=legend)
    return paths


def read_ranking(folder: Path) -> pd.DataFrame:
    """Read the ranking back from ``ranking.parquet`` of a folder such as ``data/scored/2024-05-06``."""
    return ranking_frame(pq.read_table(folder / "ranking.parquet"))
