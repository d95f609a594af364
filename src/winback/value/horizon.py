"""How far ahead the data shows what customers bring, and how the rest of the value horizon is estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.history import DAY_US
from winback.texts import Note
from winback.value.money import discounted_days

#: Without a full value horizon, the window is as long as leaves this many cutoffs to learn from.
_CUTOFFS = 3


@dataclass(frozen=True)
class Window:
    """The days after a cutoff whose money is observed, of the days that are wanted.

    Parameters
    ----------
    days : int
        Observed.
    wanted : int
        The value horizon.
    label : int
        The label's horizon.
    """

    days: int
    wanted: int
    label: int

    @property
    def is_full(self) -> bool:
        """Whether nothing has to be scaled."""
        return self.days >= self.wanted

    def notes(self) -> tuple[Note, ...]:
        """What has to be said of it."""
        return () if self.is_full else ({"id": "model-note-window", "days": self.days, "wanted": self.wanted},)


def choose_window(cutoffs: NDArray[np.int64], ends_at: int, wanted: int, label: int) -> Window:
    """Find the longest useful window.

    Parameters
    ----------
    cutoffs : int64[k]
        Labelled cutoffs.
    ends_at : int
        End of the data, microseconds.
    wanted, label : int
        Days of the value horizon and of the label's.

    Returns
    -------
    Window
        The value horizon where at least one cutoff is followed by so many days; else as many days as follow the third
        oldest cutoff (never fewer than the label's horizon).

    Examples
    --------
    >>> choose_window(np.array([0, 100, 200]) * DAY_US, 400 * DAY_US, 365, 90).days
    365
    >>> choose_window(np.array([0, 100, 200]) * DAY_US, 300 * DAY_US, 365, 90).days
    100
    """
    ordered = np.unique(cutoffs)
    if ordered[0] + wanted * DAY_US <= ends_at:
        return Window(wanted, wanted, label)
    place = ordered[min(_CUTOFFS, len(ordered)) - 1]
    return Window(max(label, int((ends_at - place) // DAY_US)), wanted, label)


def stretch_kept(first: float, second: float, window: Window, retention: float, discount_rate: float) -> float:
    """Factor from the observed window to the value horizon, for customers who were kept.

    Parameters
    ----------
    first, second : float
        Money (discounted) in the first and the second half of the window, summed over kept customers.
    window : Window
        Observed and wanted days.
    retention : float
        Share of customers kept from one label horizon to the next, 0 to 1.
    discount_rate : float
        Per year.

    Returns
    -------
    float
        At least 1. Money beyond the window falls from half to half as it fell within it; in a window of less than two
        label horizons, where being kept makes the halves equal by definition, it falls by the retention.

    Examples
    --------
    >>> round(stretch_kept(100.0, 50.0, Window(200, 400, 90), 1.0, 0.0), 3)
    1.25
    """
    if window.is_full or first + second <= 0:
        return 1.0
    if window.days >= 2 * window.label and first > 0:
        unit, fall, latest = window.days / 2, float(np.clip(second / first, 0, 1)), second
    else:
        unit = float(window.label)
        fall = retention * (1 + discount_rate) ** (-unit / 365)
        latest = (first + second) * unit / window.days
    beyond, at = 0.0, float(window.days)
    while at < window.wanted and latest > 0:
        latest *= fall
        length = min(unit, window.wanted - at)
        beyond += latest * length / unit
        at += length
    return 1 + beyond / (first + second)


def stretch_lost(window: Window, discount_rate: float) -> float:
    """Factor for customers who were lost: what they bring after the label's horizon comes evenly.

    Examples
    --------
    >>> stretch_lost(Window(190, 290, 90), 0.0)
    2.0
    """
    silent = discounted_days(window.label, discount_rate)
    wanted = max(0.0, discounted_days(window.wanted, discount_rate) - silent)
    observed = discounted_days(window.days, discount_rate) - silent
    return wanted / observed if observed > 0 else 0.0
