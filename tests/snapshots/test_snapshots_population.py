"""Who stands at which cutoff."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staging_maker import write_staging
from winback.errors import HistoryTooShortError
from winback.history import DAY_US, History
from winback.settings import PopulationSettings, Settings
from winback.snapshots import cutoff_schedule, snapshots_at, usual_distance_days

START = pd.Timestamp("2023-01-01")
START_US = int(START.value // 1000)
AS_OF = "2023-12-27"  # 360 days later


def random_orders(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 60))
    # whole days: many orders exactly at cutoffs and at the edge between active and lapsed
    day = random.integers(0, 360, count)
    late = np.where(random.random(count) < 0.2, random.integers(0, 90, count), 0)
    return pd.DataFrame(
        {
            "order_id": [str(number) for number in range(count)],
            "customer_id": random.choice(list("abcdef"), count),
            "ordered_at": START + pd.to_timedelta(day, unit="D"),
            "amount": random.choice([-5.0, 0.0, 10.0], count),
            "recorded_at": START + pd.to_timedelta(day + late, unit="D"),
        }
    )


ORACLE = """
SELECT customer_id, cutoff, max(epoch_us(ordered_at)) < cutoff - {lapsed} AS lapsed
FROM orders, (SELECT unnest({cutoffs}) AS cutoff)
WHERE amount >= 0 AND epoch_us(greatest(ordered_at, recorded_at)) < cutoff
GROUP BY customer_id, cutoff HAVING max(epoch_us(ordered_at)) >= cutoff - {forget} ORDER BY cutoff, customer_id
"""


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), lapsed=st.sampled_from([30, 60, 90]), forget=st.sampled_from([None, 120]))
def test_snapshots_equal_sql(seed: int, lapsed: int, forget: int | None) -> None:
    orders = random_orders(seed)
    cutoffs = [START_US + days * DAY_US for days in (60, 120, 121, 300, 360)]
    with TemporaryDirectory() as folder:
        staging = write_staging({"orders": orders}, Path(folder), as_of="2025-01-01")
        history = History.load(staging) if (orders["amount"] >= 0).any() else None
        if history is None:
            return
        population = PopulationSettings(lapsed_after_days=lapsed, forget_after_days=forget)
        rows = snapshots_at(history, cutoffs[::-1], population)
        names = history.customer_ids[rows.customer]
    text = ORACLE.format(lapsed=lapsed * DAY_US, forget=(forget or 100_000) * DAY_US, cutoffs=cutoffs)
    with duckdb.connect() as connection:
        connection.register("orders", orders)
        expected = connection.execute(text).fetchall()
    assert list(zip(names, rows.cutoff.tolist(), rows.population.astype(bool).tolist(), strict=True)) == expected


@pytest.fixture
def history(make_staging) -> History:
    orders = pd.DataFrame(
        {
            "order_id": ["1", "2", "3"],
            "customer_id": ["a", "b", "b"],
            "ordered_at": pd.to_datetime(["2023-01-01", "2023-02-01", "2023-11-01"]),
            "amount": [10.0, 10.0, 10.0],
        }
    )
    customers = pd.DataFrame({"customer_id": ["a", "b"], "closed_at": pd.to_datetime(["2023-06-01", None])})
    return History.load(make_staging({"orders": orders, "customers": customers}, as_of=AS_OF))


def day(number: int) -> int:
    return START_US + number * DAY_US


def test_closed_customers_teach_nothing(history: History) -> None:
    closing = int(pd.Timestamp("2023-06-01").value // 1000)
    population = PopulationSettings()
    rows = snapshots_at(history, [closing, closing + 1], population, include_closed=False)
    assert rows.customer.tolist() == [0, 1, 1]
    assert snapshots_at(history, [closing, closing + 1], population).customer.tolist() == [0, 1, 0, 1]


def test_a_cutoff_after_the_end_is_refused(history: History) -> None:
    with pytest.raises(HistoryTooShortError, match="after the end of the data"):
        snapshots_at(history, [history.ends_at + 1], PopulationSettings())


def test_schedule_goes_back_from_the_last_covered_window(history: History) -> None:
    monthly = Settings(snapshots={"every_days": 30})
    cutoffs = cutoff_schedule(history, monthly)
    assert cutoffs[-1] == history.ends_at - 90 * DAY_US
    assert set(np.diff(cutoffs)) == {30 * DAY_US}
    assert cutoffs[0] >= day(0) + 90 * DAY_US
    assert cutoffs[0] - 30 * DAY_US < day(0) + 90 * DAY_US
    assert cutoff_schedule(history, Settings(snapshots={"every_days": 30, "max_cutoffs": 2})) == cutoffs[-2:]


def test_schedule_takes_a_window_that_is_just_covered(history: History) -> None:
    just = Settings(label={"horizon_days": 200}, snapshots={"min_history_days": 160})
    assert cutoff_schedule(history, just) == [day(160)]
    with pytest.raises(HistoryTooShortError, match="covers 360 days"):
        cutoff_schedule(history, Settings(label={"horizon_days": 200}, snapshots={"min_history_days": 161}))


def test_rows_and_cutoffs_can_be_chosen(history: History) -> None:
    rows = snapshots_at(history, [day(100), day(200)], PopulationSettings())
    assert len(rows) == 4
    assert rows.rows(rows.at([day(200)])).cutoff.tolist() == [day(200)] * 2


@given(span=st.integers(0, 5000), most=st.integers(1, 60), horizon=st.integers(1, 500))
def test_usual_distance_keeps_its_promises(span: int, most: int, horizon: int) -> None:
    distance = usual_distance_days(span, most, horizon)
    assert max(horizon // 6, 1) <= distance <= max(30, horizon // 3)
    if distance < max(30, horizon // 3):
        # what is covered reaches back to the first possible cutoff, but for less than one step
        assert (most - 1) * (distance + 1) >= span - distance


def test_schedule_without_a_distance_takes_the_usual_one(history: History) -> None:
    chosen = Settings(snapshots={"max_cutoffs": 4, "min_history_days": 10}, label={"horizon_days": 60})
    cutoffs = cutoff_schedule(history, chosen)
    span = (history.ends_at - history.starts_at) // DAY_US - 60 - 10
    assert set(np.diff(cutoffs) // DAY_US) == {usual_distance_days(span, 4, 60)}
