"""How much came in of each table lately, beside what usually comes in."""

from __future__ import annotations

from typing import Any

import numpy as np

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
    rows = []
    for table in tables:
        if not history.has(table):
            continue
        known = history.events(table).known_at
        if not len(known):
            continue
        stretches = min(STRETCHES + 1, int((history.ends_at - known.min()) // (DAYS * DAY_US)))
        if stretches <= ENOUGH:
            continue
        ends = history.ends_at - np.arange(stretches + 1)[::-1] * DAYS * DAY_US
        counts = np.histogram(known, bins=ends)[0]
        usual = float(np.median(counts[:-1]))
        if usual > 0:
            rows.append({"table": table, "now": int(counts[-1]), "usual": usual, "ratio": float(counts[-1] / usual)})
    return rows
