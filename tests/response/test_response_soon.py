"""What the days after an offer add: more of the truth where responses come soon, nothing false where they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.response.test_response_learning import ACTIONS, REASONS, flat_actions, means, true_saves
from winback.response import OfferOutcomes, assumed_effects, learn_effects
from winback.response.fading import Fading
from winback.response.learning import _LARGER, _LEAST, _MOST, _USUAL_HALF_LIFE, _Rows
from winback.response.soon import NEVER, PARTS_OF_WINDOW, FirstOrders, soon

#: Half-life of true responses, as share of the window: four days of 90.
TRUE_HALF_LIFE = 4 / 90


def log_with_days(rng: np.random.Generator, saves: np.ndarray, n: int, *, is_soon: bool = True) -> OfferOutcomes:
    """A log of customers of whom hardly any would come by themselves; who comes by itself comes any day."""
    action, reason = rng.integers(0, ACTIONS, n), rng.integers(0, len(REASONS), n)
    churn, treated = rng.beta(9, 1.5, n), rng.random(n) >= 0.2
    luck = rng.random(n)
    by_itself = luck < 1 - churn
    won = ~by_itself & treated & (luck < 1 - churn + churn * saves[action, reason])
    any_day, first_days = rng.random(n), np.minimum(rng.exponential(TRUE_HALF_LIFE / np.log(2), n), 0.999)
    after = np.where(won & is_soon, first_days, any_day)
    return OfferOutcomes.of(
        action=np.array([f"action_{code}" for code in action], dtype=object),
        reason=np.array(REASONS, dtype=object)[reason],
        churn_probability=churn,
        treated=treated,
        kept=by_itself | won,
        ordered_after=np.where(by_itself | won, after, np.nan),
    )


def without_days(log: OfferOutcomes) -> OfferOutcomes:
    return replace(log, ordered_after=np.full(len(log), np.nan))


def error(log: OfferOutcomes, saves: np.ndarray) -> float:
    """Root of the mean squared error of what is believed of every action and reason."""
    return float(np.sqrt(((means(learn_effects(flat_actions(), log)) - saves) ** 2).mean()))


def test_first_orders_fall_into_their_part_of_the_window() -> None:
    after = np.array([0.0, 0.07, 0.2, 0.9, np.nan])
    kept, treated = np.array([1.0, 1, 1, 1, 0]), np.zeros(5, dtype=bool)
    first = FirstOrders.of(after, kept, treated, np.zeros(5, dtype=np.int64))
    assert first.part.tolist() == [0, 1, 2, 4, NEVER]
    assert [int(first.in_part(part).sum()) for part in range(first.parts)] == [1, 1, 1, 0, 1]
    counts = np.array([1, 1, 1, 0, 1])
    assert first.usual[0] == pytest.approx((counts + 20 * np.diff(PARTS_OF_WINDOW)) / 24)


def test_only_holdouts_say_when_customers_usually_order() -> None:
    after, kept = np.array([0.01, 0.9, 0.9]), np.ones(3)
    treated, lapsed = np.array([True, False, False]), np.ones(3, dtype=np.int64)
    usual = FirstOrders.of(after, kept, treated, lapsed).usual
    assert usual[0] == pytest.approx((np.array([0, 0, 0, 0, 2]) + 20 * np.diff(PARTS_OF_WINDOW)) / 22)


def test_every_spread_shares_out_the_whole_uplift() -> None:
    first = FirstOrders.of(np.array([0.3]), np.ones(1), np.zeros(1, dtype=bool), np.zeros(1, dtype=np.int64))
    for pace in first.half_lives():
        assert first.spread(pace).sum(axis=1) == pytest.approx(1.0)
        assert (first.spread(pace) > 0).all()
    assert (np.diff(soon(1 / 100)) < 0).all()


def test_a_log_that_does_not_tell_when_has_one_part() -> None:
    first = FirstOrders.of(np.array([0.3, np.nan]), np.ones(2), np.zeros(2, dtype=bool), np.zeros(2, dtype=np.int64))
    assert first.parts == 1
    assert first.half_lives() == (None,)


def test_sums_are_those_of_generalised_least_squares() -> None:
    """The rows per part are compared with the inverse of each customer's covariance matrix."""
    rng = np.random.default_rng(5)
    log = log_with_days(rng, true_saves(rng), 40)
    # chances far from the least ones, which would make the matrix another one
    log = replace(log, churn_probability=rng.uniform(0.3, 0.6, len(log)))
    rows = _Rows.of(assumed_effects(flat_actions(), REASONS), log)
    pace = 1 / 13
    made = rows.sums(Fading(), pace)
    loading = rows.layout.loadings()
    offset = rows.layout.offsets() + loading @ rows.layout.prior_mean()
    design = rows._design(slice(None), Fading(), loading, offset)
    sooner, usual, spread = rows._sooner(slice(None)), rows.first.usual, rows.first.spread(pace)
    gram, moment = np.zeros_like(made.gram), np.zeros_like(made.moment)
    for row in range(len(log)):
        stays = 1 - rows.churn[row]
        extra = min(_LARGER * design.usual_uplift[row], _MOST)
        chance = stays * usual[row] + extra * (0.5 * soon(_USUAL_HALF_LIFE) + 0.5 * usual[row])
        never = rows.churn[row]
        inverse = np.diag(1 / chance) + 1 / never
        x = np.outer(spread[row], design.effect[row]) + np.outer(usual[row], design.bias[row])
        x += np.outer(soon(_USUAL_HALF_LIFE) - usual[row], sooner[row])
        seen = np.array([rows.first.in_part(part)[row] for part in range(rows.first.parts)])
        y = seen - stays * usual[row] - design.assumed[row] * spread[row]
        gram += x.T @ inverse @ x
        moment += x.T @ inverse @ y
    assert _LEAST < 0.3
    assert made.gram == pytest.approx(gram, abs=1e-8)
    assert made.moment == pytest.approx(moment, abs=1e-8)


def test_days_teach_more_where_responses_come_soon() -> None:
    with_days, without = [], []
    for seed in range(6):
        rng = np.random.default_rng(200 + seed)
        saves = true_saves(rng)
        log = log_with_days(rng, saves, 1500)
        with_days.append(error(log, saves))
        without.append(error(without_days(log), saves))
    assert np.mean(with_days) < 0.96 * np.mean(without)


def test_days_do_little_harm_where_responses_come_any_day() -> None:
    with_days, without = [], []
    for seed in range(6):
        rng = np.random.default_rng(300 + seed)
        saves = true_saves(rng)
        log = log_with_days(rng, saves, 1500, is_soon=False)
        with_days.append(error(log, saves))
        without.append(error(without_days(log), saves))
    assert np.mean(with_days) < 1.1 * np.mean(without)


def test_order_of_a_log_with_days_changes_nothing_that_matters() -> None:
    rng = np.random.default_rng(8)
    log = log_with_days(rng, true_saves(rng), 600)
    shuffled = log.rows(rng.permutation(len(log)))
    one, other = learn_effects(flat_actions(), log), learn_effects(flat_actions(), shuffled)
    assert means(one) == pytest.approx(means(other), abs=1e-9)
