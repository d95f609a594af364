"""How far a measure could have come out otherwise: the bootstrap over customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.evaluation.metrics import LOSSES, Scored, measure

Floats = NDArray[np.float64]
#: Ends of the intervals.
LOW, HIGH = 5.0, 95.0
#: Fewer rows of one outcome than this tell nothing of how far a measure may be off.
FEWEST = 5


@dataclass(frozen=True)
class Estimate:
    """A measure with its 90 % interval; None where it cannot be computed.

    Parameters
    ----------
    value, low, high : float or None
        The measure on all rows, and the 5th and 95th percentile over resamples.
    """

    value: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, value: float, resampled: Floats) -> Estimate:
        """Make an estimate from the measure and its resamples; nan are left out."""
        usable = resampled[np.isfinite(resampled)]
        if not np.isfinite(value) or len(usable) == 0:
            return cls(float(value) if np.isfinite(value) else None, None, None)
        low, high = np.percentile(usable, [LOW, HIGH])
        return cls(float(value), float(low), float(high))

    def to_json(self) -> dict[str, float | None]:
        """Plain values."""
        return {"value": self.value, "low": self.low, "high": self.high}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Estimate:
        """Read what `to_json` wrote."""
        return cls(content["value"], content["low"], content["high"])


def too_few(target: NDArray[Any]) -> bool:
    """Whether one of the two outcomes occurs too rarely for intervals.

    Examples
    --------
    >>> too_few(np.array([1, 1, 1, 1, 1, 0, 0, 0, 0])), too_few(np.repeat([0, 1], 5))
    (True, False)
    """
    churned = int(np.sum(target))
    return min(churned, len(target) - churned) < FEWEST


def customer_weights(customer: NDArray[np.int64], samples: int, seed: int) -> NDArray[np.float32]:
    """Draw customers with replacement, all rows of a customer together.

    Parameters
    ----------
    customer : int64[n]
        Customer of each row.
    samples : int
        Number of resamples.
    seed : int
        Of the draw.

    Returns
    -------
    float32[samples, n]
        How often each row occurs in each resample.
    """
    distinct, place = np.unique(customer, return_inverse=True)
    rng = np.random.default_rng(seed)
    count = len(distinct)
    drawn = np.empty((samples, len(customer)), np.float32)
    for row in range(samples):
        drawn[row] = np.bincount(rng.integers(0, count, count), minlength=count)[place]
    return drawn


@dataclass(frozen=True, eq=False)
class Measured:
    """Every measure of one score: on all rows, and on each resample."""

    value: Mapping[str, float]
    resampled: Mapping[str, Floats]

    @classmethod
    def of(cls, scored: Scored, weights: NDArray[np.float32]) -> Measured:
        """Measure a score on all rows and on resamples.

        There are no intervals where one outcome hardly occurs (`too_few`): resamples then hold the same few rows again
        and again, or none of them, however likely that outcome is.
        """
        whole = {name: float(values[0]) for name, values in measure(scored).items()}
        if too_few(scored.target):
            return cls(whole, {name: np.full(len(weights), np.nan) for name in whole})
        return cls(whole, measure(scored, weights))

    def estimates(self) -> dict[str, Estimate]:
        """Measures with intervals."""
        return {name: Estimate.of(value, self.resampled[name]) for name, value in self.value.items()}

    def better_than(self, other: Measured) -> dict[str, Estimate]:
        """Differences on the same resamples, signed so that above zero means better than ``other``."""
        differences = {}
        for name in self.value:
            if name not in other.value:
                continue
            sign = -1.0 if name in LOSSES else 1.0
            differences[name] = Estimate.of(
                sign * (self.value[name] - other.value[name]), sign * (self.resampled[name] - other.resampled[name])
            )
        return differences
