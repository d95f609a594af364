"""The features of one history's rows: block by block, float64 only within a block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features.declarations import Attribute, Declaration, Derived, FeatureSpec, Windowed
from winback.features.groups import Group, group_windows
from winback.features.own import Own, last_known, own_features
from winback.features.plan import Planned, Planner, Streams
from winback.features.registry import registered_features
from winback.history import DAY_US, NO_TIME, History
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots

Array = NDArray[Any]

#: Rows that are computed together, one block per thread.
BLOCK_ROWS = 8192


class Blocks:
    """Everything that is the same for all blocks of a history's rows.

    Parameters
    ----------
    history : History
        What is known, of all customers or of a part of them.
    settings : FeatureSettings
        What the features are made of.
    only, declared
        As of `winback.features.compute_features`.
    """

    def __init__(
        self,
        history: History,
        settings: FeatureSettings,
        only: Callable[[FeatureSpec], bool] | None,
        declared: Sequence[Declaration] | None,
    ) -> None:
        streams = Streams(history, settings)
        declarations = _all_features(history, settings) if declared is None else tuple(declared)
        self._planned, wanted = Planner(declarations, history, streams, settings).plan(only)
        windowed = [plan for plan in self._planned.values() if isinstance(plan.declaration, Windowed)]
        self._groups: list[Group] = group_windows(history, streams, windowed)
        self._attributes = history.attributes()
        tables = {plan.declaration.table for plan in self._planned.values() if isinstance(plan.declaration, Own)}
        self._own = {table: history.events(table) for table in sorted(tables)}
        #: The features, in the order of the columns.
        self.wanted: tuple[Planned, ...] = tuple(self._planned[name] for name in wanted)

    def fill(
        self,
        snapshots: Snapshots,
        values: NDArray[np.float32],
        rows: NDArray[np.intp],
        each: Callable[[Callable[[NDArray[np.intp]], None], list[NDArray[np.intp]]], Any] = map,
    ) -> None:
        """Compute rows.

        Parameters
        ----------
        snapshots : Snapshots
            The rows, in any order.
        values : float32[all rows, features]
            Filled.
        rows : int[n]
            Where the features of each of the snapshots go.
        each : callable
            How blocks are gone through: as `map`.
        """
        order = np.lexsort((snapshots.cutoff, snapshots.customer))
        blocks = [order[start : start + BLOCK_ROWS] for start in range(0, len(snapshots), BLOCK_ROWS)]

        def fill_block(block: NDArray[np.intp]) -> None:
            values[rows[block]] = self._compute(snapshots.rows(block))

        list(each(fill_block, blocks))

    def _compute(self, block: Snapshots) -> NDArray[np.float32]:
        """Compute some rows, which stand by customer, then cutoff."""
        customer = np.ascontiguousarray(block.customer, np.int32)
        cutoff = np.ascontiguousarray(block.cutoff, np.int64)
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
        values = np.empty((customer.size, len(self.wanted)), np.float32)
        for place, plan in enumerate(self.wanted):
            values[:, place] = computed[plan.name]
        return values

    def _attribute(self, column: str, customer: NDArray[np.int32], cutoff: NDArray[np.int64]) -> Array:
        stored = self._attributes.columns[column][customer]
        if stored.dtype != np.int64:
            return stored.astype(np.float64)
        unknown = (stored == NO_TIME) | (stored >= cutoff)
        return np.where(unknown, np.nan, (cutoff - np.where(unknown, cutoff, stored)) / DAY_US)


def _all_features(history: History, settings: FeatureSettings) -> tuple[Declaration, ...]:
    registered = registered_features(settings)
    taken = {name for declaration in registered for name in declaration.names()}
    return (*registered, *own_features(history, settings, taken))
