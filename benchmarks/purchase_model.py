"""BG/NBD: how many purchases are expected of a customer, from recency, frequency and age alone.

Fader, Hardie and Lee (2005), "Counting your customers" the easy way; by the package lifetimes.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.history import DAY_US, History

#: Weeks keep the likelihood's numbers small.
_DAYS = 7.0
#: Tried in turn until the likelihood can be climbed; the last is far from the data and always gives something.
_PENALTIES = (0.0, 0.001, 0.01, 0.1)


def purchase_summary(history: History, at: int) -> pd.DataFrame:
    """Return ``frequency`` (repeat purchase days), ``recency`` and ``T`` (weeks) by customer code."""
    purchases = history.purchases()
    known = (purchases.known_at < at) & (purchases.at < at)
    days = pd.DataFrame({"customer": purchases.customer[known], "day": purchases.at[known] // DAY_US})
    found = days.drop_duplicates().groupby("customer")["day"].agg(["count", "min", "max"])
    return pd.DataFrame(
        {
            "frequency": found["count"] - 1,
            "recency": (found["max"] - found["min"]) / _DAYS,
            "T": (at / DAY_US - found["min"]) / _DAYS,
        }
    )


def expected_purchases(summary: pd.DataFrame, horizon_days: int) -> NDArray[np.float64]:
    """Fit to all customers and expect the purchases of each within the horizon.

    Raises
    ------
    ValueError
        Where no penalty makes the fit converge.
    """
    # lifetimes is an optional package of the examples, and slow to import.
    from lifetimes import BetaGeoFitter
    from lifetimes.utils import ConvergenceError

    columns = [summary[name].to_numpy(np.float64) for name in ("frequency", "recency", "T")]
    for penalty in _PENALTIES:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fitted = BetaGeoFitter(penalizer_coef=penalty).fit(*columns)
                expected = fitted.conditional_expected_number_of_purchases_up_to_time(horizon_days / _DAYS, *columns)
        except ConvergenceError:
            continue
        if np.isfinite(expected).all():
            return np.asarray(expected, np.float64)
    raise ValueError("BG/NBD could not be fitted")
