"""Prices of budget and capacities: the dual of the multiple-choice knapsack.

For prices p ≥ 0 of the limits, every customer taking its best pair after prices gives

    D(p) = Σ_i max(0, max_a (value_ia − price of what (i, a) uses)) + Σ_limits price × limit,

a convex, piecewise linear upper bound of what any allocation within the limits can earn (Lagrangian
relaxation; Fisher 1981, "The Lagrangian relaxation method for solving integer programming problems"). Its slope
at p is limit − usage. It is minimised by sign-following steps per price (Riedmiller & Braun 1993, RPROP), which
move all prices at once: on the knapsacks of the benchmark it ends within 0.01 % of the linear relaxation's
optimum after some hundred evaluations of D, each linear in customers × actions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.targeting.demand import Demand
from winback.targeting.limits import Limits, Prices

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Dual:
    """Prices and the bound that they prove."""

    prices: Prices
    bound: float


class _Dual:
    """The function D with its slope, on one vector of prices."""

    def __init__(self, demand: Demand, limits: Limits) -> None:
        self.demand = demand
        self.m, self.k = limits.manager_action.shape
        self.limits = limits.flat()
        self.binding = np.isfinite(self.limits)
        self.finite = np.where(self.binding, self.limits, 0.0)

    def __call__(self, flat: Floats) -> tuple[float, Floats]:
        prices = Prices.of_flat(flat, self.m, self.k)
        made = self.demand.at(prices)
        used = np.concatenate([[made.spend], made.usage.sum(axis=0), made.usage.sum(axis=1), made.usage.ravel()])
        slope = np.where(self.binding, self.limits - used, 0.0)
        # from sums that are exact, so that it is the same wherever the customers are
        surplus = made.gained - prices.budget * made.spend - float((prices.per_offer() * made.usage).sum())
        return surplus + float(flat @ self.finite), slope


def find_prices(demand: Demand, limits: Limits, *, start: Prices | None = None, iterations: int = 250) -> Dual:
    """Minimise the dual bound over the prices of all limits.

    Parameters
    ----------
    demand : Demand
        Of the customers among whom is chosen.
    limits : Limits
        What may be used.
    start : Prices, optional
        Where to begin, such as the prices of similar limits.
    iterations : int
        Most evaluations; it stops earlier when 30 in a row improve the bound by less than 0.0001 %.

    Returns
    -------
    Dual
        The best prices met. Any prices give a true bound, however early the search stops.

    Examples
    --------
    >>> from winback.targeting.blocks import Block, Here
    >>> limits = Limits(np.inf, np.array([1.0]), np.array([np.inf]), np.array([[np.inf]]))
    >>> customers = Here(Block.of(np.array([[30.0], [20.0]]), np.array([[1.0], [1.0]])))
    >>> round(find_prices(Demand(customers), limits).bound, 3)  # one place: the better customer's 30 is all to be had
    30.0
    """
    dual = _Dual(demand, limits)
    flat = np.zeros(len(dual.limits)) if start is None else np.where(dual.binding, start.flat(), 0.0)
    search = _Search(flat, _scale(demand.sizes, dual), warm=start is not None)
    history: list[float] = []
    for _ in range(iterations):
        history.append(search.step(*dual(search.flat)))
        if len(history) > _PATIENCE and history[-_PATIENCE] - history[-1] <= 1e-6 * abs(history[-1]):
            break
    return Dual(Prices.of_flat(search.best_flat, dual.m, dual.k), search.best)


#: Evaluations without improvement after which the search ends.
_PATIENCE = 30


def _scale(sizes: tuple[float, float], dual: _Dual) -> Floats:
    """Usual size of each price: of value per money for the budget, of a customer's best value for all others."""
    best, per_money = sizes
    scale = np.full(len(dual.limits), best)
    scale[0] = per_money
    return np.where(dual.binding, scale, 0.0)


class _Search:
    """Sign-following steps, one length per price."""

    def __init__(self, flat: Floats, scale: Floats, *, warm: bool) -> None:
        self.flat, self.best_flat, self.best = flat, flat, np.inf
        self.longest = 4 * scale
        self.length = (0.05 if warm else 0.25) * scale
        self.before = np.zeros_like(flat)

    def step(self, bound: float, slope: Floats) -> float:
        """Take note of the bound at the present prices, move on, and return the best bound so far."""
        if bound < self.best:
            self.best, self.best_flat = bound, self.flat
        slope = np.where((self.flat <= 0) & (slope > 0), 0.0, slope)
        turn = slope * self.before
        self.length = np.where(turn > 0, np.minimum(self.length * 1.2, self.longest), self.length)
        self.length = np.where(turn < 0, self.length * 0.5, self.length)
        # after a change of sign the price rests for one step, and its next step counts as a first one
        self.before = np.where(turn < 0, 0.0, slope)
        self.flat = np.maximum(self.flat - np.sign(self.before) * self.length, 0.0)
        return self.best
