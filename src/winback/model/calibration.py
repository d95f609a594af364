"""Probabilities that mean what they say, for each population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

Floats = NDArray[np.float64]

#: How far slope and shift may stray from their prior before few rows can pull them (standard deviations).
_SLOPE_SPREAD = 0.3
_SHIFT_SPREAD = 1.0
_SLOPE_BOUNDS = (0.2, 3.0)


@dataclass(frozen=True)
class Calibrator:
    """A straight line on the log-odds: ``logit(p) = slope × score + shift``.

    Strictly increasing, so that the order of customers stays and no ties arise; two numbers, so that few rows suffice.

    References
    ----------
    Platt, J. (1999), Probabilistic outputs for support vector machines; here with a Gaussian prior on both
    numbers, centred on what holds for all rows together.

    Examples
    --------
    >>> Calibrator(slope=1.0, shift=0.0)(np.array([0.0])).tolist()
    [0.5]
    """

    slope: float = 1.0
    shift: float = 0.0
    rows: int = 0

    def __call__(self, scores: Floats) -> Floats:
        """Turn log-odds into probabilities strictly between 0 and 1."""
        return np.asarray(np.clip(expit(self.slope * scores + self.shift), 1e-6, 1 - 1e-6), np.float64)

    def drawn(self, periods: int) -> Calibrator:
        """Draw the line towards the identity, as what ``periods`` separate times say of a later one deserves.

        Rows of one time share its luck: thousands of them say exactly how that time was, and little about the next.
        Slope and shift of a time are taken as a random effect about the identity, with a drift between times as wide
        as the effect itself; its best prediction for another time is then ``periods / (periods + 1)`` of what was
        seen (shrinkage of a random-effects mean; Robinson 1991, That BLUP is a good thing).

        Examples
        --------
        >>> Calibrator(slope=1.4, shift=0.2, rows=900).drawn(1)
        Calibrator(slope=1.2, shift=0.1, rows=900)
        """
        weight = periods / (periods + 1)
        return Calibrator(1 + weight * (self.slope - 1), weight * self.shift, self.rows)

    def to_json(self) -> dict[str, Any]:
        """Slope, shift and the number of rows behind them."""
        return {"slope": self.slope, "shift": self.shift, "rows": self.rows}


def fit_calibrator(scores: Floats, target: NDArray[np.int8], prior: Calibrator | None = None) -> Calibrator:
    """Fit a line on the log-odds by penalised likelihood.

    Parameters
    ----------
    scores : float64[n]
        Log-odds of an uncalibrated model, on rows that it was not trained on.
    target : int8[n]
        1 where the customer churned.
    prior : Calibrator, optional
        What is believed without rows; the identity if left out.

    Returns
    -------
    Calibrator
        With no rows, the prior.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scores = rng.normal(size=20_000)
    >>> happened = (rng.random(20_000) < expit(0.5 * scores - 1)).astype(np.int8)
    >>> fitted = fit_calibrator(scores, happened)
    >>> abs(fitted.slope - 0.5) < 0.05, abs(fitted.shift + 1) < 0.05
    (True, True)
    """
    prior = prior or Calibrator()
    if len(scores) == 0:
        return Calibrator(prior.slope, prior.shift, 0)
    x, y = np.asarray(scores, np.float64), np.asarray(target, np.float64)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slope, shift = parameters
        z = slope * x + shift
        off_slope, off_shift = (slope - prior.slope) / _SLOPE_SPREAD, (shift - prior.shift) / _SHIFT_SPREAD
        value = float(np.sum(np.logaddexp(0, z) - y * z)) + 0.5 * (off_slope**2 + off_shift**2)
        residual = expit(z) - y
        gradient = np.array([residual @ x + off_slope / _SLOPE_SPREAD, residual.sum() + off_shift / _SHIFT_SPREAD])
        return value, gradient

    start = np.array([prior.slope, prior.shift])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[_SLOPE_BOUNDS, (None, None)])
    return Calibrator(float(found.x[0]), float(found.x[1]), len(x))


def fit_calibrators(
    scores: Floats,
    target: NDArray[np.int8],
    population: NDArray[np.int8],
    populations: int,
    periods: int | None = None,
) -> dict[int, Calibrator]:
    """Fit one calibrator for each population, each drawn towards the one of all rows together.

    Parameters
    ----------
    scores, target : arrays of n
        As for `fit_calibrator`.
    population : int8[n]
        Code of the population of each row.
    populations : int
        How many populations there are; one without rows gets the common calibrator.
    periods : int, optional
        How many separate times the rows come from, where the calibrators are for a later time: see
        `Calibrator.drawn`. Left out, they are for the time of the rows themselves.

    Returns
    -------
    dict of int to Calibrator
    """
    common = fit_calibrator(scores, target)
    found = {
        code: fit_calibrator(scores[population == code], target[population == code], common)
        for code in range(populations)
    }
    if periods is None:
        return found
    return {code: calibrator.drawn(periods) for code, calibrator in found.items()}


def calibrate(calibrators: Mapping[int, Calibrator], scores: Floats, population: NDArray[np.int8]) -> Floats:
    """Apply each row's own calibrator; returns probabilities, float64[n]."""
    result = np.empty(len(scores))
    for code, calibrator in calibrators.items():
        rows = population == code
        result[rows] = calibrator(scores[rows])
    return result
