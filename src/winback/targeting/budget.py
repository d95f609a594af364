"""Choices within a budget alone, by any numbers: what simple rules and perfect knowledge would choose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.targeting.allocate import Room, allocate
from winback.targeting.kernels import NONE, accept_in_order, best_two
from winback.targeting.prices import find_prices
from winback.targeting.problem import Limits, Problem

Floats = NDArray[np.float64]


def allocate_within(net_value: Floats, cost: Floats, budget: float) -> NDArray[np.int16]:
    """Choose at most one action a customer so that the total net value is as large as the budget allows.

    Parameters
    ----------
    net_value, cost : ndarray of float64, shape (n, k)
        Money; ``-inf`` for pairs that are not allowed.
    budget : float
        Money.

    Returns
    -------
    ndarray of int16, shape (n,)
        Code of the action, -1 none.

    Examples
    --------
    >>> allocate_within(np.array([[5.0, 9.0], [4.0, 1.0]]), np.array([[1.0, 4.0], [1.0, 1.0]]), 2.0)
    array([0, 0], dtype=int16)
    """
    value = np.where(net_value > 0, net_value, -np.inf)
    problem = Problem(value, cost, np.zeros(len(cost), np.int32), _limits(budget, cost.shape[1]))
    prices = find_prices(problem).prices
    first, _, top, _ = best_two(problem.value, problem.cost, problem.manager, prices.budget, prices.per_offer())
    taken, _ = allocate(problem, prices, np.where(top > 0, first, NONE).astype(np.int16), top)
    return taken


def order_within(order: NDArray[np.int64], wish: NDArray[np.int16], cost: Floats, budget: float) -> NDArray[np.int16]:
    """Give customers what is wished for them (-1 nothing), in an order, as long as it fits into the budget.

    Examples
    --------
    >>> order_within(np.array([1, 0]), np.array([0, 0], dtype=np.int16), np.array([[3.0], [2.0]]), 4.0)
    array([-1,  0], dtype=int16)
    """
    taken = np.full(len(wish), NONE, dtype=np.int16)
    asked = order[wish[order] != NONE].astype(np.int64)
    room = Room.of(_limits(budget, cost.shape[1]))
    accept_in_order(asked, wish, taken, cost, np.zeros(len(wish), np.int32), *room.arrays())
    return taken


def _limits(budget: float, actions: int) -> Limits:
    return Limits(budget, np.full(actions, np.inf), np.full(1, np.inf), np.full((1, actions), np.inf))
