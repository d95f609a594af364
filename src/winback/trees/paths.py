"""What contributions need of every leaf, and which leaves are looked up together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from winback.errors import NoModelError
from winback.trees.compiled import CompiledTrees, Tree
from winback.trees.steps import Step, Term


@dataclass(frozen=True, eq=False)
class Path:
    """The way from the root to a leaf.

    Parameters
    ----------
    tree : Tree
        Whose.
    value : float
        Score of the leaf.
    nodes : tuple of int
        From the root.
    to_left : tuple of bool
        Where the way goes at each.
    share : dict of int to float
        For each distinct feature on the way, the share of training rows that its nodes let through.
    """

    tree: Tree
    value: float
    nodes: tuple[int, ...]
    to_left: tuple[bool, ...]
    share: dict[int, float]

    @property
    def asked(self) -> list[int]:
        """Feature of each node."""
        return [int(self.tree.feature[node]) for node in self.nodes]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Leaves whose contributions stand in one table, and what its bits are.

    Parameters
    ----------
    paths : list of Path
        Neighbouring leaves of a tree.
    nodes : list of int
        All nodes on their ways: bit i says that a row goes left at node i. A leaf alone has a bit for each of its
        distinct features instead, which says that the row fulfils all that is asked of it.
    """

    paths: list[Path]
    nodes: list[int]

    @property
    def bits(self) -> int:
        """Bits of the table's places."""
        return len(self.paths[0].share) if len(self.paths) == 1 else len(self.nodes)

    @property
    def features(self) -> list[int]:
        """Distinct features of all the leaves, ascending."""
        return sorted({feature for path in self.paths for feature in path.share})

    def term(self) -> Term:
        """The steps that find a row's place in the table."""
        tree = self.paths[0].tree
        if len(self.paths) > 1:
            steps = [Step(tree, node, when_right=~(1 << bit)) for bit, node in enumerate(self.nodes)]
        else:
            path = self.paths[0]
            bit_of = {feature: bit for bit, feature in enumerate(path.share)}
            steps = [
                passing(tree, node, left, 1 << bit_of[feature])
                for node, left, feature in zip(path.nodes, path.to_left, path.asked, strict=True)
            ]
        return Term((1 << self.bits) - 1, steps)

    def needed(self, path: Path) -> Iterator[tuple[int, int]]:
        """For each distinct feature of a leaf: which bits must be 1, and which 0, for a row to fulfil it."""
        if len(self.paths) == 1:
            yield from ((1 << bit, 0) for bit in range(self.bits))
            return
        bit_of = {node: 1 << bit for bit, node in enumerate(self.nodes)}
        steps = list(zip(path.nodes, path.to_left, path.asked, strict=True))
        for feature in path.share:
            own = [(bit_of[node], left) for node, left, asked in steps if asked == feature]
            yield sum(bit for bit, left in own if left), sum(bit for bit, left in own if not left)


def passing(tree: Tree, node: int, left: bool, bit: int) -> Step:
    """Clear a bit where a row does not go this way."""
    return Step(tree, node, when_right=~bit) if left else Step(tree, node, when_left=~bit)


def paths_of(model: CompiledTrees) -> list[list[Path]]:
    """The ways to all leaves of all trees that ask anything.

    Raises
    ------
    NoModelError
        If the model does not say how many rows went where.
    """
    return [_paths(tree) for tree in model.trees if len(tree.feature)]


def _paths(tree: Tree) -> list[Path]:
    if not (tree.rows > 0).all():
        raise NoModelError(
            "the model's trees do not say how many rows they were trained on", next_step="train the model again"
        )
    ways = np.array([tree.rows_left_and_right(node) for node in range(len(tree.feature))]) / tree.rows[:, None]
    return [_path(tree, leaf, ways) for leaf in range(len(tree.leaf_value))]


def _path(tree: Tree, leaf: int, ways: np.ndarray) -> Path:
    nodes = np.flatnonzero((tree.begin <= leaf) & (leaf < tree.end))
    left = leaf < tree.middle[nodes]
    share: dict[int, float] = {}
    for feature, part in zip(tree.feature[nodes].tolist(), ways[nodes, 1 - left].tolist(), strict=True):
        share[feature] = share.get(feature, 1.0) * part
    return Path(tree, float(tree.leaf_value[leaf]), tuple(nodes.tolist()), tuple(left.tolist()), share)


def bundles_of(paths: list[Path], joint_bits: int, bits: int) -> tuple[list[Bundle], list[Path]]:
    """Put neighbouring leaves together while their nodes fit into ``joint_bits``.

    Returns
    -------
    list of Bundle
        Leaves in tables.
    list of Path
        Leaves of more distinct features than bits.
    """
    bundles: list[Bundle] = []
    deep: list[Path] = []
    for path in paths:
        joint = sorted({*bundles[-1].nodes, *path.nodes}) if bundles else []
        if bundles and len(joint) <= joint_bits:
            bundles[-1] = Bundle([*bundles[-1].paths, path], joint)
        elif len(path.share) <= bits:
            bundles.append(Bundle([path], list(path.nodes)))
        else:
            deep.append(path)
    return bundles, deep
