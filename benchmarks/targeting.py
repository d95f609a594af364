"""Time, memory and optimality of the allocation.

Run ``python -m benchmarks.targeting --customers 100000``; with ``--exact`` the same problem is also given to
HiGHS (linear relaxation, and the integer problem up to 20,000 customers).
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix

from benchmarks.side_by_side import highest_gib
from winback.actions import Actions
from winback.response import assumed_effects
from winback.settings import ActionSettings, TargetingSettings
from winback.targeting import Candidates, decide
from winback.targeting.allocate import allocate
from winback.targeting.blocks import Block, Here
from winback.targeting.demand import Demand
from winback.targeting.limits import Limits
from winback.targeting.prices import find_prices


class Problem(NamedTuple):
    """Customers with their pairs, and limits."""

    value: np.ndarray
    cost: np.ndarray
    manager: np.ndarray
    limits: Limits


REASONS = ("price", "delivery", "service", "neglect", "conflict", "unknown")


def make_problem(customers: int, actions: int, managers: int, seed: int) -> Problem:
    """Return a problem in which the budget and most capacities bind."""
    rng = np.random.default_rng(seed)
    worth = rng.beta(1.2, 2, customers) * rng.lognormal(8.5, 1.2, customers)
    cost = rng.lognormal(5, 1, actions) * rng.uniform(0.8, 1.2, (customers, actions))
    value = worth[:, None] * rng.beta(1, 6, (customers, actions)) - cost
    value[(rng.random((customers, actions)) < 0.1) | (value <= 0)] = -np.inf
    share = customers / managers
    limits = Limits(
        budget=0.12 * customers * float(np.median(cost)),
        action=np.where(np.arange(actions) % 2 == 0, max(round(0.015 * customers), 1), np.inf),
        manager=np.full(managers, max(round(0.08 * share), 1), dtype=np.float64),
        manager_action=np.where(rng.random((managers, actions)) < 0.5, max(round(0.015 * share), 1), np.inf),
    )
    return Problem(value, cost, rng.integers(0, managers, customers).astype(np.int32), limits)


def usage_matrix(problem: Problem) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """Return what every possible pair uses of every limit (and of its customer), the limits, and the values."""
    n, k = problem.value.shape
    m = len(problem.limits.manager)
    i, a = np.nonzero(problem.value > 0)
    manager, pair = problem.manager[i], np.arange(len(i))
    rows = np.concatenate([0 * i, 1 + a, 1 + k + manager, 1 + k + m + manager * k + a, 1 + k + m + m * k + i])
    used = np.concatenate([problem.cost[i, a], np.ones(4 * len(i))])
    shape = (1 + k + m + m * k + n, len(i))
    matrix = coo_matrix((used, (rows, np.tile(pair, 5))), shape=shape).tocsr()
    limits = np.concatenate([problem.limits.flat(), np.ones(n)])
    finite = np.isfinite(limits)
    return matrix[finite], limits[finite], problem.value[i, a]


def exact(problem: Problem, *, integer: bool) -> float:
    """Return the optimum as HiGHS finds it, of the integer problem or of its linear relaxation."""
    matrix, limits, value = usage_matrix(problem)
    found = milp(
        -value,
        constraints=LinearConstraint(matrix, ub=limits),
        bounds=Bounds(0, 1),
        integrality=np.full(len(value), int(integer)),
        options={"mip_rel_gap": 1e-6, "time_limit": 600},
    )
    return float(-found.fun)


def solve(problem: Problem) -> tuple[float, float]:
    """Return the value allocated and the bound proved."""
    customers = Here(Block.of(problem.value, problem.cost, problem.manager))
    dual = find_prices(Demand(customers), problem.limits)
    standing, _ = allocate(customers, problem.limits, dual.prices)
    taken = standing.taken(customers.block)
    rows = np.flatnonzero(taken >= 0)
    return float(problem.value[rows, taken[rows]].sum()), dual.bound


def make_candidates(customers: int, managers: int, seed: int) -> Candidates:
    """Return customers for a whole cycle."""
    rng = np.random.default_rng(seed)
    names = np.array([f"customer-{i:08d}" for i in range(customers)], dtype=object)
    manager_names = np.array([f"manager-{i:04d}" for i in range(managers)], dtype=object)
    return Candidates(
        names,
        rng.integers(0, 2, customers).astype(np.int8),
        rng.beta(1, 1.5, customers),
        rng.lognormal(8.5, 1.2, customers),
        rng.lognormal(7, 1, customers),
        np.array(REASONS, dtype=object)[rng.integers(0, len(REASONS), customers)],
        manager_names[rng.integers(0, managers, customers)],
        rng.random(customers) < 0.9,
        rng.random(customers) < 0.9,
        np.where(rng.random(customers) < 0.1, "cooldown", "").astype(object),
    )


def make_actions(actions: int, customers: int, seed: int) -> Actions:
    """Return actions of different costs, some of them scarce."""
    rng = np.random.default_rng(seed)
    return Actions.from_settings(
        {
            f"action_{code}": ActionSettings(
                contact_cost=float(rng.lognormal(5, 1)),
                offer_share=float(rng.choice([0, 0.05])),
                accept_probability=0.4,
                save_probability={"default": float(rng.uniform(0.02, 0.15)), "price": float(rng.uniform(0.02, 0.3))},
                capacity=None if code % 2 else max(customers // 50, 1),
                capacity_per_manager=None if code % 3 else 20,
            )
            for code in range(actions)
        }
    )


def main() -> None:
    """Print what the solver and a whole cycle need, and how near the optimum they end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--actions", type=int, default=8)
    parser.add_argument("--managers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--exact", action="store_true", help="also solve with HiGHS")
    given = parser.parse_args()
    solve(make_problem(100, given.actions, 2, 0))  # compiles

    problem = make_problem(given.customers, given.actions, given.managers, given.seed)
    start = time.perf_counter()
    value, bound = solve(problem)
    seconds = time.perf_counter() - start
    print(f"allocation      {seconds:8.2f} s   value {value:,.0f}   gap {1 - value / bound:.5%} of the bound")
    for integer in (False, True)[: 2 if given.customers <= 20_000 else 1] if given.exact else ():
        start = time.perf_counter()
        optimum = exact(problem, integer=integer)
        seconds, lacks = time.perf_counter() - start, 1 - value / optimum
        kind = "HiGHS integer  " if integer else "HiGHS relaxed  "
        print(f"{kind} {seconds:8.2f} s   value {optimum:,.0f}   ours lacks {lacks:.5%}")

    candidates = make_candidates(given.customers, given.managers, given.seed)
    actions = make_actions(given.actions, given.customers, given.seed)
    settings = TargetingSettings(budget_amount=3.0 * given.customers, capacity_per_manager=60)
    for with_curve in (False, True):
        start = time.perf_counter()
        made = decide(
            candidates, actions, assumed_effects(actions), settings, cycle="2024-05-06", seed=7, with_curve=with_curve
        )
        word = "cycle and curve" if with_curve else "whole cycle    "
        print(f"{word} {time.perf_counter() - start:8.2f} s   gap {made.totals.gap_share:.5%}   {made.totals.counts}")
    print(f"peak memory     {highest_gib():8.2f} GB")


if __name__ == "__main__":
    main()
