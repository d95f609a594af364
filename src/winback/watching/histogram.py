"""How values are spread, in a few counts, and how far another spread is from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

#: Number columns are divided at their deciles; of a category's words this many are counted one by one.
DECILES = 10
WORDS = 20


@dataclass(frozen=True)
class Histogram:
    """Counts of values between borders, at each border, of all other values, and of missing ones.

    Parameters
    ----------
    kind : {"number", "category"}
        Numbers are counted between and at the borders: a value that occurs often (such as 0) is a border and has a
        count of its own. Categories are counted at the borders, which are codes.
    borders : tuple of float
        Ascending.
    counts : tuple of int
        Of the values that it was made from.

    Examples
    --------
    >>> found = Histogram.of(np.array([0.0, 0.0, 1.0, np.nan]), "category")
    >>> found.borders, found.counts  # at 0, at 1, others, missing
    ((0.0, 1.0), (2, 1, 0, 1))
    """

    kind: Literal["number", "category"]
    borders: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: NDArray[Any], kind: Literal["number", "category"]) -> Histogram:
        """Make borders from values (NaN missing) and count them."""
        known = np.asarray(values, np.float64)
        known = known[np.isfinite(known)]
        if kind == "category":
            codes, times = np.unique(known, return_counts=True)
            borders = np.sort(codes[np.argsort(-times, kind="stable")[:WORDS]])
        elif len(known):
            steps = np.arange(1, DECILES) / DECILES
            # of values that occur, so that a frequent value is met exactly
            borders = np.unique(np.quantile(known, steps, method="lower"))
        else:
            borders = known
        empty = cls(kind, tuple(float(border) for border in borders), ())
        return cls(kind, empty.borders, tuple(int(count) for count in empty.count(values)))

    def count(self, values: NDArray[Any]) -> NDArray[np.int64]:
        """Count other values by the same borders."""
        given = np.asarray(values, np.float64)
        known = given[np.isfinite(given)]
        borders = np.asarray(self.borders)
        # 2 i + 1: at border i; 2 i: between the border before it and itself
        place = np.searchsorted(borders, known, "left") + np.searchsorted(borders, known, "right")
        counts = np.bincount(place, minlength=2 * len(borders) + 1)
        if self.kind == "category":
            counts = np.append(counts[1::2], counts[::2].sum())
        return np.append(counts, len(given) - len(known))

    def drift(self, values: NDArray[Any]) -> float:
        """Return how far other values are from these: `stability_index` of the counts."""
        return stability_index(np.asarray(self.counts), self.count(values))

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"kind": self.kind, "borders": list(self.borders), "counts": list(self.counts)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Histogram:
        """Read what `to_json` wrote."""
        return cls(content["kind"], tuple(content["borders"]), tuple(content["counts"]))


def stability_index(before: NDArray[np.int64], now: NDArray[np.int64]) -> float:
    """Population stability index of two histograms, less what chance alone would give.

    The sum over bins of ``(q − p) ln(q / p)``, p and q being shares (half a row is added to each bin that either fills,
    so that an empty one has a logarithm). Two samples of one distribution have about ``(bins − 1) (1/n + 1/m)`` on
    average, which is taken off: what is left does not depend on how many rows there are, unlike a test's p-value.

    Parameters
    ----------
    before, now : int64[bins]
        Rows of each bin.

    Returns
    -------
    float
        Not below 0. Below 0.1 is usually called stable, above 0.25 a shift.

    References
    ----------
    Siddiqi, N. (2006), Credit Risk Scorecards, for the index and its usual limits; Yurdakul, B. (2018), Statistical
    properties of the population stability index (dissertation, Western Michigan University), for its mean.

    Examples
    --------
    >>> stability_index(np.array([50, 50]), np.array([500, 500]))
    0.0
    >>> round(stability_index(np.array([500, 500]), np.array([900, 100])), 2)
    0.87
    """
    used = (before + now) > 0
    if not before.sum() or not now.sum():
        return 0.0
    bins = int(used.sum())
    p, q = ((counts[used] + 0.5) / (counts.sum() + 0.5 * bins) for counts in (before, now))
    chance = (bins - 1) * (1 / before.sum() + 1 / now.sum())
    return max(0.0, float(np.sum((q - p) * np.log(q / p)) - chance))
