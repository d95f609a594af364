"""A company's staged tables made as arrays: orders, tickets and deliveries of any number of customers."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from winback.history import DAY_US, HOUR_US
from winback.tables import TICKET_KINDS, TICKET_TOPICS

#: Events of a customer, on average.
ORDERS, TICKETS, DELIVERIES = 50, 5, 20
AS_OF = datetime.date(2025, 1, 1)
_ENDS_AT = int(np.datetime64(AS_OF, "us").astype(np.int64))
_DAYS = 3 * 365
#: Customers of one row group of a file.
_CUSTOMERS_AT_ONCE = 50_000


def cutoffs(count: int) -> list[int]:
    """Return so many cutoffs, four weeks apart, at five in the morning, the last one the day before the data ends."""
    return [_ENDS_AT - DAY_US + 5 * HOUR_US - 28 * DAY_US * back for back in reversed(range(count))]


def write_company(folder: Path, customers: int, seed: int) -> None:
    """Write staged tables; every event is known when it happens."""
    rng = np.random.default_rng(seed)
    index = {"customer": np.arange(customers, dtype=np.int32), "customer_id": [f"c{n:09d}" for n in range(customers)]}
    pq.write_table(pa.table(index), folder / "customer_index.parquet")
    writers: dict[str, pq.ParquetWriter] = {}
    for first in range(0, customers, _CUSTOMERS_AT_ONCE):
        some = np.arange(first, min(first + _CUSTOMERS_AT_ONCE, customers), dtype=np.int32)
        for name, make, events in (
            ("orders", _orders, ORDERS),
            ("tickets", _tickets, TICKETS),
            ("deliveries", _deliveries, DELIVERIES),
        ):
            customer = np.repeat(some, rng.poisson(events, some.size))
            at = _ENDS_AT - rng.integers(0, _DAYS * DAY_US, customer.size)
            order = np.lexsort((at, customer))
            table = pa.table({"customer": customer[order], **make(rng, at[order])})
            if name not in writers:
                writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
            writers[name].write_table(table)
    for writer in writers.values():
        writer.close()
    (folder / "summary.json").write_text(json.dumps({"as_of": AS_OF.isoformat(), "timezone": "UTC"}))


def _orders(rng: np.random.Generator, at: np.ndarray) -> Mapping[str, Any]:
    amount = np.round(rng.gamma(2, 40, at.size), 2) * np.where(rng.random(at.size) < 0.05, -1, 1)
    return {
        "ordered_at": _times(at),
        "amount": amount,
        "margin": _some(rng, np.round(amount * rng.random(at.size) * 0.5, 2)),
        "discount": _some(rng, np.where(rng.random(at.size) < 0.5, 0, np.round(rng.random(at.size) * 20, 2))),
        "channel": _words(rng, ("web", "shop", "app", "phone"), at.size),
    }


def _tickets(rng: np.random.Generator, at: np.ndarray) -> Mapping[str, Any]:
    return {
        "opened_at": _times(at),
        "kind": _words(rng, TICKET_KINDS, at.size),
        "topic": _words(rng, TICKET_TOPICS, at.size),
        "first_response_at": _later(rng, at, 0.5),
        "resolved_at": _later(rng, at, 4),
    }


def _deliveries(rng: np.random.Generator, at: np.ndarray) -> Mapping[str, Any]:
    return {
        "promised_at": _times(at),
        "delivered_at": _later(rng, at - 2 * DAY_US, 2),
        "defective": pa.array(rng.random(at.size) < 0.1),
    }


def _times(at: np.ndarray, known: np.ndarray | None = None) -> pa.Array:
    return pa.array(at.view("datetime64[us]"), mask=None if known is None else ~known)


def _later(rng: np.random.Generator, at: np.ndarray, days: float) -> pa.Array:
    """A later time for nine of ten events."""
    return _times(at + (rng.exponential(days, at.size) * DAY_US).astype(np.int64), rng.random(at.size) < 0.9)


def _some(rng: np.random.Generator, values: np.ndarray) -> pa.Array:
    return pa.array(values, mask=rng.random(values.size) < 0.1)


def _words(rng: np.random.Generator, words: tuple[str, ...], count: int) -> pa.Array:
    codes = pa.array(rng.integers(0, len(words), count).astype(np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(words)))
