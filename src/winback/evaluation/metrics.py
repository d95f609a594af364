"""Measures of a churn score, with and without resampling of customers.

Every measure takes weights, one row of them per resample, so that all resamples are computed together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Measures of the order alone, and measures of the probabilities.
RANKING = ("auc", "average_precision", "lift_5", "lift_10", "lift_20")
PROBABILITY = ("brier", "log_loss", "calibration_error")
METRICS = RANKING + PROBABILITY
#: Of these, smaller is better.
LOSSES = PROBABILITY
_BINS = 10
_ROWS_PER_BIN = 30
_BLOCK = 4_000_000


@dataclass(frozen=True, eq=False)
class Scored:
    """Scores and outcomes of rows, ordered once for all resamples.

    Parameters
    ----------
    target : float64[n]
        1 churned, 0 kept; by descending score.
    score : float64[n]
        Descending.
    order : int64[n]
        Where each row stood before.
    group_ends : int64[g]
        Last position of each group of equal scores.
    is_probability : bool
        False for a rule: only its order means something.
    """

    target: Floats
    score: Floats
    order: NDArray[np.int64]
    group_ends: NDArray[np.int64]
    is_probability: bool

    @classmethod
    def of(cls, target: NDArray[np.int8], score: Floats, *, is_probability: bool = True) -> Scored:
        """Order rows by descending score."""
        order = np.argsort(-np.asarray(score, np.float64), kind="stable")
        ordered = np.asarray(score, np.float64)[order]
        group_ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
        return cls(np.asarray(target, np.float64)[order], ordered, order, group_ends, is_probability)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the measures that make sense for it."""
        return METRICS if self.is_probability else RANKING


def measure(scored: Scored, weights: NDArray[np.floating] | None = None) -> dict[str, Floats]:
    """Compute every measure under every row of weights.

    Parameters
    ----------
    scored : Scored
        n rows.
    weights : float[b, n], optional
        How much each row counts in each of b resamples, in the rows' original order; each once if left out.

    Returns
    -------
    dict of str to float64[b]
        nan where a resample has one outcome only and the measure needs both.

    Notes
    -----
    ``auc`` is the probability that a churned row stands above a kept one, ties counting half (Mann and Whitney 1947).
    ``average_precision`` sums precision over the steps of recall. ``lift_k`` is the share churned among the top k %
    over the share among all; a tie at the border counts in proportion. ``calibration_error`` is the mean, over ten bins
    of equally many rows, of the distance between the mean probability and the share churned.

    Examples
    --------
    >>> found = measure(Scored.of(np.array([1, 0, 1, 0]), np.array([0.9, 0.8, 0.7, 0.1])))
    >>> float(found["auc"][0])
    0.75
    """
    size = len(scored.target)
    if weights is None:
        weights = np.ones((1, size))
    step = max(1, _BLOCK // max(1, size))
    parts = [
        _measure_block(scored, weights[start : start + step].astype(np.float64))
        for start in range(0, len(weights), step)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in scored.metrics}


def _measure_block(scored: Scored, weights: Floats) -> dict[str, Floats]:
    weights = weights[:, scored.order]
    positive = np.cumsum(weights * scored.target, axis=1)[:, scored.group_ends]
    total = np.cumsum(weights, axis=1)[:, scored.group_ends]
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _ranking(positive, total)
        if scored.is_probability:
            found |= _of_probabilities(scored, weights)
    return found


def _ranking(positive: Floats, total: Floats) -> dict[str, Floats]:
    """Measures of the order, from cumulated weights at the ends of groups of equal scores."""
    negative = total - positive
    all_positive, all_negative, everything = positive[:, -1], negative[:, -1], total[:, -1]
    step_positive = np.diff(positive, axis=1, prepend=0)
    step_negative = np.diff(negative, axis=1, prepend=0)
    below = all_negative[:, None] - negative + step_negative / 2
    precision = np.where(total > 0, positive / np.where(total > 0, total, 1), 0)
    found = {
        "auc": (step_positive * below).sum(axis=1) / (all_positive * all_negative),
        "average_precision": (step_positive * precision).sum(axis=1) / all_positive,
    }
    base = all_positive / everything
    for share in (5, 10, 20):
        reached = np.array(
            [
                np.interp(share / 100 * all_weight, np.append(0, weight), np.append(0, hits))
                for all_weight, weight, hits in zip(everything, total, positive, strict=True)
            ]
        )
        found[f"lift_{share}"] = reached / (share / 100 * everything) / base
    return found


def _of_probabilities(scored: Scored, weights: Floats) -> dict[str, Floats]:
    everything = weights.sum(axis=1)
    probability = np.clip(scored.score, 1e-15, 1 - 1e-15)
    squared = (probability - scored.target) ** 2
    log_loss = -np.where(scored.target == 1, np.log(probability), np.log1p(-probability))
    gaps = np.add.reduceat(weights * (probability - scored.target), bin_starts(len(probability)), axis=1)
    return {
        "brier": weights @ squared / everything,
        "log_loss": weights @ log_loss / everything,
        "calibration_error": np.abs(gaps).sum(axis=1) / everything,
    }


def bin_starts(size: int) -> NDArray[np.int64]:
    """First positions of up to ten bins of equally many rows; fewer bins where rows are few.

    Examples
    --------
    >>> bin_starts(90).tolist()
    [0, 30, 60]
    """
    bins = int(np.clip(size // _ROWS_PER_BIN, 1, _BINS))
    return np.unique((np.arange(bins) * size) // bins).astype(np.int64)
