"""What a ranking of offers would have earned, read off held-out offers.

Every figure is a mean of ``weight × score`` over offers, where the score is doubly robust (its expectation is the
effect of that offer, because arms were drawn at random) and the weight depends only on the ranking. So two rankings are
compared on the same offers by the difference of their weights, and errors follow from the central limit theorem over
customers, of whom one may have several offers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

#: Shares of the offers that the budgets of the policy value reach.
BUDGETS = (0.1, 0.2, 0.3, 0.4, 0.5)
#: Half-width of a 90 % interval in standard deviations.
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Gain:
    """A mean over offers with its 90 % interval and standard error."""

    value: float
    low: float
    high: float
    error: float

    def content(self) -> dict[str, float]:
        """Return the fields as plain values."""
        return asdict(self)

    def lowest(self, level: float) -> float:
        """Return the bound below which the truth lies with no more than this probability."""
        return self.value - float(stats.norm.ppf(1 - level)) * self.error


#: A learner that is taken as it is.
UNSCALED = Gain(1.0, 1.0, 1.0, 0.0)
#: Shifts are never stretched further than this.
WIDEST_SCALE = 2.0


def policy_weights(prediction: Floats) -> Floats:
    """Return the share of the budgets `BUDGETS` that would make each offer.

    A budget that reaches a share of all offers is spent on those of the highest predicted uplift, on none with a
    predicted uplift of 0 or less. Offers of equal prediction share what is left of a budget.

    Examples
    --------
    >>> policy_weights(np.array([0.3, 0.2, 0.1, 0.0, -0.1])).round(2)
    array([0.9, 0.5, 0.1, 0. , 0. ])
    """
    n = len(prediction)
    first, last = _ranks(prediction)
    weights = np.zeros(n)
    for share in BUDGETS:
        weights += np.clip((share * n - first) / (last - first), 0, 1)
    return np.where(prediction > 0, weights / len(BUDGETS), 0.0)


def qini_weights(prediction: Floats) -> Floats:
    """Return weights whose mean product with the scores is the area between the uplift curve and a random order's.

    The curve is the gain per offer of the log when the best share of them is made, over that share from 0 to 1; half of
    the normalisation-free Qini coefficient of Radcliffe 2007 ("Using control groups to target on predicted lift").

    Examples
    --------
    >>> qini_weights(np.array([0.3, 0.2]))
    array([ 0.25, -0.25])
    """
    first, last = _ranks(prediction)
    made: Floats = 0.5 - (first + last) / (2 * len(prediction))
    return made


def gain(weights: Floats, score: Floats, customer: NDArray[np.int64]) -> Gain:
    """Return the mean of weights × scores, its errors clustered by customer.

    Examples
    --------
    >>> gain(np.ones(4), np.array([1.0, 0.0, 1.0, 0.0]), np.arange(4)).value
    0.5
    """
    product = weights * score
    mean = float(product.mean())
    _, code = np.unique(customer, return_inverse=True)
    sums = np.bincount(code, product - mean)
    clusters = len(sums)
    error = float(np.sqrt((sums**2).sum() * clusters / max(clusters - 1, 1))) / len(product)
    return Gain(mean, mean - _Z90 * error, mean + _Z90 * error, error)


def scale_of(shift: Floats, left: Floats, customer: NDArray[np.int64]) -> Gain:
    """Return the factor by which held-out shifts agree best with what the pooled estimate left unexplained.

    The slope through the origin of ``left = score − pooled uplift`` on the shifts (the calibration of Chernozhukov,
    Demirer, Duflo & Fernández-Val 2018, "Generic machine learning inference on heterogeneous treatment effects"), held
    between 0 and `WIDEST_SCALE`.

    Examples
    --------
    >>> scale_of(np.array([0.1, -0.1]), np.array([0.12, -0.12]), np.arange(2)).value.__round__(2)
    1.2
    """
    size = float((shift**2).mean())
    if size == 0:
        return UNSCALED
    slope = float((shift * left).mean()) / size
    raw = gain(shift / size, left - slope * shift, customer)
    low, high = (float(np.clip(slope + end, 0, WIDEST_SCALE)) for end in (raw.low, raw.high))
    return Gain(float(np.clip(slope, 0, WIDEST_SCALE)), low, high, raw.error)


def _ranks(prediction: Floats) -> tuple[Floats, Floats]:
    """Return how many offers rank before each, and how many before the next lower prediction: equals are equal."""
    ascending = np.sort(-prediction)
    first = np.searchsorted(ascending, -prediction, side="left")
    last = np.searchsorted(ascending, -prediction, side="right")
    return first.astype(np.float64), last.astype(np.float64)
