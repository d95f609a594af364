"""Past offers against their holdouts: incremental customers and margin, with intervals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.outcomes.difference import Difference, stratified_difference
from winback.response import OfferOutcomes
from winback.response.strata import control_strata

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: What outcomes are given by; ``all`` is everything together.
DIMENSIONS = ("all", "cycle", "action", "reason", "manager_id")

#: Fewer in either arm than this, and nothing is said about a difference.
MIN_ARM = 5


@dataclass(frozen=True)
class GroupOutcome:
    """What became of the offers of one group: one cycle, action, reason or manager.

    Only offers with complete windows are counted, except in ``open``. Money in the run's currency.

    Parameters
    ----------
    dimension, name : str
        One of `DIMENSIONS`, and the group's name in it (``""``: none given; for ``all`` empty).
    contacted, held_out : int
        Offers of each arm, by intention to treat.
    open : int
        Offers whose window is not over.
    kept_treated, kept_holdout : int
        Customers kept in each arm. To be shown only side by side: those of the treated arm alone say nothing
        about what the offers did.
    incremental_customers, incremental_low, incremental_high : float or None
        Customers kept because of the offers, with the 90 % interval; None without a control group.
    incremental_margin, margin_low, margin_high : float or None
        Margin in the window earned because of the offers; None where margin or control group are missing.
    cost : float or None
        What the offers cost; None where the log does not say.
    net, return_on_cost : float or None
        ``incremental_margin − cost``, and that per unit of cost.
    statement : str
        Id of the plain sentence: ``outcomes-open``, ``outcomes-no-control``, ``outcomes-too-few``,
        ``outcomes-cannot-tell``, ``outcomes-gain`` or ``outcomes-loss``.
    """

    dimension: str
    name: str
    contacted: int
    held_out: int
    open: int
    kept_treated: int
    kept_holdout: int
    incremental_customers: float | None
    incremental_low: float | None
    incremental_high: float | None
    incremental_margin: float | None
    margin_low: float | None
    margin_high: float | None
    cost: float | None
    net: float | None
    return_on_cost: float | None
    statement: str

    def content(self) -> dict[str, Any]:
        """Return the fields as JSON-like values."""
        return asdict(self)

    def detail(self) -> dict[str, float]:
        """Return the arguments of the message `statement`; customers are rounded to whole ones."""
        total, low, high = (
            0.0 if figure is None else float(round(figure))
            for figure in (self.incremental_customers, self.incremental_low, self.incremental_high)
        )
        arms = {"contacted": self.contacted, "held_out": self.held_out, "open": self.open}
        lost = {"lost": -total, "lost_low": -high, "lost_high": -low}
        return {**arms, "incremental": total, "low": low, "high": high, **lost}


@dataclass(frozen=True)
class Outcomes:
    """All groups, by dimension and name; ``open_cycles`` have windows that are not over."""

    groups: tuple[GroupOutcome, ...]
    open_cycles: tuple[str, ...]

    def of(self, dimension: str) -> tuple[GroupOutcome, ...]:
        """Return the groups of one dimension."""
        return tuple(group for group in self.groups if group.dimension == dimension)

    def content(self) -> dict[str, Any]:
        """Return everything as JSON-like values."""
        return {"groups": [group.content() for group in self.groups], "open_cycles": list(self.open_cycles)}


def measure(outcomes: OfferOutcomes) -> Outcomes:
    """Measure past cycles against their holdouts.

    Arms are compared within strata of cycles, so that a share of holdouts that changed over time biases nothing.

    Parameters
    ----------
    outcomes : OfferOutcomes
        The log with what became of each customer.

    Returns
    -------
    Outcomes
        Empty where the log is.

    Examples
    --------
    >>> log = OfferOutcomes.of(action=["gift"] * 200, cycle=["2024-01-01"] * 200,
    ...     treated=[True, False] * 100, kept=[i % 10 < 5 if i % 2 else i % 10 < 8 for i in range(200)])
    >>> whole = measure(log).of("all")[0]
    >>> whole.contacted, whole.kept_treated, whole.kept_holdout, whole.statement
    (100, 80, 40, 'outcomes-gain')
    >>> whole.incremental_customers
    40.0
    """
    groups = list(_groups(outcomes)) if len(outcomes) else []
    return Outcomes(tuple(groups), tuple(sorted({str(cycle) for cycle in outcomes.cycle[~outcomes.complete]})))


def _groups(outcomes: OfferOutcomes) -> Iterator[GroupOutcome]:
    for dimension in DIMENSIONS:
        if dimension == "all":
            yield _measure_group(dimension, "", outcomes)
            continue
        codes, names = pd.factorize(getattr(outcomes, dimension), sort=True)
        for code, name in enumerate(names):
            yield _measure_group(dimension, str(name), outcomes.rows(codes == code))


def _measure_group(dimension: str, name: str, rows: OfferOutcomes) -> GroupOutcome:
    log = rows.rows(rows.complete)
    treated, held = log.treated, ~log.treated
    strata = control_strata(log.cycle, log.treated)
    kept = stratified_difference(log.kept.astype(np.float64), treated, strata, is_share=True)
    margin = stratified_difference(log.margin, treated, strata, is_share=False)
    cost = _known_sum(log.cost[treated])
    net = margin.total - cost if margin is not None and cost is not None else None
    return GroupOutcome(
        dimension,
        name,
        int(treated.sum()),
        int(held.sum()),
        int((~rows.complete).sum()),
        int((log.kept & treated).sum()),
        int((log.kept & held).sum()),
        *_three(kept),
        *_three(margin),
        cost,
        net,
        net / cost if net is not None and cost else None,
        _statement(len(log), treated, held, kept),
    )


def _three(difference: Difference | None) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if difference is None else (difference.total, difference.low, difference.high)


def _known_sum(values: Floats) -> float | None:
    """Sum, or None where a value is missing: a part of the costs is not the cost."""
    return None if not len(values) or bool(np.isnan(values).any()) else float(values.sum())


def _statement(complete: int, treated: Bools, held: Bools, kept: Difference | None) -> str:
    if not complete:
        return "outcomes-open"
    if kept is None:
        return "outcomes-no-control"
    if min(int(treated.sum()), int(held.sum())) < MIN_ARM:
        return "outcomes-too-few"
    if kept.low > 0:
        return "outcomes-gain"
    return "outcomes-loss" if kept.high < 0 else "outcomes-cannot-tell"
