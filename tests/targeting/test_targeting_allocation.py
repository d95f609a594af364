"""The allocation against HiGHS as an oracle, and against its own bound."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, lil_matrix

from winback.targeting.allocate import allocate
from winback.targeting.blocks import Block, Here
from winback.targeting.demand import Demand
from winback.targeting.kernels import NONE
from winback.targeting.limits import Limits
from winback.targeting.prices import find_prices


class Problem(NamedTuple):
    """Customers and limits, as plain arrays."""

    value: np.ndarray
    cost: np.ndarray
    manager: np.ndarray
    limits: Limits

    def customers(self) -> Here:
        return Here(Block.of(self.value, self.cost, self.manager))


def random_problem(seed: int, n: int, k: int = 4, m: int = 3, tightness: float = 1.0) -> Problem:
    rng = np.random.default_rng(seed)
    cost = rng.lognormal(3, 1, k) * rng.uniform(0.5, 1.5, (n, k))
    value = rng.lognormal(4, 1, (n, 1)) * rng.random((n, k)) - cost
    value[(rng.random((n, k)) < 0.15) | (value <= 0)] = -np.inf
    limits = Limits(
        budget=tightness * 0.15 * n * float(np.median(cost)),
        action=np.where(rng.random(k) < 0.5, np.ceil(0.1 * n * tightness), np.inf),
        manager=np.full(m, np.ceil(0.12 * n * tightness)),
        manager_action=np.where(rng.random((m, k)) < 0.5, np.ceil(0.05 * n * tightness), np.inf),
    )
    return Problem(value, cost, rng.integers(0, m, n).astype(np.int32), limits)


def constraints(problem: Problem) -> tuple[csr_matrix, np.ndarray, np.ndarray]:
    """Every limit written out pair by pair, the slow and plain way."""
    n, k = problem.value.shape
    m = len(problem.limits.manager)
    pairs = [(i, a) for i in range(n) for a in range(k) if problem.value[i, a] > 0]
    rows = 1 + k + m + m * k + n
    matrix = lil_matrix((rows, len(pairs)))
    for column, (i, a) in enumerate(pairs):
        manager = int(problem.manager[i])
        matrix[0, column] = problem.cost[i, a]
        for row in (1 + a, 1 + k + manager, 1 + k + m + manager * k + a, 1 + k + m + m * k + i):
            matrix[row, column] = 1
    limit = np.concatenate([problem.limits.flat(), np.ones(n)])
    return csr_matrix(matrix), limit, np.array([problem.value[pair] for pair in pairs])


def optimum(problem: Problem, *, integer: bool) -> float:
    matrix, limit, value = constraints(problem)
    if not len(value):
        return 0.0
    finite = np.isfinite(limit)
    found = milp(
        -value,
        constraints=LinearConstraint(matrix[finite], ub=limit[finite]),
        bounds=Bounds(0, 1),
        integrality=np.full(len(value), int(integer)),
    )
    return float(-found.fun)


def solved(problem: Problem) -> tuple[np.ndarray, float]:
    customers = problem.customers()
    dual = find_prices(Demand(customers), problem.limits)
    standing, _ = allocate(customers, problem.limits, dual.prices)
    return standing.taken(customers.block), dual.bound


def earned(problem: Problem, taken: np.ndarray) -> float:
    rows = np.flatnonzero(taken != NONE)
    return float(problem.value[rows, taken[rows]].sum())


def assert_within_limits(problem: Problem, taken: np.ndarray) -> None:
    rows = np.flatnonzero(taken != NONE)
    action, manager = taken[rows], problem.manager[rows]
    assert np.isfinite(problem.value[rows, action]).all()
    assert problem.cost[rows, action].sum() <= problem.limits.budget * (1 + 1e-12)
    used = np.zeros(problem.limits.manager_action.shape)
    np.add.at(used, (manager, action), 1)
    assert (used <= problem.limits.manager_action).all()
    assert (used.sum(axis=0) <= problem.limits.action).all()
    assert (used.sum(axis=1) <= problem.limits.manager).all()


@pytest.mark.parametrize("seed", range(6))
def test_prices_reach_the_optimum_of_the_linear_relaxation(seed: int) -> None:
    problem = random_problem(seed, n=400, k=6, m=8)
    relaxed = optimum(problem, integer=False)
    bound = find_prices(Demand(problem.customers()), problem.limits).bound
    assert bound >= relaxed * (1 - 1e-9)
    assert bound <= relaxed * 1.001


@pytest.mark.parametrize("seed", range(4))
def test_allocation_is_near_the_integer_optimum(seed: int) -> None:
    problem = random_problem(100 + seed, n=300, k=5, m=4)
    taken, bound = solved(problem)
    best = optimum(problem, integer=True)
    assert_within_limits(problem, taken)
    assert earned(problem, taken) >= 0.985 * best
    assert bound >= best * (1 - 1e-9)


def test_the_gap_closes_with_size() -> None:
    problem = random_problem(1, n=20_000, k=8, m=40)
    taken, bound = solved(problem)
    assert_within_limits(problem, taken)
    assert earned(problem, taken) >= bound * (1 - 1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 5), st.integers(1, 4), st.floats(0.01, 5))
def test_limits_hold_and_the_bound_is_one(seed: int, n: int, k: int, m: int, tightness: float) -> None:
    problem = random_problem(seed, n, k, m, tightness)
    taken, bound = solved(problem)
    assert_within_limits(problem, taken)
    assert earned(problem, taken) <= bound * (1 + 1e-9) + 1e-9
    assert optimum(problem, integer=True) <= bound * (1 + 1e-6) + 1e-6


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(1, 3))
def test_more_budget_never_earns_less_than_the_gap_allows(seed: int, more: float) -> None:
    problem = random_problem(seed, 60)
    limits = problem.limits
    richer = Problem(
        problem.value,
        problem.cost,
        problem.manager,
        Limits(limits.budget * more, limits.action, limits.manager, limits.manager_action),
    )
    (poor, poor_bound), (rich, rich_bound) = solved(problem), solved(richer)
    assert rich_bound >= poor_bound * (1 - 1e-3)
    assert earned(richer, rich) >= earned(problem, poor) - (rich_bound - earned(richer, rich)) - 1e-9


def test_nothing_left_that_would_fit() -> None:
    problem = random_problem(5, 200)
    taken, _ = solved(problem)
    spent = sum(problem.cost[i, a] for i, a in enumerate(taken) if a != NONE)
    used = np.zeros(problem.limits.manager_action.shape)
    for i, a in enumerate(taken):
        if a != NONE:
            used[problem.manager[i], a] += 1
    for i in np.flatnonzero(taken == NONE):
        m = problem.manager[i]
        for a in range(problem.value.shape[1]):
            fits = (
                problem.cost[i, a] <= problem.limits.budget - spent
                and used[m, a] + 1 <= problem.limits.manager_action[m, a]
                and used[m].sum() + 1 <= problem.limits.manager[m]
                and used[:, a].sum() + 1 <= problem.limits.action[a]
            )
            assert not (problem.value[i, a] > 0 and fits)
