"""Who gets what: holdouts, exploration, and the allocation to all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.settings import TargetingSettings
from winback.targeting.allocate import Room, Standing, allocate_rest, grant_all, wishes_of
from winback.targeting.blocks import Block, Customers
from winback.targeting.curve import spend_curve
from winback.targeting.decisions import CurvePoint
from winback.targeting.demand import Demand
from winback.targeting.kernels import NONE, best_two
from winback.targeting.limits import Limits, Prices
from winback.targeting.prices import Dual, find_prices
from winback.targeting.wishes import Outcomes, Wishes

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Choice = NDArray[np.int16]


@dataclass(frozen=True, eq=False)
class Chosen:
    """What some customers are given; one row per customer.

    Parameters
    ----------
    taken, shadow : ndarray of int16, shape (n,)
        Action of the treated, and that which each holdout would have had; -1 none.
    is_held, explored : ndarray of bool, shape (n,)
        Drawn for the holdout; has its second-best action.
    propensity : ndarray of float64, shape (n,)
        Probability of the arm and action by the draws; nan where nothing is offered.
    """

    taken: Choice
    shadow: Choice
    is_held: Bools
    explored: Bools
    propensity: Floats

    def offered(self) -> Choice:
        """Return the action offered or held back; -1 none."""
        return np.maximum(self.taken, self.shadow)


@dataclass(frozen=True, eq=False)
class Plan:
    """What is allocated: as much as every customer's own choice needs, and what all of them come to.

    Parameters
    ----------
    settings : TargetingSettings
        Shares of the draws.
    limits : Limits
        Within which it is.
    before : Prices
        At which explorers have their second-best action.
    standing : Standing
        What everyone has, by the prices at which all but the explorers chose.
    room : Room
        What is left of the limits.
    bound : float
        What no allocation to those who are not held out can exceed; money.
    exploration_price : float
        By how much exploration lowers that bound; money.
    curve : tuple of CurvePoint
        Spend versus gain; empty when it was not asked for.
    """

    settings: TargetingSettings
    limits: Limits
    before: Prices
    standing: Standing
    room: Room
    bound: float
    exploration_price: float
    curve: tuple[CurvePoint, ...]

    @property
    def prices(self) -> Prices:
        """At which everyone but the explorers chose."""
        return self.standing.prices

    def chosen(self, block: Block) -> Chosen:
        """Return what the customers of a block are given."""
        prices = self.prices
        taken = self.standing.taken(block)
        held = block.held & block.possible()
        second, explores = explorers(block, self.before)
        first, other, top, _ = best_two(block.value, block.cost, block.manager, prices.budget, prices.per_offer())
        at_prices = np.where(top > 0, first, NONE)
        shadow = np.where(held, np.where(explores, second, at_prices), NONE).astype(np.int16)
        offered = np.maximum(taken, shadow)
        # an explorer for whose second-best action there was no room was served like all others
        explored = explores & (offered == second)
        propensity = np.where(offered != NONE, _propensity(self.settings, held, explored, other != NONE), np.nan)
        return Chosen(taken, shadow, held, explored, propensity)


def treatable(block: Block) -> Bools:
    """Tell who has a pair that may be chosen and is not held out."""
    return block.possible() & ~block.held


def make_plan(
    customers: Customers, limits: Limits, demand: Demand, settings: TargetingSettings, *, with_curve: bool = True
) -> Plan:
    """Find prices for all who are not held out, let explorers have their second-best action, allocate the rest.

    Explorers are those who would be contacted at the prices and whose draw says so. They are served first, and the
    prices are found anew for what they leave, so that what they use more or less is taken up by the others.

    Parameters
    ----------
    customers : Customers
        All of them, here or elsewhere; those who must not be approached have no possible pair.
    limits : Limits
        What the cycle may use.
    demand : Demand
        Of the `treatable`.
    settings : TargetingSettings
        ``explore_share``.
    with_curve : bool
        Also work out the spend-versus-gain curve.
    """
    before = find_prices(demand, limits)
    room = Room.of(limits)
    outcomes = _explored(customers, before.prices, room, settings)
    after = _after_exploration(customers, outcomes, before, room)
    explored_value = customers.add_up(_Worth(outcomes)) if len(outcomes) else 0.0
    standing, room = allocate_rest(customers, Standing(after.prices, outcomes, _Rest(outcomes)), room)
    return Plan(
        settings,
        limits,
        before.prices,
        standing,
        room,
        before.bound,
        max(before.bound - after.bound - explored_value, 0.0),
        spend_curve(demand, limits, before.prices) if with_curve else (),
    )


def explorers(block: Block, prices: Prices) -> tuple[Choice, Bools]:
    """Return everyone's second-best action, and who shall have it."""
    _, second, top, _ = best_two(block.value, block.cost, block.manager, prices.budget, prices.per_offer())
    return second, block.drawn & (top > 0) & (second != NONE)


def _explored(customers: Customers, prices: Prices, room: Room, settings: TargetingSettings) -> Outcomes:
    """Give explorers their second-best action, in the order of their keys, as long as it fits."""
    outcomes = Outcomes.none()
    if settings.explore_share:
        for wishes, got in grant_all(customers, _Explorers(prices), room, room.nothing(), only_fitting=True):
            outcomes = outcomes.replaced(wishes.key[got], wishes.action[got])
    return outcomes


def _after_exploration(customers: Customers, outcomes: Outcomes, before: Dual, room: Room) -> Dual:
    """Return the prices of what explorers leave to the others."""
    if not len(outcomes):
        return before
    return find_prices(Demand(customers, _Rest(outcomes)), room.limits(), start=before.prices)


@dataclass(frozen=True, eq=False)
class _Rest:
    """Tells who is treatable and no explorer."""

    explored: Outcomes

    def __call__(self, block: Block) -> Bools:
        return treatable(block) & ~self.explored.known(block.key)


@dataclass(frozen=True, eq=False)
class _Explorers:
    prices: Prices

    def __call__(self, block: Block) -> Wishes:
        second, explores = explorers(block, self.prices)
        rows = np.flatnonzero(explores & ~block.held)
        return wishes_of(block, rows, second[rows], np.zeros(len(rows)))


@dataclass(frozen=True, eq=False)
class _Worth:
    """Adds up what customers are worth with what they were given."""

    outcomes: Outcomes

    def __call__(self, block: Block) -> float:
        rows = np.flatnonzero(self.outcomes.known(block.key))
        given = self.outcomes.put(np.zeros(len(rows), np.int16), block.key[rows])
        return float(block.value[rows, given].sum())


def _propensity(settings: TargetingSettings, held: Bools, explored: Bools, has_choice: Bools) -> Floats:
    share = settings.explore_share
    by_action = np.where(explored, share, np.where(has_choice, 1 - share, 1.0))
    return by_action * np.where(held, settings.holdout_share, 1 - settings.holdout_share)
