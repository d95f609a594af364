"""Finding a recipe and calibrators on rows that the model has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.model.boosting import TrainingRows
from winback.model.calibration import Calibrator, fit_calibrators
from winback.model.learner import FEW_CUSTOMERS, HeldOutScores, Recipe, score_held_out
from winback.settings import ModelSettings
from winback.snapshots import POPULATIONS

Floats = NDArray[np.float64]
FOLDS = 5


@dataclass(frozen=True)
class Found:
    """What held-out rows taught.

    Parameters
    ----------
    recipe : Recipe
        How to train on all rows.
    calibrators : dict of int to Calibrator
        One per population.
    scores : float64[n]
        Log-odds of every row by a model that did not see the row's customer; nan where that could not be done.
    """

    recipe: Recipe
    calibrators: dict[int, Calibrator]
    scores: Floats


def can_grow_trees(target: NDArray[np.int8], groups: NDArray[np.int64]) -> bool:
    """Tell whether enough different customers had each outcome for trees to be tried."""
    return min(len(np.unique(groups[target == outcome])) for outcome in (0, 1)) >= FEW_CUSTOMERS


def search_on(
    rows: TrainingRows, stop: TrainingRows, settings: ModelSettings, *, seed: int, threads: int, with_trees: bool
) -> Recipe:
    """Find the recipe on later rows.

    Parameters
    ----------
    rows : TrainingRows
        To train on; both classes.
    stop : TrainingRows
        Later rows, on which the trees stop and the mixture is chosen.
    with_trees : bool
        False for data too thin for trees.

    Returns
    -------
    Recipe
    """
    return score_held_out(rows, stop, settings, seed=seed, threads=threads, with_trees=with_trees).recipe()


def search_by_folds(
    rows: TrainingRows,
    population: NDArray[np.int8],
    groups: NDArray[np.int64],
    settings: ModelSettings,
    *,
    seed: int,
    threads: int,
) -> Found:
    """Find recipe and calibrators by leaving out one fifth of the customers at a time.

    For data without a later cutoff to look at: tells what holds for other customers, not for later times.

    Parameters
    ----------
    rows : TrainingRows
        All rows; both classes.
    population : int8[n]
        Population of each row.
    groups : int64[n]
        Customer of each row; a customer's rows stay together.
    seed, threads : int
        Of the trees and of the draw of customers.

    Returns
    -------
    Found
    """
    fold = _folds(groups, seed)
    with_trees = can_grow_trees(rows.target, groups)
    parts: list[tuple[NDArray[np.int64], HeldOutScores]] = []
    for number in range(FOLDS):
        out = fold == number
        if not out.any() or len(np.unique(rows.target[~out])) < 2:
            continue
        scored = score_held_out(
            rows.at(~out), rows.at(out), settings, seed=seed + number, threads=threads, with_trees=with_trees
        )
        parts.append((np.flatnonzero(out), scored))
    scores = np.full(len(rows), np.nan)
    if not parts:
        return Found(Recipe(0.0, 0), identity_calibrators(), scores)
    seen = np.concatenate([places for places, _ in parts])
    together = _joined([scored for _, scored in parts])
    recipe = together.recipe()
    scores[seen] = together.mixed(recipe.tree_share)
    calibrators = fit_calibrators(scores[seen], together.target, population[seen], len(POPULATIONS))
    return Found(recipe, calibrators, scores)


def identity_calibrators() -> dict[int, Calibrator]:
    """Calibrators that leave the log-odds as they are."""
    return {code: Calibrator() for code in range(len(POPULATIONS))}


def _folds(groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """A fold for every row, the same for all rows of a customer."""
    distinct, place = np.unique(groups, return_inverse=True)
    drawn = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    return np.asarray(drawn[place], np.int64)


def _joined(parts: list[HeldOutScores]) -> HeldOutScores:
    trees = None if parts[0].trees is None else np.concatenate([part.trees for part in parts if part.trees is not None])
    return HeldOutScores(
        trees,
        np.concatenate([part.linear for part in parts]),
        np.concatenate([part.target for part in parts]),
        int(np.median([part.rounds for part in parts])),
    )
