"""Two models on the same snapshots: how much better the one is, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.evaluation.intervals import Estimate, Measured, customer_weights, too_few
from winback.evaluation.metrics import Scored
from winback.snapshots import POPULATIONS, Snapshots

Floats = NDArray[np.float64]

#: What is compared: the order, the probabilities over all rows, and the probabilities cutoff by cutoff.
COMPARED = ("auc", "calibration_error", "calibration_by_cutoff")
#: Share of the customers, those with the most at risk first, whose money is compared.
TOP_SHARE = 0.10


@dataclass(frozen=True)
class Comparison:
    """By how much a challenger is better than a champion, paired on the same resamples of customers.

    Parameters
    ----------
    gains : mapping of str to mapping of str to Estimate
        From population to one of `COMPARED` to the difference with its 90 % interval; above zero: the challenger is
        better.
    money : Estimate
        Difference of the shares of the leavers' money that stands in the top tenth of each one's list.
    rows, customers : int
        On how many snapshots of how many customers.
    """

    gains: Mapping[str, Mapping[str, Estimate]]
    money: Estimate
    rows: int
    customers: int

    def worse(self, tolerance: float) -> list[str]:
        """Say what got worse beyond noise: by more than the tolerance, with an interval that lies below zero."""
        found = [
            (f"{population}: {name}", gain) for population, part in self.gains.items() for name, gain in part.items()
        ]
        return [
            f"{what.replace('_', ' ')} is worse by {-gain.value:.3f} ({-gain.high:.3f} to {-gain.low:.3f})"
            for what, gain in [*found, ("money of leavers in the top tenth", self.money)]
            if gain.value is not None and gain.low is not None and gain.high is not None
            if gain.value < -tolerance and gain.high < 0
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "gains": {name: {key: gain.to_json() for key, gain in part.items()} for name, part in self.gains.items()},
            "money": self.money.to_json(),
            "rows": self.rows,
            "customers": self.customers,
        }


def compare(
    challenger: Floats,
    champion: Floats,
    labels: NDArray[np.int8],
    snapshots: Snapshots,
    money: Floats,
    *,
    samples: int,
    seed: int,
) -> Comparison:
    """Compare two models' probabilities of the same snapshots.

    Parameters
    ----------
    challenger, champion : float64[n]
        Probabilities of churn, each by a model that had seen none of these outcomes.
    labels : int8[n]
        1 churned.
    snapshots : Snapshots
        The rows.
    money : float64[n]
        What each customer brought before its cutoff, not below zero: a measure of worth that neither model made.
    samples, seed : int
        Resamples of customers, and the seed of the draw.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> rows = Snapshots(np.arange(500, dtype=np.int32), np.zeros(500, np.int64), np.zeros(500, np.int8))
    >>> true = rng.random(500)
    >>> left = (rng.random(500) < true).astype(np.int8)
    >>> found = compare(true, rng.random(500), left, rows, np.ones(500), samples=50, seed=1)
    >>> found.gains["active"]["auc"].low > 0, found.worse(0.01)
    (True, [])
    """
    weights = customer_weights(snapshots.customer.astype(np.int64), samples, seed)
    gains = {}
    for code, name in enumerate(POPULATIONS):
        here = np.flatnonzero(snapshots.population == code)
        if len(here):
            new, old = (
                _measured(values[here], labels[here], snapshots.cutoff[here], weights[:, here])
                for values in (challenger, champion)
            )
            gains[name] = {key: gain for key, gain in new.better_than(old).items() if key in COMPARED}
            whole = -(new.value["by_cutoff"] - old.value["by_cutoff"])
            drawn = -(new.resampled["by_cutoff"] - old.resampled["by_cutoff"])
            gains[name]["calibration_by_cutoff"] = Estimate.of(whole, drawn)
    both = [captured(values * money, money * labels, weights) for values in (challenger, champion)]
    every = [captured(values * money, money * labels, np.ones((1, len(labels)))) for values in (challenger, champion)]
    worth = Estimate.of(float(every[0][0] - every[1][0]), both[0] - both[1])
    return Comparison(gains, worth, len(labels), len(np.unique(snapshots.customer)))


def _measured(score: Floats, labels: NDArray[np.int8], cutoff: NDArray[np.int64], weights: NDArray[Any]) -> Measured:
    found = Measured.of(Scored.of(labels, score), weights)
    whole = float(calibration_by_cutoff(score, labels, cutoff, np.ones((1, len(labels))))[0])
    few = too_few(labels)
    drawn = np.full(len(weights), np.nan) if few else calibration_by_cutoff(score, labels, cutoff, weights)
    return Measured({**found.value, "by_cutoff": whole}, {**found.resampled, "by_cutoff": drawn})


def calibration_by_cutoff(
    score: Floats, labels: NDArray[np.int8], cutoff: NDArray[np.int64], weights: NDArray[Any]
) -> Floats:
    """Mean distance, over cutoffs, between the mean probability and the share that churned.

    A model that is right over the whole year but too high in summer and too low in winter is wrong at every cutoff.

    Parameters
    ----------
    score, labels, cutoff : arrays of n
        Probabilities, outcomes (1 churned) and instants of the rows.
    weights : float[b, n]
        How much each row counts in each of b resamples.

    Returns
    -------
    float64[b]

    Examples
    --------
    >>> rows = [0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0], [1, 1, 2, 2]
    >>> calibration_by_cutoff(*map(np.array, rows), np.ones((1, 4)))
    array([0.5])
    """
    order = np.argsort(cutoff, kind="stable")
    starts = np.flatnonzero(np.diff(cutoff[order], prepend=cutoff.min() - 1))
    gaps = np.add.reduceat(weights[:, order] * (score - labels)[order], starts, axis=1)
    return np.asarray(np.abs(gaps).sum(axis=1) / weights.sum(axis=1), np.float64)


def captured(score: Floats, money: Floats, weights: NDArray[Any], top_share: float = TOP_SHARE) -> Floats:
    """Share of the money that stands in the top of a list.

    Parameters
    ----------
    score : float64[n]
        The list's order, largest first; ties in proportion.
    money : float64[n]
        What is to be found, not below zero.
    weights : float[b, n]
        How much each row counts in each of b resamples.
    top_share : float
        How much of the list is looked at, 0 to 1.

    Returns
    -------
    float64[b]
        nan in a resample without money.

    Examples
    --------
    >>> captured(np.array([3.0, 2.0, 1.0, 0.0]), np.array([6.0, 0.0, 3.0, 3.0]), np.ones((1, 4)), 0.25)
    array([0.5])
    """
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    rows = np.cumsum(weights[:, order], axis=1)[:, ends]
    found = np.cumsum(weights[:, order] * money[order], axis=1)[:, ends]
    shares = np.full(len(weights), np.nan)
    for place, (length, reached) in enumerate(zip(rows, found, strict=True)):
        if reached[-1] > 0:
            top = np.interp(top_share * length[-1], np.append(0, length), np.append(0, reached))
            shares[place] = top / reached[-1]
    return shares
