from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest


def make_given(size: int, seed: int = 1) -> dict[str, Any]:
    """Columns as the pipeline gives them, for customers in random order."""
    random = np.random.default_rng(seed)
    has_action = random.random(size) < 0.9
    uplift = np.where(has_action, random.random(size) * 0.2, np.nan)
    about = random.choice(["contact", "holdout", "no_budget", "no_capacity", "not_worth_it", "excluded"], size)
    bare = random.choice(["not_worth_it", "excluded"], size)

    def text(values: Any, where: Any) -> list[str | None]:
        return [str(value) if there else None for value, there in zip(values, where, strict=True)]

    second = random.random(size) < 0.5
    return {
        "customer_id": random.permutation([f"C{number:05d}" for number in range(size)]),
        "population": random.choice(["active", "lapsed"], size),
        "churn_probability": random.random(size),
        "value_if_kept": random.gamma(2, 300, size),
        "reason_1": ["delivery"] * size,
        "reason_1_text": ["3 of the last 4 deliveries late"] * size,
        "reason_2": text(["price"] * size, second),
        "reason_2_text": text(["Prices 12 % above last year's"] * size, second),
        "reason_3": [None] * size,
        "reason_3_text": [""] * size,
        "action": text(random.choice(["email", "gift"], size), has_action),
        "uplift": uplift,
        "uplift_low": uplift - 0.02,
        "uplift_high": uplift + 0.02,
        "uplift_source": text(["assumed"] * size, has_action),
        "expected_cost": np.where(has_action, 10.0, np.nan),
        # Few distinct values: ties.
        "expected_net_value": np.where(has_action, random.integers(-5, 30, size) * 10.0, np.nan),
        "decision": np.where(has_action, about, bare),
        "decision_text": ["Because."] * size,
        "manager_id": text(random.choice(["anna", ""], size), [True] * size),
        "days_since_order": random.integers(0, 400, size),
    }


@pytest.fixture
def given() -> Callable[..., dict[str, Any]]:
    return make_given
