"""Temporal folds: learn from what was known, judge what came later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.history import DAY_US

Mask = NDArray[np.bool_]
SEARCH_FOLDS = 3


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to learn from, and rows of one later cutoff to judge.

    Parameters
    ----------
    taught, judged : bool[n]
        Masks over the labelled snapshots; the label windows of the first end before the second's cutoff.
    """

    taught: Mask
    judged: Mask


def temporal_folds(cutoff: NDArray[np.int64], labels: NDArray[np.int8], horizon_days: int) -> list[Fold]:
    """Make up to four folds of expanding windows, oldest first; the last is for the decision only.

    Parameters
    ----------
    cutoff : int64[n]
        Cutoff of each labelled snapshot.
    labels : int8[n]
        1 churned; a fold without both outcomes in both parts is left out.
    horizon_days : int
        Gap between the last taught cutoff and the judged one.

    Returns
    -------
    list of Fold
        Empty or a single one where the data is short.

    Examples
    --------
    >>> cutoff = np.repeat(np.arange(6) * 30 * DAY_US, 2)
    >>> folds = temporal_folds(cutoff, np.tile([0, 1], 6).astype(np.int8), 60)
    >>> [int(fold.taught.sum()) for fold in folds]
    [2, 4, 6, 8]
    """
    horizon = horizon_days * DAY_US
    found = []
    for judged_at in np.unique(cutoff):
        fold = Fold(cutoff + horizon <= judged_at, cutoff == judged_at)
        if all(len(np.unique(labels[part])) == 2 for part in (fold.taught, fold.judged)):
            found.append(fold)
    if len(found) <= SEARCH_FOLDS + 1:
        return found
    places = np.linspace(len(found) // 3, len(found) - 1, SEARCH_FOLDS + 1).round().astype(int)
    return [found[place] for place in places]
