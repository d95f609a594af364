"""How the effects of actions fade with a customer's silence.

The longer a customer has been gone, the harder it is to win back: an effect halves with every so many days since the
last order. How many is learned from the log, beside the effects themselves, among a few half-lives of which about a
year is the likeliest beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Half-lives tried, in days, and what each is worth beforehand (logarithms): normal on a logarithmic scale around 300
#: days, with a factor 2.5 as its deviation; effects that never fade are as likely as at its edge.
HALF_LIVES = (np.inf, 720.0, 360.0, 240.0, 150.0, 90.0)
PRIOR = tuple(-0.5 * (np.log(days / 300) / np.log(2.5)) ** 2 if np.isfinite(days) else -2.0 for days in HALF_LIVES)


@dataclass(frozen=True)
class Fading:
    """What is left of effects after so many days of silence.

    Parameters
    ----------
    half_life_days : float
        Infinite: effects do not fade.
    usual : float
        What was left in the mean over the log: the factor is relative to it, so that an effect is that of a usual
        customer of the log.

    Examples
    --------
    >>> Fading(100.0).factor(np.array([0.0, 100.0, np.nan]))
    array([1. , 0.5, 1. ])
    """

    half_life_days: float = np.inf
    usual: float = 1.0

    def factor(self, silence_days: Floats) -> Floats:
        """Return the factor on the effects; the usual customer's where the silence is not known (nan)."""
        left = 0.5 ** (np.maximum(silence_days, 0.0) / self.half_life_days) / self.usual
        return np.where(np.isnan(silence_days), 1.0, left)

    @classmethod
    def of_log(cls, half_life_days: float, silence_days: Floats) -> Fading:
        """Make it relative to the customers of a log."""
        known = silence_days[~np.isnan(silence_days)]
        usual = float(np.mean(0.5 ** (known / half_life_days))) if known.size else 1.0
        return cls(half_life_days, usual)
