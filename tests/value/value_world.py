"""A small company on disk, made without the code that reads it."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from winback.features import FeatureMatrix, compute_features
from winback.history import DAY_US, History
from winback.labels import make_labels
from winback.settings import Settings
from winback.snapshots import snapshots_at

START = np.datetime64("2022-01-01", "us")


def write_orders(folder, customer, day, amount, days, margin=None):
    order = np.lexsort((day, customer))
    customer, day, amount = customer[order], day[order], amount[order]
    ids = [f"c{code:05d}" for code in range(int(customer.max()) + 1)]
    pq.write_table(
        pa.table({"customer": pa.array(range(len(ids)), pa.int32()), "customer_id": ids}),
        folder / "customer_index.parquet",
    )
    columns = {
        "customer": pa.array(customer, pa.int32()),
        "order_id": [f"o{place}" for place in range(len(day))],
        "ordered_at": pa.array(START + (day * DAY_US).astype("timedelta64[us]")),
        "amount": pa.array(amount),
    }
    if margin is not None:
        columns["margin"] = pa.array(margin[order], from_pandas=True)
    pq.write_table(pa.table(columns), folder / "orders.parquet")
    as_of = str((START + np.timedelta64(days, "D")).astype("datetime64[D]"))
    (folder / "summary.json").write_text(json.dumps({"as_of": as_of, "timezone": "UTC"}))
    return History.load(folder)


def history_of(folder, customers, days, seed, margins=False):
    """Customers with their own pace and basket, who leave at any time alike."""
    rng = np.random.default_rng(seed)
    who, when, what = [], [], []
    for code in range(customers):
        pace, basket = rng.gamma(2, 15) + 2, rng.lognormal(4, 0.7)
        leaves = rng.exponential(days)
        times = np.cumsum(rng.exponential(pace, int(days / pace) + 5))
        times = np.append(rng.uniform(0, 20), times[times < min(leaves, days - 1)])
        who.append(np.full(len(times), code))
        when.append(times)
        what.append(basket * rng.lognormal(0, 0.3, len(times)))
    who, when, what = np.concatenate(who), np.concatenate(when), np.concatenate(what)
    margin = np.where(rng.random(len(what)) < 0.8, what * 0.4, np.nan) if margins else None
    return write_orders(folder, who, when, what, days, margin)


def start_of(history):
    return int(START.astype(np.int64))


def snapshots_of(history, days):
    return snapshots_at(history, [start_of(history) + day * DAY_US for day in days], Settings().population)


def labelled(history, days, settings):
    snapshots = snapshots_of(history, days)
    matrix: FeatureMatrix = compute_features(history, snapshots, settings.features, threads=1)
    return matrix, make_labels(history, snapshots, settings.label)
