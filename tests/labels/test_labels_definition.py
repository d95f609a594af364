"""Labels read the window after the cutoff, all of it, and nothing else."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from staging_maker import write_staging
from winback.errors import HistoryTooShortError, SettingsError
from winback.history import DAY_US, History
from winback.labels import DEFINITIONS, make_labels
from winback.settings import LabelSettings, PopulationSettings
from winback.snapshots import snapshots_at

START = pd.Timestamp("2023-01-01")
START_US = int(START.value // 1000)


def random_orders(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    count = int(random.integers(5, 60))
    beside = pd.to_timedelta(random.integers(-1, 2, count), unit="us")  # a microsecond before, at, or after an edge
    return pd.DataFrame(
        {
            "order_id": [str(number) for number in range(count)],
            "customer_id": random.choice(list("abcdef"), count),
            "ordered_at": START
            + pd.Timedelta(1, "D")
            + pd.to_timedelta(random.integers(0, 30, count) * 10, unit="D")
            + beside,
            "amount": random.choice([-5.0, 0.0, 10.0], count),
        }
    )


ORACLE = """
SELECT CAST(count(*) FILTER (
    epoch_us(ordered_at) >= cutoff AND epoch_us(ordered_at) < cutoff + {horizon} AND amount >= 0) = 0 AS INT)
FROM rows LEFT JOIN orders USING (customer_id) GROUP BY row ORDER BY row
"""


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), horizon=st.sampled_from([10, 30, 90]))
def test_no_order_equals_sql(seed: int, horizon: int) -> None:
    orders = random_orders(seed)
    assume((orders["amount"] >= 0).any())
    cutoffs = [START_US + (1 + days) * DAY_US for days in (50, 100, 200)]
    with TemporaryDirectory() as folder:
        history = History.load(write_staging({"orders": orders}, Path(folder), as_of="2023-12-01"))
        snapshots = snapshots_at(history, cutoffs, PopulationSettings())
        assume(len(snapshots))
        labels = make_labels(history, snapshots, LabelSettings(horizon_days=horizon))
        rows = pd.DataFrame({"customer_id": history.customer_ids[snapshots.customer], "cutoff": snapshots.cutoff})
    rows["row"] = range(len(rows))
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        connection.register("orders", orders)
        expected = connection.execute(ORACLE.format(horizon=horizon * DAY_US)).fetchall()
    assert labels.tolist() == [value for (value,) in expected]
    assert labels.dtype == np.int8


@pytest.fixture
def history(make_staging) -> History:
    orders = pd.DataFrame(
        {"order_id": ["1"], "customer_id": ["a"], "ordered_at": pd.to_datetime(["2023-01-01"]), "amount": [10.0]}
    )
    return History.load(make_staging({"orders": orders}, as_of="2023-06-01"))


def test_a_window_that_the_data_does_not_cover_is_refused(history: History) -> None:
    last = history.ends_at - 90 * DAY_US
    rows = snapshots_at(history, [last], PopulationSettings())
    assert make_labels(history, rows, LabelSettings()).tolist() == [1]
    rows = snapshots_at(history, [last - DAY_US, last + 1, last + 2], PopulationSettings())
    with pytest.raises(HistoryTooShortError, match="label windows of 2 cutoff") as error:
        make_labels(history, rows, LabelSettings())
    assert len(error.value.faults) == 2


def test_an_unknown_definition_is_refused(history: History) -> None:
    rows = snapshots_at(history, [history.ends_at - 90 * DAY_US], PopulationSettings())
    with pytest.raises(SettingsError, match="did you mean 'no_order'"):
        make_labels(history, rows, LabelSettings(definition="no_orders"))


def test_every_definition_is_described() -> None:
    assert "no_order" in DEFINITIONS
    assert all(function.__doc__ for function in DEFINITIONS.values())
