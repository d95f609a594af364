"""Prices and discounts of one customer, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from one_customer import ago, features_of, orders


def items(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["order_id", "product_id", "quantity", "unit_price"])


LINES = items(
    ("o300", "p1", 1, 8.0),
    ("o210", "p1", 1, 10.0),
    ("o120", "p1", 2, 10.0),
    ("o30", "p1", 3, 12.0),
    ("o30", "p2", 1, 50.0),  # new: nothing to compare
    ("o10", "p2", 1, 49.0),
    ("o10", "p3", 1, 0.0),  # given away
)


def test_worked_example(tmp_path: Path) -> None:
    found = features_of(tmp_path, {"orders": orders(300, 210, 120, 30, 10), "order_items": LINES})
    # prices lose half of their weight in 90 days
    usual_at_30 = (10 / 2 + 10 / 4 + 8 / 8) / (1 / 2 + 1 / 4 + 1 / 8)
    usual_at_120 = (10 / 2 + 8 / 4) / (1 / 2 + 1 / 4)
    expected = {
        "price_index_90d": (36 + 49) / (3 * usual_at_30 + 50),
        "price_index_180d": (36 + 49 + 20) / (3 * usual_at_30 + 50 + 2 * usual_at_120),
        "price_dearer_count_90d": 1,
        "price_dearer_share_90d": 0.5,
        "price_compared_count_90d": 2,
        "price_dearer_count_180d": 2,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-5)


def test_prices_of_an_order_recorded_later_are_no_comparison(tmp_path: Path) -> None:
    bought = orders(100, 50, 20).assign(recorded_at=[ago(100), ago(15), ago(20)])
    lines = items(("o100", "p1", 1, 10.0), ("o50", "p1", 1, 20.0), ("o20", "p1", 1, 10.0))
    found = features_of(tmp_path / "a", {"orders": bought, "order_items": lines}, days_ago=16)
    assert found["price_index_90d"] == pytest.approx(1)
    # the late record is compared itself, once it is known
    found = features_of(tmp_path / "b", {"orders": bought, "order_items": lines})
    assert found["price_index_90d"] == pytest.approx((20 + 10) / (10 + 10))


@pytest.mark.parametrize(("days", "compared"), [(385, 1), (385.001, 0)])
def test_prices_older_than_a_year_are_forgotten(tmp_path: Path, days: float, compared: int) -> None:
    lines = items((f"o{days:g}", "p1", 1, 10.0), ("o20", "p1", 1, 20.0))
    found = features_of(tmp_path, {"orders": orders(days, 20), "order_items": lines})
    assert found["price_compared_count_90d"] == compared
    assert found["price_index_90d"] == pytest.approx(2.0 if compared else np.nan, nan_ok=True)


def test_a_discount_that_was_cut(tmp_path: Path) -> None:
    discounts = [20.0, None, 30.0, 5.0, 0.0]
    bought = orders(400, 300, 150, 60, 30, discount=discounts, amount=[80.0, 100.0, 70.0, 95.0, -40.0])
    found = features_of(tmp_path, {"orders": bought})
    # the order 300 days ago does not say its discount; goods brought back do not count
    assert found["discount_cut_90d"] == pytest.approx((20 + 30) / (100 + 100) - 5 / 100)
    assert found["discount_cut_180d"] == pytest.approx(20 / 100 - 35 / 200)
