"""The posterior of the linear model of effects.

All parameters have normal priors around their start (`Layout.prior_mean`), so for given deviations of the priors the
posterior is exact. How much blocks of parameters differ between themselves (actions, reasons, their combinations) is
not fixed beforehand: each block's deviation is scaled to what the log makes most likely, held near the assumption by
a log-normal prior (empirical Bayes; Morris 1983, "Parametric empirical Bayes inference"), and the uncertainty about
the scale is added to that of the parameters. A flat or wrong assumption thus gives way where the log contradicts it,
and a log without any effect pulls everything towards nothing.

Whether actions do anything at all is a question of its own: the whole model is compared with one in which no action
ever changes anything, by the ratio of how likely they make the log (Bayes factor; Kass & Raftery 1995). Below
`CLAIM`, or where the lots drawn could explain how the arms differ (`winback.response.exchange`), nothing is claimed:
intervals then contain 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

from winback.response.layout import BLOCKS, Layout

Floats = NDArray[np.float64]

#: Scales tried for the deviation of every block.
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)

#: Deviation of the logarithm of a block's scale around 0: how far the log may talk the assumption over.
SCALE_DEVIATION = float(np.log(5.0))

#: Log of the Bayes factor from which on the log is taken to show an effect: 20 times as likely with as without.
CLAIM = float(np.log(20.0))

#: Blocks whose scale is learned; those of the bias stay as they are.
_LEARNED = ("action", "reason", "action_population", "action_reason", "level", "slope", "harm")

#: Blocks that say what actions do: all but the bias.
_EFFECTS = (*_LEARNED, "usual_action", "usual_reason", "usual_pattern")

#: Scales less likely than this are not looked at.
_UNLIKELY = 0.02


@dataclass(frozen=True)
class Sums:
    """X'WX, X'Wy and y'Wy of the linear model; y is measured from the start, and from no effect at all."""

    gram: Floats
    moment: Floats
    square: float
    null_moment: Floats
    null_square: float


@dataclass(frozen=True)
class Posterior:
    """Mean beyond the start and covariance of all parameters; log of how much likelier effects make the log."""

    mean: Floats
    covariance: Floats
    log_bayes_factor: float


def log_likelihood(layout: Layout, sums: Sums) -> float:
    """Return how likely the log is under the priors as they are, up to what is the same for all sums of that log."""
    return _log_likelihood(sums.gram, sums.moment, layout.prior_deviation()) - sums.square / 2


def learn_posterior(layout: Layout, sums: Sums) -> Posterior:
    """Return the posterior of all parameters of a layout, given the sums of a log."""
    scales = _Scales(layout, sums)
    best = scales.search()
    mean, covariance = _given(sums, scales.deviation(best))
    moved = np.zeros_like(mean)
    for name in _LEARNED:
        other_means, weights = scales.alternatives(best, name)
        shifts = other_means - mean
        moved += weights @ shifts
        covariance = covariance + (shifts * weights[:, None]).T @ shifts
    factor = _log_bayes_factor(layout, sums, scales.deviation(best))
    return Posterior(mean + moved, covariance, factor)


class _Scales:
    """The scales of the blocks and how likely they make the log."""

    def __init__(self, layout: Layout, sums: Sums) -> None:
        self.sums, self.base, self.places = sums, layout.prior_deviation(), layout.places()

    def deviation(self, scales: dict[str, float]) -> Floats:
        """Return the prior deviation of every parameter at these scales."""
        made = self.base.copy()
        for name, place in self.places.items():
            made[place] *= scales[name]
        return made

    def scores(self, scales: dict[str, float], name: str) -> Floats:
        """Return the log posterior of every scale of one block, the others being fixed."""
        likelihood = [
            _log_likelihood(self.sums.gram, self.sums.moment, self.deviation(scales | {name: scale}))
            for scale in SCALES
        ]
        return np.array(likelihood) - (np.log(SCALES) / SCALE_DEVIATION) ** 2 / 2

    def search(self) -> dict[str, float]:
        """Return the most likely scales, found one block after the other."""
        scales = dict.fromkeys(BLOCKS, 1.0)
        for _ in range(3):
            before = dict(scales)
            for name in _LEARNED:
                scales[name] = SCALES[int(np.argmax(self.scores(scales, name)))]
            if scales == before:
                break
        return scales

    def alternatives(self, best: dict[str, float], name: str) -> tuple[Floats, Floats]:
        """Return the posterior means at the likely scales of one block, and the probabilities of these scales."""
        scores = self.scores(best, name)
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
        likely = np.flatnonzero(weights >= _UNLIKELY)
        means = [_given(self.sums, self.deviation(best | {name: SCALES[place]}))[0] for place in likely]
        return np.array(means), weights[likely] / weights[likely].sum()


def _log_likelihood(gram: Floats, moment: Floats, deviation: Floats) -> float:
    """Log of the marginal likelihood of the log, up to a constant that no deviation changes."""
    seen = np.diag(gram) > 0
    s = deviation[seen]
    lower = cholesky(np.eye(len(s)) + s[:, None] * gram[np.ix_(seen, seen)] * s[None, :], lower=True)
    half = solve_triangular(lower, s * moment[seen], lower=True)
    return float(half @ half / 2 - np.log(np.diag(lower)).sum())


def _log_bayes_factor(layout: Layout, sums: Sums, deviation: Floats) -> float:
    """Return how much likelier the log is with the learned effects than with none; a logarithm."""
    places = layout.places()
    none = deviation.copy()
    for name in _EFFECTS:
        none[places[name]] = 0.0
    some = _log_likelihood(sums.gram, sums.moment, deviation) - sums.square / 2
    without = _log_likelihood(sums.gram, sums.null_moment, none) - sums.null_square / 2
    return float(some - without)


def _given(sums: Sums, deviation: Floats) -> tuple[Floats, Floats]:
    """Return the posterior mean and covariance of all parameters for given prior deviations."""
    s = deviation
    factor = cho_factor(np.eye(len(s)) + s[:, None] * sums.gram * s[None, :], lower=True)
    covariance = s[:, None] * cho_solve(factor, np.eye(len(s))) * s[None, :]
    return covariance @ sums.moment, (covariance + covariance.T) / 2
