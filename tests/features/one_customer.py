"""One customer with tables written by hand: its features at an instant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from staging_maker import write_staging
from winback.features import compute_features
from winback.history import History
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots

AS_OF = pd.Timestamp("2024-06-01")


def ago(days: float) -> pd.Timestamp:
    """So many days before the cutoff."""
    return AS_OF - pd.Timedelta(round(days * 86_400_000_000), "us")


def orders(*days: float, **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame({"order_id": [f"o{each:g}" for each in days], "ordered_at": [ago(each) for each in days]})
    return frame.assign(**{"customer_id": "a", "amount": 100.0, **columns})


def features_of(
    folder: Path, tables: dict[str, pd.DataFrame], *, days_ago: float = 0,
    settings: FeatureSettings | None = None,
) -> dict[str, float]:  # fmt: skip
    """Features of customer "a" so many days before the end; ``tables`` lack its customer_id."""
    tables = {"orders": orders(400), **tables}
    tables = {name: frame if name == "order_items" else frame.assign(customer_id="a") for name, frame in tables.items()}
    history = History.load(write_staging(tables, folder, as_of=str(AS_OF.date())))
    cutoff = ago(days_ago).value // 1000  # from nanoseconds
    row = Snapshots(np.zeros(1, np.int32), np.array([cutoff], np.int64), np.zeros(1, np.int8))
    matrix = compute_features(history, row, settings or FeatureSettings())
    return {name: float(value) for name, value in zip(matrix.names, matrix.values[0], strict=True)}
