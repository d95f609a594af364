"""The arithmetic of one offer.

The cost that is always paid is kept apart from the cost that is paid on acceptance, after the net value
optimisation of treatments with an impression cost and a conversion cost (Zhao & Harinen 2019, "Uplift
modeling for multiple treatments with cost optimization").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def expected_offer_cost(offer_cost: ArrayLike, offer_share: ArrayLike, horizon_revenue: ArrayLike) -> Floats:
    """What an offer costs when it is taken up.

    Parameters
    ----------
    offer_cost : array_like
        Money, at least 0.
    offer_share : array_like
        Share of the horizon's revenue, 0 to 1 (a discount of 10 % is 0.1).
    horizon_revenue : array_like
        Revenue expected in the label's horizon if the customer is kept; money. Below zero counts as zero.

    Returns
    -------
    ndarray of float64
        ``offer_cost + offer_share × horizon_revenue``, broadcast.

    Examples
    --------
    >>> float(expected_offer_cost(200, 0.1, 5000))
    700.0
    """
    revenue = np.maximum(np.asarray(horizon_revenue, dtype=np.float64), 0.0)
    return np.asarray(offer_cost, dtype=np.float64) + np.asarray(offer_share, dtype=np.float64) * revenue


def expected_cost(contact_cost: ArrayLike, offer_cost: ArrayLike, accept: ArrayLike) -> Floats:
    """Expected cost of an offer.

    Parameters
    ----------
    contact_cost : array_like
        Paid whatever happens; money, at least 0.
    offer_cost : array_like
        Paid when the offer is taken up (`expected_offer_cost`); money, at least 0.
    accept : array_like
        Probability that it is taken up, 0 to 1: also by customers who would have stayed without it. It is not
        the probability of being saved.

    Returns
    -------
    ndarray of float64
        ``contact_cost + offer_cost × accept``, broadcast.

    Examples
    --------
    >>> float(expected_cost(350, 700, 0.5))
    700.0
    """
    contact, offer = np.asarray(contact_cost, dtype=np.float64), np.asarray(offer_cost, dtype=np.float64)
    return contact + offer * np.asarray(accept, dtype=np.float64)


def expected_net_value(uplift: ArrayLike, value_if_kept: ArrayLike, cost: ArrayLike) -> Floats:
    """What an offer is expected to earn after all its costs.

    Parameters
    ----------
    uplift : array_like
        P(kept with the action) − P(kept without), −1 to 1.
    value_if_kept : array_like
        Discounted margin expected if kept minus that expected if not; money.
    cost : array_like
        `expected_cost`; money.

    Returns
    -------
    ndarray of float64
        ``uplift × value_if_kept − cost``, broadcast.

    Examples
    --------
    >>> float(expected_net_value(0.1, 20_000, 700))
    1300.0
    """
    gain = np.asarray(uplift, dtype=np.float64) * np.asarray(value_if_kept, dtype=np.float64)
    return gain - np.asarray(cost, dtype=np.float64)
