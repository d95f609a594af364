"""Rows and a model to score them with: 60 features, of which some categorical and many with gaps."""

from __future__ import annotations

from pathlib import Path

import lightgbm as lgb
import numpy as np

FEATURES, CATEGORICAL, GAPS = 60, (7, 23, 41), 0.1
_TAUGHT = 20_000


def make_rows(rows: int, seed: int) -> np.ndarray:
    """Return float32[rows, 60]."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((rows, FEATURES), np.float32)
    values[:, ::4] = np.round(np.abs(values[:, ::4]) * 4)  # counts
    values[rng.random(values.shape, np.float32) < GAPS] = np.nan
    for column in CATEGORICAL:
        values[:, column] = rng.integers(0, 30, rows)
    return values


def make_model(trees: int, leaves: int, depth: int, seed: int) -> str:
    """Return the text of a model of so many trees, taught what needs many features at once."""
    rng = np.random.default_rng(seed)
    values = make_rows(_TAUGHT, seed + 1)
    plain = np.nan_to_num(values, nan=-0.5).astype(np.float64)
    pairs = rng.integers(0, FEATURES, (80, 2))
    score = np.sign(plain[:, pairs[:, 0]]) * np.tanh(plain[:, pairs[:, 1]]) @ rng.normal(size=80)
    parameters = {
        "objective": "binary",
        "num_leaves": leaves,
        "max_depth": depth,
        "learning_rate": 0.05,
        "max_bin": 63,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
    target = score + rng.normal(size=_TAUGHT) > 0
    return str(
        lgb.train(parameters, lgb.Dataset(values, target, categorical_feature=CATEGORICAL), trees).model_to_string()
    )


def write_company(folder: Path, rows: int, trees: int, leaves: int, depth: int, seed: int) -> None:
    """Write ``values.npy`` and ``model.txt``."""
    np.save(folder / "values.npy", make_rows(rows, seed))
    (folder / "model.txt").write_text(make_model(trees, leaves, depth, seed), encoding="utf-8")


def read_company(folder: Path, rows: int) -> tuple[np.ndarray, str]:
    """Return the first rows and the model's text."""
    return np.array(np.load(folder / "values.npy", mmap_mode="r")[:rows]), (folder / "model.txt").read_text("utf-8")
