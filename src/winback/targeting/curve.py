"""What every budget would earn."""

from __future__ import annotations

import numpy as np

from winback.targeting.decisions import CurvePoint
from winback.targeting.kernels import respond
from winback.targeting.prices import find_prices, usual_sizes
from winback.targeting.problem import Limits, Prices, Problem

#: Shares of the spend without a budget at which the curve is worked out.
_SHARES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8)


def spend_curve(problem: Problem, prices: Prices) -> tuple[CurvePoint, ...]:
    """Return the spend-versus-gain curve of a problem, with a point at its own budget.

    Parameters
    ----------
    problem : Problem
        Customers, pairs, limits.
    prices : Prices
        Those of its own budget, from which the search for the other budgets starts.

    Returns
    -------
    tuple of CurvePoint
        By rising budget, from nothing spent to a budget that no longer binds. Net values are bounds of the
        relaxation, which is concave in the budget: each further unit of money earns less than the one before.
    """
    sizes = usual_sizes(problem)
    free = find_prices(_with_budget(problem, np.inf), start=prices, sizes=sizes)
    _, most, _ = respond(problem.value, problem.cost, problem.manager, 0.0, free.prices.per_offer())
    budgets = {share * most for share in _SHARES} | {most}
    if np.isfinite(problem.limits.budget):
        budgets.add(problem.limits.budget)
    points = [CurvePoint(0.0, 0.0, prices.budget)]
    start = prices
    for budget in sorted(budgets, reverse=True):
        made = find_prices(_with_budget(problem, budget), start=start, iterations=60, sizes=sizes)
        start = made.prices
        points.append(CurvePoint(float(budget), min(made.bound, free.bound), start.budget))
    points[0] = CurvePoint(0.0, 0.0, start.budget)
    return tuple(sorted(points, key=lambda point: point.budget))


def _with_budget(problem: Problem, budget: float) -> Problem:
    limits = problem.limits
    return Problem(
        problem.value,
        problem.cost,
        problem.manager,
        Limits(budget, limits.action, limits.manager, limits.manager_action),
    )
