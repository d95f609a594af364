"""What every budget would earn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from winback.targeting.decisions import CurvePoint
from winback.targeting.demand import Demand
from winback.targeting.limits import Limits, Prices
from winback.targeting.prices import find_prices

#: Shares of the spend without a budget at which the curve is worked out.
_SHARES = (0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8)


def spend_curve(demand: Demand, limits: Limits, prices: Prices) -> tuple[CurvePoint, ...]:
    """Return the spend-versus-gain curve of customers within limits, with a point at their own budget.

    Parameters
    ----------
    demand : Demand
        Of the customers among whom is chosen.
    limits : Limits
        What may be used.
    prices : Prices
        Those of the own budget, from which the search for the other budgets starts.

    Returns
    -------
    tuple of CurvePoint
        By rising budget, from nothing spent to a budget that no longer binds. Net values are bounds of the
        relaxation, which is concave in the budget: each further unit of money earns less than the one before.
    """
    free = find_prices(demand, limits.with_budget(np.inf), start=prices)
    most = demand.at(replace(free.prices, budget=0.0)).spend
    budgets = {share * most for share in _SHARES} | {most}
    if np.isfinite(limits.budget):
        budgets.add(limits.budget)
    points = [CurvePoint(0.0, 0.0, prices.budget)]
    start = prices
    for budget in sorted(budgets, reverse=True):
        made = find_prices(demand, limits.with_budget(budget), start=start, iterations=60)
        start = made.prices
        points.append(CurvePoint(float(budget), min(made.bound, free.bound), start.budget))
    points[0] = CurvePoint(0.0, 0.0, start.budget)
    return tuple(sorted(points, key=lambda point: point.budget))
