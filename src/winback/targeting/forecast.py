"""How far the cycle's expected net value may be off.

The total is a sum over contacts of ``uplift × value_if_kept − cost``. Three things make it turn out otherwise:

* what actions do is known only to the posterior of the effects; all contacts of a cell share that error, so
  their deviations add up instead of averaging out;
* so do those of how often offers are taken up, and of what customers are worth, which the value model may rate too high
  or too low all together;
* each customer is kept or lost, and takes the offer up or not, by chance.

Choosing the best of many noisy estimates overrates the choice (the winner's curse) when each estimate is taken
as it was measured. The uplift used here is the posterior mean, shrunk towards the prior by as much as its evidence is
weak: for such estimates the expectation of what is chosen is not raised by the choosing (Efron 2011, "Tweedie's formula
and selection bias").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.response import Effects

Floats = NDArray[np.float64]

#: Half-width of an 80 % interval in standard deviations.
Z80 = 1.2815515655446004

#: Deviation of the total worth of chosen customers, as a share of it: demo companies showed 2 to 32 % (the lapsed).
VALUE_ERROR = 0.2


def net_value_interval(
    effects: Effects,
    *,
    action: NDArray[np.int64],
    population: NDArray[np.int8],
    reason: NDArray[np.int64],
    weights: Floats,
    value_if_kept: Floats,
    uplift: Floats,
    offer_cost: Floats,
    accept: Floats,
    expected_net_value: Floats,
    shift_variance: float = 0.0,
) -> tuple[float, float]:
    """Return the 80 % interval of the total net value of contacts; one row per contact.

    ``shift_variance`` is that of the total due to the error of what an uplift learner adds; money squared.

    Returns
    -------
    low, high : float
        Money.
    """
    cell = effects.layout.cell(action, population.astype(np.int64), reason)
    in_cells = np.zeros((effects.layout.cells, 3))
    np.add.at(in_cells, cell, value_if_kept[:, None] * weights)
    # a customer is won or driven away with probability of about |uplift|
    size = np.abs(uplift)
    chance = value_if_kept**2 * size * (1 - size) + offer_cost**2 * accept * (1 - accept)
    worth = (VALUE_ERROR * float(uplift @ value_if_kept)) ** 2
    shared = effects.total_variance(in_cells) + shift_variance + worth
    shared += _acceptance_variance(effects, action, population, offer_cost)
    spread = Z80 * float(np.sqrt(shared + chance.sum()))
    total = float(expected_net_value.sum())
    return total - spread, total + spread


def _acceptance_variance(
    effects: Effects, action: NDArray[np.int64], population: NDArray[np.int8], offer_cost: Floats
) -> float:
    """Return the variance of the total offer cost that comes from not knowing how often offers are taken up."""
    at_stake = np.zeros_like(effects.accept)
    np.add.at(at_stake, (action, population), offer_cost)
    variance = effects.accept * (1 - effects.accept) / (effects.accept_customers + 1)
    return float((at_stake**2 * variance).sum())
