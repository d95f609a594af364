"""Why each customer is contacted or not."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from winback.targeting.blocks import Block, Customers
from winback.targeting.demand import Demand
from winback.targeting.kernels import NONE
from winback.targeting.pairs import Pairs
from winback.targeting.plan import Chosen, Plan
from winback.targeting.sizes import Sizes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Verdicts:
    """Per customer the action that is shown, the decision, its message, and the number that the message needs."""

    action: NDArray[np.int16]
    decision: Texts
    text_id: Texts
    amount: Floats


@dataclass(frozen=True, eq=False)
class Ladder:
    """What all customers together would spend at prices of the budget; between them it is interpolated."""

    price: Floats
    spend: Floats

    def at(self, price: Floats) -> Floats:
        """Return the spend at each of many prices."""
        return np.asarray(np.interp(price, self.price, self.spend), dtype=np.float64)


def make_ladder(customers: Customers, demand: Demand, plan: Plan) -> Ladder | None:
    """Work out the spend at prices at which those whom the budget does not reach would be reached.

    Parameters
    ----------
    customers : Customers
        All of them.
    demand : Demand
        Of those who are not held out.
    plan : Plan
        What was allocated.

    Returns
    -------
    Ladder or None
        None where the budget reaches everyone.
    """
    rates = customers.add_up(_Rates(plan))
    if not len(rates):
        return None
    steps = np.append(rates.quantiles(np.linspace(0, 1, _LADDER).tolist()), rates.above())
    steps = np.unique(steps)
    return Ladder(steps, demand.spends(steps, plan.prices.per_offer()))


@dataclass(frozen=True, eq=False)
class _Rates:
    plan: Plan

    def __call__(self, block: Block) -> Sizes:
        lacking, _ = _contested(block, self.plan, self.plan.chosen(block).offered())
        return Sizes.of(lacking.rate)


def give_verdicts(
    block: Block, pairs: Pairs, plan: Plan, chosen: Chosen, ladder: Ladder | None, *, rule: Texts, minimum: float
) -> Verdicts:
    """Say for every customer of a block what was decided and why.

    Parameters
    ----------
    block, pairs
        The customers.
    plan, chosen
        What was allocated, and to them.
    ladder : Ladder or None
        From `make_ladder`.
    rule : ndarray of str
        Rule that excludes the customer, ``""`` none.
    minimum : float
        ``min_net_value``.
    """
    n, offered = len(block), chosen.offered()
    verdicts = Verdicts(
        np.where(offered != NONE, offered, pairs.best).astype(np.int16),
        np.full(n, "not_worth_it", dtype=object),
        np.full(n, "decision-not-worth-it", dtype=object),
        np.full(n, np.nan),
    )
    _not_worth(verdicts, pairs.best_value, minimum)
    lacking, places = _contested(block, plan, offered)
    if ladder is not None and len(lacking.rows):
        _lacks_budget(verdicts, lacking, ladder, plan.limits.budget)
    _lacks_capacity(verdicts, block, places, plan)
    _excluded(verdicts, pairs, rule)
    _offered(verdicts, offered, chosen.is_held, chosen.explored)
    return verdicts


def _not_worth(verdicts: Verdicts, net: Floats, minimum: float) -> None:
    """Tell what is too little from what would cost too large a share of the customer's value."""
    verdicts.text_id[(net > 0) & (net <= minimum)] = "decision-not-worth-it-minimum"
    verdicts.text_id[net > max(minimum, 0.0)] = "decision-not-worth-it-share"


def _offered(verdicts: Verdicts, offered: NDArray[np.int16], is_held: Bools, explored: Bools) -> None:
    contact, holdout = (offered != NONE) & ~is_held, (offered != NONE) & is_held
    verdicts.decision[contact], verdicts.decision[holdout] = "contact", "holdout"
    verdicts.text_id[contact] = np.where(explored[contact], "decision-contact-explore", "decision-contact")
    verdicts.text_id[holdout] = "decision-holdout"
    verdicts.amount[contact | holdout] = np.nan


def _excluded(verdicts: Verdicts, pairs: Pairs, rule: Texts) -> None:
    """Rules of the company first, then what no action reaches or is meant for."""
    nothing = np.where(pairs.meant, "unreachable", "no_action")
    why = np.where(rule != "", rule, np.where(pairs.best == NONE, nothing, "")).astype(object)
    for word in sorted(set(why) - {""}):
        rows = why == word
        verdicts.decision[rows] = "excluded"
        verdicts.text_id[rows] = "decision-excluded-" + word.replace("_", "-")
        verdicts.amount[rows] = np.nan


@dataclass(frozen=True, eq=False)
class _Lacking:
    """Customers whom more budget would reach: rows, what they gain per unit of money at best, and the cost of that."""

    rows: Codes
    rate: Floats
    cost: Floats


def _contested(block: Block, plan: Plan, offered: NDArray[np.int16]) -> tuple[_Lacking, Codes]:
    """Tell who would have been reached by more budget from who would have needed more capacity.

    A customer that would gain even after the prices of the capacities lacks budget; one that would not is beaten by
    better customers for the same places.
    """
    rows = np.flatnonzero(block.possible() & (offered == NONE))
    value, cost, manager, every = block.value[rows], block.cost[rows], block.manager[rows], np.arange(len(rows))
    if not len(rows):
        return _Lacking(rows, np.empty(0), np.empty(0)), rows
    after_places = value - plan.prices.per_offer()[manager]
    wanted = after_places.argmax(axis=1)
    surplus = after_places[every, wanted]
    dear = cost[every, wanted] > plan.room.budget[0]
    full_surplus = (after_places - plan.prices.budget * cost).max(axis=1)
    lacks_budget = (surplus > 0) & (dear | (full_surplus <= 0))
    rate = after_places / np.maximum(cost, np.finfo(np.float64).tiny)
    action = rate.argmax(axis=1)
    lacking = _Lacking(rows, rate[every, action], cost[every, action])
    return _Lacking(*(getattr(lacking, f.name)[lacks_budget] for f in fields(lacking))), rows[~lacks_budget]


def _lacks_budget(verdicts: Verdicts, lacking: _Lacking, ladder: Ladder, budget: float) -> None:
    """Work out the budget that would have reached each.

    A customer is reached when the price of the budget falls to what it gains per unit of money; the budget for that is
    what all customers together would spend at that price. Capacity prices are taken to stay as they are, so
    the figure is an estimate.
    """
    rows, needed = lacking.rows, lacking.cost + ladder.at(lacking.rate)
    known = needed > budget
    verdicts.decision[rows] = "no_budget"
    verdicts.text_id[rows] = np.where(known, "decision-no-budget", "decision-no-budget-unknown")
    verdicts.amount[rows] = np.where(known, needed, np.nan)


#: Prices of the budget at which the spend is worked out exactly.
_LADDER = 100


_PLACES = ("decision-no-capacity-action", "decision-no-capacity-manager", "decision-no-capacity-manager-action")


def _lacks_capacity(verdicts: Verdicts, block: Block, rows: Codes, plan: Plan) -> None:
    """Name the capacity with the highest price on the best action, or else one that is used up."""
    if not len(rows):
        return
    prices, room, limits = plan.prices, plan.room, plan.limits
    action, manager = block.value[rows].argmax(axis=1), block.manager[rows]
    price = _three(prices.action, prices.manager, prices.manager_action, action, manager)
    left = _three(room.action, room.manager, room.manager_action, action, manager)
    limit = _three(limits.action, limits.manager, limits.manager_action, action, manager)
    which = np.where(price.max(axis=1) > 0, price.argmax(axis=1), left.argmin(axis=1))
    verdicts.decision[rows] = "no_capacity"
    verdicts.text_id[rows] = np.array(_PLACES, dtype=object)[which]
    verdicts.amount[rows] = limit[np.arange(len(rows)), which]


def _three(by_action: Floats, by_manager: Floats, by_both: Floats, action: Codes, manager: NDArray[np.int32]) -> Floats:
    return np.stack([by_action[action], by_manager[manager], by_both[manager, action]], axis=1)
