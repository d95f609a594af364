"""Rows that one cycle adds to the log of offers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import ArrayLike

from winback.errors import Fault, ManyFaultsError
from winback.tables import ARMS, TABLES

#: The form of the input table ``offers``: written by one cycle, read by the next. Times carry their zone.
OFFERS_SCHEMA: pa.Schema = pa.schema(
    [
        ("cycle", pa.string()),
        ("customer_id", pa.string()),
        ("action", pa.string()),
        ("offered_at", pa.timestamp("us", tz="UTC")),
        ("arm", pa.string()),
        ("cost", pa.float64()),
        ("propensity", pa.float64()),
    ]
)


def build_offers(
    *,
    cycle: str,
    offered_at: int,
    customer_id: ArrayLike,
    action: ArrayLike,
    arm: ArrayLike,
    cost: ArrayLike,
    propensity: ArrayLike,
) -> pd.DataFrame:
    """Make the log of one cycle.

    Parameters
    ----------
    cycle : str
        The ``as_of`` date of the run.
    offered_at : int
        When the offers are made: microseconds since the epoch, UTC.
    customer_id, action, arm : array-like of str, length n
        Whom, what, and ``treated`` or ``holdout``; a holdout's action is the one that it would have had.
    cost : array-like of float
        Expected cost of a treated customer, in the configured currency; 0 for a holdout.
    propensity : array-like of float
        Probability, between 0 (exclusive) and 1, with which the customer came into its arm with that action.

    Returns
    -------
    pandas.DataFrame
        Sorted by ``customer_id``.

    Raises
    ------
    ManyFaultsError
        When a customer stands twice, a cell is empty, or a value is impossible.

    Examples
    --------
    >>> offers = build_offers(cycle="2024-05-06", offered_at=1_714_953_600_000_000,
    ...                       customer_id=["b", "a"], action=["gift", "email"], arm=["treated", "holdout"],
    ...                       cost=[3.5, 0], propensity=[0.9, 0.1])
    >>> offers[["customer_id", "arm", "cost"]].to_numpy().tolist()
    [['a', 'holdout', 0.0], ['b', 'treated', 3.5]]
    """
    columns: dict[str, Any] = {
        "customer_id": np.asarray(customer_id, dtype=object),
        "action": np.asarray(action, dtype=object),
        "arm": np.asarray(arm, dtype=object),
        "cost": np.asarray(cost, dtype=np.float64),
        "propensity": np.asarray(propensity, dtype=np.float64),
    }
    size = len(columns["customer_id"])
    columns["cycle"] = np.full(size, cycle, dtype=object)
    columns["offered_at"] = pd.to_datetime(np.full(size, offered_at, dtype=np.int64), unit="us", utc=True)
    frame = pd.DataFrame(columns)[OFFERS_SCHEMA.names]
    faults = _offer_faults(frame)
    if faults:
        raise ManyFaultsError(f"The log of offers of cycle {cycle} breaks its own rules, so it was not written", faults)
    ordered: pd.DataFrame = frame.sort_values("customer_id", kind="stable", ignore_index=True)
    return ordered


def _offer_faults(frame: pd.DataFrame) -> list[Fault]:
    rules = {
        "no empty cell": frame.isna().any(axis=1),
        f"{' and '.join(TABLES['offers'].key)} stand once": frame["customer_id"].duplicated(),
        f"arm is one of {', '.join(ARMS)}": ~frame["arm"].isin(ARMS),
        "cost is not below 0": frame["cost"] < 0,
        "propensity lies in 0…1, above 0": (frame["propensity"] <= 0) | (frame["propensity"] > 1),
        "a holdout costs nothing": (frame["arm"] == "holdout") & (frame["cost"] != 0),
    }
    return [Fault(rule, f"broken by {int(wrong.sum())} rows") for rule, wrong in rules.items() if wrong.any()]


def write_offers(frame: pd.DataFrame, folder: Path) -> Path:
    """Write ``offers.parquet`` into a folder; returns the file's path."""
    path = folder / "offers.parquet"
    naive = frame.assign(offered_at=frame["offered_at"].dt.tz_convert(None))
    table = pa.table({name: pa.array(naive[name], from_pandas=True) for name in OFFERS_SCHEMA.names})
    pq.write_table(table.cast(OFFERS_SCHEMA), path, compression="zstd")
    return path
