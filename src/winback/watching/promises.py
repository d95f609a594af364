"""What a past cycle said of customers, against what came when its window had closed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.evaluation import Estimate, Scored, customer_weights, measure
from winback.evaluation.curves import wilson

#: Resamples behind an interval: fewer where customers are many, whose intervals are narrow.
MOST_SAMPLES, FEWEST_SAMPLES = 200, 20
_DRAWN = 10_000_000


@dataclass(frozen=True)
class Promise:
    """One population of one cycle.

    Parameters
    ----------
    cycle, population, model_version : str
        Whose promise it was.
    customers, churned : int
        Customers that were left alone, and how many of them churned.
    predicted : float
        How many should have churned, as a share.
    came : float
        How many did, as a share.
    gap : Estimate
        ``predicted − came``, with a 90 % interval by resampling customers.
    auc : Estimate
        How well they were ordered.
    tested_auc : Estimate or None
        AUC in the model's own test.
    """

    cycle: str
    population: str
    model_version: str
    customers: int
    churned: int
    predicted: float
    came: float
    gap: Estimate
    auc: Estimate
    tested_auc: Estimate | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def check_promise(
    cycle: str,
    population: str,
    model_version: str,
    probability: NDArray[np.float64],
    labels: NDArray[np.int8],
    *,
    seed: int,
    tested_auc: Estimate | None = None,
) -> Promise:
    """Compare what was said with what came.

    Parameters
    ----------
    cycle, population, model_version, tested_auc
        As in `Promise`.
    probability : float64[n]
        What the cycle's list said of each customer (one row each).
    labels : int8[n]
        1 churned.
    seed : int
        Of the resamples of customers.

    Examples
    --------
    >>> said, came = np.tile([0.2, 0.8], 50), np.tile([0, 1], 50).astype(np.int8)
    >>> found = check_promise("2024-05-06", "active", "v1", said, came, seed=0)
    >>> found.predicted, found.came, found.auc.value
    (0.5, 0.5, 1.0)
    """
    samples = int(np.clip(_DRAWN // len(labels), FEWEST_SAMPLES, MOST_SAMPLES))
    weights = customer_weights(np.arange(len(labels), dtype=np.int64), samples, seed)
    scored = Scored.of(labels, probability)
    return Promise(
        cycle=cycle,
        population=population,
        model_version=model_version,
        customers=len(labels),
        churned=int(labels.sum()),
        predicted=float(np.mean(probability)),
        came=float(np.mean(labels)),
        gap=_gap(probability, labels, weights),
        auc=Estimate.of(float(measure(scored)["auc"][0]), measure(scored, weights)["auc"]),
        tested_auc=tested_auc,
    )


def _gap(probability: NDArray[np.float64], labels: NDArray[np.int8], weights: NDArray[np.float32]) -> Estimate:
    """Predicted less what came, with its interval."""
    predicted, came = float(np.mean(probability)), float(np.mean(labels))
    if labels.min() == labels.max():
        # every resample would hold the one outcome again: that few ended alike must not look like a certainty
        low, high = wilson(came, len(labels))
        return Estimate(predicted - came, predicted - high, predicted - low)
    gaps = weights @ (probability - labels) / weights.sum(axis=1)
    return Estimate.of(predicted - came, gaps.astype(np.float64))
