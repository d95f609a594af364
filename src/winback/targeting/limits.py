"""What a cycle may use, and what one more unit of it would earn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """What one cycle may use; infinity where there is no limit.

    Parameters
    ----------
    budget : float
        Sum of expected costs; money.
    action : ndarray of float64, shape (k,)
        Offers of an action.
    manager : ndarray of float64, shape (m,)
        Offers to a manager's customers.
    manager_action : ndarray of float64, shape (m, k)
        Offers of an action to a manager's customers.
    """

    budget: float
    action: Floats
    manager: Floats
    manager_action: Floats

    def flat(self) -> Floats:
        """Return all limits as one vector: budget, actions, managers, managers × actions."""
        return np.concatenate([[self.budget], self.action, self.manager, self.manager_action.ravel()])

    def with_budget(self, budget: float) -> Limits:
        """Return the same limits with another budget."""
        return replace(self, budget=budget)


@dataclass(frozen=True)
class Prices:
    """What one more unit of each limit would earn; 0 where a limit does not bind.

    Parameters
    ----------
    budget : float
        Net value per unit of money.
    action : ndarray of float64, shape (k,)
        Money per offer.
    manager : ndarray of float64, shape (m,)
        Money per offer.
    manager_action : ndarray of float64, shape (m, k)
        Money per offer.
    """

    budget: float
    action: Floats
    manager: Floats
    manager_action: Floats

    @classmethod
    def of_flat(cls, flat: Floats, managers: int, actions: int) -> Prices:
        """Read prices from one vector in the order of `Limits.flat`."""
        by_action = flat[1 : 1 + actions]
        by_manager = flat[1 + actions : 1 + actions + managers]
        return cls(float(flat[0]), by_action, by_manager, flat[1 + actions + managers :].reshape(managers, actions))

    def flat(self) -> Floats:
        """Return all prices as one vector in the order of `Limits.flat`."""
        return np.concatenate([[self.budget], self.action, self.manager, self.manager_action.ravel()])

    def per_offer(self) -> Floats:
        """Return the price of one offer of each manager and action, apart from its money; shape (m, k)."""
        return self.action[None, :] + self.manager[:, None] + self.manager_action
