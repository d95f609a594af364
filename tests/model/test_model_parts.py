import lightgbm as lgb
import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from winback.model import BoostedTrees, RankLogistic, TrainingRows, fit_logistic
from winback.model.boosting import averaged, dataset, tree_parameters
from winback.settings import ModelSettings


def rows_of(rows=2000, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, 4)).astype(np.float32)
    values[:, 2] = np.where(rng.random(rows) < 0.3, np.nan, values[:, 2])
    values[:, 3] = rng.integers(0, 12, rows)
    logit = values[:, 0] - 0.5 * np.nan_to_num(values[:, 2], nan=-2) + (values[:, 3] == 4)
    return TrainingRows(values, (rng.random(rows) < expit(logit)).astype(np.int8), np.ones(rows), (3,))


def test_the_average_of_models_is_one_model_with_the_mean_of_their_scores_and_contributions():
    rows = rows_of()
    parameters = tree_parameters(ModelSettings(), *rows.values.shape, seed=1, threads=1)
    boosters = [lgb.train(parameters | {"seed": seed}, dataset(rows), num_boost_round=20) for seed in (1, 2, 3)]
    merged = BoostedTrees(averaged(boosters))
    scores = np.mean([booster.predict(rows.values, raw_score=True) for booster in boosters], axis=0)
    shares = np.mean([booster.predict(rows.values, pred_contrib=True) for booster in boosters], axis=0)
    assert merged.scores(rows.values, 1) == pytest.approx(scores, abs=1e-12)
    assert merged.contributions(rows.values, 1) == pytest.approx(shares, abs=1e-12)
    read = lgb.Booster(model_str=merged.text)
    assert read.num_trees() == 60
    assert np.array_equal(read.predict(rows.values, raw_score=True), merged.scores(rows.values, 1))
    written_again = BoostedTrees(read.model_to_string())
    assert np.array_equal(written_again.scores(rows.values, 1), merged.scores(rows.values, 1))


def test_small_data_gets_small_trees_and_never_larger_than_the_settings_say():
    small, large = (tree_parameters(ModelSettings(), rows, 80, seed=1, threads=1) for rows in (100, 10**6))
    assert small["num_leaves"] == 4
    assert small["min_data_in_leaf"] == 5
    assert (large["num_leaves"], large["min_data_in_leaf"]) == (12, 50)


def test_the_linear_model_ranks_like_an_ordinary_logistic_regression():
    rows = rows_of(4000)
    model = fit_logistic(rows, ridge=1.0)
    plain = np.nan_to_num(rows.values[:, :3], nan=-2)
    oracle = LogisticRegression().fit(np.column_stack([plain, rows.values[:, 3] == 4]), rows.target)
    expected = oracle.decision_function(np.column_stack([plain, rows.values[:, 3] == 4]))
    assert np.corrcoef(model.scores(rows.values), expected)[0, 1] > 0.97


def test_the_linear_model_survives_json_outliers_and_constant_columns():
    rows = rows_of(500)
    values = rows.values.copy()
    values[:, 1] = 7.0
    values[0, 0] = 1e30
    model = fit_logistic(TrainingRows(values, rows.target, rows.weight, (3,)), ridge=5.0)
    again = RankLogistic.from_json(model.to_json())
    assert np.array_equal(again.scores(values), model.scores(values))
    assert np.abs(model.scores(values)).max() < 20
    total = model.contributions(values).sum(axis=1)
    assert total == pytest.approx(model.scores(values))


def test_an_unknown_category_adds_nothing():
    rows = rows_of(500)
    model = fit_logistic(rows, ridge=5.0)
    strange, missing = rows.values[:1].copy(), rows.values[:1].copy()
    strange[0, 3], missing[0, 3] = 99, np.nan
    assert model.scores(strange) == pytest.approx(model.scores(missing))


def test_rows_that_lie_together_are_not_copied_and_others_are_the_same_rows():
    rows = rows_of(20)
    together = np.arange(20) // 5 == 2
    apart = np.arange(20) % 5 == 2
    for mask in (together, apart, ~together, np.zeros(20, bool), np.ones(20, bool)):
        part = rows.at(mask)
        assert np.array_equal(part.values, rows.values[mask], equal_nan=True)
        assert np.array_equal(part.target, rows.target[mask])
        assert len(part.weight) == mask.sum()
    assert np.shares_memory(rows.at(together).values, rows.values)
    assert not np.shares_memory(rows.at(apart).values, rows.values)
