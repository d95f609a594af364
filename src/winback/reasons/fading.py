"""What weighs on a customer, and how facts fade.

A fact counts in full when it happens and fades exponentially; how long it is remembered is not fixed: the hazard model
chooses among several memories.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.history import DAY_US
from winback.reasons.facts import Facts

Array = NDArray[Any]
#: From rows of (customer, instant) to what weighs on each, at least 0: float64[names, rows].
Weigh = Callable[[NDArray[np.int32], NDArray[np.int64]], NDArray[np.float64]]

#: Days in which a fact's weight falls to 1/e.
MEMORY_DAYS = (30, 90)


@dataclass(frozen=True, eq=False)
class Grievance:
    """Something that may weigh on a customer, measured in one or more ways.

    Parameters
    ----------
    names : tuple of str
        One for each measure, unique.
    reason : str
        What it would make a customer leave for; ``""`` for what has no reason in the tables.
    weigh : callable
        How much of it weighs.
    """

    names: tuple[str, ...]
    reason: str
    weigh: Weigh


def fading(name: str, reason: str, facts: Facts, amount: Array) -> Grievance:
    """Add up a customer's earlier facts, each faded by its age; facts of the very instant do not count.

    Parameters
    ----------
    name, reason : str
        As of `Grievance`; a name for each memory is made of it.
    facts : Facts
        What happened.
    amount : array[facts]
        How much each fact counts; NaN: not at all.
    """
    counted = np.nan_to_num(np.asarray(amount, np.float64))
    memories = np.array(MEMORY_DAYS, np.float64) * DAY_US
    states = np.stack([counted] * memories.size)
    for state, memory in zip(states, memories, strict=True):
        _accumulate(facts.at, facts.offsets, memory, state)

    def weigh(customer: NDArray[np.int32], at: NDArray[np.int64]) -> NDArray[np.float64]:
        weight = np.zeros((memories.size, customer.size))
        _recall(facts.at, facts.offsets, states, memories, customer, at, weight)
        return weight

    return Grievance(tuple(f"{name}_{days}d" for days in MEMORY_DAYS), reason, weigh)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _accumulate(at: Any, offsets: Any, memory: float, state: Any) -> None:
    for customer in range(offsets.size - 1):
        for place in range(offsets[customer] + 1, offsets[customer + 1]):
            state[place] += state[place - 1] * np.exp((at[place - 1] - at[place]) / memory)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _recall(at: Any, offsets: Any, states: Any, memories: Any, customer: Any, instant: Any, out: Any) -> None:
    for row in range(customer.size):
        begin, end = offsets[customer[row]], offsets[customer[row] + 1]
        place = begin + np.searchsorted(at[begin:end], instant[row]) - 1
        if place >= begin:
            for kind in range(memories.size):
                out[kind, row] = states[kind, place] * np.exp((at[place] - instant[row]) / memories[kind])
