"""Random models of LightGBM, and the values that are hard for them."""

import lightgbm as lgb
import numpy as np
from hypothesis import strategies as st

TINY = [0.0, -0.0, 1e-36, -1e-36, 9e-36, 1.1e-35, -1.1e-35, 1e-45]
ODD = [np.nan, np.inf, -np.inf, 3e9, -1.0, -0.5, 0.5, 63.0, 64.0, 1e6]


def values_of(rng, rows, width, categorical=(), dtype=np.float32, *, odd=False):
    """Rows with whole numbers, gaps, zeros and almost zeros; ``odd``: also what no training has seen."""
    values = np.where(
        rng.random((rows, width)) < 0.5, rng.normal(size=(rows, width)), rng.integers(-3, 4, (rows, width))
    )
    values[rng.random((rows, width)) < 0.15] = np.nan
    tiny = rng.random((rows, width)) < 0.15
    values[tiny] = rng.choice(TINY, tiny.sum())
    for column in categorical:
        values[:, column] = rng.choice([*range(70), np.nan], rows)
    if odd:
        strange = rng.random((rows, width)) < 0.1
        values[strange] = rng.choice(ODD, strange.sum())
    return values.astype(dtype)


def grown(rng, values, categorical=(), rounds=5, **parameters):
    """Trees for a target in which features interact."""
    parts = np.nan_to_num(values.astype(np.float64), nan=1.5, posinf=2, neginf=-2)
    target = parts[:, 0] * np.sign(parts[:, -1]) + np.sin(7 * parts).sum(axis=1) + 0.3 * rng.normal(size=len(values))
    if parameters.get("objective") == "binary":
        target = target > np.median(target)
    if parameters.get("objective") == "tweedie":
        target = np.exp(target / 3)
    weight = rng.uniform(0.1, 3, len(values))
    given = {"num_threads": 1, "verbosity": -1, "min_data_in_bin": 1, "seed": 3, "min_data_per_group": 1, **parameters}
    data = lgb.Dataset(values, target, weight=weight, categorical_feature=list(categorical), params=given)
    return lgb.train(given, data, rounds)


@st.composite
def models(draw, max_leaves=80):
    """A booster, its training values, its categorical columns and a generator for more rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width = draw(st.integers(1, 14))
    categorical = tuple(range(0, width, 3)) if draw(st.booleans()) else ()
    rows = draw(st.sampled_from([3, 40, 400]))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    values = values_of(rng, rows, width, categorical, dtype)
    booster = grown(
        rng,
        values,
        categorical,
        rounds=draw(st.integers(1, 6)),
        objective=draw(st.sampled_from(["regression", "binary", "tweedie"])),
        num_leaves=draw(st.integers(2, max_leaves)),
        max_depth=draw(st.sampled_from([-1, 1, 3, 12])),
        min_data_in_leaf=draw(st.sampled_from([1, 5, 50])),
        max_cat_to_onehot=draw(st.sampled_from([1, 100])),
        cat_smooth=0.0,
        zero_as_missing=draw(st.booleans()),
        use_missing=draw(st.booleans()),
        extra_trees=draw(st.booleans()),
        boost_from_average=draw(st.booleans()),
        bagging_freq=1,
        bagging_fraction=draw(st.sampled_from([0.7, 1.0])),
    )
    return booster, values, categorical, rng
