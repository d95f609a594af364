"""Which reasons a customer's own facts speak for, in numbers; one function per kind of fact, in `exhibits`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.history import History
from winback.reasons.facts import StreamFacts
from winback.reasons.leaving import Leaving
from winback.reasons.words import WORDS
from winback.settings import Settings
from winback.snapshots import Snapshots

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Case:
    """The rows of one cutoff, and what was known then.

    Parameters
    ----------
    history : History
        Cut at the cutoff.
    cutoff : int
        Microseconds.
    customer : int32[m]
        Customer of each row.
    anchor : int64[m]
        When each was leaving; only facts that happened before count.
    first_at, last_at : int64[m]
        First and last purchase.
    settings : Settings
        Reads ``features``.
    """

    history: History
    cutoff: int
    customer: NDArray[np.int32]
    anchor: NDArray[np.int64]
    first_at: NDArray[np.int64]
    last_at: NDArray[np.int64]
    settings: Settings

    @cached_property
    def facts(self) -> StreamFacts:
        """The events of streams, known at the cutoff."""
        return StreamFacts(self.history, self.settings.features)


@dataclass(frozen=True, eq=False)
class Line:
    """One sentence that can be said of some rows.

    Parameters
    ----------
    reason : str
        What it speaks for.
    message : str
        Id of the text.
    holds : bool[m]
        Rows of which it is true, and worse than usual: only there it supports the reason.
    arguments : mapping of str to array
        Numbers for the text, one per row.
    happened : bool[m], optional
        Rows of which it is true, more than usual or not; by default the same as ``holds``.
    """

    reason: str
    message: str
    holds: NDArray[np.bool_]
    arguments: Mapping[str, Array]
    happened: NDArray[np.bool_] | None = None


#: From a case to what can be said of its rows.
Exhibit = Callable[[Case], Iterable[Line]]
#: All kinds of evidence, each with the table and the columns that it needs; the most telling come first.
EXHIBITS: list[tuple[str, tuple[str, ...], Exhibit]] = []


def exhibit(table: str, *columns: str) -> Callable[[Exhibit], Exhibit]:
    """Register a function that gathers evidence; it is called only where table and columns are there."""

    def register(function: Exhibit) -> Exhibit:
        EXHIBITS.append((table, columns, function))
        return function

    return register


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for each reason of each row.

    Parameters
    ----------
    supported : bool[n, words]
        Some line speaks for the reason; columns in the order of `WORDS`.
    happened : bool[n, words]
        Some line about the reason is true of the row, more than usual or not.
    lines : mapping of str to tuple of Line
        From a reason to what can be said about it, over all rows.
    """

    supported: NDArray[np.bool_]
    happened: NDArray[np.bool_]
    lines: Mapping[str, tuple[Line, ...]]


def gather_evidence(history: History, snapshots: Snapshots, leaving: Leaving, settings: Settings) -> Evidence:
    """Gather what the tables say about each row's customer around the time when it was leaving.

    Parameters
    ----------
    history : History
        Covers all cutoffs; only what was known at each row's cutoff is used.
    snapshots, leaving
        The rows.
    settings : Settings
        Reads ``features``.
    """
    n = len(snapshots)
    whole: dict[tuple[str, str], Line] = {}
    for cutoff in np.unique(snapshots.cutoff):
        rows = np.flatnonzero(snapshots.cutoff == cutoff)
        known = history.upto(int(cutoff))
        times = (leaving.anchor[rows], leaving.first_at[rows], leaving.last_at[rows])
        case = Case(known, int(cutoff), snapshots.customer[rows], *times, settings)
        for line in lines_of(case):
            _scatter(whole, line, rows, n)
    supported, happened = np.zeros((2, n, len(WORDS)), bool)
    for line in whole.values():
        supported[:, WORDS.index(line.reason)] |= line.holds
        happened[:, WORDS.index(line.reason)] |= line.holds if line.happened is None else line.happened
    words = {line.reason for line in whole.values()}
    return Evidence(
        supported, happened, {word: tuple(line for line in whole.values() if line.reason == word) for word in words}
    )


def lines_of(case: Case) -> Iterator[Line]:
    """Yield all that can be said of the rows of a case."""
    for table, columns, function in EXHIBITS:
        if case.history.has(table, *columns):
            yield from function(case)


def _scatter(whole: dict[tuple[str, str], Line], part: Line, rows: NDArray[np.intp], n: int) -> None:
    """Put the rows of one cutoff into the line that covers all rows."""
    key = (part.reason, part.message)
    if key not in whole:
        empty = {name: np.zeros(n, np.asarray(values).dtype) for name, values in part.arguments.items()}
        whole[key] = Line(part.reason, part.message, np.zeros(n, bool), empty, np.zeros(n, bool))
    line = whole[key]
    line.holds[rows] = part.holds
    if line.happened is not None:
        line.happened[rows] = part.holds if part.happened is None else part.happened
    for name, values in part.arguments.items():
        line.arguments[name][rows] = values
