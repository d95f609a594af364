"""Loops over customers and actions, compiled.

Sums run over customers in their order, on one thread, so that the same input gives the same bits everywhere.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Nothing is chosen.
NONE = -1


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def respond(
    value: Floats, cost: Floats, manager: NDArray[np.int32], budget_price: float, unit_price: Floats
) -> tuple[float, float, Floats]:
    """Let every customer take the pair with the largest priced surplus, if that is above 0.

    Returns
    -------
    surplus, spend : float
        Sum of the priced surpluses, and of the costs of the pairs taken.
    usage : ndarray of float64, shape (m, k)
        Pairs taken per manager and action.
    """
    n, k = value.shape
    usage = np.zeros(unit_price.shape)
    surplus, spend = 0.0, 0.0
    for i in range(n):
        best, taken = 0.0, NONE
        for a in range(k):
            priced = value[i, a] - budget_price * cost[i, a] - unit_price[manager[i], a]
            if priced > best:
                best, taken = priced, a
        if taken != NONE:
            surplus += best
            spend += cost[i, taken]
            usage[manager[i], taken] += 1
    return surplus, spend, usage


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def best_two(
    value: Floats, cost: Floats, manager: NDArray[np.int32], budget_price: float, unit_price: Floats
) -> tuple[NDArray[np.int16], NDArray[np.int16], Floats, Floats]:
    """Return the best and second-best possible pair of every customer at prices, and their priced surpluses.

    A pair is possible where ``value`` is above 0; the surplus itself may be negative. Where there is none, the
    code is `NONE` and the surplus ``-inf``.
    """
    n, k = value.shape
    first, second = np.full(n, NONE, dtype=np.int16), np.full(n, NONE, dtype=np.int16)
    top, runner_up = np.full(n, -np.inf), np.full(n, -np.inf)
    for i in range(n):
        for a in range(k):
            if value[i, a] <= 0:
                continue
            priced = value[i, a] - budget_price * cost[i, a] - unit_price[manager[i], a]
            if priced > top[i]:
                runner_up[i], second[i] = top[i], first[i]
                top[i], first[i] = priced, a
            elif priced > runner_up[i]:
                runner_up[i], second[i] = priced, a
    return first, second, top, runner_up


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fits(
    cost: float, manager: int, action: int, budget: Floats, by_action: Floats, by_manager: Floats, by_both: Floats
) -> bool:
    """Tell whether one more offer fits into the room that is left."""
    return bool(
        cost <= budget[0] and by_action[action] >= 1 and by_manager[manager] >= 1 and by_both[manager, action] >= 1
    )


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _use(
    sign: float,
    cost: float,
    manager: int,
    action: int,
    budget: Floats,
    by_action: Floats,
    by_manager: Floats,
    by_both: Floats,
) -> None:
    """Take (sign 1) or give back (sign −1) what one offer uses."""
    budget[0] -= sign * cost
    by_action[action] -= sign
    by_manager[manager] -= sign
    by_both[manager, action] -= sign


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def accept_in_order(
    order: NDArray[np.int64],
    wanted: NDArray[np.int16],
    taken: NDArray[np.int16],
    cost: Floats,
    manager: NDArray[np.int32],
    budget: Floats,
    by_action: Floats,
    by_manager: Floats,
    by_both: Floats,
) -> int:
    """Give customers, in order, the pair that they want where it fits; changes ``taken`` and the room in place.

    Returns
    -------
    int
        How many got it.
    """
    accepted = 0
    for i in order:
        m, new, old = manager[i], wanted[i], taken[i]
        if old != NONE:
            _use(-1.0, cost[i, old], m, old, budget, by_action, by_manager, by_both)
        if _fits(cost[i, new], m, new, budget, by_action, by_manager, by_both):
            _use(1.0, cost[i, new], m, new, budget, by_action, by_manager, by_both)
            taken[i] = new
            accepted += 1
        elif old != NONE:
            _use(1.0, cost[i, old], m, old, budget, by_action, by_manager, by_both)
    return accepted


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def best_moves(
    value: Floats,
    cost: Floats,
    manager: NDArray[np.int32],
    budget_price: float,
    unit_price: Floats,
    taken: NDArray[np.int16],
    budget: Floats,
    by_action: Floats,
    by_manager: Floats,
    by_both: Floats,
) -> tuple[NDArray[np.int16], Floats]:
    """Return for every customer the better pair that fits now, and by how much it is better after prices.

    Only pairs of a larger value than the present one count.
    """
    n, k = value.shape
    move, gain = np.full(n, NONE, dtype=np.int16), np.full(n, -np.inf)
    for i in range(n):
        m, old = manager[i], taken[i]
        held, held_priced = 0.0, 0.0
        if old != NONE:
            held = value[i, old]
            held_priced = held - budget_price * cost[i, old] - unit_price[m, old]
            _use(-1.0, cost[i, old], m, old, budget, by_action, by_manager, by_both)
        for a in range(k):
            if value[i, a] > held and _fits(cost[i, a], m, a, budget, by_action, by_manager, by_both):
                better = value[i, a] - budget_price * cost[i, a] - unit_price[m, a] - held_priced
                if better > gain[i]:
                    gain[i], move[i] = better, a
        if old != NONE:
            _use(1.0, cost[i, old], m, old, budget, by_action, by_manager, by_both)
    return move, gain
