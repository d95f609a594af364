"""How often offers are taken up: assumed at first, then counted in the log."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.actions import POPULATIONS, Actions
from winback.response.evidence import OfferOutcomes

Floats = NDArray[np.float64]


def learn_acceptance(actions: Actions, outcomes: OfferOutcomes) -> tuple[Floats, Floats]:
    """Count who took offers up, per action and population, from the assumption on.

    ``accept_probability`` counts as ``prior_customers`` customers; every treated customer of whom it is known is one
    more (a beta distribution). A window need not be over: what an offer cost is known when it is booked.

    Parameters
    ----------
    actions : Actions
        With the assumptions.
    outcomes : OfferOutcomes
        The log; ``accepted`` is nan where the log does not tell.

    Returns
    -------
    probability, customers : ndarray of float64, shape (actions, populations)
        Mean, and for how many customers it counts.

    Examples
    --------
    >>> from winback.settings import ActionSettings
    >>> gift = ActionSettings(contact_cost=5, offer_cost=50, accept_probability=0.5, save_probability=0.1)
    >>> log = OfferOutcomes.of(action=["gift"] * 50, treated=[True] * 50, kept=[False] * 50, accepted=[0.0] * 50)
    >>> learn_acceptance(Actions.from_settings({"gift": gift}), log)[0]
    array([[0.5 , 0.25]])
    """
    shape = (len(actions), len(POPULATIONS))
    prior = np.array([action.settings.prior_customers for action in actions], dtype=np.float64)
    count = np.repeat(prior[:, None], len(POPULATIONS), axis=1).reshape(shape)
    taken = count * actions.accept.reshape(-1, 1)
    for code, name in enumerate(actions.names):
        told = (outcomes.action == name) & outcomes.treated & ~np.isnan(outcomes.accepted)
        for population in range(len(POPULATIONS)):
            mine = told & (outcomes.population == population)
            count[code, population] += mine.sum()
            taken[code, population] += outcomes.accepted[mine].sum()
    assumed = np.broadcast_to(actions.accept.reshape(-1, 1), shape)
    return np.where(count > 0, taken / np.maximum(count, 1e-9), assumed), count
