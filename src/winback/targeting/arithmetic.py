"""Every part of the arithmetic of the action that is shown for a customer."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.actions import Actions, expected_cost, expected_net_value, expected_offer_cost
from winback.response import Effects
from winback.response.individual import UpliftShifts
from winback.targeting.candidates import Candidates
from winback.targeting.kernels import NONE

#: Columns of numbers that `arithmetic` gives.
NUMBERS = (
    "uplift",
    "uplift_low",
    "uplift_high",
    "accept",
    "contact_cost",
    "offer_cost",
    "expected_cost",
    "expected_net_value",
)


def arithmetic(
    people: Candidates,
    actions: Actions,
    effects: Effects,
    action: NDArray[np.int16],
    shifts: UpliftShifts | None = None,
) -> dict[str, NDArray[Any]]:
    """Work out one action per customer, part by part, so that it can be redone by hand.

    Parameters
    ----------
    people : Candidates
        Customers.
    actions, effects
        What may be done, and what it is believed to do.
    action : ndarray of int16, shape (n,)
        Code of the action; -1 none, for which all numbers are 0.
    shifts : UpliftShifts, optional
        What an adopted learner adds for every customer.

    Returns
    -------
    dict
        ``action``, ``uplift_source`` and the columns `NUMBERS`.
    """
    if not len(actions):
        zeros = {name: np.zeros(len(action)) for name in NUMBERS}
        return {"action": action, "uplift_source": np.full(len(action), "assumed", dtype=object), **zeros}
    code, some = np.maximum(action, 0).astype(np.int64), action != NONE
    reason, churn = effects.reason_codes(people.reason), people.churn_probability
    uplift, silence = np.zeros(len(people)), people.silence_days
    for one in range(len(actions)):
        mine = code == one
        known = None if silence is None else silence[mine]
        uplift[mine] = effects.uplift(one, people.population[mine], reason[mine], churn[mine], known)
    low, high = effects.uplift_interval(code, people.population, reason, churn, silence)
    if shifts is not None:
        uplift, low, high = shifts.interval(code, (uplift, low, high), churn)
    offer = expected_offer_cost(actions.offer_cost[code], actions.offer_share[code], people.horizon_revenue)
    accept = effects.accept[code, people.population]
    cost = expected_cost(actions.contact_cost[code], offer, accept)
    net = expected_net_value(uplift, people.value_if_kept, cost)
    low, high = np.minimum(low, uplift), np.maximum(high, uplift)
    columns = (uplift, low, high, accept, actions.contact_cost[code], offer, cost, net)
    numbers = {name: np.where(some, column, 0.0) for name, column in zip(NUMBERS, columns, strict=True)}
    return {"action": action, "uplift_source": effects.source(code, people.population, reason), **numbers}
