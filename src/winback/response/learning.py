"""From the log of past offers to what actions do.

The log is explained by the linear model of `Layout`: for an offer with churn probability q,

    kept − (1 − q) = bias + treated × uplift(cell, q) + noise,   noise of variance q (1 − q),

by intention to treat: everyone of the treated arm counts, whether the offer was taken up or not. How
effects fade is said in `winback.response.fading`, how all of it gives a posterior in `winback.response.posterior`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.actions import POPULATIONS, Actions
from winback.response.acceptance import learn_acceptance
from winback.response.effects import NO_EFFECT, Effects, assumed_effects
from winback.response.evidence import OfferOutcomes
from winback.response.exchange import arms_differ
from winback.response.fading import HALF_LIVES, PRIOR, Fading
from winback.response.layout import Layout, part_weights
from winback.response.posterior import CLAIM, Sums, learn_posterior, log_likelihood
from winback.response.strata import control_strata

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

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
    layout = assumed.layout
    fading, sums = _likeliest(rows)
    learned = learn_posterior(layout, sums)
    treated, holdout = rows.counts()
    accept = learn_acceptance(actions, outcomes)
    measured = _is_measured(layout, treated, holdout)
    shown = learned.log_bayes_factor >= CLAIM and rows.arms_differ(control_strata(log.cycle, log.treated))
    notes = () if shown else (NO_EFFECT,)
    parameters = layout.prior_mean() + learned.mean
    return Effects(
        layout, parameters, learned.covariance, rows.centre, treated, holdout, measured, *accept, fading, notes
    )


def _likeliest(rows: _Rows) -> tuple[Fading, Sums]:
    """Choose how effects fade, by how likely each half-life makes the log and how likely it is beforehand."""
    if np.isnan(rows.silence_days).all():
        return Fading(), rows.sums(Fading())
    fadings = [Fading.of_log(days, rows.silence_days) for days in HALF_LIVES]
    tried = [(fading, rows.sums(fading)) for fading in fadings]
    scores = [log_likelihood(rows.layout, sums) + prior for (_, sums), prior in zip(tried, PRIOR, strict=True)]
    return tried[int(np.argmax(scores))]


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
    silence_days: Floats
    centre: Floats

    @classmethod
    def of(cls, assumed: Effects, log: OfferOutcomes) -> _Rows:
        layout = assumed.layout
        code = {name: number for number, name in enumerate(layout.actions)}
        action = np.array([code[name] for name in log.action], dtype=np.int64)
        population = log.population.astype(np.int64)
        churn = filled_churn(log)
        centre = np.array([churn[population == p].mean() if (population == p).any() else 0.5 for p in (0, 1)])
        reason = assumed.reason_codes(log.reason)
        kept = log.kept.astype(np.float64)
        return cls(layout, action, population, reason, churn, log.treated, kept, log.silence_days, centre)

    def sums(self, fading: Fading) -> Sums:
        """Add up the linear model in blocks of rows."""
        size = sum(self.layout.block_sizes().values())
        loading = self.layout.loadings()
        offset = self.layout.offsets() + loading @ self.layout.prior_mean()
        gram, moment, null_moment, squares = np.zeros((size, size)), np.zeros(size), np.zeros(size), np.zeros(2)
        for start in range(0, len(self.kept), _ROWS):
            part = slice(start, start + _ROWS)
            effect, bias, expected, null, weight = self._design(part, fading, loading, offset)
            design, target = effect + bias, null - expected
            gram += design.T @ (weight[:, None] * design)
            moment += design.T @ (weight * target)
            null_moment += design.T @ (weight * null)
            squares += weight @ target**2, weight @ null**2
        return Sums(gram, moment, float(squares[0]), null_moment, float(squares[1]))

    def _design(
        self, part: slice, fading: Fading, loading: Floats, offset: Floats
    ) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Return the designs of effects and bias, the assumed uplift, the kept beyond expectation, and the weights."""
        action, population, reason = self.action[part], self.population[part], self.reason[part]
        churn, treated = self.churn[part], self.treated[part]
        cell = self.layout.cell(action, population, reason)
        left = fading.factor(self.silence_days[part])
        parts = part_weights(churn, self.centre[population], left) * treated[:, None]
        effect = np.einsum("ni,nip->np", parts, loading[cell])
        design = np.zeros_like(effect)
        every, places = np.arange(len(cell)), self.layout.places()
        design[every, places["bias_population"].start + population] = 1
        design[every, places["bias_slope"].start + population] = churn - self.centre[population]
        design[every, places["bias_reason"].start + reason] = 1
        design[every, places["bias_action"].start + action] = 1
        null, expected = self.kept[part] - (1 - churn), (parts * offset[cell]).sum(axis=1)
        # a prediction of 0 or 1 is never as sure as it says
        safe = np.clip(churn, 0.1, 0.9)
        return effect, design, expected, null, 1 / (safe * (1 - safe))

    def arms_differ(self, strata: Codes) -> bool:
        """Tell whether chance is an unlikely explanation of how the arms differ."""
        return arms_differ(
            self.kept - (1 - self.churn),
            self.churn,
            self.treated,
            strata,
            action=self.action,
            population=self.population,
            reason=self.reason,
        )

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the treated and held-out offers per cell."""
        cell = self.layout.cell(self.action, self.population, self.reason)
        made = [np.bincount(cell[arm], minlength=self.layout.cells) for arm in (self.treated, ~self.treated)]
        return made[0].reshape(self.layout.shape), made[1].reshape(self.layout.shape)


def filled_churn(log: OfferOutcomes) -> Floats:
    """Return the churn probabilities, with the holdouts' churn rate of the population where a prediction is missing."""
    filled, held_out = log.churn_probability.copy(), ~log.treated
    overall = (float((~log.kept[held_out]).sum()) + 1) / (int(held_out.sum()) + 2)
    for code in range(len(POPULATIONS)):
        mine = held_out & (log.population == code)
        rate = (float((~log.kept[mine]).sum()) + 2 * overall) / (int(mine.sum()) + 2)
        filled[np.isnan(filled) & (log.population == code)] = rate
    return filled


def _is_measured(layout: Layout, treated: NDArray[np.int64], holdout: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Evidence outweighs the assumption: see `Effects.measured`."""
    enough = treated.sum(axis=2) >= layout.prior_customers[:, None]
    both_arms = holdout.sum(axis=(1, 2)) > 0
    return np.broadcast_to((enough & both_arms[:, None])[:, :, None], layout.shape).copy()
