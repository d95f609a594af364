"""How far inferred reasons agree with what customers said, and what reasons add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.reasons.words import ONLY_STATED, WORDS


@dataclass(frozen=True, eq=False)
class Agreement:
    """Stated against inferred first reasons, over customers that said why they left.

    Parameters
    ----------
    counts : int64[words, words]
        Row: what was said; column: what was inferred without knowing it. Both in the order of `WORDS`.
    among_three : int
        How many of the inferable statements are among the first three inferred reasons.
    """

    counts: NDArray[np.int64]
    among_three: int

    @property
    def asked(self) -> int:
        """Customers that stated a reason which tables can show."""
        return int(self.counts[_inferable()].sum())

    @property
    def first_share(self) -> float:
        """Share of them whose first inferred reason is the stated one; NaN where nobody was asked."""
        hits = int(np.trace(self.counts[np.ix_(_inferable(), _inferable())]))
        return hits / self.asked if self.asked else float("nan")

    @property
    def three_share(self) -> float:
        """Share of them with the stated reason among the first three inferred; NaN where nobody was asked."""
        return self.among_three / self.asked if self.asked else float("nan")

    def to_json(self) -> dict[str, Any]:
        """Return words, counts and shares; a share is null where nobody was asked."""
        return {
            "words": list(WORDS),
            "counts": self.counts.tolist(),
            "asked": self.asked,
            "first_share": self.first_share if self.asked else None,
            "three_share": self.three_share if self.asked else None,
        }


def _inferable() -> NDArray[np.intp]:
    return np.array([place for place, word in enumerate(WORDS[:-1]) if word not in ONLY_STATED])


def compare(stated: NDArray[np.int8], inferred: NDArray[np.int8]) -> Agreement:
    """Count stated against inferred reasons.

    Parameters
    ----------
    stated : int8[n]
        Places in `WORDS`; -1: said nothing (the row does not count).
    inferred : int8[n, 3]
        First to third inferred reason, places in `WORDS`; -1: none.

    Examples
    --------
    >>> price, unknown = WORDS.index("price"), WORDS.index("unknown")
    >>> inferred = np.array([[price, -1, -1], [unknown, -1, -1], [0, 1, 2]], np.int8)
    >>> agreement = compare(np.array([price, price, -1], np.int8), inferred)
    >>> agreement.asked, agreement.first_share
    (2, 0.5)
    """
    said = stated >= 0
    stated, inferred = stated[said].astype(np.intp), inferred[said]
    counts = np.zeros((len(WORDS), len(WORDS)), np.int64)
    np.add.at(counts, (stated, inferred[:, 0].astype(np.intp)), 1)
    known = np.isin(stated, _inferable())
    among = (inferred[known] == stated[known][:, None]).any(axis=1)
    return Agreement(counts, int(among.sum()))
