"""The log of past offers in the form that learners and their contest need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.actions import POPULATIONS, Actions
from winback.response.effects import Effects
from winback.response.evidence import OfferOutcomes
from winback.response.individual.features import OfferFeatures
from winback.response.individual.meta import LearningRows
from winback.response.learning import filled_churn
from winback.response.strata import control_strata

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Parts of the later offers, each predicted from what was known before it.
TIME_PARTS = 2
#: Parts of the customers where time does not suffice.
CUSTOMER_PARTS = 2
#: The first fit by time has at least this share of all offers, and leaves at least that share to be predicted.
FIRST_FIT_SHARE, LATER_SHARE = 0.3, 0.3


@dataclass(frozen=True, eq=False)
class PastOffers:
    """Offers with complete windows, of actions that exist.

    Parameters
    ----------
    outcomes : OfferOutcomes
        What became of each; no churn probability is missing.
    features : OfferFeatures
        What was known at each.
    customer, offered_at : ndarray of int64, shape (n,)
        Codes; microseconds.
    share : ndarray of float64, shape (n,)
        Share of the treated among the offers that each is compared with. Within a cycle arms are drawn with one
        probability, and the share that came of it is the better divisor (Hirano, Imbens & Ridder 2003, "Efficient
        estimation of average treatment effects using the estimated propensity score").
    """

    outcomes: OfferOutcomes
    features: OfferFeatures
    customer: Codes
    offered_at: Codes
    share: Floats

    @classmethod
    def of(
        cls, actions: Actions, outcomes: OfferOutcomes, features: OfferFeatures, customer: Codes, offered_at: Codes
    ) -> PastOffers:
        """Keep what can be learned from; the rows of all arguments belong together."""
        used = outcomes.complete & np.isin(outcomes.action, np.array(actions.names, dtype=object))
        log = outcomes.rows(used)
        log = replace(log, churn_probability=filled_churn(log))
        strata = control_strata(log.cycle, log.treated)
        sizes = np.bincount(np.maximum(strata, 0))
        share = (np.bincount(np.maximum(strata, 0), log.treated) / np.maximum(sizes, 1))[np.maximum(strata, 0)]
        return cls(log, features.rows(used), customer[used].astype(np.int64), offered_at[used], share)

    def __len__(self) -> int:
        return len(self.outcomes)

    @property
    def held_out(self) -> int:
        """How many were left alone."""
        return int((~self.outcomes.treated).sum())

    def rows(self, mask: Bools) -> PastOffers:
        """Return the rows of a mask."""
        return PastOffers(
            self.outcomes.rows(mask),
            self.features.rows(mask),
            self.customer[mask],
            self.offered_at[mask],
            self.share[mask],
        )

    def pooled_uplift(self, effects: Effects) -> Floats:
        """Return what pooled effects say of every offer."""
        uplift, action, reason = np.zeros(len(self)), self.action_codes(effects), self.reason_codes(effects)
        for code in np.unique(action):
            mine = action == code
            log = self.outcomes.rows(mine)
            uplift[mine] = effects.uplift(
                int(code), log.population, reason[mine], log.churn_probability, log.silence_days
            )
        return uplift

    def action_codes(self, effects: Effects) -> Codes:
        """Return the actions by the codes of effects."""
        known = {name: code for code, name in enumerate(effects.layout.actions)}
        return np.array([known[name] for name in self.outcomes.action], dtype=np.int64)

    def reason_codes(self, effects: Effects) -> Codes:
        """Return the reasons by the codes of effects."""
        return effects.reason_codes(self.outcomes.reason)

    def learning_rows(self, effects: Effects) -> LearningRows:
        """Return what the pooled effects leave to be learned."""
        log = self.outcomes
        design = self.features.design(
            log.churn_probability, log.population, self.reason_codes(effects), self.action_codes(effects)
        )
        expected = 1 - log.churn_probability + log.treated * self.pooled_uplift(effects)
        return LearningRows(
            design, self.features.design_categories(), log.kept - expected, log.treated, self.share, self.customer
        )

    def baseline(self, effects: Effects) -> Floats:
        """Return per population how much oftener customers were kept than predicted."""
        log = self.outcomes
        beyond = log.kept - (1 - log.churn_probability) - log.treated * self.pooled_uplift(effects)
        made = [beyond[log.population == code] for code in range(len(POPULATIONS))]
        return np.array([part.mean() if len(part) else 0.0 for part in made])


@dataclass(frozen=True, eq=False)
class Part:
    """One division of the log: what is learned from, and what is predicted."""

    fit: Bools
    held: Bools


def divide(offers: PastOffers, horizon: int, rng: np.random.Generator) -> tuple[str, list[Part]]:
    """Divide the log so that every held-out offer is predicted from others.

    By time: later cycles are predicted from offers whose windows had ended before. Where that leaves too little on
    either side, by customer: a customer's offers are predicted from those of others.

    Parameters
    ----------
    offers : PastOffers
        The log.
    horizon : int
        Length of the window; microseconds.
    rng : Generator
        Divides customers.

    Returns
    -------
    how : str
        ``time`` or ``customer``.
    parts : list of Part
        Held-out rows of different parts are different.
    """
    parts = _by_time(offers, horizon)
    if parts:
        return "time", parts
    customers, code = np.unique(offers.customer, return_inverse=True)
    fold = rng.permutation(len(customers))[code] % CUSTOMER_PARTS
    return "customer", [Part(fold != part, fold == part) for part in range(CUSTOMER_PARTS)]


def _by_time(offers: PastOffers, horizon: int) -> list[Part]:
    code, starts, ends = _cycles(offers)
    ends = ends + horizon
    size = np.bincount(code, minlength=len(starts))
    known_before = np.array([size[ends <= start].sum() for start in starts])
    possible = np.flatnonzero(known_before >= FIRST_FIT_SHARE * len(offers))
    if not len(possible) or size[possible[0] :].sum() < LATER_SHARE * len(offers):
        return []
    before = np.cumsum(size[possible]) - size[possible]
    part_of = np.full(len(starts), -1)
    part_of[possible] = before * TIME_PARTS // max(int(size[possible].sum()), 1)
    parts = []
    for part in np.unique(part_of[part_of >= 0]):
        first = starts[part_of == part].min()
        parts.append(Part((ends <= first)[code], (part_of == part)[code]))
    return parts


def _cycles(offers: PastOffers) -> tuple[Codes, Codes, Codes]:
    """Return the cycle of every offer, in the order of time, and when each cycle's offers began and ended."""
    times: Any = pd.Series(offers.offered_at).groupby(offers.outcomes.cycle)
    table = times.agg(["min", "max"]).sort_values("min", kind="stable")
    place = {name: number for number, name in enumerate(table.index)}
    code = np.array([place[name] for name in offers.outcomes.cycle], dtype=np.int64)
    return code, table["min"].to_numpy(np.int64), table["max"].to_numpy(np.int64)
