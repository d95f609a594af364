"""What CONTRIBUTING says about adding things holds: a toy churn definition and a toy feature, added at run time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import winback
from winback.features import Windowed
from winback.features.aggregates import Count
from winback.features.streams import table_stream
from winback.history import DAY_US, instant_of
from winback.labels import DEFINITIONS, definition
from winback.settings import FeatureSettings, LabelSettings, PopulationSettings


@pytest.fixture
def history(make_staging) -> winback.History:
    days = ["2024-01-01", "2024-01-20", "2024-02-10", "2024-01-05", "2024-03-01"]
    orders = pd.DataFrame(
        {
            "order_id": list("12345"),
            "customer_id": ["a", "a", "a", "b", "b"],
            "ordered_at": pd.to_datetime(days),
            "amount": [10.0, 20, 30, 40, 50],
        }
    )
    return winback.History.load(make_staging({"orders": orders}, as_of="2024-04-01"))


@pytest.fixture
def at_most_one_order(monkeypatch):
    monkeypatch.setattr("winback.labels.DEFINITIONS", dict(DEFINITIONS))

    @definition
    def at_most_one_order(history, customer, cutoff, end):
        purchases = history.purchases()
        inside = (purchases.at >= cutoff) & (purchases.at < end)
        count = np.bincount(purchases.customer[inside], minlength=history.n_customers)
        return (count[customer] < 2).astype(np.int8)


def cutoff() -> int:
    return instant_of(pd.Timestamp("2024-01-10").date())


def test_a_definition_is_one_function(history, at_most_one_order) -> None:
    snapshots = winback.snapshots_at(history, [cutoff()], PopulationSettings())
    label = LabelSettings(definition="at_most_one_order", horizon_days=60)
    assert winback.make_labels(history, snapshots, label).tolist() == [0, 1]
    assert winback.make_labels(history, snapshots, LabelSettings(horizon_days=60)).tolist() == [0, 0]


def test_a_feature_is_one_declaration(history) -> None:
    toy = Windowed(
        name="toy_order_count", stream=table_stream("orders", "Every order."), aggregate=Count(), windows=(30,),
        role="symptom", unit="orders", doc="Orders.",
    )  # fmt: skip
    snapshots = winback.snapshots_at(history, [cutoff(), cutoff() + 40 * DAY_US], PopulationSettings())
    matrix = winback.compute_features(history, snapshots, FeatureSettings(), declared=[toy])
    assert matrix.names == ("toy_order_count_30d",)
    assert matrix.values[:, 0].tolist() == [1, 1, 2, 0]


def test_every_public_name_is_there() -> None:
    assert all(getattr(winback, name) is not None for name in winback.__all__)
    assert set(winback.__all__) <= set(dir(winback))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = winback.nothing


def test_importing_winback_is_light() -> None:
    heavy = {"numpy", "pandas", "lightgbm", "mlflow", "numba", "duckdb", "pydantic"}
    code = f"import sys, winback; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent
    )
    assert done.stdout.strip() == "[]"
