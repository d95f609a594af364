"""The linear model that pools the effects of actions: which parameter enters where.

A customer with churn probability q would leave without us with probability q. An action saves a would-be
leaver with probability s and drives away a would-be stayer with probability h, so

    P(kept | a) − P(kept | no action) = q · s − (1 − q) · h,

with s = save(action, population, reason) + slope(action, population, reason) · φ(q) and φ(q) = 2 (q̄ − q), where
q̄ is the population's mean churn probability in the log: the long lost may be harder to save than the wavering. What is
pooled is s, the save probability per would-be leaver, not the uplift itself: an action that is as good for
two customers has half the uplift for the one that would hardly leave.

    save  = prior · (1 + level) + action + reason + action×population + action×reason
            + usual_action · (mean of usual − mean of prior) + usual_reason · (the rest of usual − prior)
            + usual_pattern · (the rest of usual − prior)
    slope = prior · slope[population]
    harm  = harm[action, population]

*Usual* is what actions of that name are assumed to do elsewhere (`winback.response.usual`): where a company assumes
the same number for everything, two weights let its log say whether the usual pattern holds there, long before each
cell could speak for itself. An action of an unknown name has no usual effect, and where the company assumes what is
usual, the weights change nothing. Who assumes one number for all reasons says nothing about reasons: for such actions
the weight of the pattern (`usual_pattern` instead of `usual_reason`) starts at 1 as soon as there is a log to correct
it. q·s is multiplied by what is left of it after the customer's silence (`Fading`).

Before there is a log all parameters are 0, so that uplift = q · prior exactly; with one, they start at `prior_mean`.
Bias parameters, shared by both arms, take up what the churn model got wrong about the customers of the log (and
``bias_soon`` how much sooner than usual they order anyway), so that only the difference between treated and holdout
speaks about effects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.actions import POPULATIONS, Actions
from winback.response.usual import usual_saves

Floats = NDArray[np.float64]

#: The cell of reasons that nobody listed.
DEFAULT_REASON = "default"

#: Parts of a cell's effect, in the order of the last axis: at the usual churn probability, its slope, the harm.
PARTS = ("save", "slope", "harm")

#: Blocks of parameters and the prior standard deviation of each. The first five share out that of the assumed save
#: probability (their squares add up to 1; the level is common to all actions, as assumptions tend to be too hopeful
#: all together); the others are absolute.
BLOCKS = {
    "level": 0.6,
    "action": 0.5,
    "reason": 0.4,
    "action_population": 0.25,
    "action_reason": 0.4,
    "usual_action": 1.0,
    "usual_reason": 1.0,
    "usual_pattern": 1.0,
    "slope": 0.5,
    "harm": 0.01,
    "bias_population": 0.20,
    "bias_slope": 0.30,
    "bias_reason": 0.05,
    "bias_action": 0.03,
    "bias_soon": 0.10,
}


#: Deviation of single cells from the usual pattern where that stands in for an assumption, relative to that of cells
#: from the company's own; found on demo companies of development, as all numbers here.
SURE_OF_USUAL = 0.4


@dataclass(frozen=True)
class Layout:
    """Actions, reasons and priors, and the places of the parameters.

    Parameters
    ----------
    actions : tuple of str
        Names by code.
    reasons : tuple of str
        Reason words; the last is `DEFAULT_REASON`.
    prior : ndarray of float64, shape (actions, reasons)
        Assumed save probability.
    prior_customers : ndarray of float64, shape (actions,)
        Pseudo-customers that the assumption counts for.
    usual : ndarray of float64, shape (actions, reasons)
        Save probability that is usually assumed of actions of these names; nan for unknown names.
    """

    actions: tuple[str, ...]
    reasons: tuple[str, ...]
    prior: Floats
    prior_customers: Floats
    usual: Floats

    @classmethod
    def of(cls, actions: Actions, reasons: tuple[str, ...]) -> Layout:
        """Take the priors from the settings of the actions, for the reasons given and for all others."""
        words = (*sorted(set(reasons) - {DEFAULT_REASON, ""}), DEFAULT_REASON)
        prior = [[action.settings.save_probability_for(reason) for reason in words] for action in actions]
        customers = [action.settings.prior_customers for action in actions]
        table = np.array(prior, dtype=np.float64).reshape(len(actions), len(words))
        return cls(actions.names, words, table, np.array(customers, dtype=float), usual_saves(actions.names, words))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of actions, populations and reasons."""
        return len(self.actions), len(POPULATIONS), len(self.reasons)

    @property
    def cells(self) -> int:
        """Number of cells (action, population, reason)."""
        return int(np.prod(self.shape))

    def cell(
        self, action: NDArray[np.int64], population: NDArray[np.int64], reason: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the flat code of cells."""
        return (action * len(POPULATIONS) + population) * len(self.reasons) + reason

    def block_sizes(self) -> dict[str, int]:
        """Return the number of parameters of every block."""
        k, p, r = self.shape
        return {
            "level": 1,
            "action": k,
            "reason": r,
            "action_population": k * p,
            "action_reason": k * r,
            "usual_action": 1,
            "usual_reason": 1,
            "usual_pattern": 1,
            "slope": p,
            "harm": k * p,
            "bias_population": p,
            "bias_slope": p,
            "bias_reason": r,
            "bias_action": k,
            "bias_soon": p,
        }

    def places(self) -> dict[str, slice]:
        """Return where every block stands among the parameters."""
        ends = np.cumsum([0, *self.block_sizes().values()])
        return {name: slice(int(a), int(b)) for name, a, b in zip(BLOCKS, ends[:-1], ends[1:], strict=True)}

    def prior_deviation(self) -> Floats:
        """Return the standard deviation of the prior of every parameter.

        An assumed probability m that counts for n0 customers is known to ± √(m (1 − m) / (n0 + 1)), the deviation
        of a beta distribution with that mean and count.
        """
        k, p, r = self.shape
        mean = np.clip(self.prior, 0.02, 0.98)
        beta = np.sqrt(mean * (1 - mean) / (self.prior_customers[:, None] + 1)) if k else np.zeros((k, r))
        # of what a company says nothing particular about, the usual pattern says more than single cells of a log
        cell = np.where(self.leans_on_usual()[:, None], SURE_OF_USUAL, 1.0) * beta
        by_action = cell.mean(axis=1)
        relative = {
            # the level multiplies the assumptions
            "level": np.array([np.mean(beta / mean)]) if k else np.ones(1),
            "action": by_action,
            "reason": cell.mean(axis=0) if k else np.zeros(r),
            "action_population": np.repeat(by_action, p),
            "action_reason": cell.ravel(),
            "usual_action": _trust(self.prior_customers),
            "usual_reason": _trust(self.prior_customers),
            "usual_pattern": _trust(self.prior_customers),
        }
        sizes = self.block_sizes()
        return np.concatenate(
            [deviation * relative.get(name, np.ones(sizes[name])) for name, deviation in BLOCKS.items()]
        )

    def loadings(self) -> Floats:
        """Return how every cell's parts are made of the parameters; shape (cells, 3, parameters)."""
        k, p, r = self.shape
        action, population, reason = (axis.ravel() for axis in np.indices(self.shape))
        cell = np.arange(self.cells)
        places = self.places()
        prior = self.prior[action, reason] if k else np.zeros(0)
        loading = np.zeros((self.cells, len(PARTS), sum(self.block_sizes().values())))
        loading[cell, 0, places["action"].start + action] = 1
        loading[cell, 0, places["reason"].start + reason] = 1
        loading[cell, 0, places["action_population"].start + action * p + population] = 1
        loading[cell, 0, places["action_reason"].start + action * r + reason] = 1
        loading[cell, 0, places["level"].start] = prior
        by_action, by_reason = self.unusual()
        loading[cell, 0, places["usual_action"].start] = by_action[action]
        is_silent = self.says_nothing_of_reasons()[action]
        loading[cell, 0, places["usual_reason"].start] = np.where(is_silent, 0.0, by_reason[action, reason])
        loading[cell, 0, places["usual_pattern"].start] = np.where(is_silent, by_reason[action, reason], 0.0)
        loading[cell, 1, places["slope"].start + population] = prior
        loading[cell, 2, places["harm"].start + action * p + population] = 1
        return loading

    def says_nothing_of_reasons(self) -> NDArray[np.bool_]:
        """Return for which actions the company assumes one number for all reasons."""
        return np.ptp(self.prior, axis=1) == 0 if self.prior.size else np.zeros(len(self.actions), dtype=bool)

    def leans_on_usual(self) -> NDArray[np.bool_]:
        """Return for which actions the usual pattern stands in for what the company does not say."""
        return self.says_nothing_of_reasons() & np.isfinite(self.usual).all(axis=1)

    def prior_mean(self) -> Floats:
        """Return where the parameters start once there is a log."""
        mean = np.zeros(sum(self.block_sizes().values()))
        mean[self.places()["usual_pattern"]] = 1.0
        return mean

    def unusual(self) -> tuple[Floats, Floats]:
        """Return by how much the assumption is below what is usual: per action, and per reason beyond that."""
        beyond = np.where(np.isnan(self.usual), 0.0, self.usual - self.prior)
        by_action = beyond.mean(axis=1) if len(self.reasons) else np.zeros(len(self.actions))
        return by_action, beyond - by_action[:, None]

    def offsets(self) -> Floats:
        """Return the parts of every cell before evidence; shape (cells, 3)."""
        parts = np.zeros((self.cells, len(PARTS)))
        parts[:, 0] = np.broadcast_to(self.prior[:, None, :], self.shape).ravel()
        return parts


def _trust(prior_customers: Floats) -> Floats:
    """How far the weights of what is usual may go: less where the company's own assumption counts for many."""
    count = float(prior_customers.mean()) if prior_customers.size else 0.0
    return np.array([min(1.0, np.sqrt(51 / (count + 1)))])


def part_weights(churn_probability: Floats, centre: Floats, left: Floats | float = 1.0) -> Floats:
    """Return how much each part of its cell counts in a customer's uplift.

    Parameters
    ----------
    churn_probability : ndarray of float64, shape (n,)
        0 to 1.
    centre : ndarray of float64, shape (n,)
        Mean churn probability of the customer's population in the log.
    left : ndarray of float64 or float
        What is left of an effect after the customer's silence; harm does not fade.

    Returns
    -------
    ndarray of float64, shape (n, 3)
        ``q · left``, ``2 q (centre − q) · left`` and ``−(1 − q)``.

    Examples
    --------
    >>> part_weights(np.array([0.5]), np.array([0.6]))
    array([[ 0.5,  0.1, -0.5]])
    """
    q = churn_probability
    return np.stack([q * left, 2 * q * (centre - q) * left, q - 1], axis=1)
