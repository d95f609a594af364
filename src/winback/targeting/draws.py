"""Chance that is the same on every rerun: keyed hashes instead of a random generator's state."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_UNIT = 2.0**-64


def keyed_draws(customer_id: NDArray[np.object_], cycle: str, seed: int) -> NDArray[np.uint64]:
    """Draw two independent numbers per customer from a keyed hash of (customer, cycle, seed).

    A customer's draws depend on nothing else: not on the order of rows, nor on who else is there, nor on the run.

    Parameters
    ----------
    customer_id : ndarray of str, shape (n,)
        Customers.
    cycle : str
        Name of the cycle.
    seed : int
        ``run.seed``.

    Returns
    -------
    ndarray of uint64, shape (n, 2)
        Uniform over all 64-bit numbers; the first draws holdouts, the second exploration.

    Examples
    --------
    >>> once = keyed_draws(np.array(["a", "b"], dtype=object), "2024-05-06", 7)
    >>> again = keyed_draws(np.array(["b"], dtype=object), "2024-05-06", 7)
    >>> bool((once[1] == again[0]).all())
    True
    """
    key = hashlib.blake2b(f"{seed}\x1f{cycle}".encode(), digest_size=32).digest()
    base = hashlib.blake2b(key=key, digest_size=16)
    digests = bytearray()
    for customer in customer_id:
        one = base.copy()
        one.update(customer.encode())
        digests += one.digest()
    return np.frombuffer(bytes(digests), dtype="<u8").reshape(-1, 2).astype(np.uint64)


def below(draws: NDArray[np.uint64], share: float) -> NDArray[np.bool_]:
    """Tell which draws fall into a share of all.

    A larger share keeps whom a smaller one had drawn.

    Examples
    --------
    >>> below(np.array([0, 2**63], dtype=np.uint64), 0.5)
    array([ True, False])
    """
    return draws.astype(np.float64) * _UNIT < share


def keys_of(draws: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return one key per customer, in the order of the first draws; of a million customers no two share one.

    Examples
    --------
    >>> keys_of(np.array([[0, 5], [2**63, 1]], dtype=np.uint64)).tolist()
    [-9223372036854775808, 0]
    """
    return (draws[:, 0] ^ np.uint64(2**63)).view(np.int64)
