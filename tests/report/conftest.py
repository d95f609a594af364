from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from winback.ranking import build_ranking

MakeRanking = Callable[..., pd.DataFrame]


@pytest.fixture
def make_ranking() -> MakeRanking:
    def make(size: int = 12, **changes: Any) -> pd.DataFrame:
        decisions = ["contact", "contact", "not_worth_it", "holdout", "excluded", "no_budget"]
        uplift, value = np.linspace(0.05, 0.2, size), np.linspace(100, 900, size)
        columns: dict[str, Any] = {
            "customer_id": [f"C{number:03d}" for number in range(size)],
            "population": [("active", "lapsed")[number % 2] for number in range(size)],
            "churn_probability": np.linspace(0.2, 0.9, size),
            "value_if_kept": value,
            "reason_1": ["delivery"] * size,
            "reason_1_text": ["3 of 4 deliveries late"] * size,
            "reason_2": [None] * size,
            "reason_2_text": [None] * size,
            "reason_3": [None] * size,
            "reason_3_text": [None] * size,
            "action": ["phone_call"] * size,
            "uplift": uplift,
            "uplift_low": uplift - 0.02,
            "uplift_high": uplift + 0.02,
            "uplift_source": ["assumed"] * size,
            "expected_cost": [10.0] * size,
            "expected_net_value": uplift * value - 10,
            "decision": [decisions[number % 6] for number in range(size)],
            "decision_text": ["Because of the sums."] * size,
            "manager_id": [("anna", "boris")[number % 2] for number in range(size)],
            "days_since_order": list(range(size)),
        }
        return build_ranking(columns | changes, as_of="2024-05-06", model_version="v1")

    return make
