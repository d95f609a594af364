"""What churn means: one function per definition, each reading only the window after the cutoff."""

from __future__ import annotations

import difflib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from winback.errors import Fault, HistoryTooShortError, SettingsError
from winback.history import DAY_US, History, to_datetime64
from winback.settings import LabelSettings
from winback.snapshots import Snapshots, by_parts

#: From (history, customers, cutoff, end of the window) to 1 where the customer churned. The history may be one part of
#: the company's: a definition looks at each customer by itself.
Definition = Callable[[History, NDArray[np.int32], int, int], NDArray[np.int8]]

DEFINITIONS: dict[str, Definition] = {}


def definition(function: Definition) -> Definition:
    """Register a churn definition under the name of its function."""
    DEFINITIONS[function.__name__] = function
    return function


@definition
def no_order(history: History, customer: NDArray[np.int32], cutoff: int, end: int) -> NDArray[np.int8]:
    """Churned is who makes no purchase in ``[cutoff, end)``; bringing goods back is no purchase."""
    purchases = history.purchases()
    bought = np.zeros(history.n_customers, bool)
    bought[purchases.customer[(purchases.at >= cutoff) & (purchases.at < end)]] = True
    return (~bought[customer]).astype(np.int8)


def make_labels(history: History, snapshots: Snapshots, label: LabelSettings) -> NDArray[np.int8]:
    """Label snapshots by what happened in ``[cutoff, cutoff + horizon)``.

    Parameters
    ----------
    history : History
        Must cover the windows of all snapshots.
    snapshots : Snapshots
        Rows to be labelled.
    label : LabelSettings
        Name of the definition and days of the horizon.

    Returns
    -------
    int8[n]
        1 churned, 0 kept.

    Raises
    ------
    SettingsError
        When no definition has that name.
    HistoryTooShortError
        When the data ends before a window does: such a row is refused, never labelled.
    """
    churned = _definition_of(label.definition)
    horizon = label.horizon_days * DAY_US
    cutoffs = np.unique(snapshots.cutoff)
    _refuse_uncovered(cutoffs, horizon, history.ends_at)
    result = np.empty(len(snapshots), np.int8)
    for part, rows, some in by_parts(history, snapshots):
        for cutoff in np.unique(some.cutoff):
            here = np.flatnonzero(some.cutoff == cutoff)
            result[rows[here]] = churned(part, some.customer[here], int(cutoff), int(cutoff) + horizon)
    return result


def _definition_of(name: str) -> Definition:
    if name in DEFINITIONS:
        return DEFINITIONS[name]
    near = difflib.get_close_matches(name, DEFINITIONS, n=1)
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    raise SettingsError(
        "The settings name a churn definition that does not exist",
        [Fault("label.definition", f"unknown definition {name!r}{hint}")],
        expected=", ".join(sorted(DEFINITIONS)),
    )


def _refuse_uncovered(cutoffs: NDArray[np.int64], horizon: int, ends_at: int) -> None:
    uncovered = cutoffs[cutoffs + horizon > ends_at]
    if not uncovered.size:
        return
    raise HistoryTooShortError(
        f"The data ends at {_text(ends_at)}, before the label windows of {uncovered.size} cutoff(s) do",
        [
            Fault(f"cutoff {_text(int(cutoff))}", f"window ends at {_text(int(cutoff) + horizon)}")
            for cutoff in uncovered
        ],
        expected=f"cutoffs up to {_text(ends_at - horizon)}",
    )


def _text(at: int) -> str:
    return str(to_datetime64(np.array([at]))[0].astype("datetime64[s]"))
