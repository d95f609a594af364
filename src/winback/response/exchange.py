"""Do the arms of the log differ by more than the drawing of lots explains?

The pooled model believes that a customer would have been kept as often as predicted, up to a few biases. Where the
prediction is wrong in some other pattern, for both arms alike, that pattern looks like an effect, most offers being
treated ones. Only the lots that were drawn are above doubt: if no offer changed anything, any other drawing within the
same cycles would have been as likely as the one that happened (Fisher's randomisation test, exact whatever the model).

Differences are looked for in all offers together, by action, by reason, and by their combinations; of these looks, the
one that stands out most counts, and is compared with what stands out most in other drawings. A look is the sum of the
squared scores of its groups; its cube root is near enough to normal (Wilson & Hilferty 1931) for looks to be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

#: Other drawings that are tried, and how few of them may stand out as much as the one that happened.
DRAWINGS, LEVEL = 399, 0.02


def arms_differ(
    kept_beyond: Floats,
    churn: Floats,
    treated: NDArray[np.bool_],
    strata: Codes,
    *,
    action: Codes,
    population: Codes,
    reason: Codes,
) -> bool:
    """Tell whether chance is an unlikely explanation of how the arms differ.

    Parameters
    ----------
    kept_beyond : ndarray of float64, shape (n,)
        Kept (0 or 1) less the predicted probability.
    churn : ndarray of float64
        Churn probability.
    treated : ndarray of bool
        Arm.
    strata : ndarray of int64
        Offers among which arms were drawn alike.
    action, population, reason : ndarray of int64
        Codes from 0.

    Examples
    --------
    >>> n = 400
    >>> treated, zeros = np.arange(n) % 4 > 0, np.zeros(n, dtype=np.int64)
    >>> cells = {"action": zeros, "population": zeros, "reason": zeros}
    >>> arms_differ(treated - 0.5, np.full(n, 0.5), treated, zeros, **cells)
    True
    >>> arms_differ(np.arange(n) % 2 - 0.5, np.full(n, 0.5), np.arange(n) % 8 > 1, zeros, **cells)
    False
    """
    # rows in an order of their own, so that the order of the log decides nothing
    order = np.lexsort((kept_beyond, churn, reason, population, action, strata))
    kept_beyond, churn, treated = kept_beyond[order], churn[order], treated[order]
    strata, action, population, reason = (part[order] for part in (strata, action, population, reason))
    by_action_population = action * 2 + population
    by_cell = by_action_population * (int(reason.max()) + 1) + reason
    left = kept_beyond - _means(kept_beyond, by_cell)
    share = _means(treated.astype(np.float64), strata)
    by_action_reason = action * (int(reason.max()) + 1) + reason
    groups = (np.zeros_like(action), action, reason, by_action_population, by_action_reason)

    def looks(arm: NDArray[np.bool_]) -> list[float]:
        score = (arm - share) * left
        saved = [float((_sums(score * churn, code) ** 2).sum()) for code in groups]
        return [*saved, float((_sums(score * (1 - churn), by_action_population) ** 2).sum())]

    rng = np.random.default_rng(0)
    # rows are sorted by stratum, so sorting chance within strata draws anew
    drawn = [looks(treated[np.lexsort((rng.random(len(treated)), strata))]) for _ in range(DRAWINGS)]
    every = np.cbrt([looks(treated), *drawn])
    spread = every.std(axis=0)
    most = ((every - every.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).max(axis=1)
    return bool((most >= most[0]).mean() <= LEVEL)


def _sums(values: Floats, code: Codes) -> Floats:
    made: Floats = np.bincount(code, values).astype(np.float64)
    return made


def _means(values: Floats, code: Codes) -> Floats:
    made: Floats = (np.bincount(code, values) / np.maximum(np.bincount(code), 1))[code]
    return made
