"""What past offers led to, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from winback.errors import DataError, Fault

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class OfferOutcomes:
    """One row per offer of the log, treated and holdout, with what became of the customer.

    Parameters
    ----------
    cycle, action, reason, manager_id : ndarray of str, shape (n,)
        The run that made the offer; the action (for a holdout the action that it would have had); the first
        reason believed at the time; ``""`` where there is none.
    population : ndarray of int8
        0 active, 1 lapsed, at the time of the offer.
    churn_probability : ndarray of float64
        Predicted at the time of the offer, without any action, 0 to 1; nan where unknown.
    treated : ndarray of bool
        False: held out on purpose.
    complete : ndarray of bool
        The whole window after the offer is covered by data. Rows with an open window are never evidence.
    kept : ndarray of bool
        Ordered within the window; meaningless where the window is open.
    margin : ndarray of float64
        Margin earned in the window; money; nan where unknown.
    cost : ndarray of float64
        What the offer cost; money; nan where unknown, 0 for holdouts.
    accepted : ndarray of float64
        1 the offer was taken up, 0 it was not; nan where the log does not tell.
    silence_days : ndarray of float64
        From the last order before the offer to the offer; nan where unknown.
    ordered_after : ndarray of float64
        Share of the window that had passed at the first order in it, 0 to 1; nan where there was none, or unknown.

    Raises
    ------
    DataError
        When lengths differ or a churn probability lies outside 0 to 1.

    Examples
    --------
    >>> outcomes = OfferOutcomes.of(action=["gift", "gift"], treated=[True, False], kept=[True, False])
    >>> len(outcomes), outcomes.complete.tolist()
    (2, [True, True])
    """

    cycle: Texts
    action: Texts
    reason: Texts
    manager_id: Texts
    population: NDArray[np.int8]
    churn_probability: Floats
    treated: Bools
    complete: Bools
    kept: Bools
    margin: Floats
    cost: Floats
    accepted: Floats
    silence_days: Floats
    ordered_after: Floats

    def __post_init__(self) -> None:
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        faults = [Fault(name, f"{n} rows") for name, n in lengths.items() if n != len(self.action)]
        known = self.churn_probability[~np.isnan(self.churn_probability)]
        if known.size and (known.min() < 0 or known.max() > 1):
            faults.append(Fault("churn_probability", f"ranges from {known.min():g} to {known.max():g}"))
        if faults:
            raise DataError(
                "The outcomes of past offers do not fit together", faults, expected=f"{len(self)} rows each"
            )

    def __len__(self) -> int:
        return len(self.action)

    @classmethod
    def of(cls, **columns: object) -> OfferOutcomes:
        """Make outcomes from any sequences; columns left out are empty texts, lapsed, complete, nan money."""
        n = len(columns["action"])  # type: ignore[arg-type]
        defaults: dict[str, object] = {
            "population": np.ones(n),
            "churn_probability": np.full(n, np.nan),
            "complete": np.ones(n, dtype=np.bool_),
            "margin": np.full(n, np.nan),
            "cost": np.full(n, np.nan),
            "accepted": np.full(n, np.nan),
            "silence_days": np.full(n, np.nan),
            "ordered_after": np.full(n, np.nan),
        }
        kinds: dict[str, type] = {
            "population": np.int8,
            "churn_probability": np.float64,
            "margin": np.float64,
            "cost": np.float64,
            "accepted": np.float64,
            "silence_days": np.float64,
            "ordered_after": np.float64,
        }
        kinds |= {"treated": np.bool_, "complete": np.bool_, "kept": np.bool_}
        texts = ("cycle", "action", "reason", "manager_id")
        made = {name: np.asarray(columns.get(name, [""] * n), dtype=object) for name in texts}
        made |= {name: np.asarray(columns.get(name, defaults.get(name)), dtype=kind) for name, kind in kinds.items()}
        return cls(**made)

    def rows(self, mask: Bools) -> OfferOutcomes:
        """Return the rows of a mask."""
        return OfferOutcomes(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})
