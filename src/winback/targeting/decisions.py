"""What was decided for every customer, and why."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.targeting.limits import Prices

Floats = NDArray[np.float64]
Texts = NDArray[np.object_]

#: Every decision, in the order in which they are counted.
DECISIONS = ("contact", "holdout", "excluded", "not_worth_it", "no_budget", "no_capacity")


@dataclass(frozen=True)
class CurvePoint:
    """One point of the spend-versus-gain curve: what a budget would earn at most, and what more of it would add.

    Parameters
    ----------
    budget : float
        Money.
    net_value : float
        Bound of the total expected net value within that budget and all capacities; money.
    price : float
        What one more unit of money would earn at that budget.
    """

    budget: float
    net_value: float
    price: float


@dataclass(frozen=True)
class Totals:
    """The cycle in sums; money unless said otherwise.

    Parameters
    ----------
    budget : float or None
        What may be spent; None: no limit.
    spent : float
        Expected cost of all contacts.
    expected_net_value : float
        Of all contacts, after all costs.
    low, high : float
        80 % interval of what the contacts will turn out to earn (see `forecast`).
    bound : float
        What no allocation of the same customers within the same limits can exceed.
    gap_share : float
        ``(bound − expected_net_value) / bound``, 0 to 1.
    exploration_price : float
        What giving some contacts their second-best action is expected to cost.
    counts : dict
        Customers per decision, and ``explored`` contacts.
    managers : tuple of str
        Managers by the code that prices use; ``""`` stands for none.
    prices : Prices
        What one more unit of each limit would earn.
    curve : tuple of CurvePoint
        From no budget to one that no longer binds.
    """

    budget: float | None
    spent: float
    expected_net_value: float
    low: float
    high: float
    bound: float
    gap_share: float
    exploration_price: float
    counts: dict[str, int]
    managers: tuple[str, ...]
    prices: Prices
    curve: tuple[CurvePoint, ...]

    def content(self, actions: tuple[str, ...]) -> dict[str, Any]:
        """Return the totals as JSON-like values; of the prices only those above 0."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("managers", "prices", "curve")}
        by_action = zip(actions, self.prices.action.tolist(), strict=True)
        by_manager = zip(self.managers, self.prices.manager.tolist(), strict=True)
        both = [
            {"manager_id": self.managers[m], "action": actions[a], "price": float(self.prices.manager_action[m, a])}
            for m, a in zip(*np.nonzero(self.prices.manager_action > 0), strict=True)
        ]
        prices = {
            "budget": self.prices.budget,
            "action": {name: price for name, price in by_action if price > 0},
            "manager": {name: price for name, price in by_manager if price > 0},
            "manager_action": both,
        }
        curve = [{"budget": p.budget, "net_value": p.net_value, "price": p.price} for p in self.curve]
        return {**plain, "prices": prices, "curve": curve}


@dataclass(frozen=True)
class Decisions:
    """One row per candidate, in the order given.

    Parameters
    ----------
    action : ndarray of int16, shape (n,)
        Code of the action offered (or held back), otherwise of the best action that reaches the customer; −1 none.
    uplift, uplift_low, uplift_high : ndarray of float64
        Of that action, with its 90 % interval; 0 where there is none.
    uplift_source : ndarray of str
        ``assumed`` or ``measured``.
    accept : ndarray of float64
        Probability that the offer is taken up.
    contact_cost, offer_cost, expected_cost : ndarray of float64
        ``expected_cost = contact_cost + offer_cost × accept``; money.
    expected_net_value : ndarray of float64
        ``uplift × value_if_kept − expected_cost``; money.
    decision : ndarray of str
        One of `DECISIONS`.
    text_id : ndarray of str
        Which message of ``winback.texts`` says why.
    amount : ndarray of float64
        The number that the message needs besides: the budget that would have reached the customer, or the
        capacity that is used up; nan where none.
    is_exploration : ndarray of bool
        Offered (or held back) to learn, not because it is best.
    arm : ndarray of str
        ``treated``, ``holdout`` or ``""``.
    propensity : ndarray of float64
        Probability of the row's arm and action by the draws of this cycle; nan where nothing is offered.
    totals : Totals
        The cycle in sums.
    action_names : tuple of str
        Names by code.
    """

    action: NDArray[np.int16]
    uplift: Floats
    uplift_low: Floats
    uplift_high: Floats
    uplift_source: Texts
    accept: Floats
    contact_cost: Floats
    offer_cost: Floats
    expected_cost: Floats
    expected_net_value: Floats
    decision: Texts
    text_id: Texts
    amount: Floats
    is_exploration: NDArray[np.bool_]
    arm: Texts
    propensity: Floats
    totals: Totals
    action_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.action)

    def names(self) -> Texts:
        """Return the names of the actions per row, ``""`` where there is none."""
        return np.array([*self.action_names, ""], dtype=object)[self.action]

    def details(self, managers: Texts, *, minimum: float = 0.0, cooldown_days: int = 0) -> dict[str, NDArray[Any]]:
        """Return the arguments of the rows' messages ``text_id``, by name; the action as it is called in settings.

        ``managers``, ``minimum`` and ``cooldown_days`` are passed through for the messages that name them.
        """

        def all_rows(value: float | None) -> NDArray[Any]:
            return np.full(len(self), np.nan if value is None else value)

        return {
            "action": self.names(),
            "net_value": self.expected_net_value,
            "cost": self.expected_cost,
            "uplift": self.uplift,
            "source": self.uplift_source,
            "budget": all_rows(self.totals.budget),
            "needed": self.amount,
            "capacity": self.amount,
            "manager": managers,
            "minimum": all_rows(minimum),
            "cooldown_days": all_rows(cooldown_days),
        }
