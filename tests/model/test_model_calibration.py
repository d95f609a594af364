import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from winback.model import Calibrator, calibrate, fit_calibrator, fit_calibrators


def happened(scores, slope, shift, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.random(len(scores)) < expit(slope * scores + shift)).astype(np.int8)


def test_it_recovers_a_line_and_makes_the_mean_right():
    scores = np.random.default_rng(1).normal(size=30_000)
    target = happened(scores, 1.4, -0.7)
    fitted = fit_calibrator(scores, target)
    assert fitted.slope == pytest.approx(1.4, abs=0.06)
    assert fitted.shift == pytest.approx(-0.7, abs=0.06)
    assert fitted(scores).mean() == pytest.approx(target.mean(), abs=0.002)


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=40), st.integers(0, 2**16))
def test_few_rows_never_turn_the_order_round(scores, seed):
    scores = np.array(scores)
    target = np.random.default_rng(seed).integers(0, 2, len(scores)).astype(np.int8)
    fitted = fit_calibrator(scores, target)
    assert fitted.slope > 0
    probability = fitted(np.sort(scores))
    assert (np.diff(probability) >= 0).all()
    assert ((probability > 0) & (probability < 1)).all()


def test_rows_of_one_outcome_shift_but_stay_between_nought_and_one():
    fitted = fit_calibrator(np.zeros(50), np.ones(50, np.int8))
    assert 0.8 < fitted(np.zeros(1))[0] < 1


def test_a_population_without_rows_gets_what_holds_for_all():
    scores = np.random.default_rng(2).normal(size=5000)
    target = happened(scores, 1.0, 1.0)
    fitted = fit_calibrators(scores, target, np.zeros(5000, np.int8), 2)
    assert (fitted[1].slope, fitted[1].shift) == pytest.approx((fitted[0].slope, fitted[0].shift), abs=0.05)
    assert fitted[1].rows == 0


def test_each_population_gets_its_own_line():
    scores = np.random.default_rng(3).normal(size=40_000)
    population = (np.arange(40_000) % 2).astype(np.int8)
    target = np.where(population == 0, happened(scores, 1, -1), happened(scores, 0.5, 1)).astype(np.int8)
    probability = calibrate(fit_calibrators(scores, target, population, 2), scores, population)
    for code in (0, 1):
        rows = population == code
        assert probability[rows].mean() == pytest.approx(target[rows].mean(), abs=0.01)


def test_the_identity_is_the_prior():
    assert fit_calibrator(np.empty(0), np.empty(0, np.int8)) == Calibrator(1.0, 0.0, 0)


def test_where_times_differ_a_later_one_is_met_better_by_drawing_to_the_identity():
    rng = np.random.default_rng(4)
    population = np.zeros(4000, np.int8)
    drawn_loss, plain_loss = [], []
    for world in range(40):
        # the offset from the identity, and the luck of each time, are equally wide
        offset = rng.normal(0, 0.4)
        scores = rng.normal(size=4000)
        seen = happened(scores, 1.0, offset + rng.normal(0, 0.4), seed=world)
        later = happened(scores, 1.0, offset + rng.normal(0, 0.4), seed=1000 + world)
        for losses, periods in ((drawn_loss, 1), (plain_loss, None)):
            probability = fit_calibrators(scores, seen, population, 1, periods)[0](scores)
            losses.append(-np.mean(np.where(later == 1, np.log(probability), np.log1p(-probability))))
    assert np.mean(drawn_loss) < np.mean(plain_loss)


def test_more_separate_times_are_believed_more():
    seen = Calibrator(slope=1.6, shift=-0.6)
    slopes = [seen.drawn(periods).slope for periods in (1, 2, 5, 100)]
    assert slopes == sorted(slopes)
    assert 1 < slopes[0] < slopes[-1] < 1.6
    assert seen.drawn(2).shift == pytest.approx(-0.4)
