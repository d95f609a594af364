"""Gradient-boosted trees by LightGBM, trained the same way twice and kept as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from winback.settings import ModelSettings
from winback.trees import CompiledTrees, Explainer, Scorer, compile_trees

Floats = NDArray[np.float64]
_FEATURES_PER_TREE = 8


@dataclass(frozen=True)
class TrainingRows:
    """Rows to learn from.

    Parameters
    ----------
    values : float32[n, k]
        Features; nan where missing, codes where categorical.
    target : float64[n] or int8[n]
        What is to be predicted.
    weight : float64[n]
        How much each row counts.
    categorical : tuple of int
        Positions of the category columns.
    """

    values: NDArray[np.float32]
    target: NDArray[Any]
    weight: Floats
    categorical: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.target)

    def at(self, rows: NDArray[Any]) -> TrainingRows:
        """Some of the rows, by mask or positions; those of a mask that lie together are looked at, not copied."""
        part = _together(rows)
        return TrainingRows(self.values[part], self.target[part], self.weight[part], self.categorical)


def _together(rows: NDArray[Any]) -> NDArray[Any] | slice:
    """The rows of a mask as a slice where no other row lies between them.

    Snapshots are sorted by cutoff, so the parts of a split by time are slices: LightGBM reads them where they are.
    """
    if rows.dtype != bool:
        return rows
    first, count = int(np.argmax(rows)), int(np.count_nonzero(rows))
    return slice(first, first + count) if rows[first : first + count].all() else rows


@dataclass(frozen=True)
class BoostedTrees:
    """Trained trees, as LightGBM's own text.

    Parameters
    ----------
    text : str
        The model as `lightgbm.Booster.model_to_string` writes it.
    """

    text: str

    @cached_property
    def _compiled(self) -> CompiledTrees:
        return compile_trees(self.text)

    @cached_property
    def _scorer(self) -> Scorer:
        return Scorer.of(self._compiled)

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer.of(self._compiled)

    def scores(self, values: NDArray[np.float32], threads: int = 0) -> Floats:
        """Raw scores (log-odds, or the logarithm of the mean), float64[n]: LightGBM's own, bit for bit."""
        return self._scorer.scores(values, threads)

    def contributions(self, values: NDArray[np.float32], threads: int = 0) -> Floats:
        """SHAP values of the raw score, float64[n, k + 1]; the last column is the expected score."""
        shares = np.empty((len(values), self._compiled.width + 1))
        shares[:, -1] = self._compiled.expected
        return self._explainer.contributions(values, threads, out=shares)


def tree_parameters(
    settings: ModelSettings, rows: int, features: int, *, seed: int, threads: int, objective: str = "binary"
) -> dict[str, Any]:
    """LightGBM's parameters for so many rows and features.

    Small data gets smaller leaves and fewer of them, never more of either than the settings say; a tree of a narrow
    table sees a larger share of its features, so that those that belong together still meet.
    """
    return {
        "objective": objective,
        "learning_rate": settings.learning_rate,
        "num_leaves": int(np.clip(rows // 40, 4, settings.num_leaves)),
        "min_data_in_leaf": int(np.clip(rows // 40, 5, settings.min_data_in_leaf)),
        "feature_fraction": max(settings.feature_fraction, min(1.0, _FEATURES_PER_TREE / features)),
        "bagging_fraction": settings.bagging_fraction,
        "bagging_freq": 1,
        # Snapshots of one customer at neighbouring cutoffs are nearly copies of each other: thresholds drawn at random,
        # few leaves and few features per tree keep the trees from learning customers by heart.
        "extra_trees": True,
        "lambda_l2": settings.lambda_l2,
        "max_cat_threshold": 16,
        "cat_smooth": 50.0,
        "min_data_per_group": 100,
        "max_bin": 255,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads,
        "verbosity": -1,
    }


def dataset(rows: TrainingRows, reference: lgb.Dataset | None = None, *, for_any_leaf: bool = False) -> lgb.Dataset:
    """Rows as LightGBM takes them, read where they are.

    Parameters
    ----------
    rows : TrainingRows
        What is to be binned.
    reference : lightgbm.Dataset, optional
        Shares the bins of the training rows.
    for_any_leaf : bool
        True for rows that are trained on again and again with other parameters: LightGBM then keeps also the features
        that leaves of the first training's size could not split.
    """
    names = [f"f{i}" for i in range(rows.values.shape[1])]
    return lgb.Dataset(
        rows.values,
        rows.target,
        weight=rows.weight,
        reference=reference,
        feature_name=names,
        categorical_feature=list(rows.categorical),
        free_raw_data=False,
        params={"verbosity": -1} | ({"feature_pre_filter": False} if for_any_leaf else {}),
    )


@dataclass(frozen=True, eq=False)
class Contest:
    """Binned rows to learn from and later ones to watch, for as many trainings as are asked for.

    Parameters
    ----------
    learned, watched : lightgbm.Dataset
        The second has the bins of the first.
    """

    learned: lgb.Dataset
    watched: lgb.Dataset

    @classmethod
    def of(cls, rows: TrainingRows, watched: TrainingRows, *, for_any_leaf: bool = False) -> Contest:
        """Bin both when the first training asks for them."""
        learned = dataset(rows, for_any_leaf=for_any_leaf)
        return cls(learned, dataset(watched, learned, for_any_leaf=for_any_leaf))

    def grow_until_worse(self, parameters: dict[str, Any], settings: ModelSettings) -> lgb.Booster:
        """Add trees until the watched loss has not fallen for `early_stopping_rounds`; keeps the best number."""
        return lgb.train(
            parameters,
            self.learned,
            num_boost_round=settings.max_rounds,
            valid_sets=[self.watched],
            callbacks=[lgb.early_stopping(settings.early_stopping_rounds, verbose=False)],
        )


def grow_until_worse(
    parameters: dict[str, Any], rows: TrainingRows, watched: TrainingRows, settings: ModelSettings
) -> lgb.Booster:
    """Add trees until the loss on ``watched`` has not fallen for `early_stopping_rounds`; keeps the best number."""
    return Contest.of(rows, watched).grow_until_worse(parameters, settings)


def grow(parameters: dict[str, Any], rows: TrainingRows, rounds: int, seeds: Sequence[int]) -> BoostedTrees:
    """Grow ``rounds`` trees for every seed and average them into one model."""
    train = dataset(rows)
    boosters = [lgb.train({**parameters, "seed": seed}, train, num_boost_round=rounds) for seed in seeds]
    return BoostedTrees(averaged(boosters))


def averaged(boosters: Sequence[lgb.Booster]) -> str:
    """Write one model whose raw score is the mean of the raw scores of several.

    Parameters
    ----------
    boosters : sequence of lightgbm.Booster
        Trained on the same columns with the same objective.

    Returns
    -------
    str
        LightGBM text: the trees of all, each with its leaf values divided by their number.
    """
    texts = [str(booster.model_to_string(num_iteration=booster.best_iteration or -1)) for booster in boosters]
    if len(texts) == 1:
        return texts[0]
    head, _ = texts[0].split("Tree=0", 1)
    tail = texts[0].split("end of trees", 1)[1]
    # Without sizes LightGBM reads the trees one after another.
    head = "\n".join(line for line in head.split("\n") if not line.startswith("tree_sizes="))
    trees = [tree for text in texts for tree in _trees(text)]
    body = "".join(f"Tree={i}\n{_scaled(tree, 1 / len(texts))}" for i, tree in enumerate(trees))
    return f"{head}{body}end of trees{tail}"


def _trees(text: str) -> list[str]:
    """Texts of the trees without their ``Tree=`` lines."""
    body = text[text.index("Tree=0") : text.index("end of trees")]
    return [part.split("\n", 1)[1] for part in ("\n" + body).split("\nTree=")[1:]]


def _scaled(tree: str, factor: float) -> str:
    lines = []
    for line in tree.rstrip("\n").split("\n"):
        key, _, value = line.partition("=")
        if key in ("leaf_value", "internal_value"):
            line = f"{key}=" + " ".join(repr(float(number) * factor) for number in value.split())
        lines.append(line)
    return "\n".join(lines) + "\n\n\n"
