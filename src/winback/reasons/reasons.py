"""From attribution, evidence and statements to the reasons that a row shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.reasons.confidence import HONESTY, Confidence
from winback.reasons.stated import Stated
from winback.reasons.words import UNKNOWN, WORDS

#: How many reasons a row shows at most.
SHOWN = 3
#: A second or third reason is shown from this share of the explained risk on.
MIN_SHARE = 0.02


@dataclass(frozen=True, eq=False)
class Reasons:
    """Up to three reasons per row, first the one that most likely made the customer leave.

    Parameters
    ----------
    code : int8[n, 3]
        Places in `WORDS`; -1: no further reason. The first is never -1: without evidence it is ``unknown``.
    text : object[n, 3]
        What people read: evidence in numbers; ``""`` where there is no reason.
    share : float64[n, 3]
        Share of the explained risk, 0 to 1; NaN for ``unknown``, for statements nothing speaks for, and where there is
        no reason.
    confidence : float64[n]
        How likely the first reason is right, 0 to 1; NaN for ``unknown``, which claims nothing.
    is_stated : bool[n]
        The first reason is what the customer said itself.
    """

    code: NDArray[np.int8]
    text: NDArray[np.object_]
    share: NDArray[np.float64]
    confidence: NDArray[np.float64]
    is_stated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.code)

    def words(self, place: int) -> NDArray[np.object_]:
        """Return the words of the first (0), second or third reason; ``""`` where there is none."""
        table = np.array([*WORDS, ""], dtype=object)
        return np.asarray(table[self.code[:, place].astype(np.intp)])

    def totals(self, weight: NDArray[np.float64] | None = None) -> dict[str, dict[str, float]]:
        """Return, per first reason, how many rows have it and what they weigh together.

        Parameters
        ----------
        weight : float64[n], optional
            Such as the value at risk of each row; by default 1.

        Returns
        -------
        dict
            From the reason's word to ``{"customers": …, "weight": …, "stated": …}``, largest weight first.
        """
        weight = np.ones(len(self)) if weight is None else weight
        first = self.code[:, 0].astype(np.intp)
        counts = np.bincount(first, minlength=len(WORDS))
        sums = np.bincount(first, weight, minlength=len(WORDS))
        stated = np.bincount(first[self.is_stated], minlength=len(WORDS))
        order = sorted(np.flatnonzero(counts).tolist(), key=lambda place: (-sums[place], place))
        return {
            WORDS[place]: {
                "customers": int(counts[place]),
                "weight": float(sums[place]),
                "stated": int(stated[place]),
            }
            for place in order
        }


@dataclass(frozen=True, eq=False)
class Choice:
    """Which reasons a row shows, before their texts are written; the fields are those of `Reasons`."""

    code: NDArray[np.int8]
    share: NDArray[np.float64]
    confidence: NDArray[np.float64]
    is_stated: NDArray[np.bool_]


def choose(
    share: NDArray[np.float64],
    probability: NDArray[np.float64],
    supported: NDArray[np.bool_],
    stated: Stated,
    min_confidence: float,
    confidence: Confidence,
) -> Choice:
    """Choose what each row shows.

    Parameters
    ----------
    share, probability : float64[n, words]
        As of `Inference`, a column per word of `WORDS`.
    supported : bool[n, words]
        The customer's own facts speak for the reason.
    stated : Stated
        What customers said: it outranks what is inferred.
    min_confidence : float
        Below it, nothing inferred comes first: the first reason is ``unknown``.
    confidence : Confidence
        How far a probability is to be believed. What a customer said is believed as far as people are honest.

    Returns
    -------
    Choice
        Inferred reasons by falling probability, equal ones in the order of `WORDS`.
    """
    n = len(share)
    unknown = WORDS.index(UNKNOWN)
    rows = np.arange(n)
    score = np.where(supported, probability, 0.0)
    first = score.argmax(axis=1)
    is_stated = stated.code >= 0
    believed = confidence.of(score[rows, first])
    is_sure = (believed >= min_confidence) & (score[rows, first] > 0)
    believed[~is_sure] = np.nan
    first = np.where(is_stated, stated.code, np.where(is_sure, first, unknown))
    rest = np.where(share >= MIN_SHARE, score, 0.0)
    rest[rows, first] = 0
    order = np.argsort(-rest, axis=1, kind="stable")[:, : SHOWN - 1]
    code = np.column_stack([first, np.where(rest[rows[:, None], order] > 0, order, -1)])
    shown = np.where((code >= 0) & (code != unknown), share[rows[:, None], code], np.nan)
    shown[is_stated & ~(shown[:, 0] > 0), 0] = np.nan
    return Choice(code.astype(np.int8), shown, np.where(is_stated, HONESTY, believed), is_stated)
