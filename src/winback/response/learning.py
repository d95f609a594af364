"""From the log of past offers to what actions do.

The log is explained by the linear model of `Layout`: for an offer with churn probability q,

    kept − (1 − q) = bias + treated × uplift(cell, q) + noise,   noise of variance q (1 − q),

by intention to treat: everyone of the treated arm counts, whether the offer was taken up or not. The same holds in each
part of the window, with the share of bias and uplift that falls to it (`winback.response.soon`): the parts and "never"
are the outcomes of a multinomial, whose generalised least squares are those of independent rows, one per part and one
for being kept at all, each divided by its chance. How effects fade is said in `winback.response.fading`, how all of it
gives a posterior in `winback.response.posterior`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from winback.response.soon import FirstOrders, soon
from winback.response.strata import control_strata

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Rows of the log worked on at once, which bounds the memory.
_ROWS = 20_000

#: Least chance of any outcome: a prediction of 0 or 1 is never as sure as it says, and by part of the window.
_LEAST, _LEAST_OF_PART = 0.1, 0.004

#: What is expected of a treated customer in the parts of its window, for the variance alone: so many times the uplift
#: assumed (customers differ, and more of them order than a mean says), at most for half of them, half of it soon.
_LARGER, _MOST = 1.5, 0.5

#: Half-life of the response for the variance alone, as share of the window.
_USUAL_HALF_LIFE = 1 / 22


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
    """Choose how effects fade and how soon they show: what makes the log likeliest, and is likely beforehand."""
    fadings = [(Fading(), 0.0)]
    if not np.isnan(rows.silence_days).all():
        made = [Fading.of_log(days, rows.silence_days) for days in HALF_LIVES]
        fadings = list(zip(made, PRIOR, strict=True))
    # the pace of the response hardly depends on how effects fade, so one is chosen after the other
    usual = fadings[0][0]
    made_at = {pace: rows.sums(usual, pace) for pace in rows.first.half_lives()}
    pace = max(made_at, key=lambda pace: log_likelihood(rows.layout, made_at[pace]))
    if pace is None and rows.first.parts > 1:
        # where responses come any day, the parts of the window add nothing but doubt
        rows = replace(rows, first=rows.first.as_one())
        made_at[pace] = rows.sums(usual, pace)
    tried = [
        (made_at[pace] if fading is usual else rows.sums(fading, pace), fading, prior) for fading, prior in fadings
    ]
    sums, fading, _ = max(tried, key=lambda made: log_likelihood(rows.layout, made[0]) + made[2])
    return fading, sums


class _Total:
    """Sums of a weighted linear model, block by block."""

    def __init__(self, size: int) -> None:
        self.gram, self.moment, self.null_moment = np.zeros((size, size)), np.zeros(size), np.zeros(size)
        self.squares = np.zeros(2)

    def add(self, design: Floats, target: Floats, null: Floats, weight: Floats) -> None:
        """Add rows: what is to be explained from the start, and from no effect at all."""
        self.gram += design.T @ (weight[:, None] * design)
        self.moment += design.T @ (weight * target)
        self.null_moment += design.T @ (weight * null)
        self.squares += weight @ target**2, weight @ null**2

    def sums(self) -> Sums:
        """Return what has been added up."""
        return Sums(self.gram, self.moment, float(self.squares[0]), self.null_moment, float(self.squares[1]))


@dataclass(frozen=True)
class _Design:
    """The linear model of some rows: the designs of effects and bias, and what is expected before them.

    ``assumed`` is the uplift that is assumed; ``usual_uplift`` the same without fading, so that variances are the same
    whatever is tried; ``stays`` the chance to be kept without any action.
    """

    effect: Floats
    bias: Floats
    assumed: Floats
    usual_uplift: Floats
    stays: Floats


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
    first: FirstOrders

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
        first = FirstOrders.of(log.ordered_after, kept, log.treated, population)
        return cls(layout, action, population, reason, churn, log.treated, kept, log.silence_days, centre, first)

    def sums(self, fading: Fading, pace: float | None = None) -> Sums:
        """Add up the linear model in blocks of rows.

        Parameters
        ----------
        fading : Fading
            How effects fade with silence.
        pace : float, optional
            Half-life of the response as share of the window; None: responses come as orders usually do.
        """
        total = _Total(sum(self.layout.block_sizes().values()))
        loading = self.layout.loadings()
        offset = self.layout.offsets() + loading @ self.layout.prior_mean()
        for start in range(0, len(self.kept), _ROWS):
            block = slice(start, start + _ROWS)
            design = self._design(block, fading, loading, offset)
            if self.first.parts > 1:
                self._add_parts(total, block, design, pace)
                chance = np.clip(1 - design.stays, _LEAST, 1 - _LEAST)
            else:
                stays = np.clip(design.stays, _LEAST, 1 - _LEAST)
                chance = stays * (1 - stays)
            null = self.kept[block] - design.stays
            total.add(design.effect + design.bias, null - design.assumed, null, 1 / chance)
        return total.sums()

    def _add_parts(self, total: _Total, block: slice, design: _Design, pace: float | None) -> None:
        """Add a row for every part of the window."""
        usual, spread = self.first.usual[block], self.first.spread(pace)[block]
        usually_soon = soon(_USUAL_HALF_LIFE)
        early = 0.5 * usually_soon + 0.5 * usual
        expected = np.clip(_LARGER * design.usual_uplift, 0, _MOST)
        sooner = self._sooner(block)
        for part in range(self.first.parts):
            share, base = spread[:, [part]], usual[:, [part]]
            ahead = usually_soon[part] - base
            null = self.first.in_part(part)[block] - design.stays * usual[:, part]
            chance = np.maximum(design.stays, _LEAST) * usual[:, part] + expected * early[:, part]
            total.add(
                design.effect * share + design.bias * base + sooner * ahead,
                null - design.assumed * spread[:, part],
                null,
                1 / np.maximum(chance, _LEAST_OF_PART),
            )

    def _sooner(self, block: slice) -> Floats:
        """The design of how much sooner than usual customers order anyway."""
        population = self.population[block]
        design = np.zeros((len(population), sum(self.layout.block_sizes().values())))
        design[np.arange(len(population)), self.layout.places()["bias_soon"].start + population] = 1
        return design

    def _design(self, block: slice, fading: Fading, loading: Floats, offset: Floats) -> _Design:
        """Return the designs of effects and bias, the assumed uplift, and the chance to stay without any action."""
        action, population, reason = self.action[block], self.population[block], self.reason[block]
        churn, treated = self.churn[block], self.treated[block]
        cell = self.layout.cell(action, population, reason)
        left = fading.factor(self.silence_days[block])
        centre = self.centre[population]
        parts = part_weights(churn, centre, left) * treated[:, None]
        unfaded = part_weights(churn, centre) * treated[:, None]
        effect = np.einsum("ni,nip->np", parts, loading[cell])
        bias = np.zeros_like(effect)
        every, places = np.arange(len(cell)), self.layout.places()
        bias[every, places["bias_population"].start + population] = 1
        bias[every, places["bias_slope"].start + population] = churn - centre
        bias[every, places["bias_reason"].start + reason] = 1
        bias[every, places["bias_action"].start + action] = 1
        assumed, usual_uplift = ((each * offset[cell]).sum(axis=1) for each in (parts, unfaded))
        return _Design(effect, bias, assumed, usual_uplift, 1 - churn)

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
