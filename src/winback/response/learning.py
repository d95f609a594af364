"""From the log of past offers to what actions do.

The log is explained by the linear model of `Layout`: for an offer with churn probability q,

    kept − (1 − q) = bias + treated × uplift(cell, q) + noise,   noise of variance q (1 − q),

by intention to treat: everyone of the treated arm counts, whether the offer was taken up or not. All
parameters have normal priors around 0, so the posterior is exact. How much blocks of parameters differ between
themselves (actions, reasons, their combinations) is not fixed beforehand: each block's deviation is scaled
to what the log makes most likely, held near the assumption by a log-normal prior (empirical Bayes; Morris
1983, "Parametric empirical Bayes inference"). A flat or wrong assumption thus gives way where the log contradicts it,
and a log without any effect pulls everything towards nothing. Whether actions do anything at all is a question of its
own: the whole model is compared with one in which no action ever changes anything, by the ratio of how likely
they make the log (Bayes factor; Kass & Raftery 1995). Below `CLAIM` nothing is claimed: intervals then contain 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

from winback.actions import POPULATIONS, Actions
from winback.response.effects import NO_EFFECT, Effects, assumed_effects
from winback.response.evidence import OfferOutcomes
from winback.response.layout import BLOCKS, Layout, part_weights

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Scales tried for the deviation of every block.
SCALES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])

#: Deviation of the logarithm of a block's scale around 0: how far the log may talk the assumption over.
SCALE_DEVIATION = float(np.log(5.0))

#: Log of the Bayes factor from which on the log is taken to show an effect: 20 times as likely with as without.
CLAIM = float(np.log(20.0))

#: Blocks whose scale is learned; those of the bias stay as they are.
_LEARNED = ("action", "reason", "action_population", "action_reason", "level", "slope", "harm")

#: Rows of the log worked on at once, which bounds the memory.
_ROWS = 20_000


def learn_effects(actions: Actions, outcomes: OfferOutcomes, reasons: tuple[str, ...] = ()) -> Effects:
    """Move what ``params.yaml`` assumes by what the log of past offers shows.

    Parameters
    ----------
    actions : Actions
        With the assumed save probabilities and the pseudo-customers that they count for.
    outcomes : OfferOutcomes
        The log. Rows with an open window and rows of actions that no longer exist are left out.
    reasons : tuple of str
        Reason words that may occur later, besides those of the log.

    Returns
    -------
    Effects
        Exactly `assumed_effects` where the log has no complete window or no holdout: without a control group nothing
        is learned from who came back.
    """
    reasons = reasons + tuple(sorted({str(word) for word in pd.unique(outcomes.reason)}))
    assumed = assumed_effects(actions, reasons)
    log = outcomes.rows(outcomes.complete & np.isin(outcomes.action, np.array(actions.names, dtype=object)))
    if not len(outcomes) or not len(log):
        return assumed_effects(actions, reasons, note="no_complete_window" if len(outcomes) else "no_log")
    if log.treated.all() or not log.treated.any():
        return assumed_effects(actions, reasons, note="no_control_group")
    rows = _Rows.of(assumed, log)
    layout, sums = assumed.layout, rows.sums()
    deviation = _learned_deviation(layout, sums)
    mean, covariance = _posterior(sums, deviation)
    treated, holdout = rows.counts()
    measured = _is_measured(layout, treated, holdout)
    shown = _log_bayes_factor(layout, sums, deviation) >= CLAIM
    notes = () if shown else (NO_EFFECT,)
    return Effects(layout, mean, covariance, rows.centre, treated, holdout, measured, notes)


@dataclass(frozen=True)
class _Sums:
    """X'WX, X'Wy and y'Wy of the linear model; y is measured from the assumption, and from no effect at all."""

    gram: Floats
    moment: Floats
    square: float
    null_moment: Floats
    null_square: float


@dataclass(frozen=True)
class _Rows:
    """The log as codes, with the churn probability filled in where it is unknown."""

    layout: Layout
    action: Codes
    population: Codes
    reason: Codes
    churn: Floats
    treated: NDArray[np.bool_]
    kept: Floats
    centre: Floats

    @classmethod
    def of(cls, assumed: Effects, log: OfferOutcomes) -> _Rows:
        layout = assumed.layout
        code = {name: number for number, name in enumerate(layout.actions)}
        action = np.array([code[name] for name in log.action], dtype=np.int64)
        population = log.population.astype(np.int64)
        churn = _filled(log.churn_probability, population, ~log.treated, log.kept)
        centre = np.array([churn[population == p].mean() if (population == p).any() else 0.5 for p in (0, 1)])
        reason = assumed.reason_codes(log.reason)
        return cls(layout, action, population, reason, churn, log.treated, log.kept.astype(np.float64), centre)

    def sums(self) -> _Sums:
        """Add up the linear model in blocks of rows."""
        size = sum(self.layout.block_sizes().values())
        loading = self.layout.loadings()
        offset = self.layout.offsets()
        gram, moment, null_moment, squares = np.zeros((size, size)), np.zeros(size), np.zeros(size), np.zeros(2)
        for start in range(0, len(self.kept), _ROWS):
            part = slice(start, start + _ROWS)
            design, expected, null, weight = self._design(part, loading, offset)
            target = null - expected
            gram += design.T @ (weight[:, None] * design)
            moment += design.T @ (weight * target)
            null_moment += design.T @ (weight * null)
            squares += weight @ target**2, weight @ null**2
        return _Sums(gram, moment, float(squares[0]), null_moment, float(squares[1]))

    def _design(self, part: slice, loading: Floats, offset: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the design, the uplift that is assumed, the kept beyond expectation, and the weights."""
        action, population, reason = self.action[part], self.population[part], self.reason[part]
        churn, treated = self.churn[part], self.treated[part]
        cell = self.layout.cell(action, population, reason)
        parts = part_weights(churn, self.centre[population]) * treated[:, None]
        design = np.einsum("ni,nip->np", parts, loading[cell])
        every, places = np.arange(len(cell)), self.layout.places()
        design[every, places["bias_population"].start + population] = 1
        design[every, places["bias_slope"].start + population] = churn - self.centre[population]
        design[every, places["bias_reason"].start + reason] = 1
        design[every, places["bias_action"].start + action] = 1
        null, expected = self.kept[part] - (1 - churn), (parts * offset[cell]).sum(axis=1)
        # a prediction of 0 or 1 is never as sure as it says
        safe = np.clip(churn, 0.1, 0.9)
        return design, expected, null, 1 / (safe * (1 - safe))

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the treated and held-out offers per cell."""
        cell = self.layout.cell(self.action, self.population, self.reason)
        made = [np.bincount(cell[arm], minlength=self.layout.cells) for arm in (self.treated, ~self.treated)]
        return made[0].reshape(self.layout.shape), made[1].reshape(self.layout.shape)


def _filled(churn: Floats, population: Codes, is_holdout: NDArray[np.bool_], kept: NDArray[np.bool_]) -> Floats:
    """Put the holdouts' churn rate of the population where a prediction is missing."""
    filled = churn.copy()
    overall = (float((~kept[is_holdout]).sum()) + 1) / (int(is_holdout.sum()) + 2)
    for code in range(len(POPULATIONS)):
        mine = is_holdout & (population == code)
        rate = (float((~kept[mine]).sum()) + 2 * overall) / (int(mine.sum()) + 2)
        filled[np.isnan(churn) & (population == code)] = rate
    return filled


def _learned_deviation(layout: Layout, sums: _Sums) -> Floats:
    """Scale the prior deviation of each block to what the log makes most likely, one block after the other."""
    base, places = layout.prior_deviation(), layout.places()
    scale = dict.fromkeys(BLOCKS, 1.0)

    def deviation(scales: dict[str, float]) -> Floats:
        made = base.copy()
        for name, place in places.items():
            made[place] *= scales[name]
        return made

    def score(scales: dict[str, float]) -> float:
        held = sum((float(np.log(scales[name])) / SCALE_DEVIATION) ** 2 for name in _LEARNED) / 2
        return _log_likelihood(sums.gram, sums.moment, deviation(scales)) - held

    for _ in range(3):
        before = dict(scale)
        for name in _LEARNED:
            scores = [score(scale | {name: float(tried)}) for tried in SCALES]
            scale[name] = float(SCALES[int(np.argmax(scores))])
        if scale == before:
            break
    return deviation(scale)


def _log_likelihood(gram: Floats, moment: Floats, deviation: Floats) -> float:
    """Log of the marginal likelihood of the log, up to a constant that no deviation changes."""
    seen = np.diag(gram) > 0
    s = deviation[seen]
    lower = cholesky(np.eye(len(s)) + s[:, None] * gram[np.ix_(seen, seen)] * s[None, :], lower=True)
    half = solve_triangular(lower, s * moment[seen], lower=True)
    return float(half @ half / 2 - np.log(np.diag(lower)).sum())


def _log_bayes_factor(layout: Layout, sums: _Sums, deviation: Floats) -> float:
    """Return how much likelier the log is with the learned effects than with none; a logarithm."""
    places = layout.places()
    none = deviation.copy()
    for name in _LEARNED:
        none[places[name]] = 0.0
    some = _log_likelihood(sums.gram, sums.moment, deviation) - sums.square / 2
    without = _log_likelihood(sums.gram, sums.null_moment, none) - sums.null_square / 2
    return float(some - without)


def _posterior(sums: _Sums, deviation: Floats) -> tuple[Floats, Floats]:
    """Return the posterior mean and covariance of all parameters."""
    s = deviation
    factor = cho_factor(np.eye(len(s)) + s[:, None] * sums.gram * s[None, :], lower=True)
    covariance = s[:, None] * cho_solve(factor, np.eye(len(s))) * s[None, :]
    return covariance @ sums.moment, (covariance + covariance.T) / 2


def _is_measured(layout: Layout, treated: NDArray[np.int64], holdout: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Evidence outweighs the assumption: see `Effects.measured`."""
    enough = treated.sum(axis=2) >= layout.prior_customers[:, None]
    both_arms = holdout.sum(axis=(1, 2)) > 0
    return np.broadcast_to((enough & both_arms[:, None])[:, :, None], layout.shape).copy()
