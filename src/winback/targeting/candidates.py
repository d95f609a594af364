"""The customers among whom a cycle chooses, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import DataError, Fault

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Candidates:
    """One row per customer, in any order.

    Parameters
    ----------
    customer_id : ndarray of str, shape (n,)
        Distinct.
    population : ndarray of int8
        0 active, 1 lapsed.
    churn_probability : ndarray of float64
        Without any action, 0 to 1.
    value_if_kept : ndarray of float64
        Discounted margin at stake; money.
    horizon_revenue : ndarray of float64
        Revenue expected in the label's horizon if kept; money.
    reason : ndarray of str
        First reason word.
    manager_id : ndarray of str
        ``""`` where there is none; a capacity per manager does not bind those.
    has_email, has_phone : ndarray of bool
        True where the company does not record it.
    excluded_rule : ndarray of str
        Why the customer must not be approached (see `exclusion_rules`); ``""``: it may be.
    silence_days : ndarray of float64, optional
        Since the last order; None where it is not known: effects are then those of a usual customer of the log.

    Raises
    ------
    DataError
        With all faults at once: lengths that differ, repeated customers, probabilities outside 0 to 1, numbers
        that are none.
    """

    customer_id: Texts
    population: NDArray[np.int8]
    churn_probability: Floats
    value_if_kept: Floats
    horizon_revenue: Floats
    reason: Texts
    manager_id: Texts
    has_email: Bools
    has_phone: Bools
    excluded_rule: Texts
    silence_days: Floats | None = None

    def __post_init__(self) -> None:
        faults = [
            Fault(name, f"{len(column)} rows instead of {len(self)}")
            for name, column in self._columns().items()
            if len(column) != len(self)
        ]
        if not faults:
            faults = self._number_faults()
        if faults:
            raise DataError("The customers to decide on cannot be used", faults)

    def _number_faults(self) -> list[Fault]:
        faults = [
            Fault(name, f"{bad} values are no finite numbers")
            for name in ("churn_probability", "value_if_kept", "horizon_revenue")
            if (bad := int((~np.isfinite(getattr(self, name))).sum()))
        ]
        outside = int(((self.churn_probability < 0) | (self.churn_probability > 1)).sum())
        if outside:
            faults.append(Fault("churn_probability", f"{outside} values outside 0 to 1"))
        if repeated := len(self) - len(set(self.customer_id)):
            faults.append(Fault("customer_id", f"{repeated} rows repeat a customer"))
        if not np.isin(self.population, (0, 1)).all():
            faults.append(Fault("population", "codes other than 0 (active) and 1 (lapsed)"))
        return faults

    def __len__(self) -> int:
        return len(self.customer_id)

    def rows(self, index: NDArray[np.int64]) -> Candidates:
        """Return the rows of an index."""
        made = object.__new__(Candidates)
        object.__setattr__(made, "silence_days", None)
        for name, column in self._columns().items():
            # rows of checked candidates need no second check
            object.__setattr__(made, name, column[index])
        return made

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: column for name, column in columns.items() if column is not None}
