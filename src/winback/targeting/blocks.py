"""Customers among whom a cycle chooses: here as arrays, or in blocks that lie elsewhere and answer questions.

The choice at given prices is each customer's own. What all of them have to say to it is a sum, or the first of them in
some order: two kinds of questions, which any division into blocks answers with the same bits, because values and costs
are whole steps (`winback.targeting.sizes`) and orders have no ties.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from winback.targeting.wishes import Wishes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: What can be added up: numbers, arrays, and whatever has ``+``.
Sum = TypeVar("Sum")
#: Tells which customers of a block are meant.
Who = Callable[["Block"], Bools]

#: More than there ever are: everything may be handed over.
ALL = 2**62


@dataclass(frozen=True, eq=False)
class Block:
    """Some customers with their pairs.

    Parameters
    ----------
    value : ndarray of float64, shape (n, k)
        Expected net value; ``-inf`` for a pair that may not be chosen. Only pairs above 0 are ever chosen.
    cost : ndarray of float64, shape (n, k)
        Expected cost, at least 0.
    manager : ndarray of int32, shape (n,)
        Code of the customer's manager, 0 to m − 1.
    key : ndarray of int64, shape (n,)
        Each customer's own: an order in which nobody is before others for what it is.
    held, drawn : ndarray of bool, shape (n,)
        Whom the draws would hold out, and whom they would give the second-best action.
    """

    value: Floats
    cost: Floats
    manager: NDArray[np.int32]
    key: NDArray[np.int64]
    held: Bools
    drawn: Bools

    @classmethod
    def of(cls, value: Floats, cost: Floats, manager: NDArray[np.int32] | None = None) -> Block:
        """Return customers of whom nobody is held out, in their order."""
        n = len(value)
        none = np.zeros(n, np.bool_)
        managers = np.zeros(n, np.int32) if manager is None else manager
        return cls(value, cost, managers, np.arange(n), none, none)

    def __len__(self) -> int:
        return len(self.value)

    def __add__(self, other: Block) -> Block:
        return Block(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))

    def rows(self, index: NDArray[Any] | slice) -> Block:
        """Return the customers of an index, a mask or a slice."""
        return Block(*(getattr(self, field.name)[index] for field in fields(self)))

    def possible(self) -> Bools:
        """Return who has a pair that may be chosen."""
        return np.asarray((self.value > 0).any(axis=1))


class Customers(Protocol):
    """Customers in blocks, wherever they are."""

    @property
    def few(self) -> int:
        """How many customers may be handed over at a time."""

    def add_up(self, question: Callable[[Block], Sum]) -> Sum:
        """Return the sum of what all blocks answer; questions must be picklable."""

    def first(self, question: Callable[[Block], Wishes], count: int) -> Wishes:
        """Return the first wishes of all blocks together, in order."""


@dataclass(frozen=True, eq=False)
class Here:
    """Customers that are here, in one block."""

    block: Block
    few: int = ALL

    def add_up(self, question: Callable[[Block], Sum]) -> Sum:
        """Return what the block answers."""
        return question(self.block)

    def first(self, question: Callable[[Block], Wishes], count: int) -> Wishes:
        """Return the block's first wishes."""
        return question(self.block).in_order(count)
