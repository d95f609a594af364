"""What customers would have, in the order in which it is granted, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Keys = NDArray[np.int64]
Choice = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Wishes:
    """One row per customer that would have an action.

    Parameters
    ----------
    urgency : ndarray of float64, shape (n,)
        Larger ones are granted first.
    key : ndarray of int64, shape (n,)
        The customer's; the smaller is first where the urgency is the same.
    manager : ndarray of int32, shape (n,)
        Code of its manager.
    action, old : ndarray of int16, shape (n,)
        What is wished for, and what would be given up for it; −1 nothing.
    cost, old_cost : ndarray of float64, shape (n,)
        Of both; 0 where nothing is given up.
    """

    urgency: Floats
    key: Keys
    manager: NDArray[np.int32]
    action: Choice
    old: Choice
    cost: Floats
    old_cost: Floats

    def __len__(self) -> int:
        return len(self.key)

    def __add__(self, other: Wishes) -> Wishes:
        return Wishes(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))

    def rows(self, index: NDArray[Any]) -> Wishes:
        """Return the rows of an index or a mask."""
        return Wishes(*(getattr(self, field.name)[index] for field in fields(self)))

    def in_order(self, count: int) -> Wishes:
        """Return the first ones, sorted."""
        return self.rows(np.lexsort((self.key, -self.urgency))[:count])

    def after(self, urgency: float, key: int) -> Wishes:
        """Return those that come after a place in the order."""
        return self.rows((self.urgency < urgency) | ((self.urgency == urgency) & (self.key > key)))


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Customers who have something else than what they would take at the prices.

    Parameters
    ----------
    key : ndarray of int64
        Ascending.
    action : ndarray of int16
        What they have; −1 nothing.

    Examples
    --------
    >>> some = Outcomes.none().replaced(np.array([5, 2]), np.array([1, -1], np.int16))
    >>> some.put(np.array([0, 0, 0], np.int16), np.array([2, 3, 5])).tolist()
    [-1, 0, 1]
    """

    key: Keys
    action: Choice

    @classmethod
    def none(cls) -> Outcomes:
        """Return that everyone has what it would take."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int16))

    def __len__(self) -> int:
        return len(self.key)

    def replaced(self, key: Keys, action: Choice) -> Outcomes:
        """Return these with others, which count where a customer is in both."""
        # of equal keys, np.unique gives the first
        keys, first = np.unique(np.concatenate([key, self.key]), return_index=True)
        return Outcomes(keys, np.concatenate([action, self.action])[first])

    def known(self, key: Keys) -> NDArray[np.bool_]:
        """Tell which customers are among these."""
        if not len(self):
            return np.zeros(len(key), np.bool_)
        return np.asarray(self.key[self._places(key)] == key)

    def put(self, action: Choice, key: Keys) -> Choice:
        """Return customers' actions with what is known of them here instead."""
        if not len(self):
            return action
        place = self._places(key)
        return np.where(self.key[place] == key, self.action[place], action)

    def _places(self, key: Keys) -> NDArray[np.int64]:
        return np.minimum(np.searchsorted(self.key, key), len(self) - 1)
