"""What predicts: trees, a linear model, a mixture of both, or a constant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from winback.model.boosting import BoostedTrees, TrainingRows, grow, grow_until_worse, tree_parameters
from winback.model.calibration import fit_calibrator
from winback.model.linear import RankLogistic, fit_logistic
from winback.settings import ModelSettings

Floats = NDArray[np.float64]
Kind = Literal["constant", "linear", "trees", "mixed"]

#: Fewer customers of the rarer outcome than this, and trees have nothing to hold on to.
FEW_CUSTOMERS = 25
#: The linear part needs no more rows than this.
_LINEAR_ROWS = 20_000
_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
#: A mixture must lower the loss by this share of it to be worth its second part.
_WORTHWHILE = 0.001


@dataclass(frozen=True)
class Recipe:
    """How to train, as found on held-out rows.

    Parameters
    ----------
    tree_share : float
        Weight of the trees in the log-odds, 0 to 1; the rest is the linear model's.
    rounds : int
        Trees to grow.
    ridge : float
        Penalty of the linear model, in rows.
    """

    tree_share: float
    rounds: int
    ridge: float = 20.0

    @property
    def kind(self) -> Kind:
        """The name of what it makes."""
        if self.tree_share in (0, 1):
            return "trees" if self.tree_share else "linear"
        return "mixed"


@dataclass(frozen=True)
class Learner:
    """A weighted sum of the log-odds of its parts.

    Parameters
    ----------
    width : int
        Number of features.
    base : float
        Log-odds of a constant model; used where there is no part.
    trees, linear : optional
        The parts.
    tree_share : float
        Weight of the trees, 0 to 1.
    """

    width: int
    base: float = 0.0
    trees: BoostedTrees | None = None
    linear: RankLogistic | None = None
    tree_share: float = 1.0
    threads: int = field(default=0, compare=False)

    @property
    def kind(self) -> Kind:
        """Which parts there are."""
        if self.trees is None:
            return "constant" if self.linear is None else "linear"
        return "trees" if self.linear is None else "mixed"

    def _parts(self) -> list[tuple[float, BoostedTrees | RankLogistic]]:
        parts: list[tuple[float, BoostedTrees | RankLogistic]] = []
        if self.trees is not None:
            parts.append((self.tree_share, self.trees))
        if self.linear is not None:
            parts.append((1 - self.tree_share, self.linear))
        return parts

    def scores(self, values: NDArray[np.float32]) -> Floats:
        """Log-odds before calibration, float64[n]."""
        total = np.full(len(values), 0.0 if self._parts() else self.base)
        for share, part in self._parts():
            total += share * part.scores(values, self.threads)
        return total

    def contributions(self, values: NDArray[np.float32]) -> Floats:
        """SHAP values of `scores`, float64[n, k + 1]; the last column is the expected score."""
        total = np.zeros((len(values), self.width + 1))
        total[:, -1] = 0.0 if self._parts() else self.base
        for share, part in self._parts():
            total += share * part.contributions(values, self.threads)
        return total


def constant_learner(target: NDArray[np.int8], width: int) -> Learner:
    """Predict the same for all: the share of the outcome, drawn one row each way from 0 and 1 (Laplace)."""
    return Learner(width, base=float(logit((target.sum() + 1) / (len(target) + 2))))


def build(recipe: Recipe, rows: TrainingRows, settings: ModelSettings, seeds: tuple[int, ...], threads: int) -> Learner:
    """Train on all ``rows`` as the recipe says; rows of one class only give a constant."""
    width = rows.values.shape[1]
    if len(np.unique(rows.target)) < 2:
        return constant_learner(rows.target, width)
    trees = linear = None
    if recipe.tree_share > 0:
        parameters = tree_parameters(settings, *rows.values.shape, seed=seeds[0], threads=threads)
        trees = grow(parameters, rows, max(1, recipe.rounds), seeds)
    if recipe.tree_share < 1:
        linear = fit_logistic(_thinned(rows), recipe.ridge)
    return Learner(width, trees=trees, linear=linear, tree_share=recipe.tree_share, threads=threads)


def _thinned(rows: TrainingRows) -> TrainingRows:
    """Evenly spaced rows, when there are more than the linear model needs."""
    if len(rows) <= _LINEAR_ROWS:
        return rows
    return rows.at(np.linspace(0, len(rows) - 1, _LINEAR_ROWS).astype(np.int64))


@dataclass(frozen=True)
class HeldOutScores:
    """Log-odds of both parts on rows that they were not trained on.

    Parameters
    ----------
    trees, linear : float64[n]
        Scores; of trees, ``None`` where they were not tried.
    target : int8[n]
        What happened.
    rounds : int
        Trees that were best.
    """

    trees: Floats | None
    linear: Floats
    target: NDArray[np.int8]
    rounds: int

    def recipe(self) -> Recipe:
        """The mixture with the lowest loss; the trees alone unless a mixture is clearly better."""
        if self.trees is None:
            return Recipe(0.0, 0)
        losses = {share: _loss(self.mixed(share), self.target) for share in _SHARES}
        best = min(_SHARES, key=lambda share: losses[share])
        if losses[best] > losses[1.0] * (1 - _WORTHWHILE):
            best = 1.0
        return Recipe(best, self.rounds)

    def mixed(self, share: float) -> Floats:
        """Log-odds of the mixture in which the trees have this share."""
        return self.linear if self.trees is None else share * self.trees + (1 - share) * self.linear


def score_held_out(
    rows: TrainingRows, held_out: TrainingRows, settings: ModelSettings, *, seed: int, threads: int, with_trees: bool
) -> HeldOutScores:
    """Train both parts on ``rows`` and score ``held_out``; the trees stop when its loss no longer falls."""
    linear = fit_logistic(_thinned(rows), Recipe(0, 0).ridge).scores(held_out.values)
    if not with_trees:
        return HeldOutScores(None, linear, held_out.target, 0)
    parameters = tree_parameters(settings, *rows.values.shape, seed=seed, threads=threads)
    booster = grow_until_worse(parameters, rows, held_out, settings)
    trees = booster.predict(held_out.values, raw_score=True, num_iteration=booster.best_iteration)
    return HeldOutScores(np.asarray(trees, np.float64), linear, held_out.target, int(booster.best_iteration))


def _loss(scores: Floats, target: NDArray[np.int8]) -> float:
    """Mean log loss after the line that calibrates best: parts are compared by what they tell apart."""
    probability = fit_calibrator(scores, target)(scores)
    return float(-np.mean(np.where(target == 1, np.log(probability), np.log1p(-probability))))
