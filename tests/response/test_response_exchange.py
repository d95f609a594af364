"""Nothing is claimed that the drawing of lots could explain, however wrong the predictions are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from uplift_log import make_log

from winback.response import learn_effects
from winback.response.effects import NO_EFFECT
from winback.response.exchange import arms_differ


def drawn(seed: int, n: int, effect: float) -> bool:
    """Ask about a log whose predictions are wrong cell by cell, for both arms."""
    rng = np.random.default_rng(seed)
    action, population, reason = (rng.integers(0, size, n) for size in (5, 2, 4))
    churn, treated = rng.beta(2, 2, n), rng.random(n) < 0.8
    wrong = rng.uniform(-0.2, 0.2, (5, 4))[action, reason]
    kept = rng.random(n) < 1 - churn + wrong + treated * effect * (action == 1)
    cells = {"action": action, "population": population, "reason": reason}
    return arms_differ(kept - (1 - churn), churn, treated, rng.integers(0, 4, n), **cells)


def test_wrong_predictions_are_no_effect():
    # 2 % of 40 are expected; five or more have a chance of 1 in 1,000
    assert sum(drawn(seed, 1500, 0.0) for seed in range(40)) <= 4


def test_the_effect_of_one_action_is_seen():
    assert all(drawn(seed, 3000, 0.3) for seed in range(5))
    assert all(drawn(seed, 3000, -0.3) for seed in range(5))


def test_a_log_with_effects_claims_nothing_once_its_arms_are_shuffled():
    for seed in range(4):
        log = make_log(seed, 3000, own=0.0)
        assert NO_EFFECT not in learn_effects(log.actions, log.outcomes).notes
        arms = np.random.default_rng(seed).permutation(log.outcomes.treated)
        effects = learn_effects(log.actions, replace(log.outcomes, treated=arms))
        assert not any(row["low"] > 0 for row in effects.rows())
