"""What is believed of actions: the assumption at first, the truth after enough offers, nothing from nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winback.actions import Actions
from winback.errors import DataError
from winback.response import Effects, OfferOutcomes, assumed_effects, learn_effects
from winback.settings import ActionSettings

REASONS = ("price", "delivery", "service", "conflict", "neglect", "life_event")
ACTIONS = 6


def flat_actions(prior: float = 0.15, customers: float = 50) -> Actions:
    one = ActionSettings(contact_cost=10, save_probability=prior, prior_customers=customers)
    return Actions.from_settings({f"action_{code}": one for code in range(ACTIONS)})


def true_saves(rng: np.random.Generator) -> np.ndarray:
    """One action is right for each reason, one helps a little; nothing helps against a life event."""
    saves = rng.uniform(0.0, 0.08, (ACTIONS, len(REASONS)))
    for reason in range(len(REASONS) - 1):
        right, helpful = rng.permutation(ACTIONS)[:2]
        saves[right, reason], saves[helpful, reason] = rng.uniform(0.35, 0.5), rng.uniform(0.15, 0.25)
    saves[:, -1] = 0
    return saves


def simulated_log(
    rng: np.random.Generator, saves: np.ndarray, n: int, harm: float = 0, bias: float = 0.0
) -> OfferOutcomes:
    action, reason = rng.integers(0, ACTIONS, n), rng.integers(0, len(REASONS), n)
    population = rng.integers(0, 2, n)
    churn = np.where(population == 1, rng.beta(5, 2, n), rng.beta(2, 4, n))
    treated = rng.random(n) >= 0.15
    uplift = churn * saves[action, reason] - (1 - churn) * harm * (action == 0)
    kept = rng.random(n) < 1 - churn + treated * uplift
    return OfferOutcomes.of(
        action=np.array([f"action_{code}" for code in action], dtype=object),
        reason=np.array(REASONS, dtype=object)[reason],
        population=population,
        churn_probability=np.clip(churn + bias, 0, 1),
        treated=treated,
        kept=kept,
    )


def means(effects: Effects) -> np.ndarray:
    """Save probabilities by action and reason, over both populations."""
    table = np.zeros((ACTIONS, len(REASONS)))
    for row in effects.rows():
        if row["reason"] in REASONS:
            table[int(row["action"][-1]), REASONS.index(row["reason"])] += row["mean"] / 2
    return table


def test_before_evidence_uplift_is_churn_probability_times_the_assumption() -> None:
    settings_of = {"default": 0.05, "price": 0.3}
    actions = Actions.from_settings({"offer": ActionSettings(contact_cost=1, save_probability=settings_of)})
    effects = assumed_effects(actions, REASONS)
    codes = effects.reason_codes(np.array(["price", "delivery", "never heard of"], dtype=object))
    population, churn = np.array([0, 1, 1], dtype=np.int8), np.array([0.9, 0.1, 0.5])
    assert effects.uplift(0, population, codes, churn) == pytest.approx([0.27, 0.005, 0.025])
    low, high = effects.uplift_interval(np.zeros(3, dtype=np.int64), population, codes, churn)
    assert (low >= 0).all()
    assert (high <= churn).all()
    assert effects.source(np.zeros(3, dtype=np.int64), population, codes).tolist() == ["assumed"] * 3


def test_more_pseudo_customers_make_the_assumption_surer() -> None:
    few, many = (next(assumed_effects(flat_actions(customers=n)).rows()) for n in (10, 1000))
    assert many["high"] - many["low"] < few["high"] - few["low"]


def test_a_wrong_flat_assumption_washes_out_within_two_thousand_offers() -> None:
    regret, correlation = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        saves = true_saves(rng)
        learned = means(learn_effects(flat_actions(), simulated_log(rng, saves, 2000)))
        leavable = saves[:, :-1]
        chosen = learned[:, :-1].argmax(axis=0)
        regret.append((leavable[chosen, np.arange(leavable.shape[1])] / leavable.max(axis=0)).mean())
        correlation.append(np.corrcoef(learned.ravel(), saves.ravel())[0, 1])
    # an action picked blindly would have a third of the best one's effect and no correlation
    assert np.mean(regret) > 0.8
    assert np.mean(correlation) > 0.65


def test_level_of_the_effects_is_found_from_either_side() -> None:
    for prior in (0.02, 0.3):
        misses = []
        for seed in range(5):
            rng = np.random.default_rng(seed)
            saves = true_saves(rng)
            learned = means(learn_effects(flat_actions(prior), simulated_log(rng, saves, 6000)))
            misses.append(learned.mean() - saves.mean())
        assert abs(np.mean(misses)) < 0.03


def test_a_log_without_effect_claims_nothing() -> None:
    claims, level = 0, []
    for seed in range(20):
        rng = np.random.default_rng(1000 + seed)
        log = simulated_log(rng, np.zeros((ACTIONS, len(REASONS))), 2000)
        effects = learn_effects(flat_actions(), log)
        claims += any(row["source"] == "measured" and row["low"] > 0 for row in effects.rows())
        level.append(means(effects).mean())
    assert claims <= 1
    # from an assumption of 0.15
    assert np.mean(level) < 0.05


def test_a_model_that_is_wrong_about_everyone_is_not_mistaken_for_an_effect() -> None:
    # all are kept 10 points more often than predicted, treated or not
    level = []
    for seed in range(5):
        log = simulated_log(np.random.default_rng(seed), np.zeros((ACTIONS, len(REASONS))), 6000, bias=0.10)
        level.append(means(learn_effects(flat_actions(), log)).mean())
    assert np.mean(level) < 0.04


def test_measured_harm_is_believed() -> None:
    rng = np.random.default_rng(4)
    saves = np.full((ACTIONS, len(REASONS)), 0.05)
    effects = learn_effects(flat_actions(), simulated_log(rng, saves, 8000, harm=0.3))
    codes = effects.reason_codes(np.array(["price"], dtype=object))
    loyal, active = np.array([0.1]), np.array([0], dtype=np.int8)
    assert effects.uplift(0, active, codes, loyal)[0] < -0.05
    assert effects.uplift(1, active, codes, loyal)[0] > -0.02
    low, high = effects.uplift_interval(np.array([0]), active, codes, loyal)
    assert low[0] < high[0] < 0


def test_intervals_cover_the_truth() -> None:
    hits = []
    for seed in range(8):
        rng = np.random.default_rng(200 + seed)
        saves = true_saves(rng)
        for row in learn_effects(flat_actions(), simulated_log(rng, saves, 4000)).rows():
            if row["reason"] in REASONS:
                truth = saves[int(row["action"][-1]), REASONS.index(row["reason"])]
                hits.append(row["low"] <= truth <= row["high"])
    assert 0.8 <= np.mean(hits) <= 0.98


def test_nothing_is_learned_without_a_control_group() -> None:
    log = simulated_log(np.random.default_rng(5), np.full((ACTIONS, len(REASONS)), 0.4), 1000)
    effects = learn_effects(flat_actions(), log.rows(log.treated))
    assert effects.notes == ("no_control_group",)
    assert means(effects) == pytest.approx(0.15)


def test_open_windows_are_no_evidence() -> None:
    log = simulated_log(np.random.default_rng(6), np.full((ACTIONS, len(REASONS)), 0.4), 1000)
    effects = learn_effects(flat_actions(), replace(log, complete=np.zeros(len(log), dtype=np.bool_)))
    assert effects.notes == ("no_complete_window",)
    assert not effects.measured.any()


def test_unknown_churn_probability_is_taken_from_the_holdouts() -> None:
    rng = np.random.default_rng(7)
    log = simulated_log(rng, np.full((ACTIONS, len(REASONS)), 0.4), 6000)
    blind = learn_effects(flat_actions(), replace(log, churn_probability=np.full(len(log), np.nan)))
    assert means(blind).mean() == pytest.approx(0.4, abs=0.08)


def test_order_of_the_log_changes_nothing_that_matters() -> None:
    rng = np.random.default_rng(8)
    log = simulated_log(rng, true_saves(rng), 1500)
    one, other = learn_effects(flat_actions(), log), learn_effects(flat_actions(), log.rows(rng.permutation(len(log))))
    assert one.parameters == pytest.approx(other.parameters, abs=1e-9)


def test_effects_survive_json() -> None:
    rng = np.random.default_rng(9)
    effects = learn_effects(flat_actions(), simulated_log(rng, true_saves(rng), 500))
    again = Effects.from_content(json.loads(json.dumps(effects.content())))
    assert list(again.rows()) == list(effects.rows())
    assert np.array_equal(again.covariance, effects.covariance)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_uplift_stays_within_what_is_possible(seed: int) -> None:
    rng = np.random.default_rng(seed)
    effects = learn_effects(flat_actions(), simulated_log(rng, true_saves(rng), 60, harm=0.5))
    churn, population = rng.random(20), rng.integers(0, 2, 20).astype(np.int8)
    codes, action = rng.integers(0, len(effects.layout.reasons), 20), int(rng.integers(0, ACTIONS))
    uplift = effects.uplift(action, population, codes, churn)
    assert ((churn - 1 - 1e-12 <= uplift) & (uplift <= churn + 1e-12)).all()
    low, high = effects.uplift_interval(np.full(20, action), population, codes, churn)
    assert (low <= high).all()


def test_outcomes_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(DataError, match="kept: 1 rows"):
        OfferOutcomes.of(action=["a", "b"], treated=[True, False], kept=[True])
