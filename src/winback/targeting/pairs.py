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
    best : ndarray of int16, shape (n,)
        The action that earns most, of those that are meant for the customer and reach it; −1 none.
    best_value : ndarray of float64, shape (n,)
        Its expected net value; ``-inf`` where there is none.
    cost : ndarray of float64, shape (n, k)
        Expected cost.
    eligible : ndarray of float64, shape (n, k)
        Expected net value where the pair may be chosen, otherwise ``-inf``: it earns more than ``min_net_value`` and
        costs no more than ``max_value_share`` of the customer's value.
    meant : ndarray of bool, shape (n,)
        Some action is meant for the customer's population, whether it can be reached or not.
    """

    best: NDArray[np.int16]
    best_value: Floats
    cost: Floats
    eligible: Floats
    meant: NDArray[np.bool_]


def price_pairs(
    candidates: Candidates,
    actions: Actions,
    effects: Effects,
    settings: TargetingSettings,
    shifts: UpliftShifts | None = None,
) -> Pairs:
    """Work out every pair; memory is that of two matrices (n, k)."""
    shape = (len(candidates), len(actions))
    cost, eligible = np.zeros(shape), np.full(shape, -np.inf)
    best, best_value = np.full(len(candidates), NONE, np.int16), np.full(len(candidates), -np.inf)
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
        better = possible & (earned > best_value)
        best[better], best_value[better] = code, earned[better]
        worth = possible & (earned > least) & (cost[:, code] <= allowed_cost)
        eligible[worth, code] = earned[worth]
    return Pairs(best, best_value, cost, eligible, meant_for_any)


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
