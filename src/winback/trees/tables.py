"""Tables of Shapley terms: what every feature gets from some leaves, for every pattern of answers.

For a leaf of value v with the distinct features F on its way, o_j = 1 where a row fulfils all that is asked of feature
j (else 0) and z_j the share of the training rows that do, feature i gets (Lundberg et al., "Consistent individualized
feature attribution for tree ensembles", 2018; path-dependent)

    v (o_i - z_i) Σ_{S ⊆ F∖i} |S|! (|F| - |S| - 1)! / |F|! · Π_{j∈S} o_j Π_{j∉S, j≠i} z_j
      = v (o_i - z_i) ∫₀¹ Π_{j≠i} (t o_j + (1 - t) z_j) dt,

a polynomial in t of degree |F| - 1, which Gauss-Legendre quadrature at ⌈|F| / 2⌉ points integrates exactly. Only o
depends on the row, so that it can be summed for all 2^|F| patterns beforehand (Yang, "Fast TreeSHAP", 2021).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from winback.trees.paths import Bundle

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tables:
    """Tables of many bundles, one after another; in each, one column of 2^bits places for every group of features.

    Parameters
    ----------
    offsets : int64[bundles]
        Where each begins in ``values``.
    group_offsets : int64[bundles + 1]
        Where the groups of each begin in ``groups``.
    groups : int32[...]
        Which group each column is of.
    values : float64[...]
        What is added.
    """

    offsets: NDArray[np.int64]
    group_offsets: NDArray[np.int64]
    groups: NDArray[np.int32]
    values: Floats


def size_of(bundles: list[Bundle], group_of_feature: NDArray[np.int32]) -> int:
    """Places that the tables need."""
    return sum(len(_groups(bundle, group_of_feature)) << bundle.bits for bundle in bundles)


def _groups(bundle: Bundle, group_of_feature: NDArray[np.int32]) -> list[int]:
    """Groups that a bundle adds to, ascending; below 0 are features that nobody asks for."""
    return sorted({int(group_of_feature[feature]) for feature in bundle.features} - {-1})


def make_tables(bundles: list[Bundle], group_of_feature: NDArray[np.int32]) -> Tables:
    """Sum the terms of every bundle for every pattern."""
    groups = [_groups(bundle, group_of_feature) for bundle in bundles]
    bits = np.array([bundle.bits for bundle in bundles], np.int64)
    counts = np.array([len(own) for own in groups], np.int64)
    offsets = np.cumsum([0, *(counts << bits)], dtype=np.int64)
    leaves, parts, columns = [], [], []
    for bundle, own in zip(bundles, groups, strict=True):
        place = {group: column for column, group in enumerate(own)}
        for path in bundle.paths:
            leaves.append((path.value, len(path.share)))
            parts += [(share, *need) for share, need in zip(path.share.values(), bundle.needed(path), strict=True)]
            columns += [place.get(int(group_of_feature[feature]), -1) for feature in path.share]
    table = np.zeros(offsets[-1])
    part = np.array(parts, np.float64).reshape(-1, 3)
    _fill(
        bits,
        offsets,
        np.cumsum([0, *(len(bundle.paths) for bundle in bundles)], dtype=np.int64),
        np.array([value for value, _ in leaves], np.float64),
        np.cumsum([0, *(count for _, count in leaves)], dtype=np.int64),
        np.ascontiguousarray(part[:, 0]),
        part[:, 1].astype(np.int64),
        part[:, 2].astype(np.int64),
        np.array(columns, np.int64),
        *quadrature(max((count for _, count in leaves), default=1)),
        table,
    )
    flat = np.array([group for own in groups for group in own], np.int32)
    return Tables(offsets[:-1], np.cumsum([0, *counts], dtype=np.int64), flat, table)


def quadrature(most: int) -> tuple[Floats, Floats]:
    """Points and weights on [0, 1], float64[most + 1, points]: row d is exact for d features, padded with weight 0."""
    points = np.zeros((most + 1, (most + 1) // 2))
    weights = np.zeros_like(points)
    for count in range(1, most + 1):
        point, weight = np.polynomial.legendre.leggauss((count + 1) // 2)
        points[count, : len(point)], weights[count, : len(point)] = (point + 1) / 2, weight / 2
    return points, weights


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fill(
    bits: Any, offsets: Any, leaf_offsets: Any, leaf_value: Any, part_offsets: Any, share: Any, ones: Any, zeros: Any,
    column: Any, points: Any, weights: Any, table: Any,
) -> None:  # fmt: skip
    most = points.shape[0] - 1
    terms, product = np.empty((most, 1 << most)), np.empty(1 << most)
    for bundle in range(bits.size):
        patterns = 1 << bits[bundle]
        own = table[offsets[bundle] : offsets[bundle + 1]]
        for leaf in range(leaf_offsets[bundle], leaf_offsets[bundle + 1]):
            first, last = part_offsets[leaf], part_offsets[leaf + 1]
            count = last - first
            _terms(leaf_value[leaf], share[first:last], points[count], weights[count], product, terms)
            for pattern in range(patterns):
                fulfilled = 0
                for part in range(count):
                    wanted, unwanted = ones[first + part], zeros[first + part]
                    if pattern & wanted == wanted and pattern & unwanted == 0:
                        fulfilled |= 1 << part
                for part in range(count):
                    if column[first + part] >= 0:
                        own[column[first + part] * patterns + pattern] += terms[part, fulfilled]


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _terms(value: float, share: Any, points: Any, weights: Any, product: Any, terms: Any) -> None:
    """The terms of one leaf: ``terms[i, pattern of o]``."""
    count, patterns = share.size, 1 << share.size
    terms[:count, :patterns] = 0
    for point in range((count + 1) // 2):
        t = points[point]
        product[0] = weights[point] * value
        for part in range(count):
            for pattern in range(1 << part):
                product[pattern | 1 << part] = product[pattern] * (t + (1 - t) * share[part])
                product[pattern] *= (1 - t) * share[part]
        for part in range(count):
            # What the others make does not depend on o_i: taken from the pattern with o_i = 1, whose factor is not 0.
            others = 1 / (t + (1 - t) * share[part])
            for pattern in range(patterns):
                sign = (1.0 if pattern >> part & 1 else 0.0) - share[part]
                terms[part, pattern] += product[pattern | 1 << part] * others * sign
