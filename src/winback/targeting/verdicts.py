"""Why each customer is contacted or not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.targeting.allocate import Room
from winback.targeting.kernels import NONE, respond
from winback.targeting.pairs import Pairs
from winback.targeting.problem import Prices, Problem

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


def give_verdicts(
    problem: Problem,
    pairs: Pairs,
    prices: Prices,
    room: Room,
    *,
    offered: NDArray[np.int16],
    is_held: Bools,
    explored: Bools,
    rule: Texts,
    minimum: float,
) -> Verdicts:
    """Say for every customer what was decided and why.

    Parameters
    ----------
    problem, pairs, prices, room
        The allocation and what it left.
    offered : ndarray of int16, shape (n,)
        Action offered or held back, −1 none.
    is_held, explored : ndarray of bool
        Drawn for the holdout; has its second-best action.
    rule : ndarray of str
        Rule that excludes the customer, ``""`` none.
    minimum : float
        ``min_net_value``.
    """
    n = len(problem)
    best = pairs.best()
    verdicts = Verdicts(
        np.where(offered != NONE, offered, best).astype(np.int16),
        np.full(n, "not_worth_it", dtype=object),
        np.full(n, "decision-not-worth-it", dtype=object),
        np.full(n, np.nan),
    )
    _not_worth(verdicts, pairs, best, minimum)
    contested = np.flatnonzero((problem.value > 0).any(axis=1) & (offered == NONE))
    if len(contested):
        _beaten(verdicts, contested, problem, prices, room, is_held)
    _excluded(verdicts, pairs, best, rule)
    _offered(verdicts, offered, is_held, explored)
    return verdicts


def _not_worth(verdicts: Verdicts, pairs: Pairs, best: NDArray[np.int16], minimum: float) -> None:
    """Tell what is too little from what would cost too large a share of the customer's value."""
    if not pairs.net_value.shape[1]:
        return
    net = pairs.net_value[np.arange(len(best)), np.maximum(best, 0)]
    verdicts.text_id[(net > 0) & (net <= minimum)] = "decision-not-worth-it-minimum"
    verdicts.text_id[net > max(minimum, 0.0)] = "decision-not-worth-it-share"


def _offered(verdicts: Verdicts, offered: NDArray[np.int16], is_held: Bools, explored: Bools) -> None:
    contact, holdout = (offered != NONE) & ~is_held, (offered != NONE) & is_held
    verdicts.decision[contact], verdicts.decision[holdout] = "contact", "holdout"
    verdicts.text_id[contact] = np.where(explored[contact], "decision-contact-explore", "decision-contact")
    verdicts.text_id[holdout] = "decision-holdout"
    verdicts.amount[contact | holdout] = np.nan


def _excluded(verdicts: Verdicts, pairs: Pairs, best: NDArray[np.int16], rule: Texts) -> None:
    """Rules of the company first, then what no action reaches or is meant for."""
    nothing = np.where(pairs.meant, "unreachable", "no_action")
    why = np.where(rule != "", rule, np.where(best == NONE, nothing, "")).astype(object)
    for word in sorted(set(why) - {""}):
        rows = why == word
        verdicts.decision[rows] = "excluded"
        verdicts.text_id[rows] = "decision-excluded-" + word.replace("_", "-")
        verdicts.amount[rows] = np.nan


def _beaten(verdicts: Verdicts, rows: Codes, problem: Problem, prices: Prices, room: Room, is_held: Bools) -> None:
    """Tell who would have been reached by more budget from who would have needed more capacity.

    A customer that would gain even after the prices of the capacities lacks budget; one that would not is beaten by
    better customers for the same places.
    """
    value, cost, manager = problem.value[rows], problem.cost[rows], problem.manager[rows]
    after_places = value - prices.per_offer()[manager]
    every = np.arange(len(rows))
    wanted = after_places.argmax(axis=1)
    surplus = after_places[every, wanted]
    dear = cost[every, wanted] > room.budget[0]
    full_surplus = (after_places - prices.budget * cost).max(axis=1)
    lacks_budget = (surplus > 0) & (dear | (full_surplus <= 0))
    if lacks_budget.any():
        beaten = rows[lacks_budget]
        _lacks_budget(verdicts, beaten, after_places[lacks_budget], cost[lacks_budget], problem, prices, is_held)
    places = ~lacks_budget
    _lacks_capacity(verdicts, rows[places], value[places].argmax(axis=1), problem, prices, room)


def _lacks_budget(
    verdicts: Verdicts,
    rows: Codes,
    after_places: Floats,
    cost: Floats,
    problem: Problem,
    prices: Prices,
    is_held: Bools,
) -> None:
    """Work out the budget that would have reached each.

    A customer is reached when the price of the budget falls to what it gains per unit of money; the budget for that is
    what all customers together would spend at that price. Capacity prices are taken to stay as they are, so
    the figure is an estimate.
    """
    every, budget = np.arange(len(rows)), problem.limits.budget
    rate = after_places / np.maximum(cost, np.finfo(np.float64).tiny)
    action = rate.argmax(axis=1)
    spends = problem.rows(np.flatnonzero(~is_held & (problem.value > 0).any(axis=1)))
    needed = cost[every, action] + _spend_at(rate[every, action], spends, prices)
    known = needed > budget
    verdicts.decision[rows] = "no_budget"
    verdicts.text_id[rows] = np.where(known, "decision-no-budget", "decision-no-budget-unknown")
    verdicts.amount[rows] = np.where(known, needed, np.nan)


#: Prices of the budget at which the spend is worked out exactly; between them it is interpolated.
_LADDER = 100


def _spend_at(price: Floats, problem: Problem, prices: Prices) -> Floats:
    """Return what all customers together would spend at each of many prices of the budget."""
    unit = prices.per_offer()
    ladder = np.unique(np.quantile(price, np.linspace(0, 1, _LADDER)))
    spend = [respond(problem.value, problem.cost, problem.manager, float(step), unit)[1] for step in ladder]
    return np.asarray(np.interp(price, ladder, np.array(spend)), dtype=np.float64)


_PLACES = ("decision-no-capacity-action", "decision-no-capacity-manager", "decision-no-capacity-manager-action")


def _lacks_capacity(
    verdicts: Verdicts, rows: Codes, action: Codes, problem: Problem, prices: Prices, room: Room
) -> None:
    """Name the capacity with the highest price on the best action, or else one that is used up."""
    manager = problem.manager[rows]
    price = _three(prices.action, prices.manager, prices.manager_action, action, manager)
    left = _three(room.action, room.manager, room.manager_action, action, manager)
    limit = _three(problem.limits.action, problem.limits.manager, problem.limits.manager_action, action, manager)
    which = np.where(price.max(axis=1) > 0, price.argmax(axis=1), left.argmin(axis=1))
    verdicts.decision[rows] = "no_capacity"
    verdicts.text_id[rows] = np.array(_PLACES, dtype=object)[which]
    verdicts.amount[rows] = limit[np.arange(len(rows)), which]


def _three(by_action: Floats, by_manager: Floats, by_both: Floats, action: Codes, manager: NDArray[np.int32]) -> Floats:
    return np.stack([by_action[action], by_manager[manager], by_both[manager, action]], axis=1)
