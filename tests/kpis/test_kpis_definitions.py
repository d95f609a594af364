"""The worked examples of the definitions, and what must hold for any numbers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.kpis import (
    Segment,
    average_order_value,
    churn_rate,
    customer_lifetime_value,
    lost_profit,
    repeat_purchase_rate,
    retention_rate,
    revenue_from_segments,
)
from winback.kpis.definitions import is_small, to_cents


def test_retention_of_the_worked_example_is_90_percent() -> None:
    assert float(retention_rate(100, 20, 110)) == pytest.approx(0.90)
    assert float(churn_rate(10, 100)) == pytest.approx(0.10)


def test_lost_profit_of_the_worked_example() -> None:
    assert float(lost_profit(50_000.0, 100, 10)) == pytest.approx(5_000.0)


def test_revenue_in_three_parts() -> None:
    parts = (Segment(20, 50.0), Segment(80, 120.5), Segment(3, 33.33))
    assert revenue_from_segments(*parts) == pytest.approx(20 * 50 + 80 * 120.5 + 99.99)


def test_other_rates() -> None:
    assert float(repeat_purchase_rate(30, 120)) == 0.25
    assert float(average_order_value(4_300, 86)) == 50.0
    assert is_small([29, 30]).tolist() == [True, False]


def test_nothing_to_divide_by_is_not_a_number() -> None:
    assert np.isnan(churn_rate([0, 5], [0, 0])).all()
    assert np.isnan(lost_profit(0, 0, 0))


def test_lifetime_value_against_the_sum_over_a_thousand_years() -> None:
    total = sum(100 * 0.8**year / 1.1**year for year in range(1000))
    assert customer_lifetime_value(100, 0.8, 0.1) == pytest.approx(total)
    assert np.isnan(customer_lifetime_value(100, 1.0, 0.0))


@given(st.lists(st.integers(-(10**7), 10**7), max_size=200))
def test_cents_are_exact(cents: list[int]) -> None:
    amounts = [float(Decimal(value) / 100) for value in cents]
    assert int(to_cents(amounts).sum()) == sum(cents)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(-10_000, 10_000_000)), min_size=1, max_size=100),
)
def test_three_parts_add_up_to_the_cent(orders: list[tuple[int, int]]) -> None:
    segments = []
    for part in range(3):
        cents = [value for kind, value in orders if kind == part]
        segments.append(Segment(len(cents), sum(cents) / 100 / len(cents) if cents else 0.0))
    assert round(revenue_from_segments(*segments) * 100) == sum(value for _, value in orders)


@given(at_start=st.integers(1, 10**6), joined=st.integers(0, 10**6), data=st.data())
def test_what_is_not_retained_is_churn(at_start: int, joined: int, data: st.DataObject) -> None:
    lost = data.draw(st.integers(0, at_start))
    at_end = at_start + joined - lost
    assert float(retention_rate(at_start, joined, at_end)) == pytest.approx(1 - float(churn_rate(lost, at_start)))
