"""Loops over customers and actions, compiled.

Priced surpluses are worked out in the same way everywhere (``value − budget price × cost − unit price``), so that what
is said of a customer at prices does not depend on who asks.
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
    gained, spend : float
        Sums of the values and of the costs of the pairs taken.
    usage : ndarray of float64, shape (m, k)
        Pairs taken per manager and action.
    """
    n, k = value.shape
    usage = np.zeros(unit_price.shape)
    gained, spend = 0.0, 0.0
    for i in range(n):
        best, taken = 0.0, NONE
        for a in range(k):
            priced = value[i, a] - budget_price * cost[i, a] - unit_price[manager[i], a]
            if priced > best:
                best, taken = priced, a
        if taken != NONE:
            gained += value[i, taken]
            spend += cost[i, taken]
            usage[manager[i], taken] += 1
    return gained, spend, usage


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def spend_at(
    value: Floats, cost: Floats, manager: NDArray[np.int32], budget_prices: Floats, unit_price: Floats
) -> Floats:
    """Return what all would spend (see `respond`) at each of several rising prices of the budget."""
    n, k = value.shape
    spend = np.zeros(len(budget_prices))
    for i in range(n):
        for step in range(len(budget_prices)):
            best, taken = 0.0, NONE
            for a in range(k):
                priced = value[i, a] - budget_prices[step] * cost[i, a] - unit_price[manager[i], a]
                if priced > best:
                    best, taken = priced, a
            if taken == NONE:
                break  # nor at any higher price
            spend[step] += cost[i, taken]
    return spend


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def certain(
    value: Floats,
    cost: Floats,
    manager: NDArray[np.int32],
    budget_prices: tuple[float, float],
    low_prices: Floats,
    high_prices: Floats,
) -> tuple[NDArray[np.bool_], NDArray[np.int16]]:
    """Tell whose choice is the same at all prices between two.

    Returns
    -------
    is_certain : ndarray of bool, shape (n,)
        True where it is.
    action : ndarray of int16, shape (n,)
        That choice; −1 none, and where it is not certain.
    """
    n, k = value.shape
    is_certain, action = np.zeros(n, dtype=np.bool_), np.full(n, NONE, dtype=np.int16)
    low_budget, high_budget = budget_prices
    for i in range(n):
        m, sure, taken = manager[i], 0.0, NONE
        for a in range(k):
            least = value[i, a] - high_budget * cost[i, a] - high_prices[m, a]
            if least > sure:
                sure, taken = least, a
        rival = False
        for a in range(k):
            most = value[i, a] - low_budget * cost[i, a] - low_prices[m, a]
            # of equal ones the first is taken
            if a != taken and (most > sure or (most == sure and a < taken)):
                rival = True
                break
        if not rival:
            is_certain[i], action[i] = True, taken
    return is_certain, action


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
    more: float,
    manager: int,
    action: int,
    old: int,
    budget: Floats,
    by_action: Floats,
    by_manager: Floats,
    by_both: Floats,
) -> bool:
    """Tell whether an offer that costs so much more fits into the room that is left; it keeps its manager's place."""
    has_manager = old != NONE or by_manager[manager] >= 1
    return bool(more <= budget[0] and by_action[action] >= 1 and has_manager and by_both[manager, action] >= 1)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fitting(
    manager: NDArray[np.int32],
    action: NDArray[np.int16],
    old: NDArray[np.int16],
    more: Floats,
    budget: Floats,
    by_action: Floats,
    by_manager: Floats,
    by_both: Floats,
) -> NDArray[np.bool_]:
    """Tell which wishes would fit into the room that is left, each for itself."""
    fits = np.zeros(len(action), dtype=np.bool_)
    for i in range(len(action)):
        fits[i] = _fits(more[i], manager[i], action[i], old[i], budget, by_action, by_manager, by_both)
    return fits


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def grant_in_order(
    manager: NDArray[np.int32],
    action: NDArray[np.int16],
    old: NDArray[np.int16],
    more: Floats,
    budget: Floats,
    by_action: Floats,
    by_manager: Floats,
    by_both: Floats,
    back_budget: Floats,
    back_action: Floats,
    back_both: Floats,
) -> NDArray[np.bool_]:
    """Grant wishes one after the other where they fit; changes the room in place.

    What is given up for them is noted in the last three arrays instead of being free at once: room only ever shrinks.
    """
    granted = np.zeros(len(action), dtype=np.bool_)
    for i in range(len(action)):
        m, new, given = manager[i], action[i], old[i]
        if not _fits(more[i], m, new, given, budget, by_action, by_manager, by_both):
            continue
        granted[i] = True
        budget[0] -= max(more[i], 0.0)
        back_budget[0] += max(-more[i], 0.0)
        by_action[new] -= 1
        by_both[m, new] -= 1
        if given == NONE:
            by_manager[m] -= 1
        else:
            back_action[given] += 1
            back_both[m, given] += 1
    return granted


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
        held, held_cost, held_priced = 0.0, 0.0, 0.0
        if old != NONE:
            held, held_cost = value[i, old], cost[i, old]
            held_priced = held - budget_price * held_cost - unit_price[m, old]
        for a in range(k):
            if value[i, a] > held and _fits(cost[i, a] - held_cost, m, a, old, budget, by_action, by_manager, by_both):
                better = value[i, a] - budget_price * cost[i, a] - unit_price[m, a] - held_priced
                if better > gain[i]:
                    gain[i], move[i] = better, a
    return move, gain
