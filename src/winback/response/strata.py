"""Which offers are compared with which."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

#: Fewest in each arm of a stratum; a smaller cycle is put together with the next.
MIN_STRATUM = 5


def control_strata(cycle: NDArray[np.object_], treated: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Put cycles together, in their order, until both arms of each stratum are large enough to be compared.

    The share that is held out may change from cycle to cycle; within a cycle it does not, so cycles are compared within
    themselves as far as they are large enough.

    Parameters
    ----------
    cycle : ndarray of str, shape (n,)
        Names that sort by time, as dates do.
    treated : ndarray of bool, shape (n,)
        Arm.

    Returns
    -------
    ndarray of int64, shape (n,)
        Stratum of each offer; −1 for all where one of the arms is missing altogether.

    Examples
    --------
    >>> control_strata(np.array(["a", "a", "b"], dtype=object), np.array([True, False, True]))
    array([0, 0, 0])
    """
    if treated.all() or not treated.any():
        return np.full(len(treated), -1, dtype=np.int64)
    codes, names = pd.factorize(cycle, sort=True)
    sizes = np.stack([np.bincount(codes[arm], minlength=len(names)) for arm in (treated, ~treated)], axis=1)
    stratum_of = np.zeros(len(names), dtype=np.int64)
    stratum, so_far = 0, np.zeros(2, dtype=np.int64)
    for code in range(len(names)):
        stratum_of[code] = stratum
        so_far = so_far + sizes[code]
        if so_far.min() >= MIN_STRATUM:
            stratum, so_far = stratum + 1, np.zeros(2, dtype=np.int64)
    # what is left over at the end joins the stratum before
    if so_far.any() and stratum > 0:
        stratum_of[stratum_of == stratum] = stratum - 1
    return np.asarray(stratum_of[codes], dtype=np.int64)
