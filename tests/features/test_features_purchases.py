"""Purchases of one customer, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from winback.features import FeatureMatrix, compute_features
from winback.history import History
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots

AS_OF = pd.Timestamp("2024-06-01")
#: Orders, in days before the cutoff: gaps of 360, 40, 20, 30, 50, 50, 80, 70, 20, 60 and 10 days.
DAYS_AGO = (800, 440, 400, 380, 350, 300, 250, 170, 100, 80, 20, 10)

ORDERS = pd.DataFrame(
    {
        "order_id": [f"o{days}" for days in (*DAYS_AGO, 15)],
        "customer_id": "a",
        "ordered_at": [AS_OF - pd.Timedelta(days, "D") for days in (*DAYS_AGO, 15)],
        "amount": [*[100.0] * 11, 40.0, -20.0],
        "discount": [*[0.0] * 11, 10.0, None],
        "channel": [*["web"] * 11, "shop", "web"],
    }
).assign(margin=lambda frame: (frame["amount"] * 0.25).where(frame["order_id"] != "o80"))

ITEMS = pd.DataFrame(
    [("o10", "p1"), ("o10", "p2"), ("o80", "p1"), ("o100", "p1"), ("o100", "p2"), ("o100", "p3")],
    columns=["order_id", "product_id"],
).assign(quantity=1.0, unit_price=10.0)

EXPECTED = {
    "days_since_order": 10,
    "days_since_first_order": 800,
    "order_count_30d": 2,
    "order_count_90d": 3,
    "order_count_180d": 5,
    "order_count_365d": 8,
    "order_count_total": 12,
    "order_rate": 12 / 800,
    "order_span_days": 790,
    "order_span_share": 790 / 800,
    "order_amount_30d": 120,
    "order_amount_365d": 720,
    "margin_amount_365d": 155,
    "margin_share_90d": 0.25,
    "margin_share_365d": 0.25,
    "basket_amount_90d": 80,
    "basket_amount_365d": 92.5,
    "basket_last_amount": 40,
    "basket_last_ratio": 40 / 92.5,
    "basket_deviation_amount_365d": np.std([100] * 7 + [40], ddof=1),
    "discount_share_90d": 10 / 250,
    "discount_share_365d": 10 / 750,
    "order_discounted_share_365d": 1 / 8,
    "return_count_90d": 1,
    "days_since_return": 15,
    "return_share_365d": 20 / 740,
    "order_gap_mean_days": 790 / 11,
    "order_gap_median_days": 50,
    "order_gap_last_days": 10,
    "order_gap_maximum_days": 360,
    "order_gap_recent_days": 30,
    "order_gap_variation": np.std([360, 40, 20, 30, 50, 50, 80, 70, 20, 60, 10], ddof=1) / (790 / 11),
    "order_gap_trend": (30 - 790 / 11) / (30 + 790 / 11),
    "silence_share": 1 / 11,
    "silence_ratio": 0.2,
    "silence_longest_ratio": 10 / 360,
    "silence_score": (10 - 790 / 11) / np.std([360, 40, 20, 30, 50, 50, 80, 70, 20, 60, 10], ddof=1),
    "days_until_order": 40,
    "order_count_trend_30d": 1,
    "order_count_trend_90d": 1 / 5,
    "order_count_trend_180d": 2 / 8,
    "order_amount_trend_90d": (240 - 200) / 440,
    "order_count_acceleration_90d": 1 / 5 - 1 / 3,
    "order_count_last_year_30d": 1,
    "order_count_last_year_90d": 2,
    "order_amount_last_year_90d": 200,
    "order_count_year_trend_30d": 1 / 3,
    "order_count_year_trend_90d": 0,
    "order_channel_count_365d": 2,
    "product_count_90d": 2,
    "product_count_365d": 3,
    "product_count_trend_90d": -1 / 5,
    "order_line_mean_90d": 1,
    "order_line_mean_365d": 6 / 8,
}


def features_of(orders: pd.DataFrame, make_staging, **tables: pd.DataFrame) -> FeatureMatrix:
    history = History.load(make_staging({"orders": orders, **tables}, as_of="2024-06-01"))
    row = Snapshots(np.zeros(1, np.int32), np.array([history.ends_at]), np.zeros(1, np.int8))
    return compute_features(history, row, FeatureSettings())


def test_worked_example(make_staging) -> None:
    matrix = features_of(ORDERS, make_staging, order_items=ITEMS)
    for name, expected in EXPECTED.items():
        assert matrix.column(name)[0] == pytest.approx(expected, rel=1e-6), name
    words = matrix.to_pandas().iloc[0]
    assert (words["order_channel_365d"], words["order_channel_last"]) == ("web", "shop")


def test_a_season_before_the_first_order_is_missing_not_zero(make_staging) -> None:
    recent = ORDERS[ORDERS["ordered_at"] >= AS_OF - pd.Timedelta(364, "D")]
    matrix = features_of(recent, make_staging)
    assert np.isnan(matrix.column("order_count_last_year_90d")).all()
    assert np.isnan(matrix.column("order_count_year_trend_90d")).all()
    year = ORDERS[ORDERS["ordered_at"] >= AS_OF - pd.Timedelta(440, "D")]
    matrix = features_of(year, make_staging)
    assert matrix.column("order_count_last_year_90d").tolist() == [2]
    assert np.isnan(matrix.column("order_count_year_trend_90d")).all(), "was no customer in all of those weeks"
    assert matrix.column("order_count_year_trend_30d").tolist() == pytest.approx([1 / 3])


def test_orders_of_one_day_are_one_step_of_the_rhythm(make_staging) -> None:
    hours = pd.Series([AS_OF - pd.Timedelta(hours, "h") for hours in (30 * 24, 30 * 24 - 3, 10 * 24, 10 * 24 - 1)])
    orders = ORDERS.iloc[:4].assign(ordered_at=hours.to_numpy())
    matrix = features_of(orders, make_staging)
    assert matrix.column("order_gap_median_days").tolist() == [20]
    assert np.isnan(matrix.column("order_gap_deviation_days")).all()


def test_orders_alone_give_no_margin_no_discount_no_products(make_staging) -> None:
    plain = ORDERS[["order_id", "customer_id", "ordered_at", "amount"]]
    names = features_of(plain, make_staging).names
    assert "order_count_90d" in names
    assert "return_share_365d" in names
    for absent in (
        "margin_amount_90d",
        "margin_share_90d",
        "discount_share_90d",
        "order_channel_last",
        "product_count_90d",
    ):
        assert absent not in names


def test_a_margin_that_is_never_known_is_missing_not_zero(make_staging) -> None:
    matrix = features_of(ORDERS.assign(margin=None), make_staging)
    assert np.isnan(matrix.column("margin_amount_365d")).all()
    assert np.isnan(matrix.column("margin_share_365d")).all()
