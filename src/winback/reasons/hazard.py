"""Why customers leave, as competing hazards: every grievance adds its part to the weekly chance of leaving.

The hazard of a customer in a week is ``Σ rate · weight`` over its grievances, with rates of at least 0: an additive
hazard (Aalen, 1989, Statistics in Medicine 8:907-925), in which the chance that a leaving is due to a grievance is
simply its part of the sum. Rates are those of largest likelihood. They are found by expectation maximisation, which
shares every leaving among the grievances that may have caused it and the weeks in which it may have happened
(Dempster, Laird & Rubin, 1977, Journal of the Royal Statistical Society B 39:1-38): nothing can have a negative part,
and what protects explains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError
from winback.files import read_json, write_json
from winback.history import History
from winback.reasons.exposure import Exposure, exposure_of
from winback.reasons.fading import Grievance
from winback.reasons.grievances import Known, grievances_of
from winback.settings import FeatureSettings, Settings

Array = NDArray[Any]

#: Rows whose grievances are weighed at once: bounds the memory.
BLOCK = 100_000
#: Fewer leavings teach nothing about causes.
MIN_LEAVINGS = 40
#: More customers teach nothing more about some dozens of rates: they are sampled.
MAX_CUSTOMERS = 20_000
#: Rounds of expectation maximisation. More of them move single rates, but not what reasons add up to.
ROUNDS = 200
#: Instants from the last purchase to the time when the next one was due, over which grievances are averaged.
INSTANTS = 4
FILE = "reasons.json"


@dataclass(frozen=True, eq=False)
class HazardModel:
    """Weekly hazard of leaving per unit of each grievance.

    Parameters
    ----------
    names, reasons : tuple of str
        Of the grievances; the reason is ``""`` for what has none.
    rates : float64[grievances]
        At least 0.
    """

    names: tuple[str, ...]
    reasons: tuple[str, ...]
    rates: NDArray[np.float64]

    @property
    def words(self) -> tuple[str, ...]:
        """Reasons that the tables can show, ascending."""
        return tuple(sorted(set(self.reasons) - {""}))

    def hazards(
        self,
        history: History,
        customer: NDArray[np.int32],
        begin: NDArray[np.int64],
        end: NDArray[np.int64],
        settings: FeatureSettings,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the mean weekly hazard between two instants of each row, by reason and in all.

        Parameters
        ----------
        history : History
            Cut at the rows' cutoff.
        customer : int32[n]
            Customer codes.
        begin, end : int64[n]
            From when until when the customer may have left, up to the cutoff.
        settings : FeatureSettings
            What streams are made of.

        Returns
        -------
        by_reason : float64[n, words]
            In the order of `words`.
        total : float64[n]
            With what has no reason.

        Raises
        ------
        NoModelError
            When this history gives other grievances than those that the rates belong to.
        """
        grievances = grievances_of(history, settings)
        self._check(grievances)
        by_reason, total = np.zeros((customer.size, len(self.words))), np.zeros(customer.size)
        for step in range(INSTANTS):
            at = begin + (end - begin) * step // (INSTANTS - 1)
            place = 0
            for each in grievances:
                rates = self.rates[place : place + len(each.names)] / INSTANTS
                place += rates.size
                if rates.any():
                    part = rates @ each.weigh(customer, at)
                    total += part
                    if each.reason:
                        by_reason[:, self.words.index(each.reason)] += part
        return by_reason, total

    def _check(self, grievances: Sequence[Grievance]) -> None:
        """Refuse grievances that differ from those of the training."""
        known = list(zip(self.names, self.reasons, strict=True))
        found = list(zip(*_columns(grievances), strict=True))
        faults = [f"{name} (needed, but absent)" for name, reason in known if (name, reason) not in found]
        faults += [
            f"{name} (given, but not known to the model)" for name, reason in found if (name, reason) not in known
        ]
        if known != found:
            raise NoModelError(
                "The grievances in this data are not those that reasons were learned from: "
                + (", ".join(faults) or "their order"),
                next_step="train again: winback train",
            )

    def save(self, folder: Path) -> None:
        """Write ``reasons.json`` into an existing folder."""
        rates = zip(self.names, self.reasons, self.rates.tolist(), strict=True)
        write_json(folder / FILE, {"rates": [list(rate) for rate in rates]})

    @classmethod
    def load(cls, folder: Path) -> HazardModel:
        """Read what `save` wrote; loading runs no code.

        Raises
        ------
        NoModelError
            When the file is not there.
        """
        if not (folder / FILE).exists():
            raise NoModelError(f"{folder} holds no model of reasons", next_step="run 'winback train'")
        names, reasons, rates = zip(*read_json(folder / FILE)["rates"], strict=True)
        return cls(tuple(names), tuple(reasons), np.array(rates, np.float64))


def fit_hazard(history: History, settings: Settings) -> HazardModel | None:
    """Learn the rates from all that a history knows.

    Parameters
    ----------
    history : History
        Up to the instant of training.
    settings : Settings
        Reads ``features``, ``label.horizon_days``, ``run.seed``.

    Returns
    -------
    HazardModel or None
        None where no table shows a reason, or too few customers have left to learn from.
    """
    grievances = grievances_of(history, settings.features)
    known = Known(history, settings.features)
    keep = np.ones(history.n_customers, bool)
    if history.n_customers > MAX_CUSTOMERS:
        draw = np.random.default_rng(settings.run.seed).random(history.n_customers)
        keep = draw < MAX_CUSTOMERS / history.n_customers
    exposure = exposure_of(history.purchases(), known.gap_days, history.ends_at, settings.label.horizon_days, keep)
    if exposure.leavings < MIN_LEAVINGS or not any(each.reason for each in grievances):
        return None
    weeks, left = _weigh(grievances, exposure)
    return HazardModel(*_columns(grievances), largest_likelihood(weeks, left))


def _columns(grievances: Sequence[Grievance]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of all measures, and the reason of each."""
    names = tuple(name for each in grievances for name in each.names)
    return names, tuple(each.reason for each in grievances for _ in each.names)


def _weigh(grievances: Sequence[Grievance], exposure: Exposure) -> tuple[Array, Array]:
    """Return the weight of each measure over all weeks, and over those of each leaving."""
    size = len(_columns(grievances)[0])
    weeks, left = np.zeros(size), np.zeros((exposure.leavings, size))
    for begin in range(0, exposure.at.size, BLOCK):
        block = slice(begin, begin + BLOCK)
        customer, at, number = exposure.customer[block], exposure.at[block], exposure.leaving[block]
        leaves = number >= 0
        weights = np.concatenate([each.weigh(customer, at) for each in grievances]) * exposure.weeks[block]
        weeks += weights.sum(axis=1)
        for column, weight in enumerate(weights[:, leaves]):
            left[:, column] += np.bincount(number[leaves], weight, minlength=exposure.leavings)
    return weeks, left


def largest_likelihood(weeks: NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find the rates of an additive hazard by expectation maximisation.

    Parameters
    ----------
    weeks : float64[grievances]
        Weight of each grievance, summed over all weeks at risk.
    left : float64[leavings, grievances]
        The same over the weeks of each leaving.

    Returns
    -------
    float64[grievances]
        Rates; 0 for what nobody bore.

    Examples
    --------
    Everybody is at risk for 1000 weeks in all; in 100 of them something weighs. Of 30 who left, 20 bore it:

    >>> left = np.array([[1.0, 0.0]] * 10 + [[1.0, 1.0]] * 20)
    >>> largest_likelihood(np.array([1000.0, 100.0]), left).round(4)
    array([0.0111, 0.1889])
    """
    borne = weeks > 0
    rates = np.divide(len(left) / weeks.size, weeks, out=np.zeros(weeks.size), where=borne)
    for _ in range(ROUNDS):
        parts = left * rates
        parts /= np.maximum(parts.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        rates = np.divide(parts.sum(axis=0), weeks, out=np.zeros_like(rates), where=borne)
    return rates
