"""Raw scores of many rows: the sum of one leaf per tree, bit for bit as LightGBM's own predict gives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.trees.compiled import CompiledTrees, Tree
from winback.trees.steps import BITS, BLOCK, Step, Steps, Term, as_values, clear_bits, fill_columns, lay_out, over_rows

Floats = NDArray[np.float64]
#: A word of 32 bits in which all runs of 5 are different (de Bruijn): times a power of two, its top 5 bits tell which.
_DE_BRUIJN = np.uint32(0x077CB531)
_PLACES = [(int(_DE_BRUIJN) << bit & 0xFFFFFFFF) >> 27 for bit in range(BITS + 1)]


@dataclass(frozen=True, eq=False)
class Scorer:
    """A model made ready to score.

    Parameters
    ----------
    model : CompiledTrees
        The trees.
    steps : Steps
        What leaves one bit per row and piece of a tree, or none.
    leaves : float64[pieces, 32]
        What a piece adds for that bit, in the order of `_DE_BRUIJN`'s runs; 0 in the first place, for none.

    Examples
    --------
    >>> import lightgbm
    >>> from winback.trees import compile_trees
    >>> values = np.arange(60, dtype=np.float32)[:, None]
    >>> parameters = {"objective": "regression", "num_leaves": 3, "num_threads": 1, "verbosity": -1}
    >>> booster = lightgbm.train(parameters, lightgbm.Dataset(values, np.sqrt(values[:, 0])), 9)
    >>> scorer = Scorer.of(compile_trees(booster.model_to_string()))
    >>> np.array_equal(scorer.scores(values), booster.predict(values, raw_score=True))
    True
    """

    model: CompiledTrees
    steps: Steps
    leaves: Floats

    @classmethod
    def of(cls, model: CompiledTrees) -> Scorer:
        """Make the terms: pieces of at most 31 leaves of each tree."""
        pieces = [piece for tree in model.trees for piece in _pieces(tree)]
        leaves = np.zeros((len(pieces), BITS + 1))
        for place, (tree, first, last) in enumerate(pieces):
            leaves[place, _PLACES[1 : last - first + 1]] = tree.leaf_value[first:last]
        return cls(model, lay_out(model, (_term(*piece) for piece in pieces)), leaves)

    def scores(self, values: NDArray[Any], threads: int = 0, out: Floats | None = None) -> Floats:
        """Raw scores of rows.

        Parameters
        ----------
        values : float32[n, k] or float64[n, k]
            NaN where missing; other types are taken as float64.
        threads : int
            0: all cores. It changes nothing in the result.
        out : float64[n], optional
            Filled and returned.
        """
        values = as_values(values, self.model.width)
        out = np.empty(len(values)) if out is None else out
        steps = self.steps.arrays(values.dtype)

        def work(rows: slice) -> None:
            _score(values[rows], self.steps.features, self.leaves, out[rows], *steps)

        over_rows(len(values), threads, work)
        return out


def _pieces(tree: Tree) -> Iterator[tuple[Tree, int, int]]:
    """Ranges of leaves that the bits of one term can tell apart."""
    count = len(tree.leaf_value)
    for first in range(0, count, BITS):
        yield tree, first, min(first + BITS, count)


def _term(tree: Tree, first: int, last: int) -> Term:
    """Questions on the way to the leaves ``[first, last)``, whose bits begin at 1.

    Bit 0 is never set: where no leaf of the piece is reached no bit remains, and place 0 of the values holds 0.
    """

    def without(begin: int, end: int) -> int:
        low, high = max(begin, first) - first + 1, min(end, last) - first + 1
        return ~((1 << high) - (1 << low)) if low < high else ~0

    bounds = zip(tree.begin.tolist(), tree.middle.tolist(), tree.end.tolist(), strict=True)
    steps = [
        Step(tree, node, without(middle, end), without(begin, middle))
        for node, (begin, middle, end) in enumerate(bounds)
        if begin < last and first < end
    ]
    return Term((1 << last - first + 1) - 2, steps)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _score(
    values: Any, features: Any, leaves: Any, out: Any,
    initial: Any, offsets: Any, column: Any, kind: Any, threshold: Any, left: Any, right: Any, word_offsets: Any,
    words: Any,
) -> None:  # fmt: skip
    room = np.empty(features.size * BLOCK, values.dtype)
    all_bits = np.empty(BLOCK, np.uint32)
    for start in range(0, out.size, BLOCK):
        rows = min(BLOCK, out.size - start)
        columns, bits, total = room[: features.size * rows], all_bits[:rows], out[start : start + rows]
        fill_columns(values, start, features, columns)
        total[:] = 0
        for term in range(leaves.shape[0]):
            bits[:] = initial[term]
            first, last = offsets[term], offsets[term + 1]
            clear_bits(bits, columns, first, last, column, kind, threshold, left, right, word_offsets, words)
            own = leaves[term]
            for row in range(rows):
                total[row] += own[np.uint32(bits[row] * _DE_BRUIJN) >> np.uint32(27)]
