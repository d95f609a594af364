"""Who gets what: holdouts, exploration, and the allocation to all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.settings import TargetingSettings
from winback.targeting.allocate import Room, allocate
from winback.targeting.curve import spend_curve
from winback.targeting.decisions import CurvePoint
from winback.targeting.draws import below
from winback.targeting.kernels import NONE, accept_in_order, best_two
from winback.targeting.prices import Dual, find_prices
from winback.targeting.problem import Limits, Prices, Problem

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Choice = NDArray[np.int16]


@dataclass(frozen=True)
class Plan:
    """What was allocated.

    Parameters
    ----------
    taken, shadow : ndarray of int16, shape (n,)
        Action of the treated, and that which each holdout would have had; -1 none.
    is_held, explored : ndarray of bool, shape (n,)
        Drawn for the holdout; has its second-best action.
    propensity : ndarray of float64, shape (n,)
        Probability of the arm and action by the draws; nan where nothing is offered.
    prices : Prices
        At which everyone but the explorers chose.
    room : Room
        What is left of the limits.
    bound : float
        What no allocation to those who are not held out can exceed; money.
    exploration_price : float
        By how much exploration lowers that bound; money.
    curve : tuple of CurvePoint
        Spend versus gain; empty when it was not asked for.
    """

    taken: Choice
    shadow: Choice
    is_held: Bools
    explored: Bools
    propensity: Floats
    prices: Prices
    room: Room
    bound: float
    exploration_price: float
    curve: tuple[CurvePoint, ...]


def make_plan(
    problem: Problem, settings: TargetingSettings, draws: NDArray[np.uint64], *, with_curve: bool = True
) -> Plan:
    """Draw holdouts, find prices for the others, let explorers have their second-best action, allocate the rest.

    Explorers are those who would be contacted at the prices and whose draw says so. They are served first, and the
    prices are found anew for what they leave, so that what they use more or less is taken up by the others.

    Parameters
    ----------
    problem : Problem
        All customers; those who must not be approached have no possible pair.
    settings : TargetingSettings
        ``holdout_share`` and ``explore_share``.
    draws : ndarray of uint64, shape (n, 2)
        From `keyed_draws`.
    with_curve : bool
        Also work out the spend-versus-gain curve.
    """
    possible = (problem.value > 0).any(axis=1)
    held = below(draws[:, 0], settings.holdout_share) & possible
    treatable = problem.rows(np.flatnonzero(possible & ~held))
    before = find_prices(treatable)
    second, explores = _explorers(problem, before.prices, below(draws[:, 1], settings.explore_share))
    taken, room = _serve(problem, second, explores & ~held)
    rest = np.flatnonzero(possible & ~held & (taken == NONE))
    left, after = _after_exploration(problem, rest, before, room, explored=bool((taken != NONE).any()))
    at_prices = _at_prices(problem, after.prices)
    taken[rest], room = allocate(left, after.prices, at_prices.action[rest], at_prices.surplus[rest])
    shadow = np.where(held, np.where(explores, second, at_prices.action), NONE).astype(np.int16)
    offered = np.maximum(taken, shadow)
    # an explorer for whose second-best action there was no room was served like all others
    explored = explores & (offered == second)
    explored_value = float(problem.value[explored & ~held, second[explored & ~held]].sum())
    return Plan(
        taken,
        shadow,
        held,
        explored,
        np.where(offered != NONE, _propensity(settings, held, explored, at_prices.has_choice), np.nan),
        after.prices,
        room,
        before.bound,
        max(before.bound - after.bound - explored_value, 0.0),
        spend_curve(treatable, before.prices) if with_curve else (),
    )


@dataclass(frozen=True)
class _AtPrices:
    """The pair that every customer takes at prices, its priced surplus, and whether there was another."""

    action: Choice
    surplus: Floats
    has_choice: Bools


def _at_prices(problem: Problem, prices: Prices) -> _AtPrices:
    first, second, top, _ = best_two(problem.value, problem.cost, problem.manager, prices.budget, prices.per_offer())
    return _AtPrices(np.where(top > 0, first, NONE).astype(np.int16), top, second != NONE)


def _explorers(problem: Problem, prices: Prices, drawn: Bools) -> tuple[Choice, Bools]:
    """Return everyone's second-best action, and who shall have it."""
    _, second, top, _ = best_two(problem.value, problem.cost, problem.manager, prices.budget, prices.per_offer())
    return second, drawn & (top > 0) & (second != NONE)


def _serve(problem: Problem, action: Choice, who: Bools) -> tuple[Choice, Room]:
    """Give an action to some customers, in their order, as long as it fits."""
    taken, room = np.full(len(problem), NONE, dtype=np.int16), Room.of(problem.limits)
    accept_in_order(np.flatnonzero(who), action, taken, problem.cost, problem.manager, *room.arrays())
    return taken, room


def _after_exploration(
    problem: Problem, rest: NDArray[np.int64], before: Dual, room: Room, *, explored: bool
) -> tuple[Problem, Dual]:
    """Return the problem that explorers leave to the others, and its prices."""
    rows = problem.rows(rest)
    left = Problem(rows.value, rows.cost, rows.manager, Limits(float(room.budget[0]), *room.arrays()[1:]))
    return left, find_prices(left, start=before.prices) if explored else before


def _propensity(settings: TargetingSettings, held: Bools, explored: Bools, has_choice: Bools) -> Floats:
    share = settings.explore_share
    by_action = np.where(explored, share, np.where(has_choice, 1 - share, 1.0))
    return by_action * np.where(held, settings.holdout_share, 1 - settings.holdout_share)
