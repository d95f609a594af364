"""Times inside winback: whole microseconds since 1970 in UTC, so that no engine's rounding of dates can differ."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Microseconds in an hour.
HOUR_US = 3_600_000_000
#: Microseconds in a day of 24 hours.
DAY_US = 86_400_000_000
#: A time that is missing or not yet known.
NO_TIME = int(np.iinfo(np.int64).min)


def instant_of(day: date, timezone: str = "UTC") -> int:
    """Return the first instant of a local day.

    Parameters
    ----------
    day : date
        The day.
    timezone : str
        IANA name of the zone in which the day begins.

    Returns
    -------
    int
        Microseconds since 1970 in UTC.

    Examples
    --------
    >>> instant_of(date(1970, 1, 2))
    86400000000
    >>> instant_of(date(2024, 1, 1), "Europe/Moscow") - instant_of(date(2024, 1, 1))
    -10800000000
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone))
    return round(midnight.timestamp()) * 1_000_000


def local_day_numbers(at: NDArray[np.int64], timezone: str = "UTC") -> NDArray[np.int64]:
    """Return the local calendar day of each instant, as whole days since 1970-01-01 (a Thursday).

    Parameters
    ----------
    at : int64[n]
        Instants, microseconds; none may be missing.
    timezone : str
        IANA name of the zone whose calendar counts.

    Examples
    --------
    >>> local_day_numbers(np.array([instant_of(date(1970, 1, 4)) - 1]))
    array([2])
    >>> local_day_numbers(np.array([instant_of(date(1970, 1, 4)) - 1]), "Europe/Moscow")
    array([3])
    """
    if timezone == "UTC":
        return np.floor_divide(at, DAY_US)
    zoned = pd.DatetimeIndex(to_datetime64(at), tz="UTC").tz_convert(timezone).tz_localize(None)
    wall = np.asarray(zoned.values, dtype="datetime64[us]").view(np.int64)
    return np.floor_divide(wall, DAY_US)


def to_datetime64(at: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """View microseconds as numpy timestamps; `NO_TIME` becomes NaT.

    Examples
    --------
    >>> to_datetime64(np.array([0, NO_TIME]))
    array(['1970-01-01T00:00:00.000000', 'NaT'], dtype='datetime64[us]')
    """
    return np.ascontiguousarray(at, dtype=np.int64).view("datetime64[us]")
