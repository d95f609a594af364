"""An adopted learner's shifts move who is contacted, with what, and every number that is shown."""

from __future__ import annotations

import numpy as np
import pytest

from winback.actions import Actions
from winback.response import assumed_effects
from winback.response.individual import UpliftShifts
from winback.settings import ActionSettings, TargetingSettings
from winback.targeting import Candidates, Decisions, decide

N = 40


def people() -> Candidates:
    text = np.full(N, "", dtype=object)
    every = np.ones(N, dtype=np.bool_)
    names = np.array([f"customer-{place:02d}" for place in range(N)], dtype=object)
    churn = np.linspace(0.3, 0.9, N)
    return Candidates(
        names, np.ones(N, np.int8), churn, np.full(N, 1000.0), np.zeros(N), text, text, every, every, text
    )


def actions() -> Actions:
    one = ActionSettings(contact_cost=10, save_probability=0.1, accept_probability=0)
    return Actions.from_settings({"gift": one, "call": one})


def decided(shifts: UpliftShifts | None, budget: float | None = None, order: np.ndarray | None = None) -> Decisions:
    rows = people() if order is None else people().rows(order)
    settings = TargetingSettings(budget_amount=budget, holdout_share=0, explore_share=0)
    return decide(rows, actions(), assumed_effects(actions()), settings, cycle="2024-05-06", seed=7, shifts=shifts)


def shifts(spread: float = 0.02) -> UpliftShifts:
    """Every second customer gains from the second action what the first one costs it."""
    by_half = np.zeros((2, N, 2), dtype=np.float32)
    by_half[:, ::2, 1], by_half[:, ::2, 0] = 0.2, -0.2
    by_half[0, ::2] -= spread
    by_half[1, ::2] += spread
    return UpliftShifts(by_half)


def test_shifts_choose_the_action_and_who_is_reached():
    made = decided(shifts())
    assert set(made.names()[::2]) == {"call"}
    # for ten contacts there is money: those with a shift gain most
    few = decided(shifts(), budget=100.0)
    assert np.flatnonzero(few.decision == "contact").tolist() == list(range(20, N, 2))


def test_the_arithmetic_shown_contains_the_shift():
    made, plain = decided(shifts()), decided(None)
    churn = people().churn_probability
    assert made.uplift[::2] == pytest.approx(np.minimum(0.1 * churn[::2] + 0.2, churn[::2]))
    np.testing.assert_array_equal(made.uplift[1::2], plain.uplift[1::2])
    assert made.expected_net_value == pytest.approx(made.uplift * 1000 - made.expected_cost)
    assert ((made.uplift_low <= made.uplift) & (made.uplift <= made.uplift_high)).all()


def test_disagreement_between_halves_widens_the_forecast():
    sure, unsure = decided(shifts(0.0)).totals, decided(shifts(0.1)).totals
    assert sure.expected_net_value == pytest.approx(unsure.expected_net_value, rel=1e-3)
    # halves that are 0.1 to either side for twenty customers worth 1,000 each: totals 4,000 apart, variance 2 · 2,000²
    widened = (unsure.high - unsure.low) ** 2 - (sure.high - sure.low) ** 2
    assert np.sqrt(widened) / 2 == pytest.approx(1.2815515655 * np.sqrt(2) * 2000, rel=1e-3)


def test_order_of_customers_changes_nothing():
    order = np.random.default_rng(1).permutation(N)
    one, other = decided(shifts(), budget=150.0), decided(shifts().rows(order), budget=150.0, order=order)
    assert one.decision[order].tolist() == other.decision.tolist()
    np.testing.assert_array_equal(one.uplift[order], other.uplift)
