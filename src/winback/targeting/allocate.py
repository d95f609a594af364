"""From prices to an allocation that keeps every limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.targeting.kernels import NONE, accept_in_order, best_moves
from winback.targeting.problem import Limits, Prices, Problem

Floats = NDArray[np.float64]
Choice = NDArray[np.int16]

#: Rounds of filling what is left; the last ones change next to nothing.
_ROUNDS = 25


@dataclass
class Room:
    """What of the limits is still unused."""

    budget: Floats
    action: Floats
    manager: Floats
    manager_action: Floats

    @classmethod
    def of(cls, limits: Limits) -> Room:
        """Start with everything unused."""
        # capacities are counted in whole offers
        floors = (np.floor(part) for part in (limits.action, limits.manager, limits.manager_action))
        return cls(np.array([limits.budget]), *floors)

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return the arrays in the order that the kernels take them."""
        return self.budget, self.action, self.manager, self.manager_action


def allocate(problem: Problem, prices: Prices, wanted: Choice, urgency: Floats) -> tuple[Choice, Room]:
    """Choose pairs within the limits, near what the prices ask for.

    Customers get what they want in the order of urgency as long as it fits. Then, round by round, whoever has a pair
    of larger value that fits into what is left gets it, the best after prices first.

    Parameters
    ----------
    problem : Problem
        Values, costs and limits.
    prices : Prices
        From `find_prices`.
    wanted : ndarray of int16, shape (n,)
        Action that each customer takes at the prices; −1 none.
    urgency : ndarray of float64, shape (n,)
        Order in which wishes are served, largest first.

    Returns
    -------
    taken : ndarray of int16, shape (n,)
        Chosen action, −1 none.
    room : Room
        What is left of every limit; never below 0.
    """
    taken, room = np.full(len(problem), NONE, dtype=np.int16), Room.of(problem.limits)
    wishes = np.flatnonzero(wanted != NONE)
    order = wishes[np.argsort(-urgency[wishes], kind="stable")]
    accept_in_order(order, wanted, taken, problem.cost, problem.manager, *room.arrays())
    for _ in range(_ROUNDS):
        if not _fill(problem, prices, taken, room):
            break
    return taken, room


def _fill(problem: Problem, prices: Prices, taken: Choice, room: Room) -> int:
    """Make one round of improvements in place; return their number."""
    unit = prices.per_offer()
    move, gain = best_moves(problem.value, problem.cost, problem.manager, prices.budget, unit, taken, *room.arrays())
    movers = np.flatnonzero(move != NONE)
    order = movers[np.argsort(-gain[movers], kind="stable")]
    return int(accept_in_order(order, move, taken, problem.cost, problem.manager, *room.arrays()))
