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

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.response import Effects
from winback.response.individual import UpliftShifts, variance_of
from winback.targeting.candidates import Candidates

Floats = NDArray[np.float64]

#: Half-width of an 80 % interval in standard deviations.
Z80 = 1.2815515655446004

#: Where the usual pattern stands in for what a company does not say, the posterior leaves more room than totals need:
#: those of 16 demo companies missed by half of its deviation (docs/benchmarks.md, "Decisions").
NEAR_USUAL = 0.7

#: Deviation of the total worth of chosen customers, as a share of it: demo companies showed 2 to 32 % (the lapsed).
VALUE_ERROR = 0.2


@dataclass(frozen=True, eq=False)
class NetValueSums:
    """What the interval of contacts' total net value rests on; sums of contacts add up.

    Parameters
    ----------
    total : float
        Expected net value.
    in_cells : ndarray of float64, shape (cells, 3)
        Value at stake of contacts in every cell, by parts of its effect.
    at_stake : ndarray of float64, shape (actions, 2)
        Cost of offers, if all are taken up, by action and population.
    worth : float
        Expected gain before costs.
    chance : float
        Variance due to each customer's being kept or lost, and taking the offer up or not.
    shifts : ndarray of float64, shape (halves,)
        What an uplift learner adds to the gain as each of its halves says; empty where there is none.
    """

    total: float
    in_cells: Floats
    at_stake: Floats
    worth: float
    chance: float
    shifts: Floats

    @classmethod
    def of(
        cls, people: Candidates, rows: Mapping[str, NDArray[Any]], effects: Effects, shifts: UpliftShifts | None
    ) -> NetValueSums:
        """Add up contacts: customers, columns of their arithmetic, and what a learner says of them."""
        action, population = rows["action"].astype(np.int64), people.population
        uplift, accept, offer_cost, value = rows["uplift"], rows["accept"], rows["offer_cost"], people.value_if_kept
        cell = effects.layout.cell(action, population.astype(np.int64), effects.reason_codes(people.reason))
        weights = effects.weights(population, people.churn_probability, people.silence_days)
        in_cells, at_stake = np.zeros((effects.layout.cells, 3)), np.zeros_like(effects.accept)
        np.add.at(in_cells, cell, value[:, None] * weights)
        np.add.at(at_stake, (action, population), offer_cost)
        # a customer is won or driven away with probability of about |uplift|
        size = np.abs(uplift)
        chance = value**2 * size * (1 - size) + offer_cost**2 * accept * (1 - accept)
        return cls(
            float(rows["expected_net_value"].sum()),
            in_cells,
            at_stake,
            float(uplift @ value),
            float(chance.sum()),
            np.empty(0) if shifts is None else shifts.totals(action, value),
        )

    def __add__(self, other: NetValueSums) -> NetValueSums:
        return NetValueSums(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def interval(self, effects: Effects, scale_error: float = 0.0) -> tuple[float, float]:
        """Return the 80 % interval of the total; money.

        Parameters
        ----------
        effects : Effects
            What the effects are believed to be.
        scale_error : float
            Of the learner's shifts (`UpliftShifts`).
        """
        _, populations, reasons = effects.layout.shape
        share = np.where(effects.layout.leans_on_usual(), NEAR_USUAL, 1.0).repeat(populations * reasons)
        variance = (
            effects.total_variance(self.in_cells * share[:, None]) + (VALUE_ERROR * self.worth) ** 2 + self.chance
        )
        # how often offers are taken up is not known either
        taken_up = effects.accept * (1 - effects.accept) / (effects.accept_customers + 1)
        variance += float((self.at_stake**2 * taken_up).sum())
        variance += variance_of(self.shifts, scale_error) if len(self.shifts) else 0.0
        spread = Z80 * float(np.sqrt(variance))
        return self.total - spread, self.total + spread
