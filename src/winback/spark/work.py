"""What travels between a cluster's driver and its workers: with all that it holds, functions made inside others too."""

from __future__ import annotations

import pickle
from functools import lru_cache
from typing import Any


def pack(work: Any) -> bytes:
    """Return work or its result, and all that it holds, as bytes."""
    from pyspark import cloudpickle

    return bytes(cloudpickle.dumps(work))


@lru_cache(maxsize=3)
def unpack(work: bytes) -> Any:
    """Return what `pack` was given.

    Once per worker, not once per task or part: models that are compiled when they are first used stay compiled. What
    judges parts is kept beside the questions that are asked after it.
    """
    return pickle.loads(work)
