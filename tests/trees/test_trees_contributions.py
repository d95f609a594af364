"""Contributions are exact: as the definition gives them, as LightGBM and as shap compute them."""

import re
from decimal import Decimal, localcontext
from itertools import combinations
from math import factorial

import lightgbm as lgb
import numpy as np
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st
from tree_models import grown, models, values_of

from winback.errors import NoModelError
from winback.trees import Explainer, Scorer, compile_trees


def model_of(booster):
    return compile_trees(booster.model_to_string())


def assert_near(found, wanted):
    """Differences of sums in another order: 1e-12 of the largest number."""
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-12 * max(1.0, np.abs(wanted).max(initial=0)))


@settings(max_examples=50, deadline=None)
@given(models(max_leaves=60), st.sampled_from([(8, 11), (8, 11), (1, 3), (1, 1), (4, 4)]))
def test_contributions_are_lightgbms(made, bits):
    booster, values, categorical, rng = made
    model = model_of(booster)
    more = np.concatenate([values[:40], values_of(rng, 30, values.shape[1], categorical, values.dtype, odd=True)])
    wanted = booster.predict(more, pred_contrib=True, num_threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("winback.trees.contributions.JOINT_BITS", bits[0])
        patch.setattr("winback.trees.contributions.MOST_BITS", bits[1])
        explainer = Explainer.of(model)
    found = explainer.contributions(more, 1)
    assert_near(found, wanted[:, :-1])
    assert_near(np.full(len(more), model.expected), wanted[:, -1])
    assert_near(found.sum(axis=1) + model.expected, Scorer.of(model).scores(more, 1))


def shapley(tree, row):
    """Shapley values of one numeric tree by their definition, over all sets of known features."""

    def mean(node, known):
        if "leaf_value" in node:
            return node["leaf_value"], node["leaf_count"]
        sides = [node["left_child"], node["right_child"]]
        if node["split_feature"] in known:
            value = row[node["split_feature"]]
            missing = np.isnan(value) and node["missing_type"] == "NaN"
            left = node["default_left"] if missing else np.nan_to_num(value) <= node["threshold"]
            return mean(sides[0] if left else sides[1], known)[0], node["internal_count"]
        (a, m), (b, n) = (mean(side, known) for side in sides)
        return (a * m + b * n) / node["internal_count"], node["internal_count"]

    width = len(row)
    result = np.zeros(width)
    for feature in range(width):
        others = [other for other in range(width) if other != feature]
        for size in range(width):
            weight = factorial(size) * factorial(width - size - 1) / factorial(width)
            for known in combinations(others, size):
                result[feature] += weight * (mean(tree, {*known, feature})[0] - mean(tree, set(known))[0])
    return result


def test_contributions_are_those_of_the_definition():
    rng = np.random.default_rng(4)
    values = values_of(rng, 300, 4)
    booster = grown(rng, values, rounds=3, num_leaves=7, min_data_in_leaf=5)
    wanted = [
        sum(shapley(tree["tree_structure"], row) for tree in booster.dump_model()["tree_info"])
        for row in values[:20].astype(np.float64)
    ]
    assert_near(Explainer.of(model_of(booster)).contributions(values[:20]), np.array(wanted))


@pytest.mark.parametrize("leaves", [4, 31, 70])
def test_contributions_are_shaps(leaves):
    rng = np.random.default_rng(leaves)
    values = rng.normal(size=(1000, 9))
    values[rng.random(values.shape) < 0.1] = np.nan
    booster = grown(rng, values, rounds=8, num_leaves=leaves, objective="binary")
    peer = shap.TreeExplainer(booster)
    peer.model.model_type = "internal"  # its own code: otherwise it asks LightGBM
    wanted = np.asarray(peer.shap_values(values[:100], check_additivity=False)).reshape(-1, 100, 9)[-1]
    assert_near(Explainer.of(model_of(booster)).contributions(values[:100]), wanted)


def exact(node, row, path=()):
    """Contributions of one numeric tree to one row with 60 digits: polynomials multiplied out, then integrated."""
    if "leaf_value" not in node:
        left = row[node["split_feature"]] <= node["threshold"]
        total = np.zeros(len(row), object)
        for side, taken in (("left_child", left), ("right_child", not left)):
            child = node[side]
            rows = child.get("leaf_count", child.get("internal_count"))
            step = (node["split_feature"], Decimal(rows) / node["internal_count"], int(taken))
            total = total + exact(child, row, (*path, step))
        return total
    share, met = {}, {}
    for feature, part, taken in path:
        share[feature], met[feature] = share.get(feature, 1) * part, met.get(feature, 1) * taken
    total = np.zeros(len(row), object)
    for feature in share:
        product = [Decimal(1)]
        for other in share.keys() - {feature}:
            z, slope = share[other], met[other] - share[other]
            product = [z * low + slope * high for low, high in zip([*product, 0], [0, *product], strict=True)]
        integral = sum(part / (power + 1) for power, part in enumerate(product))
        total[feature] = Decimal(node["leaf_value"]) * (met[feature] - share[feature]) * integral
    return total


def test_ways_of_any_depth():
    """More than thirty features on a way: LightGBM's own recursion loses half of its digits there."""
    rng = np.random.default_rng(8)
    values = rng.exponential(size=(3000, 60))
    given = {"num_threads": 1, "verbosity": -1, "num_leaves": 55, "min_data_in_leaf": 1, "feature_fraction": 0.9}
    target = (values < 2.5).cumprod(axis=1).sum(axis=1) ** 2
    booster = lgb.train(given, lgb.Dataset(values, target, params=given), 2)
    explainer = Explainer.of(model_of(booster))
    assert np.diff(explainer.deep.offsets).max() > 30
    found = explainer.contributions(values[:20])
    with localcontext(prec=60):
        trees = booster.dump_model()["tree_info"]
        wanted = [sum(exact(tree["tree_structure"], row) for tree in trees) for row in values[:2]]
    assert_near(found[:2], np.array(wanted, np.float64))
    np.testing.assert_allclose(found, booster.predict(values[:20], pred_contrib=True)[:, :-1], rtol=0, atol=1e-5)


def test_blocks_and_threads_change_nothing(monkeypatch):
    monkeypatch.setattr("winback.trees.contributions.MOST_BITS", 4)
    rng = np.random.default_rng(9)
    values = values_of(rng, 5000, 9, (0,))
    explainer = Explainer.of(model_of(grown(rng, values, (0,), rounds=4, num_leaves=25)))
    assert len(explainer.tables.values) > 0
    assert len(explainer.deep.value) > 0
    whole = explainer.contributions(values, 1)
    assert np.array_equal(explainer.contributions(values, 3), whole)
    parts = np.empty_like(whole)
    for start in range(0, len(values), 1300):
        explainer.contributions(values[start : start + 1300], 2, out=parts[start : start + 1300])
    assert np.array_equal(parts, whole)
    assert np.array_equal(explainer.contributions(values[700:701]), whole[700:701])


@settings(max_examples=30, deadline=None)
@given(models(max_leaves=40), st.integers(1, 4))
def test_groups_are_sums_of_their_features(made, groups):
    booster, values, _, rng = made
    model = model_of(booster)
    group = rng.integers(-1, groups, values.shape[1])
    values = values[:50]
    shares = Explainer.of(model).contributions(values)
    wanted = np.stack([shares[:, group == one].sum(axis=1) for one in range(groups)], axis=1)
    assert_near(Explainer.of(model, group, groups).contributions(values), wanted)


def test_models_larger_than_the_tables_may_be_get_smaller_tables(monkeypatch):
    rng = np.random.default_rng(3)
    values = values_of(rng, 800, 8)
    model = model_of(grown(rng, values, num_leaves=31, min_data_in_leaf=3))
    large = Explainer.of(model)
    for places in (len(large.tables.values) // 3, 1):
        monkeypatch.setattr("winback.trees.contributions.MOST_PLACES", places)
        small = Explainer.of(model)
        assert len(small.tables.values) <= places
        assert_near(small.contributions(values), large.contributions(values))


def test_what_cannot_be_grouped_or_counted_is_refused():
    rng = np.random.default_rng(6)
    text = grown(rng, values_of(rng, 100, 3), num_leaves=4).model_to_string()
    model = compile_trees(text)
    with pytest.raises(ValueError, match=r"3 features.*\(2,\)"):
        Explainer.of(model, np.zeros(2, np.int64))
    with pytest.raises(ValueError, match="only 1 groups"):
        Explainer.of(model, np.array([0, 1, 0]), 1)
    uncounted = re.sub(r"internal_count=.*", "internal_count=0 0 0", text)
    with pytest.raises(NoModelError, match="how many rows"):
        Explainer.of(compile_trees(uncounted))
