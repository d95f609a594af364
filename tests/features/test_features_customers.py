"""Context of customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from winback.features import compute_features
from winback.history import DAY_US, History
from winback.settings import FeatureSettings, PopulationSettings
from winback.snapshots import snapshots_at

ORDERS = pd.DataFrame(
    {
        "order_id": ["1", "2", "3"],
        "customer_id": ["a", "b", "c"],
        "ordered_at": pd.to_datetime(["2024-03-01"] * 3),
        "amount": 10.0,
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["a", "b"],
        "registered_at": pd.to_datetime(["2024-01-01", "2024-05-12"]),
        "region": ["north", None],
        "plan": ["gold", "base"],
        "seats": [3.0, 8.0],
    }
)


def test_context_and_tenure(make_staging) -> None:
    history = History.load(make_staging({"orders": ORDERS, "customers": CUSTOMERS}, as_of="2024-06-01"))
    cutoffs = [history.ends_at - 20 * DAY_US, history.ends_at]
    rows = snapshots_at(history, cutoffs, PopulationSettings())
    matrix = compute_features(history, rows, FeatureSettings(context=("plan", "seats")))
    context = [spec.name for spec in matrix.specs if spec.role == "context"]
    assert set(context) == {
        "customer_region", "customer_plan", "customer_seats", "days_since_registration", "days_before_first_order",
        "days_since_first_order",
    }  # fmt: skip
    kinds = {spec.name: spec.kind for spec in matrix.specs}
    assert (kinds["customer_plan"], kinds["customer_seats"], kinds["customer_region"]) == (
        "category",
        "number",
        "category",
    )
    frame = matrix.to_pandas(history)
    assert (
        frame["customer_region"].astype(object).where(frame["customer_region"].notna(), "").tolist()
        == ["north", "", ""] * 2
    )
    assert frame["customer_seats"].iloc[:2].tolist() == [3, 8]
    assert np.isnan(frame["customer_seats"].iloc[2]), "not in the table customers"
    # b registered exactly at the first cutoff: not yet known then
    days = frame["days_since_registration"].tolist()
    assert days[0] == 132
    assert np.isnan(days[1])
    assert days[3:5] == [152, 20]
    assert frame["days_before_first_order"].iloc[3] == 60
