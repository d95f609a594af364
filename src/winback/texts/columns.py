"""Texts for many rows: what looks the same when written is written once.

A list has a million rows, and most of its sentences differ only in numbers. A message is therefore written piece by
piece ("expected to earn ", the money, " after costs of ", …): of each piece there are far fewer different ones than of
the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from winback.texts.catalogue import Piece

Array = NDArray[Any]
Codes = NDArray[np.int64]

QUARTER_OF_AN_HOUR_US = 900_000_000


def _steps(values: Array, large_from: float, large: float, small: float) -> Array:
    return np.where(np.abs(values) >= large_from, np.rint(values / large) * large, np.rint(values / small) * small)


#: About how coarsely each function writes. Values of one step are written in the same way if the smallest and the
#: largest of them are, so that a wrong step here costs time but changes nothing.
STEPS: Mapping[str, Callable[[Array], Array]] = {
    "NUM": lambda values: _steps(values, 10, 1, 0.1),
    "MONEY": lambda values: _steps(values, 100, 1, 0.01),
    "PERCENT": lambda values: _steps(values, 0.01, 0.01, 0.001),
    "POINTS": lambda values: _steps(values, 0.1, 0.01, 0.001),
    "DATE": lambda values: values // QUARTER_OF_AN_HOUR_US,
}


class Likeness:
    """Tells which values look the same when written.

    Parameters
    ----------
    ways : mapping of str to callable
        From a function to what of a value it shows. Each shows larger values as no smaller ones, apart from how zero is
        shown.

    Examples
    --------
    >>> Likeness({"NUM": round})(np.array([1.2, 0.9, 7.0]), frozenset({"NUM"})).tolist()
    [0, 0, 1]
    """

    def __init__(self, ways: Mapping[str, Callable[[Any], Any]]) -> None:
        self.ways = ways

    def __call__(self, values: Array, functions: frozenset[str]) -> Codes:
        """Return the same number, from 0, for values that all of these functions write in the same way."""
        if values.dtype.kind not in "iuf" or not functions <= self.ways.keys():
            return pd.factorize(values, use_na_sentinel=False)[0].astype(np.int64)
        found, inverse = np.unique(values, return_inverse=True)
        first, last = _spans(found, functions)
        codes: dict[Any, int] = {}

        def code(value: Any) -> int:
            return codes.setdefault(self._shown(value, functions), len(codes))

        of_first, of_last = ([code(value) for value in found[places].tolist()] for places in (first, last))
        alike = np.repeat(np.array(of_first, np.int64), last - first + 1)
        for span in np.flatnonzero(np.not_equal(of_first, of_last)):
            inside = slice(first[span], last[span] + 1)
            alike[inside] = [code(value) for value in found[inside].tolist()]
        return np.asarray(alike[inverse])

    def _shown(self, value: Any, functions: frozenset[str]) -> tuple[Any, ...]:
        """What of a value functions show; the value itself where it cannot be shown: writing it says why."""
        try:
            return tuple(self.ways[function](value) for function in sorted(functions))
        except (ValueError, TypeError, OverflowError):
            return (value,)


def _spans(found: Array, functions: frozenset[str]) -> tuple[Codes, Codes]:
    """First and last place of every run of sorted values that stand on the same steps, and on one side of zero."""
    begins = np.ones(found.size, np.bool_)
    with np.errstate(invalid="ignore"):
        keys = [np.sign(found), *(STEPS[function](found) for function in functions)]
    begins[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    first = np.flatnonzero(begins)
    return first, np.append(first[1:], found.size) - 1 if first.size else first


def write_part(
    piece: Piece,
    arguments: Mapping[str, Array],
    alike: Callable[[Array, frozenset[str]], Codes],
    write: Callable[[str, Mapping[str, Any]], str],
) -> str | pa.StringArray:
    """Write a piece of a message for every row; one text where it needs no arguments.

    Parameters
    ----------
    piece : Piece
        What to write.
    arguments : mapping of str to array
        One element per row.
    alike : callable
        Such as `Likeness`.
    write : callable
        Writes the message of the piece with one value per argument.
    """
    if not piece.uses:
        return write(piece.message, {})
    codes: Codes | None = None
    for name, functions in sorted(piece.uses.items()):
        own = alike(np.asarray(arguments[name]), functions)
        codes = own if codes is None else np.unique(codes * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
    _, rows, inverse = np.unique(np.asarray(codes), return_index=True, return_inverse=True)
    given = {name: np.asarray(arguments[name])[rows].tolist() for name in piece.uses}
    texts = [write(piece.message, {name: given[name][place] for name in given}) for place in range(rows.size)]
    return pa.array(texts, pa.string()).take(pa.array(inverse))
