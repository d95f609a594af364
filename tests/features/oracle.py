"""Every windowed feature once more, in SQL: slow, plain, and sharing no code with the engine.

Streams come from the SQL texts in the modules ``oracle_<subject>`` beside this one.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from winback.features import Windowed
from winback.history import History
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots
from winback.tables import TABLES

_DAY = 86_400_000_000


def stream_texts(settings: FeatureSettings) -> dict[str, str]:
    """SQL text of each stream, with the settings' values filled in."""
    texts: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("oracle_*.py")):
        texts |= importlib.import_module(path.stem).STREAMS
    values = settings.model_dump()
    return {name: text.format(**values) if "{" in text else text for name, text in texts.items()}


class Oracle:
    """Features of some rows by SQL over staged tables."""

    def __init__(self, staging: Path, history: History, rows: Snapshots, settings: FeatureSettings) -> None:
        self.sql = duckdb.connect()
        self.sql.execute("SET threads = 1")
        self.texts = stream_texts(settings)
        for name in TABLES:
            if history.has(name) and name != "customers":
                self._view(name, staging)
        frame = pd.DataFrame({"row": np.arange(len(rows)), "customer": rows.customer, "cutoff": rows.cutoff})
        self.sql.register("rows_frame", frame)
        self.sql.execute("CREATE TABLE rows AS SELECT * FROM rows_frame")
        self.n_rows = len(rows)
        self._made: set[str] = set()

    def _view(self, name: str, staging: Path) -> None:
        path = staging / f"{name}.parquet"
        described = self.sql.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
        columns = []
        for column, kind, *_ in described:
            text = {"TIMESTAMP": f"epoch_us({column})", "BOOLEAN": f"CAST({column} AS DOUBLE)"}.get(kind, column)
            columns.append(f"{text} AS {column}")
        names = {column for column, *_ in described}
        time = "ordered_at" if name == "order_items" else TABLES[name].time
        known = f"epoch_us({time})"
        if name == "deliveries" and "delivered_at" in names:
            known = f"least({known}, coalesce(epoch_us(delivered_at), {known}))"
        if "recorded_at" in names:
            known = f"greatest({known}, coalesce(epoch_us(recorded_at), {known}))"
        self.sql.execute(
            f"CREATE TABLE {name} AS SELECT {', '.join(columns)}, epoch_us({time}) AS event_at, {known} AS known_at, "
            f"file_row_number AS ord FROM read_parquet('{path}', file_row_number = true)"
        )

    def feature(self, declaration: Windowed, window: int | None) -> np.ndarray:
        """Values (numbers, or words of a category; None missing) of one feature, one per row."""
        stream = declaration.stream.name
        if stream not in self._made:
            self.sql.execute(f'CREATE TABLE "stream_{stream}" AS {self.texts[stream]}')
            self._made.add(stream)
        self.sql.execute(f"CREATE OR REPLACE TEMP TABLE seen AS {self._seen(declaration, window)}")
        text = f"SELECT row, value FROM rows LEFT JOIN ({_value(declaration)}) USING (row) ORDER BY row"
        values = self.sql.execute(text).df()["value"]
        if type(declaration.aggregate).__name__ in ("Count", "DistinctCount", "GapCount"):
            values = values.fillna(0)
        return values.to_numpy()

    def _seen(self, declaration: Windowed, window: int | None) -> str:
        """Every row with the events that it may see."""
        begin = "TRUE" if window is None else f"e.event_at >= cutoff - {(window + declaration.shift) * _DAY}"
        flag = f"e.{declaration.where} > 0" if declaration.where else "TRUE"
        return (
            f'SELECT row, cutoff, e.* FROM rows JOIN "stream_{declaration.stream.name}" e USING (customer) '
            f"WHERE {begin} AND e.event_at < cutoff - {declaration.shift * _DAY} AND e.known_at < cutoff AND {flag}"
        )


def _value(declaration: Windowed) -> str:
    aggregate, m = type(declaration.aggregate).__name__, declaration.aggregate.measure
    if aggregate in _GAPS:
        return _GAPS[aggregate]
    if aggregate == "Sum":  # without events zero; with events but no value missing
        none = "SELECT row, 0 AS value FROM rows WHERE row NOT IN (SELECT row FROM seen)"
        return f"SELECT row, sum({m}) AS value FROM seen GROUP BY row UNION ALL {none}"
    if aggregate == "Count":
        return f"SELECT row, count({m or '*'}) AS value FROM seen GROUP BY row"
    if aggregate in ("LargestShare", "MostFrequent"):
        counted = f"SELECT row, {m} AS word, count(*) AS n FROM seen WHERE {m} IS NOT NULL GROUP BY row, {m}"
        value = {"LargestShare": "max(n) / sum(n)", "MostFrequent": "(list(word ORDER BY n DESC, word))[1]"}[aggregate]
        return f"SELECT row, {value} AS value FROM ({counted}) GROUP BY row"
    return f"SELECT row, {_PLAIN[aggregate].format(m=m)} AS value FROM seen GROUP BY row"


_PLAIN = {
    "Mean": "avg({m})",
    "Minimum": "min({m})",
    "Maximum": "max({m})",
    "First": "(list({m} ORDER BY event_at, ord) FILTER ({m} IS NOT NULL))[1]",
    "Last": "(list({m} ORDER BY event_at DESC, ord DESC) FILTER ({m} IS NOT NULL))[1]",
    "LastWord": "(list({m} ORDER BY event_at DESC, ord DESC) FILTER ({m} IS NOT NULL))[1]",
    "Deviation": "CASE WHEN count({m}) > 1 THEN stddev_samp({m}) END",
    "DaysSinceLast": f"any_value(cutoff) / {_DAY} - max(event_at) / {_DAY}",
    "DaysSinceFirst": f"any_value(cutoff) / {_DAY} - min(event_at) / {_DAY}",
    "DistinctCount": "count(DISTINCT {m})",
}

_DAYS = f"SELECT DISTINCT row, CAST(floor((event_at + 3 * 3600000000) / {_DAY}) AS BIGINT) AS day FROM seen"
_STEPS = f"SELECT row, day, day - lag(day) OVER (PARTITION BY row ORDER BY day) AS gap FROM ({_DAYS})"
_GAP = f"SELECT row, day, gap FROM ({_STEPS}) WHERE gap IS NOT NULL"
_GAPS = {
    "GapCount": f"SELECT row, count(*) AS value FROM ({_GAP}) GROUP BY row",
    "GapMean": f"SELECT row, avg(gap) AS value FROM ({_GAP}) GROUP BY row",
    "GapMedian": f"SELECT row, median(gap) AS value FROM ({_GAP}) GROUP BY row",
    "GapDeviation": f"SELECT row, CASE WHEN count(*) > 1 THEN stddev_samp(gap) END AS value FROM ({_GAP}) GROUP BY row",
    "GapLast": f"SELECT row, arg_max(gap, day) AS value FROM ({_GAP}) GROUP BY row",
    "GapMaximum": f"SELECT row, max(gap) AS value FROM ({_GAP}) GROUP BY row",
    "GapRecentMean": f"""SELECT row, avg(gap) AS value FROM (
        SELECT row, gap, row_number() OVER (PARTITION BY row ORDER BY day DESC) AS place FROM ({_GAP})
    ) WHERE place <= 3 GROUP BY row""",
    "SilenceShare": f"""SELECT row, avg(CAST(gap <= silence AS DOUBLE)) AS value FROM ({_GAP}) JOIN (
        SELECT row, (any_value(cutoff) - max(event_at)) / {_DAY} AS silence FROM seen GROUP BY row
    ) USING (row) GROUP BY row""",
}
