"""What customers said themselves when asked why they left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.history import NO_TIME, History
from winback.reasons.leaving import Leaving
from winback.reasons.words import UNKNOWN, WORDS, check_exit_words, reason_of_word
from winback.snapshots import Snapshots


@dataclass(frozen=True, eq=False)
class Stated:
    """The reasons that customers gave.

    Parameters
    ----------
    code : int8[n]
        Place in `WORDS`; -1 where the customer said nothing that can be understood.
    at : int64[n]
        When it was recorded (microseconds); `NO_TIME` where nothing was said.
    is_closed : bool[n]
        The customer ceased to exist: that is known of it, whatever it said before.
    """

    code: NDArray[np.int8]
    at: NDArray[np.int64]
    is_closed: NDArray[np.bool_]

    @classmethod
    def nothing(cls, n: int) -> Stated:
        """Of customers that said nothing."""
        return cls(np.full(n, -1, np.int8), np.full(n, NO_TIME, np.int64), np.zeros(n, bool))


def stated_reasons(history: History, snapshots: Snapshots, leaving: Leaving, own: Mapping[str, str]) -> Stated:
    """Find what each row's customer had said by its cutoff about its present leaving.

    Parameters
    ----------
    history : History
        Covers all cutoffs.
    snapshots : Snapshots
        The rows.
    leaving : Leaving
        Of the same rows. What was said before the last purchase was about an earlier leaving and does not count; that a
        customer has closed always does.
    own : mapping of str to str
        The company's own words (``reasons.exit_words``).

    Returns
    -------
    Stated
        The latest statement of each row. Words that mean none of our reasons do not count.
    """
    check_exit_words(own)
    stated = Stated.nothing(len(snapshots))
    if history.has("exits"):
        _read_exits(stated, history, snapshots, leaving, own, understood=True)
    closed_at = history.attributes().columns.get("closed_at")
    if closed_at is not None:
        closed = closed_at[snapshots.customer]
        stated.is_closed[:] = (closed != NO_TIME) & (closed < snapshots.cutoff)
        stated.code[stated.is_closed] = WORDS.index("life_event")
        stated.at[stated.is_closed] = closed[stated.is_closed]
    return stated


def last_words(history: History, snapshots: Snapshots, leaving: Leaving, own: Mapping[str, str]) -> NDArray[np.int8]:
    """Return what each row's customer said last of its present leaving, also where that means none of our reasons.

    Parameters
    ----------
    history, snapshots, leaving, own
        As for `stated_reasons`; the history has the table ``exits``.

    Returns
    -------
    int8[n]
        Places in `WORDS`, ``unknown`` for words that mean none of the others; -1 where nothing was said.
    """
    stated = Stated.nothing(len(snapshots))
    _read_exits(stated, history, snapshots, leaving, own, understood=False)
    return stated.code


def _read_exits(
    stated: Stated,
    history: History,
    snapshots: Snapshots,
    leaving: Leaving,
    own: Mapping[str, str],
    *,
    understood: bool,
) -> None:
    for cutoff in np.unique(snapshots.cutoff):
        rows = np.flatnonzero(snapshots.cutoff == cutoff)
        exits = history.upto(int(cutoff)).events("exits")
        codes = np.array([WORDS.index(reason_of_word(word, own)) for word in exits.categories["reason"]], np.int8)
        codes = np.append(codes, WORDS.index(UNKNOWN)).astype(np.int8)[exits.columns["reason"]]
        if understood:
            known = codes != WORDS.index(UNKNOWN)
            exits, codes = exits.where(known), codes[known]
        _fill(stated, rows, exits.offsets, exits.at, codes, snapshots.customer[rows], leaving.last_at[rows])


def _fill(
    stated: Stated,
    rows: NDArray[np.intp],
    offsets: NDArray[np.int64],
    at: NDArray[np.int64],
    codes: NDArray[np.int8],
    customer: NDArray[np.int32],
    last_at: NDArray[np.int64],
) -> None:
    stop = offsets[customer + 1]
    said = np.flatnonzero(stop > offsets[customer])
    latest = stop[said] - 1
    current = at[latest] >= last_at[said]
    said, latest = said[current], latest[current]
    stated.code[rows[said]] = codes[latest]
    stated.at[rows[said]] = at[latest]
