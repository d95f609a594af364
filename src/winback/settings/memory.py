"""Amounts of memory as people write them."""

from __future__ import annotations

import re

_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}


def bytes_of(said: str) -> int:
    """Return how many bytes an amount such as ``2GB`` or ``512 MiB`` is, with the units that DuckDB knows.

    Parameters
    ----------
    said : str
        A number and a unit; large and small letters do not matter.

    Raises
    ------
    ValueError
        When it is no such amount, or nothing.

    Examples
    --------
    >>> bytes_of("2GB"), bytes_of("1.5 GiB")
    (2000000000, 1610612736)
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt])(i?)b\s*", said.lower())
    amount = int(float(found[1]) * (1024 if found[3] else 1000) ** _POWERS[found[2]]) if found else 0
    if amount <= 0:
        raise ValueError(f"{said!r} is no amount of memory such as 2GB or 512MiB")
    return amount
