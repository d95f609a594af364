"""From declarations to a feature matrix: customers in blocks, on all cores, float64 only within a block."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features.categories import fix_categories
from winback.features.customers import refuse_unknown_context
from winback.features.declarations import Attribute, Declaration, Derived, FeatureSpec, Windowed
from winback.features.groups import Group, group_windows
from winback.features.matrix import FeatureMatrix
from winback.features.own import Own, last_known, own_features
from winback.features.plan import Planned, Planner, Streams
from winback.features.registry import registered_features
from winback.history import DAY_US, NO_TIME, History
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots

Array = NDArray[Any]

#: Rows that are computed together, one block per thread.
BLOCK_ROWS = 8192


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
    refuse_unknown_context(history, settings)
    streams = Streams(history, settings)
    declarations = _all_features(history, settings) if declared is None else tuple(declared)
    planned, wanted = Planner(declarations, history, streams, settings).plan(only)
    work = _Work(history, streams, planned, wanted)
    values = np.empty((len(snapshots), len(wanted)), np.float32)
    order = np.lexsort((snapshots.cutoff, snapshots.customer))
    blocks = [order[start : start + BLOCK_ROWS] for start in range(0, len(snapshots), BLOCK_ROWS)]
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(lambda rows: work.fill(snapshots, rows, values), blocks))
    specs = fix_categories(values, [planned[name] for name in wanted], categories or {})
    return FeatureMatrix(values, specs, snapshots)


def _all_features(history: History, settings: FeatureSettings) -> tuple[Declaration, ...]:
    registered = registered_features(settings)
    taken = {name for declaration in registered for name in declaration.names()}
    return (*registered, *own_features(history, settings, taken))


class _Work:
    """Everything that is the same for all blocks."""

    def __init__(self, history: History, streams: Streams, planned: Mapping[str, Planned], wanted: list[str]) -> None:
        windowed = [plan for plan in planned.values() if isinstance(plan.declaration, Windowed)]
        self._groups: list[Group] = group_windows(history, streams, windowed)
        self._attributes = history.attributes()
        tables = {plan.declaration.table for plan in planned.values() if isinstance(plan.declaration, Own)}
        self._own = {table: history.events(table) for table in sorted(tables)}
        self._planned = planned
        self._wanted = wanted

    def fill(self, snapshots: Snapshots, rows: NDArray[np.intp], values: NDArray[np.float32]) -> None:
        """Compute some rows, which stand by customer, then cutoff."""
        customer = np.ascontiguousarray(snapshots.customer[rows], np.int32)
        cutoff = np.ascontiguousarray(snapshots.cutoff[rows], np.int64)
        computed: dict[str, Array] = {}
        for group in self._groups:
            computed.update(group.compute(customer, cutoff))
        last = {table: last_known(events, customer, cutoff) for table, events in self._own.items()}
        for name, plan in self._planned.items():  # inputs stand before what is made of them
            declaration = plan.declaration
            if isinstance(declaration, Attribute):
                computed[name] = self._attribute(declaration.column, customer, cutoff)
            elif isinstance(declaration, Own):
                table = declaration.table
                computed[name] = declaration.values(self._own[table], last[table], cutoff)
            elif isinstance(declaration, Derived):
                computed[name] = declaration.how.apply(*(computed[part] for part in declaration.inputs(plan.window)))
        block = np.empty((rows.size, len(self._wanted)), np.float32)
        for place, name in enumerate(self._wanted):
            block[:, place] = computed[name]
        values[rows] = block

    def _attribute(self, column: str, customer: NDArray[np.int32], cutoff: NDArray[np.int64]) -> Array:
        stored = self._attributes.columns[column][customer]
        if stored.dtype != np.int64:
            return stored.astype(np.float64)
        unknown = (stored == NO_TIME) | (stored >= cutoff)
        return np.where(unknown, np.nan, (cutoff - np.where(unknown, cutoff, stored)) / DAY_US)
