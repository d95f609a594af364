"""Who must not be approached in this cycle, and by which rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]

DAY_US = 86_400_000_000

#: No offer was ever made.
NO_TIME = np.iinfo(np.int64).min


def exclusion_rules(
    *,
    as_of: int,
    cooldown_days: int,
    do_not_contact: Bools,
    do_not_win_back: Bools,
    is_closed: Bools,
    has_life_event: Bools,
    last_offer_at: NDArray[np.int64],
    window_days: int = 0,
) -> NDArray[np.object_]:
    """Return the first rule that excludes each customer, or ``""``.

    Parameters
    ----------
    as_of : int
        Cutoff of the run; microseconds since the epoch, UTC.
    cooldown_days : int
        No second offer until more than so many days have passed.
    do_not_contact, do_not_win_back, is_closed, has_life_event : ndarray of bool, shape (n,)
        What the company knows of the customer; a life event (moved, changed business) is not worth winning back.
    last_offer_at : ndarray of int64, shape (n,)
        Time of the last offer of either arm, microseconds; the smallest int64 where there was none. Holdouts rest
        as long as the treated, or the two arms would no longer be alike.
    window_days : int
        With the label's horizon here, no second offer is made inside the window in which the first is measured;
        0: only the cooldown counts.

    Returns
    -------
    ndarray of str, shape (n,)
        ``do_not_contact``, ``do_not_win_back``, ``closed``, ``life_event``, ``cooldown`` or ``""``.

    Examples
    --------
    >>> no, yes = np.array([False]), np.array([True])
    >>> exclusion_rules(as_of=100 * DAY_US, cooldown_days=30,
    ...     do_not_contact=no, do_not_win_back=no, is_closed=no, has_life_event=no,
    ...     last_offer_at=np.array([80 * DAY_US])).tolist()
    ['cooldown']
    """
    rest = max(cooldown_days, window_days) * DAY_US
    offered = last_offer_at != NO_TIME
    resting = offered & (last_offer_at >= as_of - rest)
    rules = {
        "do_not_contact": do_not_contact,
        "do_not_win_back": do_not_win_back,
        "closed": is_closed,
        "life_event": has_life_event,
        "cooldown": resting,
    }
    return np.select(list(rules.values()), list(rules), default="").astype(object)
