"""The same windowed features in DuckDB: one grouped scan per stream and cutoff over events in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import numpy as np

from winback.features import Declaration, Windowed, registered_features
from winback.features.declarations import windowed_name
from winback.history import DAY_US, HOUR_US
from winback.settings import FeatureSettings
from winback.tables import TICKET_KINDS, TICKET_TOPICS

SETTINGS = FeatureSettings()
_KINDS = ", ".join(f"(kind = '{kind}')::DOUBLE AS is_{kind}" for kind in TICKET_KINDS)
_TOPICS = ", ".join(
    f"(kind = 'complaint' AND topic = '{topic}')::DOUBLE AS is_complaint_{topic}" for topic in TICKET_TOPICS
)
_TICKETS = (
    "(SELECT customer, epoch_us(opened_at) AS opened, epoch_us(first_response_at) AS first_response_at,"
    " epoch_us(resolved_at) AS resolved_at FROM tickets)"
)
_DELIVERIES = (
    "(SELECT customer, defective::DOUBLE AS defective, epoch_us(promised_at) AS promised,"
    f" epoch_us(delivered_at) AS delivered, promised + CASE WHEN promised % {DAY_US} = 0 THEN {DAY_US} - 1 ELSE 0 END"
    " AS due, (delivered IS NULL OR delivered > due) AS late FROM deliveries)"
)


def _judged(column: str, hours: float) -> str:
    deadline = f"(opened + {round(hours * HOUR_US)})"
    return (
        f"SELECT customer, least({deadline}, coalesce({column}, {deadline})) AS t,"
        f" ({column} IS NULL OR {column} > {deadline})::DOUBLE AS is_slow FROM {_TICKETS}"
    )


def _done(column: str) -> str:
    return f"SELECT customer, {column} AS t, ({column} - opened) / {HOUR_US} AS hours FROM {_TICKETS} WHERE t NOTNULL"


#: Streams that these tables give without the history of what is open, as in the tests' oracle.
STREAMS = {
    "orders": f"""
        SELECT customer, epoch_us(ordered_at) AS t, t // {DAY_US} AS day, amount, margin, discount, channel,
               (amount < 0)::DOUBLE AS is_return, (amount >= 0)::DOUBLE AS is_purchase, -amount AS returned,
               CASE WHEN margin NOTNULL THEN amount END AS margined_amount, amount + discount AS listed,
               (discount > 0)::DOUBLE AS is_discounted, year(ordered_at) * 12 + month(ordered_at) AS month,
               dayofyear(ordered_at)::DOUBLE AS year_day
        FROM orders""",
    "tickets": f"SELECT customer, epoch_us(opened_at) AS t, kind, topic, {_KINDS}, {_TOPICS} FROM tickets",
    "tickets_responded": _done("first_response_at"),
    "tickets_resolved": _done("resolved_at"),
    "tickets_response_judged": _judged("first_response_at", SETTINGS.slow_response_hours),
    "tickets_resolution_judged": _judged("resolved_at", SETTINGS.slow_resolution_hours),
    "deliveries_judged": "SELECT customer, least(due, coalesce(delivered, due)) AS t, late::DOUBLE AS is_late "
    f"FROM {_DELIVERIES}",
    "deliveries_arrived": "SELECT customer, delivered AS t, defective, late::DOUBLE AS is_late, CASE WHEN late THEN "
    f"(delivered - promised) / {DAY_US} END AS delay_days FROM {_DELIVERIES} WHERE t NOTNULL",
}
_AGGREGATES = {
    "Count": "count({m})",
    "Sum": "CASE WHEN count(*) = 0 THEN 0 ELSE sum({m}) END",
    "Mean": "avg({m})",
    "Maximum": "max({m})",
    "Last": "arg_max({m}, t)",
    "Deviation": "stddev_samp({m})",
    "DaysSinceLast": f"({{cutoff}} - max(t)) / {DAY_US}",
    "DaysSinceFirst": f"({{cutoff}} - min(t)) / {DAY_US}",
    "DistinctCount": "count(DISTINCT {m})",
    "GapMean": "avg(gap)",
    "GapMedian": "median(gap)",
    "GapDeviation": "stddev_samp(gap)",
    "GapLast": "arg_max(gap, t)",
    "GapMaximum": "max(gap)",
}


def declared() -> list[Windowed]:
    """Return the registered windowed features that both ways compute; the hidden ones are shown."""
    return [one for one in registered_features(SETTINGS) if isinstance(one, Windowed) and _has_sql(one)]


def _has_sql(one: Declaration) -> bool:
    return isinstance(one, Windowed) and one.stream.name in STREAMS and type(one.aggregate).__name__ in _AGGREGATES


def _columns(features: Sequence[Windowed], cutoff: int) -> Iterator[tuple[str, str]]:
    """Name and SQL of every feature of one stream at one cutoff."""
    for one in features:
        for window in one.windows or (None,):
            chosen = [f"{one.where} > 0"] if one.where else []
            if window is not None:
                chosen.append(f"t >= {cutoff - (window + one.shift) * DAY_US}")
            if one.shift:
                chosen.append(f"t < {cutoff - one.shift * DAY_US}")
            text = _AGGREGATES[type(one.aggregate).__name__].format(m=one.aggregate.measure or "*", cutoff=cutoff)
            yield (
                windowed_name(one.name, window),
                _with_filter(text, f" FILTER (WHERE {' AND '.join(chosen)})" if chosen else ""),
            )


def _with_filter(text: str, condition: str) -> str:
    """The aggregate with the condition behind each of its calls."""
    out, call = "", 0
    for place, sign in enumerate(text):
        out += sign
        if sign == "(" and place and text[place - 1].isalpha():
            call += 1
        if sign == ")" and call:
            call -= 1
            out += condition
    return out


def compute(folder: Path, cutoffs: Sequence[int], customers: int, threads: int) -> dict[str, np.ndarray]:
    """Return each feature as float32[customers, cutoffs] (NaN missing)."""
    sql = duckdb.connect()
    sql.execute(f"SET threads = {threads}")
    for table in ("orders", "tickets", "deliveries"):
        sql.execute(f"CREATE VIEW {table} AS FROM '{folder / table}.parquet'")
    out: dict[str, np.ndarray] = {}
    by_stream: dict[str, list[Windowed]] = {}
    for one in declared():
        by_stream.setdefault(one.stream.name, []).append(one)
    for stream, features in by_stream.items():
        sql.execute(f"CREATE TEMP TABLE events AS {STREAMS[stream]}")
        if stream == "orders":
            sql.execute(_GAPS)
        for place, cutoff in enumerate(cutoffs):
            columns = dict(_columns(features, cutoff))
            chosen = ", ".join(f"({text})::FLOAT AS {name}" for name, text in columns.items())
            found = sql.execute(f"SELECT customer, {chosen} FROM events WHERE t < {cutoff} GROUP BY customer")
            arrays = found.fetchnumpy()
            for name in columns:
                if name not in out:
                    empty = 0 if "count(" in columns[name] else np.nan
                    out[name] = np.full((customers, len(cutoffs)), empty, np.float32)
                values = np.ma.filled(np.ma.asarray(arrays[name]).astype(np.float32), np.nan)
                out[name][arrays["customer"], place] = values
        sql.execute("DROP TABLE events")
    return out


#: Days between the days with purchases; missing at further purchases of a day.
_GAPS = """
    CREATE OR REPLACE TEMP TABLE events AS
    SELECT e.*, CASE WHEN is_purchase > 0 THEN nullif(day - lag(day) OVER (
        PARTITION BY customer, is_purchase ORDER BY t), 0) END AS gap
    FROM events e
"""
