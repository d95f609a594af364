"""A company's raw files made as arrays: orders, tickets, deliveries and customers of any number, one file a quarter."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from winback.tables import TICKET_KINDS, TICKET_TOPICS

#: Events of a customer, on average.
ORDERS, TICKETS, DELIVERIES = 50, 5, 20
QUARTERS = 12
_DAYS = 91
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_STARTS_AT = int(np.datetime64("2022-01-01", "us").astype(np.int64))
#: The day after the last quarter, and that of the week after it.
ENDS_ON = datetime.date(2022, 1, 1) + datetime.timedelta(days=_DAYS * QUARTERS)
#: Of a thousand rows so many cannot be used.
_BAD = 1


def write_customers(folder: Path, customers: int, form: str, seed: int) -> int:
    """Write ``customers.<form>``; return the number of rows."""
    return _write(folder / f"customers.{form}", _customers(np.random.default_rng(seed), customers))


def write_history(folder: Path, customers: int, form: str, seed: int) -> int:
    """Write ``<table>/<quarter>.<form>`` and ``customers.<form>``; return the number of rows."""
    rows = write_customers(folder, customers, form, seed)
    for quarter in range(QUARTERS):
        rows += _write_span(folder, f"q{quarter:02d}", form, customers, quarter * _DAYS, _DAYS, seed)
    return rows


def write_week(folder: Path, customers: int, form: str, seed: int) -> int:
    """Write the files of the week after the history: events of known customers and of one new one in a thousand."""
    more = customers + max(1, customers // 1000)
    rows = write_customers(folder, more, form, seed + 1)
    return rows + _write_span(folder, "week", form, more, QUARTERS * _DAYS, 7, seed)


def _write_span(folder: Path, name: str, form: str, customers: int, day: int, days: int, seed: int) -> int:
    """Write the events of some days, each table in the order of time, as exports come."""
    rng = np.random.default_rng([seed, day])
    share = days / (_DAYS * QUARTERS)
    count = rng.poisson(customers * ORDERS * share)
    ordered = np.sort(rng.integers(0, days * _DAY // _SECOND, count)) * _SECOND + day * _DAY + _STARTS_AT
    ids = np.arange(count) + day * 10_000_000
    who = rng.integers(0, customers, count)
    tables = {"orders": _orders(rng, ids, who, ordered)}
    some = np.sort(rng.choice(count, rng.binomial(count, DELIVERIES / ORDERS), replace=False))
    tables["deliveries"] = _deliveries(rng, ids[some], who[some], ordered[some])
    asked = rng.poisson(customers * TICKETS * share)
    opened = np.sort(rng.integers(0, days * _DAY // _SECOND, asked)) * _SECOND + day * _DAY + _STARTS_AT
    tables["tickets"] = _tickets(rng, np.arange(asked) + day * 10_000_000, rng.integers(0, customers, asked), opened)
    return sum(_write(folder / table / f"{name}.{form}", content) for table, content in tables.items())


def _write(path: Path, columns: dict[str, Any]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    if path.suffix == ".parquet":
        pq.write_table(table, path, row_group_size=122_880)
    else:
        pa_csv.write_csv(table, path, pa_csv.WriteOptions(quoting_style="needed"))
    return int(table.num_rows)


def _customers(rng: np.random.Generator, count: int) -> dict[str, Any]:
    return {
        "customer_id": _ids("c", np.arange(count) * 7919 % 10_000_019),
        "registered_at": _times(_STARTS_AT - rng.integers(0, 2000, count) * _DAY),
        "region": _words(rng, ("north", "south", "east", "west"), count),
        "has_email": pa.array(rng.random(count) < 0.8),
    }


def _orders(rng: np.random.Generator, ids: Any, who: Any, at: Any) -> dict[str, Any]:
    amount = np.round(rng.gamma(2, 40, at.size), 2)
    return {
        "order_id": _ids("o", ids),
        "customer_id": _some_bad(rng, _ids("c", who * 7919 % 10_000_019)),
        "ordered_at": _times(at),
        "amount": amount,
        "margin": pa.array(np.round(amount * rng.random(at.size) * 0.5, 2), mask=rng.random(at.size) < 0.1),
        "discount": np.where(rng.random(at.size) < 0.5, 0, np.round(rng.random(at.size) * 20, 2)),
        "channel": _words(rng, ("web", "shop", "app", "phone"), at.size),
    }


def _deliveries(rng: np.random.Generator, ids: Any, who: Any, at: Any) -> dict[str, Any]:
    return {
        "order_id": _ids("o", ids),
        "customer_id": _ids("c", who * 7919 % 10_000_019),
        "promised_at": _times(at // _DAY * _DAY + 4 * _DAY),
        "delivered_at": _later(rng, at, 3),
        "defective": pa.array(rng.random(at.size) < 0.1),
    }


def _tickets(rng: np.random.Generator, ids: Any, who: Any, at: Any) -> dict[str, Any]:
    return {
        "ticket_id": _ids("t", ids),
        "customer_id": _ids("c", who * 7919 % 10_000_019),
        "opened_at": _times(at),
        "kind": _words(rng, TICKET_KINDS, at.size),
        "topic": _words(rng, TICKET_TOPICS, at.size),
        "first_response_at": _later(rng, at, 0.5),
        "resolved_at": _later(rng, at, 4),
    }


def _ids(letter: str, numbers: Any) -> pa.Array:
    return pc.binary_join_element_wise(letter, pc.utf8_lpad(pa.array(numbers).cast(pa.string()), 9, "0"), "")


def _some_bad(rng: np.random.Generator, ids: pa.Array) -> pa.Array:
    """Nothing in a few cells that need something."""
    return pc.if_else(pa.array(rng.integers(0, 1000, len(ids)) >= _BAD), ids, pa.scalar(None, pa.string()))


def _times(at: Any, known: Any = None) -> pa.Array:
    times: Iterator[Any] | Any = at // _SECOND
    return pa.array(times.view("datetime64[s]"), mask=None if known is None else ~known)


def _later(rng: np.random.Generator, at: Any, days: float) -> pa.Array:
    """A later time for nine of ten events."""
    return _times(at + (rng.exponential(days, at.size) * _DAY).astype(np.int64), rng.random(at.size) < 0.9)


def _words(rng: np.random.Generator, words: tuple[str, ...], count: int) -> pa.Array:
    codes = pa.array(rng.integers(0, len(words), count).astype(np.int32))
    return pa.DictionaryArray.from_arrays(codes, pa.array(list(words))).cast(pa.string())
