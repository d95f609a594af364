"""Scores are LightGBM's own, bit for bit."""

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from tree_models import grown, models, values_of

from winback.errors import NoModelError
from winback.trees import Scorer, compile_trees


def scorer_of(booster):
    return Scorer.of(compile_trees(booster.model_to_string()))


def reference(booster, values):
    return booster.predict(values, raw_score=True, num_threads=1)


@settings(max_examples=120, deadline=None)
@given(models())
def test_scores_are_lightgbms_bit_for_bit(made):
    booster, values, categorical, rng = made
    scorer = scorer_of(booster)
    for dtype in (np.float32, np.float64):
        more = np.concatenate(
            [values, values_of(rng, 60, values.shape[1], categorical, odd=True, dtype=np.float64)]
        ).astype(dtype)
        assert np.array_equal(scorer.scores(more, 1), reference(booster, more))


def test_values_on_both_sides_of_every_threshold_go_the_right_way():
    rng = np.random.default_rng(1)
    values = values_of(rng, 500, 2)
    booster = grown(rng, values, rounds=20, num_leaves=40, min_data_in_leaf=1)
    model = compile_trees(booster.model_to_string())
    threshold = np.concatenate([tree.threshold for tree in model.trees])
    for dtype in (np.float32, np.float64):
        near = threshold.astype(dtype)
        edge = np.concatenate([near, np.nextafter(near, dtype(-np.inf)), np.nextafter(near, dtype(np.inf))])
        rows = np.stack([edge, rng.permutation(edge)], axis=1)
        assert np.array_equal(Scorer.of(model).scores(rows, 1), reference(booster, rows))


@pytest.mark.parametrize("leaves", [30, 31, 32, 62, 63, 64, 200])
def test_trees_of_any_number_of_leaves(leaves):
    rng = np.random.default_rng(leaves)
    values = values_of(rng, 1500, 8, (3,))
    booster = grown(rng, values, (3,), num_leaves=leaves, min_data_in_leaf=1)
    model = compile_trees(booster.model_to_string())
    assert max(len(tree.leaf_value) for tree in model.trees) == leaves
    assert np.array_equal(Scorer.of(model).scores(values, 1), reference(booster, values))


def test_blocks_and_threads_change_nothing():
    rng = np.random.default_rng(5)
    values = values_of(rng, 9000, 6, (2,))
    scorer = scorer_of(grown(rng, values, (2,), rounds=10))
    whole = scorer.scores(values, 1)
    assert np.array_equal(scorer.scores(values, 3), whole)
    parts = np.empty(len(values))
    for start in range(0, len(values), 777):
        scorer.scores(values[start : start + 777], 2, out=parts[start : start + 777])
    assert np.array_equal(parts, whole)
    assert np.array_equal(scorer.scores(np.asfortranarray(values), 1), whole)
    assert scorer.scores(values[:0]).shape == (0,)


def test_a_model_that_learned_nothing_says_its_mean():
    values = np.zeros((30, 2), np.float32)
    booster = grown(np.random.default_rng(0), values)
    model = compile_trees(booster.model_to_string())
    assert [len(tree.leaf_value) for tree in model.trees] == [1] * len(model.trees)
    assert np.array_equal(Scorer.of(model).scores(values), reference(booster, values))


def test_whole_numbers_are_taken_as_they_are():
    rng = np.random.default_rng(2)
    values = rng.integers(-5, 5, (200, 3))
    booster = grown(rng, values.astype(np.float64))
    assert np.array_equal(scorer_of(booster).scores(values), reference(booster, values.astype(np.float64)))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"linear_tree": True}, "linear trees"),
        ({"objective": "multiclass", "num_class": 3}, "several classes"),
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "averages its trees"),
    ],
)
def test_models_that_are_no_sum_of_leaves_are_refused(parameters, said):
    rng = np.random.default_rng(0)
    values = rng.normal(size=(300, 3))
    given = {"num_threads": 1, "verbosity": -1, "num_leaves": 4, **parameters}
    booster = lgb.train(given, lgb.Dataset(values, rng.integers(0, 3, 300), params=given), 2)
    with pytest.raises(NoModelError, match=said):
        compile_trees(booster.model_to_string())


def test_other_texts_and_other_widths_are_refused():
    with pytest.raises(NoModelError, match="no LightGBM model"):
        compile_trees("tree\nversion=v4\n")
    rng = np.random.default_rng(0)
    values = values_of(rng, 50, 3)
    with pytest.raises(ValueError, match=r"3 features.*\(50, 2\)"):
        scorer_of(grown(rng, values)).scores(values[:, :2])
