"""The same windowed features in polars: one lazy grouping per stream and cutoff, in its streaming engine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.feature_sql import SETTINGS, declared
from winback.features import Windowed
from winback.features.declarations import windowed_name
from winback.history import DAY_US, HOUR_US
from winback.tables import TICKET_KINDS, TICKET_TOPICS

#: Aggregates that are 0 where there are no events.
_ZERO = ("Count", "DistinctCount", "Sum")


def compute(folder: Path, cutoffs: Sequence[int], customers: int, threads: int) -> dict[str, np.ndarray]:  # noqa: ARG001
    """Return each feature as float32[customers, cutoffs] (NaN missing); threads are set by ``POLARS_MAX_THREADS``."""
    import polars as pl

    out: dict[str, np.ndarray] = {}
    by_stream: dict[str, list[tuple[str, Windowed, int | None]]] = {}
    for one in declared():
        for window in one.windows or (None,):
            by_stream.setdefault(one.stream.name, []).append((windowed_name(one.name, window), one, window))
    for stream, features in by_stream.items():
        events = _stream(pl, folder, stream).collect(engine="streaming").lazy()
        for name, one, _ in features:
            empty = 0 if type(one.aggregate).__name__ in _ZERO else np.nan
            out[name] = np.full((customers, len(cutoffs)), empty, np.float32)
        for place, cutoff in enumerate(cutoffs):
            made = [_made(pl, one, window, cutoff).cast(pl.Float32).alias(name) for name, one, window in features]
            found = events.filter(pl.col("t") < cutoff).group_by("customer").agg(made).collect(engine="streaming")
            for name, _, _ in features:
                out[name][found["customer"].to_numpy(), place] = found[name].fill_null(float("nan")).to_numpy()
    return out


def _made(pl: Any, one: Windowed, window: int | None, cutoff: int) -> Any:
    """One feature at one cutoff, of a customer's events before it."""
    chosen = pl.lit(True)
    if one.where:
        chosen = chosen & (pl.col(one.where) > 0)
    if window is not None:
        chosen = chosen & (pl.col("t") >= cutoff - (window + one.shift) * DAY_US)
    if one.shift:
        chosen = chosen & (pl.col("t") < cutoff - one.shift * DAY_US)
    kind = type(one.aggregate).__name__
    if kind in ("Count", "DaysSinceLast", "DaysSinceFirst") and not one.aggregate.measure:
        t = pl.col("t").filter(chosen)
        return t.len() if kind == "Count" else (cutoff - (t.max() if kind == "DaysSinceLast" else t.min())) / DAY_US
    measure = "gap" if kind.startswith("Gap") else one.aggregate.measure
    known = pl.col(measure).filter(chosen & pl.col(measure).is_not_null())
    if kind in ("Last", "GapLast"):
        return known.sort_by(pl.col("t").filter(chosen & pl.col(measure).is_not_null())).last()
    if kind == "Sum":
        without_events = pl.col("t").filter(chosen).len() == 0
        return pl.when(without_events).then(0.0).when(known.len() == 0).then(None).otherwise(known.sum())
    simple = {
        "Count": known.len, "DistinctCount": known.n_unique, "Mean": known.mean, "Maximum": known.max,
        "Deviation": known.std, "GapMean": known.mean, "GapMedian": known.median, "GapDeviation": known.std,
        "GapMaximum": known.max,
    }  # fmt: skip
    return simple[kind]()


def _stream(pl: Any, folder: Path, name: str) -> Any:
    if name == "orders":
        return _orders(pl, folder)
    return (_deliveries if name.startswith("deliveries") else _tickets)(pl, folder, name)


def _orders(pl: Any, folder: Path) -> Any:
    amount, at = pl.col("amount"), pl.col("ordered_at")
    events = pl.scan_parquet(folder / "orders.parquet").select(
        "customer", "amount", "margin", "discount", pl.col("channel").cast(pl.Categorical),
        t=at.dt.epoch("us"), day=at.dt.epoch("us") // DAY_US, is_return=(amount < 0).cast(pl.Float64),
        is_purchase=(amount >= 0).cast(pl.Float64), returned=-amount,
        margined_amount=pl.when(pl.col("margin").is_not_null()).then(amount), listed=amount + pl.col("discount"),
        is_discounted=(pl.col("discount") > 0).cast(pl.Float64), month=at.dt.year() * 12 + at.dt.month(),
        year_day=at.dt.ordinal_day().cast(pl.Float64),
    )  # fmt: skip
    gap = pl.col("day").diff().over(["customer", "is_purchase"], order_by="t")
    return events.with_columns(gap=pl.when(gap > 0).then(gap))


def _tickets(pl: Any, folder: Path, name: str) -> Any:
    opened = pl.col("opened_at").dt.epoch("us")
    scan = pl.scan_parquet(folder / "tickets.parquet")
    if name == "tickets":
        kind = pl.col("kind").cast(pl.String)
        flags = {f"is_{word}": (kind == word).cast(pl.Float64) for word in TICKET_KINDS}
        complaint, topic = kind == "complaint", pl.col("topic").cast(pl.String)
        flags |= {f"is_complaint_{word}": (complaint & (topic == word)).cast(pl.Float64) for word in TICKET_TOPICS}
        return scan.select("customer", t=opened, **flags)
    column = "first_response_at" if "respon" in name else "resolved_at"
    done = pl.col(column).dt.epoch("us")
    if not name.endswith("judged"):
        return scan.filter(pl.col(column).is_not_null()).select("customer", t=done, hours=(done - opened) / HOUR_US)
    hours = SETTINGS.slow_response_hours if "respon" in name else SETTINGS.slow_resolution_hours
    deadline = opened + round(hours * HOUR_US)
    in_time = (done <= deadline).fill_null(False)
    return scan.select(
        "customer", t=pl.when(in_time).then(done).otherwise(deadline), is_slow=(~in_time).cast(pl.Float64)
    )


def _deliveries(pl: Any, folder: Path, name: str) -> Any:
    promised, delivered = pl.col("promised_at").dt.epoch("us"), pl.col("delivered_at").dt.epoch("us")
    due = promised + pl.when(promised % DAY_US == 0).then(DAY_US - 1).otherwise(0)
    late = (delivered > due).fill_null(True)
    scan = pl.scan_parquet(folder / "deliveries.parquet")
    if name == "deliveries_judged":
        return scan.select("customer", t=pl.when(late).then(due).otherwise(delivered), is_late=late.cast(pl.Float64))
    return scan.filter(pl.col("delivered_at").is_not_null()).select(
        "customer", t=delivered, defective=pl.col("defective").cast(pl.Float64), is_late=late.cast(pl.Float64),
        delay_days=pl.when(late).then((delivered - promised) / DAY_US),
    )  # fmt: skip
