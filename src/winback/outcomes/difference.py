"""What the treated arm has more than the holdout, with an interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

#: Probability left outside the interval, on each side.
TAIL = 0.05


@dataclass(frozen=True)
class Difference:
    """What the treated arm has in total because it was treated, with its 90 % interval."""

    total: float
    low: float
    high: float


def stratified_difference(
    value: Floats, treated: NDArray[np.bool_], strata: NDArray[np.int64], *, is_share: bool
) -> Difference | None:
    """Compare arms within strata and add up over the treated.

    total = Σ_s n_treated,s × (mean treated,s − mean holdout,s), with the variance of Welch's t interval within
    each stratum. The variance of a share is taken at (kept + 1) / (n + 2), so that an arm in which everyone or nobody
    was kept is not taken for certain (Agresti & Caffo 2000).

    Parameters
    ----------
    value : ndarray of float64, shape (n,)
        What is compared; nan where unknown.
    treated : ndarray of bool, shape (n,)
        Arm.
    strata : ndarray of int64, shape (n,)
        From `control_strata`; rows below 0 are left out.
    is_share : bool
        The values are 0 or 1.

    Returns
    -------
    Difference or None
        None where no stratum has two arms, or a value is missing.

    Examples
    --------
    >>> kept = np.array([1.0] * 30 + [0.0] * 30)
    >>> made = stratified_difference(kept, kept == 1, np.zeros(60, dtype=np.int64), is_share=True)
    >>> made.total, made.low > 20, made.high > 30
    (30.0, True, True)
    """
    used = strata >= 0
    if not used.any() or bool(np.isnan(value[used]).any()):
        return None
    total, variance, freedom = 0.0, 0.0, 0.0
    for stratum in range(int(strata.max()) + 1):
        ours, theirs = (value[(strata == stratum) & arm] for arm in (treated, ~treated))
        total += len(ours) * float(ours.mean() - theirs.mean())
        one, other = (_mean_variance(arm, is_share=is_share) for arm in (ours, theirs))
        part = len(ours) ** 2 * (one + other)
        variance += part
        freedom += _sum_of_squares(len(ours), one, len(theirs), other)
    spread = _quantile(variance, freedom) * np.sqrt(variance)
    return Difference(total, total - float(spread), total + float(spread))


def _mean_variance(values: Floats, *, is_share: bool) -> float:
    """Return the variance of a mean."""
    n = len(values)
    if is_share:
        share = (float(values.sum()) + 1) / (n + 2)
        return share * (1 - share) / (n + 2)
    # one value alone has no spread of its own: its square stands for it
    return float(values.var(ddof=1)) / n if n > 1 else float(values[0] ** 2)


def _sum_of_squares(n_ours: int, ours: float, n_theirs: int, theirs: float) -> float:
    """Part of the denominator of Satterthwaite's degrees of freedom."""
    return n_ours**4 * (ours**2 / max(n_ours - 1, 1) + theirs**2 / max(n_theirs - 1, 1))


def _quantile(variance: float, freedom: float) -> float:
    """Return the 95 % quantile of Student's t with Satterthwaite's degrees of freedom."""
    return float(stats.t.ppf(1 - TAIL, max(variance**2 / freedom, 1.0))) if freedom > 0 else 0.0
