"""By how much single customers differ from the pooled estimate, as numbers that a decision can be made with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.response.effects import Z90, Effects
from winback.response.individual.features import OfferFeatures
from winback.response.individual.learner import UpliftLearner

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class UpliftShifts:
    """What an adopted learner adds to the pooled uplift of every customer and action.

    Parameters
    ----------
    by_half : ndarray of float32, shape (halves, n, actions)
        As every half of the learner says (`UpliftLearner`); 0 for actions and populations that the log says too little
        of.
    scale_error : float
        Standard error of the factor by which all shifts are too large or too small together, as a share of them.

    Examples
    --------
    >>> shifts = UpliftShifts(np.array([[[0.02]], [[0.04]]], dtype=np.float32))
    >>> shifts.corrected(np.array([0]), np.array([0.10]), np.array([0.5])).round(2)
    array([0.13])
    """

    by_half: NDArray[np.float32]
    scale_error: float = 0.0

    @classmethod
    def of(
        cls,
        learner: UpliftLearner,
        effects: Effects,
        features: OfferFeatures,
        *,
        churn: Floats,
        population: NDArray[np.int8],
        reason: NDArray[np.object_],
    ) -> UpliftShifts:
        """Let a learner speak of customers.

        Parameters
        ----------
        learner : UpliftLearner
            Adopted.
        effects : Effects
            What it corrects; learned from the same log.
        features : OfferFeatures
            One row per customer.
        churn : ndarray of float64, shape (n,)
            Churn probability without any action.
        population : ndarray of int8, shape (n,)
            0 active, 1 lapsed.
        reason : ndarray of str, shape (n,)
            First reason.

        Raises
        ------
        NoModelError
            When the features are not those of the training.
        """
        codes = effects.reason_codes(reason)
        made = np.zeros((len(learner.halves), len(features), len(learner.actions)), dtype=np.float32)
        for action in range(len(learner.actions)):
            rows = np.flatnonzero(effects.measured[action, population.astype(np.int64), codes])
            if len(rows):
                context = (churn[rows], population[rows], codes[rows], np.full(len(rows), action))
                made[:, rows, action] = learner.shifts(features.rows(rows), *context)
        return cls(made, learner.scale_error)

    def rows(self, index: NDArray[np.int64]) -> UpliftShifts:
        """Return the rows of an index."""
        return UpliftShifts(self.by_half[:, index], self.scale_error)

    def corrected(self, action: Codes, pooled: Floats, churn: Floats) -> Floats:
        """Return the uplift of one action per customer: the pooled one with the customer's own shift.

        Nobody is saved who would not leave, nobody driven away who would not stay.
        """
        made: Floats = np.clip(pooled + self._of(action).mean(axis=0), churn - 1, churn)
        return made

    def interval(
        self, action: Codes, pooled: tuple[Floats, Floats, Floats], churn: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return uplift and 90 % interval of one action per customer, from the pooled uplift and its interval.

        The errors of the pooled estimate and of the shift are taken as independent.
        """
        uplift, low, high = pooled
        shifts = self._of(action)
        own = Z90 * np.hypot(shifts.std(axis=0, ddof=1), self.scale_error * shifts.mean(axis=0))
        corrected = self.corrected(action, uplift, churn)
        below, above = corrected - np.hypot(uplift - low, own), corrected + np.hypot(high - uplift, own)
        touched = shifts.any(axis=0)
        return (
            corrected,
            np.where(touched, np.clip(below, churn - 1, corrected), low),
            np.where(touched, np.clip(above, corrected, churn), high),
        )

    def totals(self, action: Codes, weight: Floats) -> Floats:
        """Return the sum of ``weight × shift`` over customers as every half of the learner says; see `variance_of`."""
        made: Floats = (self._of(action) * weight).sum(axis=1)
        return made

    def total_variance(self, action: Codes, weight: Floats) -> float:
        """Return the variance of the sum of ``weight × shift`` over customers, whose shifts err together."""
        return variance_of(self.totals(action, weight), self.scale_error)

    def _of(self, action: Codes) -> Floats:
        """Return the shifts of one action per customer; shape (halves, n)."""
        return self.by_half[:, np.arange(self.by_half.shape[1]), action].astype(np.float64)


def variance_of(totals: Floats, scale_error: float) -> float:
    """Return the variance of a sum of which every half of a learner gives a total (`UpliftShifts.totals`).

    Examples
    --------
    >>> variance_of(np.array([10.0, 12.0]), 0.1) == 2.0 + 1.1**2
    True
    """
    return float(totals.var(ddof=1) + (scale_error * totals.mean()) ** 2)
