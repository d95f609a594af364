import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from winback.evaluation import Measured, Scored, calibration_curve, customer_weights, gains_curve, measure
from winback.evaluation.curves import wilson


def example(rows=500, levels=None, seed=0):
    rng = np.random.default_rng(seed)
    probability = rng.random(rows)
    if levels:
        probability = np.round(probability * levels) / (levels + 1) + 0.01
    return (rng.random(rows) < probability).astype(np.int8), probability


ORACLES = {
    "auc": roc_auc_score,
    "average_precision": average_precision_score,
    "brier": brier_score_loss,
    "log_loss": log_loss,
}


@pytest.mark.parametrize("levels", [None, 4])
@pytest.mark.parametrize("name", ORACLES)
def test_measures_equal_those_of_scikit_learn(name, levels):
    target, score = example(levels=levels)
    assert measure(Scored.of(target, score))[name][0] == pytest.approx(ORACLES[name](target, score))


@pytest.mark.parametrize("name", ORACLES)
def test_weights_count_rows_as_often_as_repeating_them(name):
    target, score = example(200, levels=7)
    weights = np.random.default_rng(1).integers(0, 4, (3, 200)).astype(float)
    found = measure(Scored.of(target, score), weights)[name]
    for row in range(3):
        times = weights[row].astype(int)
        assert found[row] == pytest.approx(ORACLES[name](np.repeat(target, times), np.repeat(score, times)))


def test_lift_of_a_perfect_score_is_one_over_the_base_rate_until_all_are_found():
    target = np.zeros(100, np.int8)
    target[:10] = 1
    found = measure(Scored.of(target, np.linspace(1, 0, 100)))
    assert (found["lift_5"][0], found["lift_10"][0], found["lift_20"][0]) == pytest.approx((10, 10, 5))


def test_lift_of_a_score_that_says_the_same_of_everybody_is_one():
    target, _ = example(300)
    found = measure(Scored.of(target, np.full(300, 0.3)))
    assert [found[f"lift_{share}"][0] for share in (5, 10, 20)] == pytest.approx([1, 1, 1])
    assert found["auc"][0] == pytest.approx(0.5)


def test_calibration_error_is_the_gap_of_a_constant():
    target = np.tile([0, 1], 50).astype(np.int8)
    assert measure(Scored.of(target, np.full(100, 0.8)))["calibration_error"][0] == pytest.approx(0.3)


def test_a_rule_has_only_measures_of_order():
    target, score = example()
    assert set(measure(Scored.of(target, score * 100, is_probability=False))) == {
        "auc",
        "average_precision",
        "lift_5",
        "lift_10",
        "lift_20",
    }


def test_one_outcome_gives_no_auc_and_no_crash():
    found = Measured.of(Scored.of(np.ones(20, np.int8), np.linspace(0, 1, 20)), np.ones((5, 20))).estimates()
    assert found["auc"].value is None
    # every resample would hold the one outcome again, and the interval would be too narrow for anything
    assert (found["brier"].low, found["brier"].high) == (None, None)
    assert found["brier"].value == pytest.approx(np.mean((1 - np.linspace(0, 1, 20)) ** 2))


@given(st.integers(0, 1000), st.integers(5, 60))
def test_auc_does_not_change_under_increasing_maps(seed, rows):
    target, score = example(rows, seed=seed)
    if target.min() == target.max():
        return
    first, second = (measure(Scored.of(target, values, is_probability=False))["auc"][0] for values in (score, score**3))
    assert first == pytest.approx(second)


def test_resamples_keep_the_rows_of_a_customer_together_and_the_number_of_customers():
    customer = np.array([5, 5, 9, 9, 9, 2])
    weights = customer_weights(customer, 50, seed=3)
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 2] == weights[:, 4]).all()
    assert (weights[:, [0, 2, 5]].sum(axis=1) == 3).all()
    assert np.array_equal(weights, customer_weights(customer, 50, seed=3))


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        target = (rng.random(300) < 0.4).astype(np.int8)
        score = rng.normal(size=300) + target
        found = Measured.of(
            Scored.of(target, score, is_probability=False), customer_weights(np.arange(300), 200, seed)
        ).estimates()["auc"]
        hits += found.low <= 0.7602 <= found.high  # Φ(1/√2)
    assert 46 <= hits <= 60


def test_intervals_of_a_fifth_of_the_customers_are_wider_by_the_root_of_five():
    widths = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        target = (rng.random(300) < 0.4).astype(np.int8)
        score = rng.normal(size=300) + target
        for rows in (60, 300):
            scored = Scored.of(target[:rows], score[:rows], is_probability=False)
            found = Measured.of(scored, customer_weights(np.arange(rows), 200, seed)).estimates()["auc"]
            widths.append(found.high - found.low)
    ratio = np.mean(widths[::2]) / np.mean(widths[1::2])
    assert ratio == pytest.approx(np.sqrt(5), rel=0.1)


def test_differences_are_signed_so_that_above_zero_is_better():
    target, good = example(800)
    bad = np.clip(good * 0.2 + 0.4, 0, 1)
    noisy = np.random.default_rng(5).random(800)
    weights = customer_weights(np.arange(800), 100, 0)
    better = Measured.of(Scored.of(target, good), weights)
    assert better.better_than(Measured.of(Scored.of(target, bad), weights))["brier"].low > 0
    assert better.better_than(Measured.of(Scored.of(target, noisy), weights))["auc"].low > 0
    same = better.better_than(better)["log_loss"]
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_curves_hold_all_rows_and_end_where_they_must():
    target, score = example(950)
    scored = Scored.of(target, score)
    curve = calibration_curve(scored)
    assert sum(point["rows"] for point in curve) == 950
    assert [point["probability"] for point in curve] == sorted(point["probability"] for point in curve)
    assert all(point["low"] <= point["churned_share"] <= point["high"] for point in curve)
    gains = gains_curve(scored)
    assert (gains[0]["churned_share"], gains[-1]["churned_share"]) == (0, 1)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_the_interval_of_a_share_holds_it(share, rows):
    low, high = wilson(share, rows)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1


@pytest.mark.parametrize(("stayed", "known"), [(1, False), (4, False), (5, True)])
def test_a_handful_of_one_outcome_is_not_given_an_interval(stayed, known):
    target = np.append(np.ones(100, np.int8), np.zeros(stayed, np.int8))
    score = np.append(np.linspace(0.5, 0.9, 100), np.linspace(0.1, 0.4, stayed))
    found = Measured.of(Scored.of(target, score), customer_weights(np.arange(len(target)), 40, seed=1)).estimates()
    # one stayer below all leavers: every resample that holds it says 1, which is no certainty
    assert found["auc"].value == 1
    assert (found["auc"].low is not None) is known
    assert (found["brier"].high is not None) is known
