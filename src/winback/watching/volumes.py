"""How much came in of each table lately, beside what usually comes in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.history import DAY_US, History

#: Days that are counted together: four weeks, so that weekends count alike.
DAYS = 28
#: How many such stretches before the last say what is usual, and how many there must be.
STRETCHES = 12
ENOUGH = 3


def table_volumes(history: History, tables: tuple[str, ...]) -> list[dict[str, Any]]:
    """Count the facts that became known in the last four weeks, and usually in four weeks.

    Parameters
    ----------
    history : History
        Up to the run's cutoff.
    tables : tuple of str
        Tables with events; absent ones are left out.

    Returns
    -------
    list of dict
        ``table``, ``now``, ``usual`` (median of up to twelve earlier stretches) and ``ratio`` of the two. A table that
        has been there for less than three earlier stretches is left out.
    """
    there = [table for table in tables if history.has(table)]
    counts = {table: np.zeros(STRETCHES + 1, np.int64) for table in there}
    first = dict.fromkeys(there, history.ends_at)
    # part by part: the facts of all customers need not fit into memory
    for part in history.parts():
        for table in there:
            known = part.events(table).known_at
            back = (history.ends_at - 1 - known) // (DAYS * DAY_US)
            counts[table] += np.bincount(back[back <= STRETCHES], minlength=STRETCHES + 1)
            first[table] = min(first[table], int(known.min(initial=history.ends_at)))
    return [row for table in there if (row := _volume(table, counts[table], history.ends_at - first[table]))]


def _volume(table: str, back: NDArray[np.int64], covered: int) -> dict[str, Any] | None:
    """The row of a table, from its counts by stretches back from the cutoff, and how long it has been there."""
    stretches = min(STRETCHES + 1, covered // (DAYS * DAY_US))
    if stretches <= ENOUGH:
        return None
    usual = float(np.median(back[1:stretches]))
    return {"table": table, "now": int(back[0]), "usual": usual, "ratio": float(back[0] / usual)} if usual > 0 else None
