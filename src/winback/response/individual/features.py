"""What was known of customers when they were offered something, as a plain matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import DataError, Fault, NoModelError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Columns that every learner sees beside the features, behind them; the last two are categories.
CONTEXT = ("churn_probability", "population", "reason", "action")
_SHOWN = 10


@dataclass(frozen=True, eq=False)
class OfferFeatures:
    """Features of customers, one row each.

    Parameters
    ----------
    values : ndarray of float32, shape (n, k)
        nan where unknown; a category column holds codes.
    names : tuple of str
        Of the columns.
    definitions : tuple of str
        What each column is, such as a digest of its definition: a learner refuses columns defined otherwise.
    categorical : tuple of int
        Places of the category columns.

    Raises
    ------
    DataError
        When names, definitions and columns do not match in number.

    Examples
    --------
    >>> OfferFeatures.of(np.zeros((2, 1), dtype=np.float32), ("age_days",)).columns()
    [('age_days', 'age_days')]
    """

    values: NDArray[np.float32]
    names: tuple[str, ...]
    definitions: tuple[str, ...]
    categorical: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        counts = {"names": len(self.names), "definitions": len(self.definitions)}
        faults = [Fault(what, f"{n}") for what, n in counts.items() if n != self.values.shape[1]]
        if faults:
            raise DataError("The features of the offers do not match", faults, expected=f"{self.values.shape[1]} each")

    @classmethod
    def of(cls, values: NDArray[np.float32], names: tuple[str, ...]) -> OfferFeatures:
        """Take numeric columns that are defined by their names alone."""
        return cls(values, names, names)

    def __len__(self) -> int:
        return len(self.values)

    def columns(self) -> list[tuple[str, str]]:
        """Return name and definition of every column."""
        return list(zip(self.names, self.definitions, strict=True))

    def rows(self, rows: NDArray[Any]) -> OfferFeatures:
        """Return the rows of a mask or an index."""
        return OfferFeatures(self.values[rows], self.names, self.definitions, self.categorical)

    def design(self, churn: Floats, population: NDArray[np.int8], reason: Codes, action: Codes) -> NDArray[np.float32]:
        """Return the features with the columns `CONTEXT` behind them; shape (n, k + 4)."""
        context = np.stack([churn, population, reason, action], axis=1).astype(np.float32)
        return np.concatenate([self.values, context], axis=1)

    def design_categories(self) -> tuple[int, ...]:
        """Return the places of the category columns in `design`."""
        return (*self.categorical, len(self.names) + 2, len(self.names) + 3)

    def check(self, columns: list[tuple[str, str]]) -> None:
        """Refuse to be read by a learner of other columns.

        Raises
        ------
        NoModelError
            Lists what is missing, new, moved or defined otherwise.
        """
        mine, theirs = dict(self.columns()), dict(columns)
        if self.columns() == columns:
            return
        lines = [f"{name}: missing" for name in theirs if name not in mine]
        lines += [f"{name}: not known to the learner" for name in mine if name not in theirs]
        lines += [f"{name}: defined otherwise" for name in theirs if mine.get(name, theirs[name]) != theirs[name]]
        lines = lines or ["the same features in another order"]
        shown = lines[:_SHOWN] + ([f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else [])
        raise NoModelError(
            "the uplift learner was trained on other features than these:\n  - " + "\n  - ".join(shown),
            next_step="learn from the log again with 'winback outcomes'",
        )
