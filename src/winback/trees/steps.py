"""What trees ask of a row, a block of rows at a time: the part that scores and contributions share.

A *term* is up to 31 bits per row and the *steps* that clear some of them: one question each, with the bits that are
left where the answer is left and where it is right. For a score the bits are leaves (the exit leaf's is the one that
remains), as in QuickScorer (Lucchese et al., SIGIR 2015); for contributions they are answers, and together the place in
a table. A step runs over a whole block of one feature's column, without branches, so that the processor takes
eight rows at once (as in Lucchese et al., "Exploiting CPU SIMD extensions to speed-up document scoring with tree
ensembles", SIGIR 2016).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.trees.compiled import CATEGORY, NAN_LEFT, NAN_RIGHT, ZERO, ZERO_RIGHT, CompiledTrees, Tree

#: Bits of a term.
BITS = 31
ALL = (1 << 32) - 1
#: Rows that go through all trees together: their columns, and what is added up for them, stay in the nearest caches.
BLOCK = 512
#: Rows that a thread takes at once.
_SHARE = 4096


class Step(NamedTuple):
    """One question of one tree, and what bits stay."""

    tree: Tree
    node: int
    when_left: int = ALL
    when_right: int = ALL


class Term(NamedTuple):
    """The bits to begin with, and what clears them."""

    bits: int
    steps: list[Step]


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of many terms, one after another.

    Parameters
    ----------
    features : int32[used]
        The features that are asked; a block has one column for each.
    initial : uint32[terms]
        Bits to begin with.
    offsets : int64[terms + 1]
        Where each term's steps begin.
    column, kind : int32[steps], int8[steps]
        Whose column, and how.
    threshold : float64[steps]
        Values up to it go left.
    when_left, when_right : uint32[steps]
        Bits that stay.
    word_offsets, words : int64[steps + 1], uint32[...]
        The codes that go left, for categorical steps.
    """

    features: NDArray[np.int32]
    initial: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    column: NDArray[np.int32]
    kind: NDArray[np.int8]
    threshold: NDArray[np.float64]
    when_left: NDArray[np.uint32]
    when_right: NDArray[np.uint32]
    word_offsets: NDArray[np.int64]
    words: NDArray[np.uint32]

    def arrays(self, dtype: Any) -> tuple[NDArray[Any], ...]:
        """What the kernels take, with thresholds to compare values of that type with."""
        threshold = _rounded_down(self.threshold) if dtype == np.float32 else self.threshold
        masks = (self.when_left, self.when_right)
        return (self.initial, self.offsets, self.column, self.kind, threshold, *masks, self.word_offsets, self.words)


def lay_out(model: CompiledTrees, terms: Iterable[Term]) -> Steps:
    """Put the steps of terms one after another."""
    ordered = list(terms)
    flat = [step for term in ordered for step in term.steps]
    features = model.features
    words = [step.tree.categories[step.node] for step in flat]
    return Steps(
        features,
        np.array([term.bits for term in ordered], np.uint32),
        np.cumsum([0, *(len(term.steps) for term in ordered)], dtype=np.int64),
        np.searchsorted(features, [step.tree.feature[step.node] for step in flat]).astype(np.int32),
        np.array([step.tree.kind[step.node] for step in flat], np.int8),
        np.array([step.tree.threshold[step.node] for step in flat], np.float64),
        np.array([step.when_left & ALL for step in flat], np.uint32),
        np.array([step.when_right & ALL for step in flat], np.uint32),
        np.cumsum([0, *(len(part) for part in words)], dtype=np.int64),
        np.concatenate([np.empty(0, np.uint32), *words]),
    )


def _rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest float32 up to each threshold: no float32 lies between the two, so both split them alike."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near)


def as_values(values: NDArray[Any], width: int) -> NDArray[Any]:
    """Rows as the kernels take them: float32 or float64, row after row.

    Raises
    ------
    ValueError
        If the number of columns is not the model's.
    """
    if values.ndim != 2 or values.shape[1] != width:
        raise ValueError(f"the model has {width} features, the values have shape {values.shape}")
    dtype = values.dtype if values.dtype in (np.float32, np.float64) else np.float64
    return np.ascontiguousarray(values, dtype)


def over_rows(rows: int, threads: int, work: Callable[[slice], None]) -> None:
    """Call ``work`` for all shares of the rows, on so many threads (0: all cores)."""
    shares = [slice(start, min(start + _SHARE, rows)) for start in range(0, rows, _SHARE)]
    if len(shares) < 2 or threads == 1:
        for share in shares:
            work(share)
        return
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(work, shares))


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def fill_columns(values: Any, start: int, features: Any, columns: Any) -> None:
    """Copy a block of rows, from ``start`` on, into ``columns``, one used feature after another; near zeros are 0."""
    rows = columns.size // max(features.size, 1)
    for place in range(features.size):
        feature = features[place]
        column = columns[place * rows : (place + 1) * rows]
        for row in range(rows):
            value = values[start + row, feature]
            column[row] = 0 if abs(value) <= ZERO else value


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def clear_bits(
    bits: Any, columns: Any, first: int, last: int, column_of: Any, kind_of: Any, threshold_of: Any,
    when_left: Any, when_right: Any, word_offsets: Any, words: Any,
) -> None:  # fmt: skip
    """Take the steps from ``first`` to before ``last``: each clears ``bits`` (uint32, one per row of the block)."""
    for step in range(first, last):
        place, kind, threshold = column_of[step] * bits.size, kind_of[step], threshold_of[step]
        column = columns[place : place + bits.size]
        left, right = when_left[step], when_right[step]
        if kind == CATEGORY:
            own = words[word_offsets[step] : word_offsets[step + 1]]
            for row in range(bits.size):
                bits[row] &= left if _in_set(column[row], own) else right
        else:
            _compare(bits, column, kind, threshold, left, right)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _compare(bits: Any, column: Any, kind: int, threshold: float, left: int, right: int) -> None:
    """One numeric step; a comparison with NaN is false, which is why half of them ask what goes right."""
    if kind == NAN_RIGHT:
        for row in range(bits.size):
            bits[row] &= left if column[row] <= threshold else right
    elif kind == NAN_LEFT:
        for row in range(bits.size):
            bits[row] &= right if column[row] > threshold else left
    elif kind == ZERO_RIGHT:
        for row in range(bits.size):
            bits[row] &= left if column[row] <= threshold and column[row] != 0 else right
    else:
        for row in range(bits.size):
            bits[row] &= right if column[row] > threshold and column[row] != 0 else left


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _in_set(value: float, words: Any) -> bool:
    """Whether a code is in a set of bits; a code is cut to a whole number, and what is none is in no set."""
    if not (value > -1 and value < 32 * words.size):
        return False
    code = int(value)
    return bool((words[code >> 5] >> np.uint32(code & 31)) & np.uint32(1))
