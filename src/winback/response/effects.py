"""What actions are believed to do, per action, population and reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.actions import POPULATIONS, Actions
from winback.response.acceptance import learn_acceptance
from winback.response.evidence import OfferOutcomes
from winback.response.fading import Fading
from winback.response.layout import DEFAULT_REASON, PARTS, Layout, part_weights

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Note of effects whose log is hardly likelier with effects than without.
NO_EFFECT = "no_effect_shown"

#: Half-width of a 90 % interval in standard deviations.
Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Effects:
    """The posterior of all effects; made by `assumed_effects` or `learn_effects`.

    Parameters
    ----------
    layout : Layout
        Actions, reasons and priors.
    parameters : ndarray of float64, shape (p,)
        Posterior means.
    covariance : ndarray of float64, shape (p, p)
        Posterior covariance.
    centre : ndarray of float64, shape (2,)
        Per population the churn probability at which a cell's save probability holds.
    treated, holdout : ndarray of int64, shape (actions, populations, reasons)
        Offers with complete windows behind it.
    measured : ndarray of bool, shape (actions, populations, reasons)
        Evidence outweighs the assumption: both arms were seen with that action, and at least as many treated
        customers of that population as the assumption's pseudo-customers.
    accept, accept_customers : ndarray of float64, shape (actions, populations)
        Probability that an offer is taken up, and for how many customers it counts.
    fading : Fading
        What is left of the effects after a customer's silence.
    notes : tuple of str
        Why evidence was not used, as words: ``no_log``, ``no_complete_window``, ``no_control_group``; or
        ``no_effect_shown``: it was used, but does not show that actions do anything, so all intervals contain 0.
    """

    layout: Layout
    parameters: Floats
    covariance: Floats
    centre: Floats
    treated: NDArray[np.int64]
    holdout: NDArray[np.int64]
    measured: NDArray[np.bool_]
    accept: Floats
    accept_customers: Floats
    fading: Fading = field(default_factory=Fading)
    notes: tuple[str, ...] = ()

    def parts(self) -> Floats:
        """Return save, slope and harm of every cell; shape (cells, 3). Harm is at least 0: a stayer cannot be won."""
        made = self.layout.offsets() + self.layout.loadings() @ self.parameters
        made[:, 2] = np.maximum(made[:, 2], 0)
        return made

    def reason_codes(self, reasons: NDArray[np.object_]) -> Codes:
        """Return the codes of reason words; words that no evidence and no setting knows get the default's."""
        codes, words = pd.factorize(reasons)
        known = {word: code for code, word in enumerate(self.layout.reasons)}
        lookup = np.array([known.get(str(word), len(known) - 1) for word in words] + [len(known) - 1], dtype=np.int64)
        return np.asarray(lookup[codes], dtype=np.int64)

    def weights(
        self, population: NDArray[np.int8], churn_probability: Floats, silence_days: Floats | None = None
    ) -> Floats:
        """Return how much each part of its cell counts for every customer; shape (n, 3).

        Parameters
        ----------
        population : ndarray of int8, shape (n,)
        churn_probability : ndarray of float64, shape (n,)
        silence_days : ndarray of float64, shape (n,), optional
            Since the last order; None: everyone is taken for a usual customer of the log.
        """
        left = 1.0 if silence_days is None else self.fading.factor(silence_days)
        return part_weights(churn_probability, self.centre[population], left)

    def uplift(
        self,
        action: int,
        population: NDArray[np.int8],
        reason: Codes,
        churn_probability: Floats,
        silence_days: Floats | None = None,
    ) -> Floats:
        """Return the expected uplift of one action for customers; see `Layout` for the formula, `weights` for the rest.

        Returns
        -------
        ndarray of float64, shape (n,)
            Between ``churn_probability − 1`` and ``churn_probability``: nobody is saved who would not leave, nobody
            driven away who would not stay.
        """
        cell = self.layout.cell(np.full(1, action), population.astype(np.int64), reason)
        weights = self.weights(population, churn_probability, silence_days)
        mean = np.einsum("np,np->n", weights, self.parts()[cell])
        bounded: Floats = np.clip(mean, churn_probability - 1, churn_probability)
        return bounded

    def uplift_interval(
        self,
        action: Codes,
        population: NDArray[np.int8],
        reason: Codes,
        churn_probability: Floats,
        silence_days: Floats | None = None,
    ) -> tuple[Floats, Floats]:
        """Return the 90 % interval of the uplift of one action per customer (by code).

        An assumption is never below 0; only measurement can say that an action harms.
        """
        cell = self.layout.cell(action, population.astype(np.int64), reason)
        weights = self.weights(population, churn_probability, silence_days)
        mean = np.einsum("np,np->n", weights, self.parts()[cell])
        spread = Z90 * np.sqrt(np.einsum("np,npq,nq->n", weights, self.part_covariance()[cell], weights))
        lowest = np.where(self.measured.ravel()[cell], churn_probability - 1, 0.0)
        low, high = mean - spread, mean + spread
        if NO_EFFECT in self.notes:
            low, high = np.minimum(low, 0), np.maximum(high, 0)
        low = np.clip(low, lowest, churn_probability)
        return low, np.clip(high, low, churn_probability)

    def part_covariance(self) -> Floats:
        """Return the covariance of every cell's parts; shape (cells, 3, 3)."""
        loading = self.layout.loadings()
        made: Floats = np.einsum("cip,pq,cjq->cij", loading, self.covariance, loading, optimize=True)
        return made

    def total_variance(self, weights: Floats) -> float:
        """Return the variance of a weighted sum of cell parts, with what the cells share.

        Parameters
        ----------
        weights : ndarray of float64, shape (cells, 3)
            Such as the sum over offers of ``value_if_kept × part_weights``.
        """
        direction = np.einsum("ci,cip->p", weights, self.layout.loadings())
        return float(direction @ self.covariance @ direction)

    def source(self, action: Codes, population: NDArray[np.int8], reason: Codes) -> NDArray[np.object_]:
        """Return ``measured`` or ``assumed`` for customers."""
        cell = self.layout.cell(action, population.astype(np.int64), reason)
        return np.where(self.measured.ravel()[cell], "measured", "assumed").astype(object)

    def save_interval(self) -> tuple[Floats, Floats]:
        """Return the 90 % interval of the save probability of every cell; shape (cells,) each."""
        mean = self.parts()[:, 0]
        spread = Z90 * np.sqrt(self.part_covariance()[:, 0, 0])
        low, high = mean - spread, mean + spread
        if NO_EFFECT in self.notes:
            low, high = np.minimum(low, 0), np.maximum(high, 0)
        lowest = np.where(self.measured.ravel(), -1.0, 0.0)
        return np.clip(low, lowest, 1), np.clip(high, lowest, 1)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield one record per cell: action, population, reason, prior, mean, low, high, harm, counts, source.

        ``mean``, ``low`` and ``high`` are the save probability of a would-be leaver with the usual churn
        probability and its 90 % interval; ``harm`` the probability to drive a would-be stayer away.
        """
        parts, (low, high) = self.parts(), self.save_interval()
        for cell, (action, population, reason) in enumerate(np.ndindex(self.layout.shape)):
            yield {
                "action": self.layout.actions[action],
                "population": POPULATIONS[population],
                "reason": self.layout.reasons[reason],
                "prior": float(self.layout.prior[action, reason]),
                "mean": float(parts[cell, 0]),
                "low": float(low[cell]),
                "high": float(high[cell]),
                "harm": float(parts[cell, 2]),
                "treated": int(self.treated[action, population, reason]),
                "holdout": int(self.holdout[action, population, reason]),
                "source": "measured" if self.measured[action, population, reason] else "assumed",
            }

    def content(self) -> dict[str, Any]:
        """Return everything as JSON-like values; `from_content` reads it back exactly."""
        arrays = ("parameters", "covariance", "centre", "treated", "holdout", "measured", "accept", "accept_customers")
        return {
            "actions": list(self.layout.actions),
            "reasons": list(self.layout.reasons),
            "prior": self.layout.prior.tolist(),
            "prior_customers": self.layout.prior_customers.tolist(),
            "usual": [[None if np.isnan(save) else save for save in row] for row in self.layout.usual.tolist()],
            "half_life_days": self.fading.half_life_days if np.isfinite(self.fading.half_life_days) else None,
            "usual_left": self.fading.usual,
            "notes": list(self.notes),
            **{name: getattr(self, name).tolist() for name in arrays},
        }

    @classmethod
    def from_content(cls, content: Mapping[str, Any]) -> Effects:
        """Read back what `content` gave."""
        shape = (len(content["actions"]), len(content["reasons"]))
        layout = Layout(
            tuple(content["actions"]),
            tuple(content["reasons"]),
            np.array(content["prior"], dtype=np.float64).reshape(shape),
            np.array(content["prior_customers"], dtype=np.float64),
            np.array(content["usual"], dtype=np.float64).reshape(shape),
        )
        half_life = content["half_life_days"]
        return cls(
            layout,
            np.array(content["parameters"], dtype=np.float64),
            np.array(content["covariance"], dtype=np.float64),
            np.array(content["centre"], dtype=np.float64),
            np.array(content["treated"], dtype=np.int64).reshape(layout.shape),
            np.array(content["holdout"], dtype=np.int64).reshape(layout.shape),
            np.array(content["measured"], dtype=np.bool_).reshape(layout.shape),
            np.array(content["accept"], dtype=np.float64).reshape(shape[0], len(POPULATIONS)),
            np.array(content["accept_customers"], dtype=np.float64).reshape(shape[0], len(POPULATIONS)),
            Fading(np.inf if half_life is None else half_life, content["usual_left"]),
            tuple(content["notes"]),
        )


def assumed_effects(actions: Actions, reasons: tuple[str, ...] = (), *, note: str = "no_log") -> Effects:
    """Return the effects that ``params.yaml`` assumes, before any evidence.

    Parameters
    ----------
    actions : Actions
        With ``save_probability`` and ``prior_customers``.
    reasons : tuple of str
        Reason words that may occur; those that settings name are always known.
    note : str
        Why there is no evidence.

    Examples
    --------
    >>> from winback.settings import ActionSettings
    >>> call = ActionSettings(contact_cost=350, save_probability={"default": 0.1, "neglect": 0.2})
    >>> effects = assumed_effects(Actions.from_settings({"phone_call": call}), ("neglect", "price"))
    >>> codes = effects.reason_codes(np.array(["neglect", "price"], dtype=object))
    >>> effects.uplift(0, np.array([1, 1], dtype=np.int8), codes, np.array([0.5, 0.5]))
    array([0.1 , 0.05])
    """
    layout = Layout.of(actions, reasons + _named_reasons(actions))
    deviation = layout.prior_deviation()
    none = np.zeros(layout.shape, dtype=np.int64)
    covariance = np.diag(deviation**2)
    centre = np.full(len(POPULATIONS), 0.5)
    accept = learn_acceptance(actions, OfferOutcomes.of(action=[], treated=[], kept=[]))
    return Effects(
        layout,
        np.zeros(len(deviation)),
        covariance,
        centre,
        none,
        none,
        none.astype(np.bool_),
        *accept,
        Fading(),
        (note,),
    )


def _named_reasons(actions: Actions) -> tuple[str, ...]:
    """Reasons that the settings of any action name."""
    named = [action.settings.save_probability for action in actions]
    return tuple(word for mapping in named if isinstance(mapping, Mapping) for word in mapping)


__all__ = ["DEFAULT_REASON", "PARTS", "Effects", "assumed_effects"]
