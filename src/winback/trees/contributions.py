"""Exact path-dependent SHAP values of many rows, by features or summed over groups of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.trees.compiled import CompiledTrees
from winback.trees.paths import Bundle, Path, bundles_of, passing, paths_of
from winback.trees.steps import BLOCK, Steps, Term, as_values, clear_bits, fill_columns, lay_out, over_rows
from winback.trees.tables import Tables, make_tables, quadrature, size_of

Floats = NDArray[np.float64]
#: Answers that a place in a table is made of, at most: for leaves together (more would make fewer look-ups, in tables
#: that no near cache holds) and for a leaf alone.
JOINT_BITS, MOST_BITS = 8, 11
#: Places that all tables may have together (float64: 256 MiB); models that need more get smaller tables.
MOST_PLACES = 1 << 25


@dataclass(frozen=True, eq=False)
class Explainer:
    """A model made ready to say what each feature, or group of features, adds to a raw score.

    Parameters
    ----------
    model : CompiledTrees
        The trees.
    groups : int
        Columns of the result.
    steps, tables : Steps, Tables
        What finds a row's place in each table, and the tables.
    deep : _Deep
        Leaves that are in no table.

    Examples
    --------
    >>> import lightgbm
    >>> from winback.trees import compile_trees
    >>> values = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    >>> parameters = {"objective": "regression", "num_leaves": 5, "num_threads": 1, "verbosity": -1}
    >>> booster = lightgbm.train(parameters, lightgbm.Dataset(values, values[:, 0] * values[:, 1] + values[:, 2]), 9)
    >>> model = compile_trees(booster.model_to_string())
    >>> shares = Explainer.of(model).contributions(values)
    >>> np.allclose(shares, booster.predict(values, pred_contrib=True)[:, :-1], rtol=0, atol=1e-12)
    True

    The first two features together, and not the third:

    >>> joint = Explainer.of(model, np.array([0, 0, -1]), 1).contributions(values)
    >>> np.allclose(joint[:, 0], shares[:, 0] + shares[:, 1], rtol=0, atol=1e-12)
    True
    """

    model: CompiledTrees
    groups: int
    steps: Steps
    tables: Tables
    deep: _Deep

    @classmethod
    def of(
        cls, model: CompiledTrees, group_of_feature: NDArray[Any] | None = None, groups: int | None = None
    ) -> Explainer:
        """Make the tables.

        Parameters
        ----------
        model : CompiledTrees
            The trees.
        group_of_feature : int[k], optional
            Group of each feature, from 0; below 0 for features whose contributions nobody asks for. Each feature is a
            group of its own if left out.
        groups : int, optional
            Number of groups; those that occur if left out.

        Raises
        ------
        NoModelError
            If the model does not say how many rows went where.
        """
        group = np.arange(model.width) if group_of_feature is None else np.asarray(group_of_feature)
        if group.shape != (model.width,):
            raise ValueError(f"the model has {model.width} features, the groups have shape {group.shape}")
        of_feature = np.maximum(group, -1).astype(np.int32)
        largest = int(of_feature.max(initial=-1))
        count = largest + 1 if groups is None else groups
        if largest >= count:
            raise ValueError(f"there is a group {largest}, but only {count} groups")
        bundles, deep = _bundles(paths_of(model), of_feature)
        steps = lay_out(model, (bundle.term() for bundle in bundles))
        return cls(model, count, steps, make_tables(bundles, of_feature), _Deep.of(model, deep, of_feature))

    def contributions(self, values: NDArray[Any], threads: int = 0, out: Floats | None = None) -> Floats:
        """What each group adds to the raw score of each row, beyond its mean, float64[n, groups].

        With every feature in some group, a row's contributions and ``model.expected`` add up to its raw score.

        Parameters
        ----------
        values : float32[n, k] or float64[n, k]
            NaN where missing; other types are taken as float64.
        threads : int
            0: all cores. It changes nothing in the result.
        out : float64[n, at least groups], optional
            Its first columns are filled, and it is returned.
        """
        values = as_values(values, self.model.width)
        out = np.empty((len(values), self.groups)) if out is None else out
        tables, deep = self.tables, self.deep
        steps, deep_steps = self.steps.arrays(values.dtype), deep.steps.arrays(values.dtype)
        sums = (tables.offsets, tables.group_offsets, tables.groups, tables.values)
        parts = (deep.offsets, deep.value, deep.share, deep.group, deep.points, deep.weights)

        def work(rows: slice) -> None:
            _contribute(values[rows], self.steps.features, self.groups, out[rows], steps, sums, deep_steps, parts)

        over_rows(len(values), threads, work)
        return out


@dataclass(frozen=True, eq=False)
class _Deep:
    """Leaves of too many distinct features for a table: one term per leaf and feature, and what `tables` says of it."""

    steps: Steps
    offsets: NDArray[np.int64]
    value: Floats
    share: Floats
    group: NDArray[np.int32]
    points: Floats
    weights: Floats

    @classmethod
    def of(cls, model: CompiledTrees, paths: list[Path], group_of_feature: NDArray[np.int32]) -> _Deep:
        features = [feature for path in paths for feature in path.share]
        return cls(
            lay_out(model, (_fulfilled(path, feature) for path in paths for feature in path.share)),
            np.cumsum([0, *(len(path.share) for path in paths)], dtype=np.int64),
            np.array([path.value for path in paths], np.float64),
            np.array([share for path in paths for share in path.share.values()], np.float64),
            group_of_feature[np.array(features, np.int64)],
            *quadrature(max((len(path.share) for path in paths), default=0)),
        )


def _fulfilled(path: Path, feature: int) -> Term:
    """One bit: whether a row fulfils all that a way asks of a feature."""
    ways = zip(path.nodes, path.to_left, path.asked, strict=True)
    return Term(1, [passing(path.tree, node, left, 1) for node, left, asked in ways if asked == feature])


def _bundles(trees: list[list[Path]], group_of_feature: NDArray[np.int32]) -> tuple[list[Bundle], list[Path]]:
    """Bundles as large as the places allow, and the leaves that are in none."""
    for bits in range(MOST_BITS, 0, -1):
        made = [bundles_of(paths, min(bits, JOINT_BITS), bits) for paths in trees]
        bundles = [bundle for some, _ in made for bundle in some]
        if size_of(bundles, group_of_feature) <= MOST_PLACES:
            return bundles, [path for _, some in made for path in some]
    return [], [path for paths in trees for path in paths]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _contribute(
    values: Any, features: Any, groups: int, out: Any, steps: Any, tables: Any, deep_steps: Any, deep: Any
) -> None:
    room = np.empty(features.size * BLOCK, values.dtype)
    all_sums, all_bits = np.empty(groups * BLOCK), np.empty(BLOCK, np.uint32)
    most = deep[4].shape[0]
    scratch = np.empty((2 * most + 1) * BLOCK if deep[1].size else 0)
    for start in range(0, out.shape[0], BLOCK):
        rows = min(BLOCK, out.shape[0] - start)
        columns, bits, sums = room[: features.size * rows], all_bits[:rows], all_sums[: groups * rows]
        fill_columns(values, start, features, columns)
        sums[:] = 0
        _add_tables(columns, bits, sums, steps, tables)
        if deep[1].size:
            _add_deep(columns, bits, sums, scratch, most, deep_steps, deep)
        for group in range(groups):
            for row in range(rows):
                out[start + row, group] = sums[group * rows + row]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add_tables(columns: Any, bits: Any, sums: Any, steps: Any, tables: Any) -> None:
    initial, offsets, column, kind, threshold, left, right, word_offsets, words = steps
    begins, group_offsets, groups, table = tables
    for term in range(initial.size):
        bits[:] = initial[term]
        first, last = offsets[term], offsets[term + 1]
        clear_bits(bits, columns, first, last, column, kind, threshold, left, right, word_offsets, words)
        begin, size = begins[term], np.int64(initial[term]) + 1
        for place in range(group_offsets[term], group_offsets[term + 1]):
            own, total = table[begin : begin + size], sums[groups[place] * bits.size : (groups[place] + 1) * bits.size]
            for row in range(bits.size):
                total[row] += own[bits[row]]
            begin += size


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _add_deep(columns: Any, bits: Any, sums: Any, scratch: Any, most: int, steps: Any, deep: Any) -> None:
    """Integrate leaf by leaf: products from the first feature up, then times those from the last feature down."""
    _, offsets, column, kind, threshold, left, right, word_offsets, words = steps
    leaf_offsets, leaf_value, share, group, points, weights = deep
    rows = bits.size
    for leaf in range(leaf_value.size):
        begin, count = leaf_offsets[leaf], leaf_offsets[leaf + 1] - leaf_offsets[leaf]
        fulfilled = scratch[: count * rows]
        before = scratch[most * rows : (most + count) * rows]
        after = scratch[2 * most * rows : (2 * most + 1) * rows]
        for part in range(count):
            bits[:] = 1
            first, last = offsets[begin + part], offsets[begin + part + 1]
            clear_bits(bits, columns, first, last, column, kind, threshold, left, right, word_offsets, words)
            for row in range(rows):
                fulfilled[part * rows + row] = bits[row]
        for point in range((count + 1) // 2):
            t = points[count, point]
            after[:] = 1
            for part in range(count):
                missing = (1 - t) * share[begin + part]
                for row in range(rows):
                    before[part * rows + row] = after[row]
                    after[row] *= missing + t * fulfilled[part * rows + row]
            after[:] = weights[count, point] * leaf_value[leaf]
            for part in range(count - 1, -1, -1):
                own, missing, target = share[begin + part], (1 - t) * share[begin + part], group[begin + part] * rows
                for row in range(rows):
                    met = fulfilled[part * rows + row]
                    if target >= 0:
                        sums[target + row] += before[part * rows + row] * after[row] * (met - own)
                    after[row] *= missing + t * met
