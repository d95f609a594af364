"""The arithmetic of every pair of a customer and an action."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.actions import Actions, expected_net_value
from winback.response import Effects
from winback.response.individual import UpliftShifts
from winback.settings import TargetingSettings
from winback.targeting.candidates import Candidates
from winback.targeting.kernels import NONE
from winback.targeting.limits import Limits

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """What every pair would earn and cost; money.

    Parameters
    ----------
    net_value : ndarray of float64, shape (n, k)
        Expected net value; ``-inf`` where the action is not meant for the customer or cannot reach it.
    cost : ndarray of float64, shape (n, k)
        Expected cost.
    eligible : ndarray of float64, shape (n, k)
        ``net_value`` where the pair may be chosen, otherwise ``-inf``: it earns more than ``min_net_value`` and costs
        no more than ``max_value_share`` of the customer's value.
    meant : ndarray of bool, shape (n,)
        Some action is meant for the customer's population, whether it can be reached or not.
    """

    net_value: Floats
    cost: Floats
    eligible: Floats
    meant: NDArray[np.bool_]

    def best(self) -> NDArray[np.int16]:
        """Return the action that earns most for each customer, of those that reach it; −1 none."""
        if self.net_value.shape[1] == 0:
            return np.full(len(self.meant), NONE, dtype=np.int16)
        best = self.net_value.argmax(axis=1)
        reached = np.isfinite(self.net_value[np.arange(len(best)), best])
        return np.where(reached, best, NONE).astype(np.int16)


def price_pairs(
    candidates: Candidates,
    actions: Actions,
    effects: Effects,
    settings: TargetingSettings,
    shifts: UpliftShifts | None = None,
) -> Pairs:
    """Work out every pair; memory is that of three matrices (n, k)."""
    shape = (len(candidates), len(actions))
    net, cost, eligible = np.full(shape, -np.inf), np.zeros(shape), np.full(shape, -np.inf)
    meant_for_any = np.zeros(len(candidates), dtype=np.bool_)
    reason = effects.reason_codes(candidates.reason)
    allowed_cost = settings.max_value_share * np.maximum(candidates.value_if_kept, 0)
    least = max(settings.min_net_value, 0.0)
    for code in range(len(actions)):
        uplift = effects.uplift(
            code, candidates.population, reason, candidates.churn_probability, candidates.silence_days
        )
        if shifts is not None:
            every = np.full(len(candidates), code)
            uplift = shifts.corrected(every, uplift, candidates.churn_probability)
        cost[:, code] = actions.costs(code, candidates.horizon_revenue, effects.accept[code, candidates.population])
        earned = expected_net_value(uplift, candidates.value_if_kept, cost[:, code])
        meant = actions.meant_for(code, candidates.population)
        possible = meant & actions.reachable(code, candidates.has_email, candidates.has_phone)
        meant_for_any |= meant
        net[possible, code] = earned[possible]
        worth = possible & (earned > least) & (cost[:, code] <= allowed_cost)
        eligible[worth, code] = earned[worth]
    return Pairs(net, cost, eligible, meant_for_any)


def make_limits(actions: Actions, settings: TargetingSettings, has_manager: NDArray[np.bool_]) -> Limits:
    """Return the limits of the cycle for managers by code; those that are none (``""``) have no limit.

    Parameters
    ----------
    has_manager : ndarray of bool, shape (m,)
        False for the code of customers without a manager.
    """

    def amount(limit: float | None) -> float:
        return np.inf if limit is None else float(limit)

    by_manager = np.where(has_manager, amount(settings.capacity_per_manager), np.inf)
    per_manager = np.array([amount(action.settings.capacity_per_manager) for action in actions])
    return Limits(
        budget=amount(settings.budget_amount),
        action=np.array([amount(action.settings.capacity) for action in actions]),
        manager=by_manager,
        manager_action=np.where(has_manager[:, None], per_manager[None, :], np.inf),
    )
