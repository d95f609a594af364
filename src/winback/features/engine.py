"""From declarations to a feature matrix: as many customers at a time as fit into memory, on all cores."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from winback.features.blocks import Blocks
from winback.features.categories import fix_categories, share_words
from winback.features.customers import refuse_unknown_context
from winback.features.declarations import Declaration, FeatureSpec
from winback.features.matrix import FeatureMatrix
from winback.features.plan import Planned
from winback.history import History
from winback.history.turns import in_turn
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots, by_parts

#: Makes the blocks of a history.
_Make = Callable[[History], Blocks]
#: The rows of a part, with what was planned for them.
_Done = tuple[NDArray[np.intp], tuple[Planned, ...]]


def compute_features(
    history: History,
    snapshots: Snapshots,
    settings: FeatureSettings,
    *,
    categories: Mapping[str, tuple[str, ...]] | None = None,
    only: Callable[[FeatureSpec], bool] | None = None,
    declared: Sequence[Declaration] | None = None,
    threads: int = 0,
) -> FeatureMatrix:
    """Compute all features that the tables allow, for any rows of (customer, cutoff).

    Facts are read and gone through part by part (`winback.history.History.parts`), so that beside the matrix no more
    memory is taken than the history allows; the values do not depend on it.

    Parameters
    ----------
    history : History
        What is known; a row uses only what was known strictly before its own cutoff.
    snapshots : Snapshots
        The rows, in any order, each with its own cutoff.
    settings : FeatureSettings
        What the features are made of.
    categories : mapping of str to tuple of str, optional
        Words of category columns, as fixed at training; a word that is not among them is missing. By default the words
        that occur in these rows.
    only : callable, optional
        Chooses features by their spec (whose digest and categories are not yet final).
    declared : sequence of Declaration, optional
        Features to compute instead of the registered ones and the company's own.
    threads : int
        Threads to use; 0: all cores.

    Returns
    -------
    FeatureMatrix
        float32. A feature whose table or column is absent is absent; a customer without the facts that a feature needs
        has NaN; counts are 0.
    """
    made = part_features(history, snapshots, settings, only=only, declared=declared, threads=threads)
    return FeatureMatrix(made.values, fix_categories(made.values, made.planned, categories or {}), snapshots)


@dataclass(frozen=True, eq=False)
class PartFeatures:
    """Features of some rows, whose categories are still those of the customers that they were computed of.

    Parameters
    ----------
    rows : ndarray of intp
        Places of the rows among all.
    values : float32[rows, features]
        Computed features; categories as places in the words planned.
    planned : tuple of Planned
        The features, in the order of the columns.
    """

    rows: NDArray[np.intp]
    values: NDArray[np.float32]
    planned: tuple[Planned, ...]


def part_features(
    history: History,
    snapshots: Snapshots,
    settings: FeatureSettings,
    *,
    only: Callable[[FeatureSpec], bool] | None = None,
    declared: Sequence[Declaration] | None = None,
    threads: int = 0,
) -> PartFeatures:
    """Compute features as `compute_features` does, for rows that `join_parts` puts together with others."""
    refuse_unknown_context(history, settings)
    matrix = _Matrix(len(snapshots))
    make = partial(Blocks, settings=settings, only=only, declared=declared)
    done = list(_filled(history, snapshots, make, matrix, threads or os.cpu_count() or 1))
    return PartFeatures(np.arange(len(snapshots)), matrix.values, share_words(matrix.values, done))


def join_parts(parts: Sequence[PartFeatures], snapshots: Snapshots) -> FeatureMatrix:
    """Put features of parts of the rows together: `compute_features` of all of them.

    Parameters
    ----------
    parts : sequence of PartFeatures
        At least one; of distinct rows, in any order, computed with the same settings.
    snapshots : Snapshots
        All rows.
    """
    values = np.empty((len(snapshots), parts[0].values.shape[1]), np.float32)
    for part in parts:
        values[part.rows] = part.values
    planned = share_words(values, [(part.rows, part.planned) for part in parts])
    return FeatureMatrix(values, fix_categories(values, planned, {}), snapshots)


class _Matrix:
    """Room for the features of all rows, taken when it is known how many features there are."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._lock = Lock()
        self.values: NDArray[np.float32] = np.empty((0, 0), np.float32)

    def room(self, features: int) -> NDArray[np.float32]:
        with self._lock:
            if self.values.shape != (self._rows, features):
                self.values = np.empty((self._rows, features), np.float32)
            return self.values


def _filled(
    history: History, snapshots: Snapshots, make: _Make, matrix: _Matrix, threads: int
) -> Iterator[_Done]:  # fmt: skip
    """Compute all rows: one part on all threads by its blocks, or several parts, each on a thread of its own."""
    with ThreadPoolExecutor(threads) as pool:
        parts = len(history.parts(threads))
        if parts == 1 or not len(snapshots):
            some, rows = history.parts(threads)[0], np.arange(len(snapshots))
            yield _fill(some, rows, snapshots, make, matrix, pool.map)
            return
        tasks = (partial(_fill, *part, make, matrix, map) for part in by_parts(history, snapshots, threads))
        yield from in_turn(pool, threads, tasks)


def _fill(
    part: History,
    rows: NDArray[np.intp],
    snapshots: Snapshots,
    make: _Make,
    matrix: _Matrix,
    each: Callable[..., Iterator[None]],
) -> _Done:
    blocks = make(part)
    blocks.fill(snapshots, matrix.room(len(blocks.wanted)), rows, each)
    return rows, blocks.wanted
