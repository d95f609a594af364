"""Where to divide the customers so that the facts of a part, and what is made of them, fit into memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

#: Memory that facts and what is made of them may take where nothing else is said.
MEMORY_BYTES = 2 * 2**30
#: What is made of facts takes so many times their own memory: streams, sorted copies, rows of features.
WORK = 16


def cuts(
    bytes_before: Callable[[NDArray[np.int64]], NDArray[np.float64]], customers: int, memory_bytes: int, at_once: int
) -> list[int]:
    """Return the customers at which parts begin, and the number of customers as the end of the last.

    Parameters
    ----------
    bytes_before : callable
        From ascending codes to how much memory the facts of the customers before each take.
    customers : int
        How many customers there are.
    memory_bytes : int
        Memory that the facts of a part, and what is made of them, may take.
    at_once : int
        How many parts share it.

    Returns
    -------
    list of int
        Ascending, from 0 on; parts are nearly equal in facts, and none is empty.

    Examples
    --------
    >>> cuts(lambda code: 1_000.0 * code, 8, 128_000, 1)
    [0, 8]
    >>> cuts(lambda code: 1_000.0 * code, 8, 64_000, 2)
    [0, 2, 4, 6, 8]
    """
    total = float(bytes_before(np.array([0, customers]))[-1])
    count = int(np.ceil(total * WORK * at_once / memory_bytes))
    if count < 2 or customers < 2:
        return [0, customers]
    code = np.arange(customers + 1)
    found = np.searchsorted(bytes_before(code), np.arange(1, count) * (total / count))
    return [0, *np.unique(found[(found > 0) & (found < customers)]).tolist(), customers]
