"""Which grievances grow: the share of active customers that live through each now, against some months before."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.history import DAY_US, History
from winback.reasons import WORDS, leaving_of
from winback.reasons.evidence import gather_evidence
from winback.reasons.facts import EVIDENCE_DAYS
from winback.settings import Settings
from winback.snapshots import ACTIVE, snapshots_at

#: With how long before the present is compared (months, days).
BACK = ((3, 91), (6, 182), (12, 365))
#: With fewer customers than these living through it, now and before together, nothing is said.
FEWEST = 10
#: Normal quantile of a two-sided 90 % interval.
QUANTILE = 1.6448536269514722


def driver_trends(history: History, settings: Settings) -> pd.DataFrame:
    """Compare how many active customers live through each grievance now and before.

    A customer lives through one if a line of evidence about it is true of the customer, more than usual or not: a late
    delivery in the last half year, a price that rose, a conflict within a year. So a rise that meets everyone is seen.

    Parameters
    ----------
    history : History
        Its end is now.
    settings : Settings
        Who is active, and what is slow.

    Returns
    -------
    DataFrame
        ``reason``, ``months`` (how long before), ``customers``, ``living``, ``share`` now, ``customers_before``,
        ``living_before``, ``share_before``, ``change`` (difference of the shares), its 90 % interval ``low`` to
        ``high`` and ``verdict``: ``grows``, ``falls`` or ``cannot_tell``. Times before which the data does not
        hold half a year are left out, reasons that no line of evidence is about as well.
    """
    now = _lived(history, history.ends_at, settings)
    rows = []
    for months, days in BACK:
        cutoff = history.ends_at - days * DAY_US
        if cutoff - EVIDENCE_DAYS * DAY_US < history.starts_at:
            continue
        before = _lived(history, cutoff, settings)
        if not (now[0].any() and before[0].any()):
            continue
        for place, word in enumerate(WORDS):
            if now[1][:, place].any() or before[1][:, place].any():
                rows.append({"reason": word, "months": months, **_compare(now, before, place)})
    return pd.DataFrame(rows, columns=["reason", "months", *_COLUMNS])


_COLUMNS = (
    "customers", "living", "share", "customers_before", "living_before", "share_before", "change", "low", "high",
    "verdict",
)  # fmt: skip
_Lived = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _lived(history: History, cutoff: int, settings: Settings) -> _Lived:
    """Who is active at a cutoff, and who of them lives through what; one row per customer code."""
    rows = snapshots_at(history, [cutoff], settings.population)
    rows = rows.rows(rows.population == ACTIVE)
    found = gather_evidence(history, rows, leaving_of(history, rows), settings).happened
    active = np.zeros(history.n_customers, np.bool_)
    active[rows.customer] = True
    lived = np.zeros((history.n_customers, len(WORDS)), np.bool_)
    lived[rows.customer] = found
    return active, lived


def _compare(now: _Lived, before: _Lived, place: int) -> dict[str, float | int | str]:
    change, low, high = difference(now[0], now[1][:, place], before[0], before[1][:, place])
    counts = [int(part.sum()) for part in (now[0], now[1][:, place], before[0], before[1][:, place])]
    verdict = "grows" if low > 0 else "falls" if high < 0 else "cannot_tell"
    # a handful of customers is no trend, whatever a normal approximation says
    verdict = verdict if counts[1] + counts[3] >= FEWEST else "cannot_tell"
    shares = [living / max(active, 1) for active, living in (counts[:2], counts[2:])]
    values: tuple[float | int | str, ...]
    values = (*counts[:2], shares[0], *counts[2:], shares[1], change, low, high, verdict)
    return dict(zip(_COLUMNS, values, strict=True))


def difference(
    active: NDArray[np.bool_],
    lived: NDArray[np.bool_],
    active_before: NDArray[np.bool_],
    lived_before: NDArray[np.bool_],
) -> tuple[float, float, float]:
    """Return the difference of two shares and its 90 % interval, of customers of whom many are in both.

    Who suffered three months ago often still does, so the two shares are not independent: the variance is that of the
    sum over customers of what each adds to both shares (linearisation of a ratio).

    Parameters
    ----------
    active, lived : bool[n]
        Now: who is active, and who of them lives through it.
    active_before, lived_before : bool[n]
        The same, before. In both, somebody is active.

    Returns
    -------
    float, float, float
        Difference, low, high.

    References
    ----------
    .. [1] Särndal, Swensson, Wretman, *Model Assisted Survey Sampling*, 1992, section 5.6 (variance of a ratio).

    Examples
    --------
    The same customers in both, one of four more: 25 points, give or take what one customer weighs.

    >>> everyone = np.ones(4, bool)
    >>> change, low, high = difference(everyone, np.array([1, 1, 0, 0], bool), everyone, np.array([1, 0, 0, 0], bool))
    >>> change, round(low, 2), round(high, 2)
    (0.25, -0.11, 0.61)
    """
    share, share_before = lived[active].mean(), lived_before[active_before].mean()
    adds = active * (lived - share) / active.sum()
    adds = adds - active_before * (lived_before - share_before) / active_before.sum()
    reach = QUANTILE * math.sqrt(float((adds**2).sum()))
    change = float(share - share_before)
    return change, change - reach, change + reach
