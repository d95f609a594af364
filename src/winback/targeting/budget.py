"""Choices within a budget alone, by any numbers: what simple rules and perfect knowledge would choose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.targeting.allocate import Room, allocate, wishes_of
from winback.targeting.blocks import Block, Here
from winback.targeting.demand import Demand
from winback.targeting.kernels import NONE
from winback.targeting.limits import Limits
from winback.targeting.prices import find_prices

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
    customers = Here(Block.of(np.where(net_value > 0, net_value, -np.inf), cost))
    limits = _limits(budget, cost.shape[1])
    standing, _ = allocate(customers, limits, find_prices(Demand(customers), limits).prices)
    return standing.taken(customers.block)


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
    wishes = wishes_of(Block.of(cost, cost), asked, wish[asked].astype(np.int16), np.zeros(len(asked)))
    granted = asked[room.grant(wishes, room.nothing())]
    taken[granted] = wish[granted]
    return taken


def _limits(budget: float, actions: int) -> Limits:
    return Limits(budget, np.full(actions, np.inf), np.full(1, np.inf), np.full((1, actions), np.inf))
