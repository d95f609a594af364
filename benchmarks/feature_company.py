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
#: Customers that are drawn.
_DRAWN = 100_000
#: Rows of a row group and compression, as in files that `prepare` writes.
_WRITTEN: Mapping[str, Any] = {"compression": "zstd", "compression_level": 1}
_GROUP_ROWS = 122_880


def cutoffs(count: int) -> list[int]:
    """Return so many cutoffs, four weeks apart, at five in the morning, the last one the day before the data ends."""
    return [_ENDS_AT - DAY_US + 5 * HOUR_US - 28 * DAY_US * back for back in reversed(range(count))]


def write_company(folder: Path, customers: int, seed: int) -> None:
    """Write staged tables; every event is known when it happens.

    Of a large company only the first customers are drawn: the others repeat them, so that it is written in minutes.
    """
    draw = min(customers, _DRAWN)
    names = pa.array(np.char.add("c", np.char.zfill(np.arange(customers).astype(str), 9)))
    pq.write_table(
        pa.table({"customer": np.arange(customers, dtype=np.int32), "customer_id": names}),
        folder / "customer_index.parquet",
    )
    for place, (name, make, events) in enumerate(
        (("orders", _orders, ORDERS), ("tickets", _tickets, TICKETS), ("deliveries", _deliveries, DELIVERIES))
    ):
        rng = np.random.default_rng([seed, place])
        customer = np.repeat(np.arange(draw, dtype=np.int32), rng.poisson(events, draw))
        at = _ENDS_AT - np.sort(rng.integers(0, _DAYS * DAY_US, customer.size))[::-1]
        order = np.argsort(rng.permutation(customer), kind="stable")
        table = pa.table({"customer": customer, **make(rng, at[order])})
        words = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
        with pq.ParquetWriter(folder / f"{name}.parquet", table.schema, use_dictionary=words, **_WRITTEN) as writer:
            for first in range(0, customers, draw):
                some = table.slice(0, int(np.searchsorted(customer, customers - first)))
                codes = pa.array(some["customer"].to_numpy() + np.int32(first))
                writer.write_table(some.set_column(0, "customer", codes), _GROUP_ROWS)
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
