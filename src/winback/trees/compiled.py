"""A LightGBM model as arrays.

The nodes of a tree stand in preorder and its leaves from left to right, so that the leaves below a node are a range and
children need no pointers: of a node at place i with leaves ``[begin, end)``, of which ``[begin, middle)`` lie to the
left, the left child stands at i + 1 (or is leaf ``begin``) and the right one at i + middle - begin (or is leaf
``middle``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

# What a node asks of its feature: NaN goes right, NaN goes left, zero and NaN go right, zero and NaN go left, a set.
NAN_RIGHT, NAN_LEFT, ZERO_RIGHT, ZERO_LEFT, CATEGORY = range(5)
#: Values this near to 0 are 0 (LightGBM's kZeroThreshold, a float32).
ZERO = float(np.float32(1e-35))
# LightGBM's bits of ``decision_type``, and its missing types.
_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_MISSING_NONE, _MISSING_ZERO = 0, 1


@dataclass(frozen=True, eq=False)
class Tree:
    """One tree; see the module for the order of nodes and leaves.

    Parameters
    ----------
    feature : int32[nodes]
        What a node asks.
    kind : int8[nodes]
        How it asks: `NAN_RIGHT` to `CATEGORY`.
    threshold : float64[nodes]
        Values up to it go left.
    categories : tuple of uint32[words]
        For each node, the codes that go left, as bits; empty where it is numeric.
    begin, middle, end : int32[nodes]
        Leaves below the node: left ``[begin, middle)``, right ``[middle, end)``.
    rows : float64[nodes]
        Rows of the training that reached the node.
    leaf_value, leaf_rows : float64[leaves]
        The score that a leaf adds, and its rows of the training.
    """

    feature: Ints
    kind: NDArray[np.int8]
    threshold: Floats
    categories: tuple[NDArray[np.uint32], ...]
    begin: Ints
    middle: Ints
    end: Ints
    rows: Floats
    leaf_value: Floats
    leaf_rows: Floats

    @property
    def expected(self) -> float:
        """Mean score of the training rows."""
        if len(self.feature) == 0:
            return float(self.leaf_value[0])
        return float((self.leaf_rows / self.rows[0] * self.leaf_value).sum())

    def rows_left_and_right(self, node: int) -> tuple[float, float]:
        """Rows of the training that went each way."""
        size = self.middle[node] - self.begin[node]
        left = self.rows[node + 1] if size > 1 else self.leaf_rows[self.begin[node]]
        right_is_node = self.end[node] - self.middle[node] > 1
        right = self.rows[node + size] if right_is_node else self.leaf_rows[self.middle[node]]
        return float(left), float(right)


@dataclass(frozen=True, eq=False)
class CompiledTrees:
    """Trees whose leaves are summed, as read from LightGBM's text.

    Parameters
    ----------
    width : int
        Number of features.
    trees : tuple of Tree
        In the order of the summation.
    """

    width: int
    trees: tuple[Tree, ...]

    @cached_property
    def expected(self) -> float:
        """Mean raw score of the training rows, as LightGBM's `pred_contrib` gives it in its last column."""
        return float(sum(tree.expected for tree in self.trees))

    @cached_property
    def features(self) -> Ints:
        """Features that any node asks, ascending."""
        asked = [tree.feature for tree in self.trees]
        return np.unique(np.concatenate(asked)).astype(np.int32) if asked else np.empty(0, np.int32)


def compile_trees(text: str) -> CompiledTrees:
    """Read a model.

    Parameters
    ----------
    text : str
        What `lightgbm.Booster.model_to_string` writes.

    Returns
    -------
    CompiledTrees
        Numeric and categorical splits, every way of treating missing values, trees of one leaf.

    Raises
    ------
    NoModelError
        If the text is no such model, or its score is not one sum of leaves (linear trees, several classes, averaged
        forests).

    Examples
    --------
    >>> import lightgbm
    >>> values = np.arange(60, dtype=np.float32)[:, None]
    >>> parameters = {"objective": "regression", "num_leaves": 3, "num_threads": 1, "verbosity": -1}
    >>> booster = lightgbm.train(parameters, lightgbm.Dataset(values, np.sqrt(values[:, 0])), 2)
    >>> compiled = compile_trees(booster.model_to_string())
    >>> compiled.width, len(compiled.trees), len(compiled.trees[0].leaf_value)
    (1, 2, 2)
    """
    if not text.startswith("tree\n") or "end of trees" not in text:
        raise NoModelError("the text is no LightGBM model", next_step="train again")
    head, *parts = text[: text.index("end of trees")].split("\nTree=")
    lines = head.split("\n")
    about = _fields(lines)
    if "average_output" in lines:
        _refuse("averages its trees (boosting: rf)")
    if int(about.get("num_tree_per_iteration", "1")) != 1:
        _refuse("has several classes")
    return CompiledTrees(int(about["max_feature_idx"]) + 1, tuple(_tree(_fields(part.split("\n"))) for part in parts))


def _refuse(what: str) -> NoReturn:
    raise NoModelError(
        f"the model {what}", expected="a sum of plain trees with one score", next_step="train a model without it"
    )


def _fields(lines: list[str]) -> dict[str, str]:
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _tree(fields: dict[str, str]) -> Tree:
    if fields.get("is_linear", "0") != "0":
        _refuse("has linear trees")
    if int(fields["num_leaves"]) == 1:
        return _single_leaf(_numbers(fields, "leaf_value", np.float64)[:1])
    left, right = _numbers(fields, "left_child", np.int32), _numbers(fields, "right_child", np.int32)
    nodes, leaves, begin, middle, end = _ordered(left.tolist(), right.tolist())
    threshold = _numbers(fields, "threshold", np.float64)[nodes]
    kind = _kinds(_numbers(fields, "decision_type", np.int32)[nodes], threshold)
    return Tree(
        _numbers(fields, "split_feature", np.int32)[nodes],
        kind,
        threshold,
        tuple(_categories(fields, kind, threshold)),
        begin,
        middle,
        end,
        _numbers(fields, "internal_count", np.float64)[nodes],
        _numbers(fields, "leaf_value", np.float64)[leaves],
        _numbers(fields, "leaf_count", np.float64)[leaves],
    )


def _single_leaf(value: Floats) -> Tree:
    none, nothing = np.empty(0, np.int32), np.empty(0)
    return Tree(none, none.astype(np.int8), nothing, (), none, none, none, nothing, value, np.ones(1))


def _numbers(fields: dict[str, str], key: str, dtype: Any) -> NDArray[Any]:
    return np.array(fields[key].split(), dtype=dtype)


def _ordered(left: list[int], right: list[int]) -> tuple[list[int], list[int], Ints, Ints, Ints]:
    """Order nodes and leaves as the module says, without recursion: a tree may be a chain of thousands of nodes.

    LightGBM writes a leaf as the complement of its number.
    """
    nodes: list[int] = []
    leaves: list[int] = []
    place = [0] * len(left)
    begin, middle, end = (np.empty(len(left), np.int32) for _ in range(3))
    todo = [(0, 0)]  # a child, and what to do: 0 enter, 1 its left side is done, 2 both are
    while todo:
        child, step = todo.pop()
        if child < 0:
            leaves.append(~child)
        elif step == 0:
            place[child] = len(nodes)
            begin[len(nodes)] = len(leaves)
            nodes.append(child)
            todo += [(child, 1), (left[child], 0)]
        elif step == 1:
            middle[place[child]] = len(leaves)
            todo += [(child, 2), (right[child], 0)]
        else:
            end[place[child]] = len(leaves)
    return nodes, leaves, begin, middle, end


def _kinds(decision: Ints, threshold: Floats) -> NDArray[np.int8]:
    """How each node asks; where missing values have no side of their own, NaN counts as 0 and goes where 0 goes."""
    missing = decision >> _MISSING_SHIFT & 3
    left = (decision & _DEFAULT_LEFT) > 0
    left = np.where(missing == _MISSING_NONE, threshold >= 0, left)
    numeric = np.where(missing == _MISSING_ZERO, ZERO_RIGHT, NAN_RIGHT) + left
    return np.where(decision & _CATEGORICAL, CATEGORY, numeric).astype(np.int8)


def _categories(fields: dict[str, str], kind: NDArray[np.int8], threshold: Floats) -> Iterator[NDArray[np.uint32]]:
    """Bits of the codes that go left; the threshold of a categorical node is the number of its set."""
    if not (kind == CATEGORY).any():
        yield from (np.empty(0, np.uint32),) * len(kind)
        return
    bounds, words = _numbers(fields, "cat_boundaries", np.int64), _numbers(fields, "cat_threshold", np.uint32)
    for one, number in zip(kind, threshold, strict=True):
        at = int(number) if one == CATEGORY else -1
        yield words[bounds[at] : bounds[at + 1]] if at >= 0 else np.empty(0, np.uint32)
