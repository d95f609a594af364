"""Learners of single customers' uplift: adopted where customers differ, and only there, with honest intervals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uplift_log import ACTIONS, HORIZON, Log, make_log

from winback.errors import DataError, NoModelError
from winback.response import Effects, learn_effects
from winback.response.individual import (
    LEARNERS,
    Contest,
    OfferFeatures,
    UpliftShifts,
    fit_learner,
    load_learner,
    save_learner,
)
from winback.response.individual.gains import BUDGETS, gain, policy_weights, qini_weights, scale_of
from winback.response.individual.meta import LearningRows, doubly_robust
from winback.response.individual.offers import PastOffers, divide
from winback.texts import Texts


@pytest.fixture(scope="module")
def log() -> Log:
    """Customers of the same cell differ a lot."""
    return make_log(1, 4000, own=0.35)


@pytest.fixture(scope="module")
def contest(log: Log) -> Contest:
    return log.contest()


@pytest.fixture(scope="module")
def others() -> tuple[Log, np.ndarray]:
    """Other customers of the same company, and the code of the action that each is offered."""
    log = make_log(101, 4000, own=0.35)
    return log, np.array([int(name[-1]) for name in log.outcomes.action])


def pooled_of(effects: Effects, log: Log, action: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    people, reason = log.outcomes, effects.reason_codes(log.outcomes.reason)
    uplift = np.zeros(len(action))
    for code in range(ACTIONS):
        mine = action == code
        churn = people.churn_probability[mine]
        uplift[mine] = effects.uplift(code, people.population[mine], reason[mine], churn)
    return uplift, *effects.uplift_interval(action, people.population, reason, people.churn_probability)


def shifts_of(contest: Contest, effects: Effects, log: Log) -> UpliftShifts:
    people = log.outcomes
    assert contest.learner is not None
    return UpliftShifts.of(
        contest.learner,
        effects,
        log.features,
        churn=people.churn_probability,
        population=people.population,
        reason=people.reason,
    )


def test_where_customers_differ_a_learner_is_adopted_and_right_about_others(log, contest, others):
    assert contest.adopted in LEARNERS
    assert contest.divided_by == "time"
    people, action = others
    effects = learn_effects(log.actions, log.outcomes)
    pooled = pooled_of(effects, people, action)
    churn = people.outcomes.churn_probability
    uplift = shifts_of(contest, effects, people).corrected(action, pooled[0], churn)
    # what the best third would really gain
    best = [people.uplift[np.argsort(-made)[: len(made) // 3]].mean() for made in (uplift, pooled[0])]
    assert best[0] > 1.25 * best[1]


def test_intervals_hold_for_customers_of_equal_estimates(log, contest, others):
    people, action = others
    effects = learn_effects(log.actions, log.outcomes)
    pooled, churn = pooled_of(effects, people, action), people.outcomes.churn_probability
    uplift, low, high = shifts_of(contest, effects, people).interval(action, pooled, churn)
    assert ((low <= uplift) & (uplift <= high)).all()
    assert ((churn - 1 - 1e-12 <= low) & (high <= churn + 1e-12)).all()
    group = np.argsort(np.argsort(uplift)) * 10 // len(uplift)
    means = [np.array([part[group == code].mean() for code in range(10)]) for part in (low, people.uplift, high)]
    assert ((means[0] <= means[1]) & (means[1] <= means[2])).sum() >= 8
    # never surer than the pooled estimate, which it is built on
    assert ((high - low) >= (pooled[2] - pooled[1]) - 1e-9)[(low > churn - 1) & (high < churn)].all()


def test_where_customers_of_a_cell_are_alike_the_pooled_estimate_stays():
    assert [make_log(seed, 2500, own=0.0).contest(seed).adopted for seed in range(2)] == ["", ""]


def test_a_log_without_effect_claims_nothing():
    claims = 0
    for seed in range(5):
        log = make_log(40 + seed, 1600, own=0.0, pooled=False)
        effects = learn_effects(log.actions, log.outcomes)
        claims += bool(log.contest(seed).adopted) or any(row["low"] > 0 for row in effects.rows())
    assert claims == 0


def test_shuffled_arms_of_a_log_with_effects_claim_nothing(log):
    arms = np.random.default_rng(3).permutation(log.outcomes.treated)
    shuffled = replace(log, outcomes=replace(log.outcomes, treated=arms))
    assert shuffled.contest().adopted == ""


def test_a_short_log_is_not_tried():
    contest = make_log(5, 900, own=0.35).contest()
    assert (contest.divided_by, contest.adopted, contest.learner) == ("", "", None)
    assert contest.statement == "outcomes-learner-untried"


def test_open_windows_and_unknown_actions_are_no_evidence(log):
    complete = np.arange(len(log.outcomes)) < 950
    assert replace(log, outcomes=replace(log.outcomes, complete=complete)).contest().offers == 950
    action = np.where(complete, log.outcomes.action, "forgotten").astype(object)
    assert replace(log, outcomes=replace(log.outcomes, action=action)).contest().offers == 950


@pytest.mark.parametrize("days", [700, 150])
def test_held_out_offers_are_predicted_from_others(days):
    log = make_log(6, 1500, own=0.0, days=days)
    offers = PastOffers.of(log.actions, log.outcomes, log.features, log.customer, log.offered_at)
    how, parts = divide(offers, HORIZON, np.random.default_rng(0))
    held = np.sum([part.held for part in parts], axis=0)
    assert held.max() == 1
    for part in parts:
        if how == "time":
            assert offers.offered_at[part.fit].max() + HORIZON <= offers.offered_at[part.held].min()
        else:
            assert not set(offers.customer[part.fit]) & set(offers.customer[part.held])
            assert (part.fit | part.held).all()
    assert how == ("time" if days == 700 else "customer")
    assert held.sum() >= 0.3 * len(offers)


def test_the_same_log_gives_the_same_contest(log, contest):
    assert log.contest().content() == contest.content()


def test_a_saved_learner_says_the_same_and_refuses_other_features(log, contest, others, tmp_path):
    people, _ = others
    effects = learn_effects(log.actions, log.outcomes)
    save_learner(contest.learner, tmp_path / "learner")
    again = load_learner(tmp_path / "learner")
    assert again.scale == contest.learner.scale
    one, other = (shifts_of(made, effects, people) for made in (contest, replace(contest, learner=again)))
    np.testing.assert_array_equal(one.by_half, other.by_half)
    assert {path.suffix for path in (tmp_path / "learner").iterdir()} == {".txt", ".json"}

    features = people.features
    renamed = OfferFeatures.of(features.values, ("age", *features.names[1:]))
    with pytest.raises(NoModelError, match=r"feature_0: missing\n  - age: not known"):
        shifts_of(contest, effects, replace(people, features=renamed))
    redefined = replace(features, definitions=("other", *features.definitions[1:]))
    with pytest.raises(NoModelError, match="feature_0: defined otherwise"):
        shifts_of(contest, effects, replace(people, features=redefined))
    moved = OfferFeatures.of(features.values, features.names[::-1])
    with pytest.raises(NoModelError, match="another order"):
        shifts_of(contest, effects, replace(people, features=moved))


def test_a_learner_that_is_not_whole_is_refused(contest, tmp_path):
    save_learner(contest.learner, tmp_path)
    (tmp_path / "trees_2_0.txt").unlink()
    with pytest.raises(NoModelError, match="winback outcomes"):
        load_learner(tmp_path)


def test_nothing_is_added_where_the_log_says_too_little(log, contest, others):
    people, _ = others
    effects = learn_effects(log.actions, log.outcomes)
    measured = effects.measured.copy()
    measured[1, 0] = False
    shifts = shifts_of(contest, replace(effects, measured=measured), people)
    active = people.outcomes.population == 0
    assert not shifts.by_half[:, active, 1].any()
    assert shifts.by_half[:, ~active, 1].any()
    pooled = tuple(np.full(len(active), value) for value in (0.1, 0.05, 0.3))
    code = np.ones(len(active), dtype=np.int64)
    churn = people.outcomes.churn_probability
    for made, before in zip(shifts.interval(code, pooled, churn), pooled, strict=True):
        untouched = active & (churn > 0.3)
        np.testing.assert_array_equal(made[untouched], before[untouched])


@pytest.mark.parametrize("kind", LEARNERS)
def test_every_learner_finds_a_difference_that_is_there(kind):
    rng = np.random.default_rng(8)
    n = 6000
    values = rng.normal(size=(n, 3)).astype(np.float32)
    treated = rng.random(n) < 0.6
    effect = np.where(values[:, 1] > 0, 0.5, -0.1)
    target = 0.5 * values[:, 0] + treated * effect + 0.5 * rng.normal(size=n)
    features = OfferFeatures.of(values, ("a", "b", "c"))
    zeros = np.zeros(n, dtype=np.int64)
    context = (np.full(n, 0.5), zeros.astype(np.int8), zeros, zeros)
    rows = LearningRows(
        features.design(*context), features.design_categories(), target, treated, np.full(n, 0.6), np.arange(n)
    )
    learner = fit_learner(kind, rows, columns=features.columns(), actions=("a",), reasons=("r",), seed=1)
    found = learner.shifts(features, *context)
    assert np.corrcoef(found.mean(axis=0), effect)[0, 1] > 0.8
    assert found.mean() == pytest.approx(effect.mean(), abs=0.08)


def test_doubly_robust_scores_average_to_the_effect_even_when_the_expectations_are_wrong():
    rng = np.random.default_rng(9)
    n = 200_000
    treated = rng.random(n) < 0.8
    target = 0.3 + 0.2 * treated + rng.normal(size=n)
    wrong = rng.normal(size=(2, n))
    score = doubly_robust(target, treated, np.full(n, 0.8), with_offer=wrong[0], without=wrong[1])
    assert score.mean() == pytest.approx(0.2, abs=4 * score.std() / np.sqrt(n))


def budget_by_hand(prediction: np.ndarray) -> np.ndarray:
    """Spend every budget offer by offer, best first; distinct predictions only."""
    n = len(prediction)
    weights = np.zeros(n)
    for share in BUDGETS:
        left = share * n
        for place in np.argsort(-prediction):
            part = min(left, 1.0)
            left -= part
            weights[place] += part if prediction[place] > 0 else 0.0
    return weights / len(BUDGETS)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=2, max_size=40, unique=True))
def test_policy_weights_are_budgets_spent_best_first(prediction):
    made = np.array(prediction)
    assert policy_weights(made) == pytest.approx(budget_by_hand(made))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([-0.1, 0.1, 0.2, 0.3]), min_size=2, max_size=40), st.randoms())
def test_offers_of_equal_prediction_weigh_the_same(prediction, random):
    made = np.array(prediction)
    for rule in (policy_weights, qini_weights):
        weights = rule(made)
        for value in set(prediction):
            assert np.ptp(weights[made == value]) < 1e-12
    assert qini_weights(made).sum() == pytest.approx(0, abs=1e-9)


def test_qini_is_the_area_between_the_curve_and_the_random_line():
    rng = np.random.default_rng(10)
    prediction, score = rng.normal(size=400), rng.normal(size=400)
    curve = np.concatenate([[0], np.cumsum(score[np.argsort(-prediction)])]) / 400
    area = np.trapezoid(curve - np.linspace(0, curve[-1], 401), dx=1 / 400)
    assert (qini_weights(prediction) * score).mean() == pytest.approx(area)


def test_errors_grow_with_repeated_customers():
    rng = np.random.default_rng(11)
    score = rng.normal(size=500)
    alone = gain(np.ones(500), score, np.arange(500))
    twice = gain(np.ones(1000), np.tile(score, 2), np.tile(np.arange(500), 2))
    assert twice.error == pytest.approx(alone.error)
    assert alone.error == pytest.approx(score.std(ddof=1) / np.sqrt(500), rel=1e-9)


def test_scale_finds_by_how_much_shifts_are_off():
    rng = np.random.default_rng(12)
    shift = rng.normal(scale=0.1, size=20_000)
    found = scale_of(shift, 0.5 * shift + rng.normal(size=20_000), np.arange(20_000))
    assert found.value == pytest.approx(0.5, abs=3 * found.error)
    assert scale_of(shift, -shift, np.arange(20_000)).value == 0.0


def test_the_error_of_a_total_counts_that_shifts_err_together():
    shifts = UpliftShifts(np.array([[[0.1], [0.1]], [[0.3], [0.3]]], dtype=np.float32))
    once = UpliftShifts(shifts.by_half[:, :1])
    both, one = np.zeros(2, dtype=np.int64), np.zeros(1, dtype=np.int64)
    assert shifts.total_variance(both, np.ones(2)) == pytest.approx(4 * once.total_variance(one, np.ones(1)))
    wide = replace(shifts, scale_error=0.5)
    assert wide.total_variance(both, np.ones(2)) > shifts.total_variance(both, np.ones(2))


def test_features_that_do_not_fit_together_are_refused():
    with pytest.raises(DataError, match="names: 2"):
        OfferFeatures.of(np.zeros((3, 1), dtype=np.float32), ("a", "b"))


def test_the_sentence_exists_in_both_languages(contest):
    untried = make_log(5, 900, own=0.35).contest()
    refused = replace(contest, adopted="")
    for language in ("en", "ru"):
        said = {Texts(language).format(made.statement, **made.detail()) for made in (contest, untried, refused)}
        assert len(said) == 3
