"""Staged tables from small data frames, in the form that the stage `prepare` writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from winback.tables import table_named


def write_staging(tables: Mapping[str, pd.DataFrame], folder: Path, *, as_of: str, timezone: str = "UTC") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    known = [tables[name]["customer_id"] for name in ("orders", "customers") if name in tables]
    ids = sorted({str(value) for values in known for value in values})
    code = {name: place for place, name in enumerate(ids)}
    index = pa.table({"customer": pa.array(range(len(ids)), pa.int32()), "customer_id": pa.array(ids, pa.string())})
    pq.write_table(index, folder / "customer_index.parquet")
    for name, frame in tables.items():
        pq.write_table(_staged(name, frame, tables, code), folder / f"{name}.parquet")
    (folder / "summary.json").write_text(json.dumps({"as_of": as_of, "timezone": timezone}), encoding="utf-8")
    return folder


def _staged(name: str, frame: pd.DataFrame, tables: Mapping[str, pd.DataFrame], code: Mapping[str, int]) -> pa.Table:
    if name == "order_items":
        of_order = [
            column for column in ("order_id", "customer_id", "ordered_at", "recorded_at") if column in tables["orders"]
        ]
        frame = frame.merge(tables["orders"][of_order], on="order_id")
    if name == "customers":
        frame = frame.set_index("customer_id").reindex(list(code)).reset_index()
    frame = frame[frame["customer_id"].astype(str).isin(list(code))].copy()
    frame.insert(0, "customer", frame["customer_id"].astype(str).map(dict(code)).astype("int32"))
    time = "ordered_at" if name == "order_items" else table_named(name).time
    # the key before all else, as the stage has it: what is filled in later must not order facts of the same instant
    first = list(dict.fromkeys(["customer", *([time] if time else []), *table_named(name).key]))
    first = [column for column in first if column in frame]
    frame = frame.sort_values([*first, *sorted(set(frame.columns) - set(first))], kind="stable")
    arrays = {column: _array(name, column, frame[column]) for column in frame.columns}
    return pa.table(arrays)


def _array(table: str, column: str, values: pd.Series) -> pa.Array:
    if column == "customer":
        return pa.array(values.to_numpy(), pa.int32())
    contract = {item.name: item.kind for item in table_named(table).columns}
    contract |= {"ordered_at": "timestamp", "recorded_at": "timestamp"}
    if column not in contract and pd.api.types.is_datetime64_any_dtype(values):
        contract[column] = "timestamp"
    if column not in contract and pd.api.types.is_bool_dtype(values):
        contract[column] = "boolean"
    kind = contract.get(column, "number" if pd.api.types.is_numeric_dtype(values) else "text")
    if kind == "timestamp":
        return pa.array(np.asarray(pd.to_datetime(values), dtype="datetime64[us]"), pa.timestamp("us"))
    if kind in ("number", "integer"):
        return pa.array(values.to_numpy(dtype=float), pa.float64(), from_pandas=True)
    missing = values.isna()
    kept = [None if gone else value for value, gone in zip(values, missing, strict=True)]
    if kind == "boolean":
        return pa.array([None if value is None else bool(value) for value in kept], pa.bool_())
    return pa.array([None if value is None else str(value) for value in kept], pa.string())
