"""Features of a company's own: the columns of the tables ``features_<name>``, each as its latest known row has it."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from winback.errors import DataError, Fault, SettingsError
from winback.features.declarations import REASONS, Declaration
from winback.history import DAY_US, NO_TIME, Events, History
from winback.settings import FeatureSettings, OwnFeatureSettings
from winback.tables import OWN_PREFIX

Array = NDArray[Any]
Holds = Literal["number", "date", "category"]
_UNITS: Mapping[Holds, str] = {"number": "as given", "date": "days", "category": "category"}


@dataclass(frozen=True, kw_only=True)
class Own(Declaration):
    """A column of a table of own features, as the customer's last row with ``known_at`` before the cutoff has it.

    Parameters
    ----------
    table, column : str
        Where it stands.
    holds : {"number", "date", "category"}
        Numbers and booleans stay numbers; a date becomes the days from it to the cutoff, below zero where it lies
        ahead.
    words : tuple of str
        Words behind a category's codes.
    """

    table: str
    column: str
    holds: Holds
    words: tuple[str, ...] = field(default=(), repr=False)
    windows: tuple[int, ...] = field(default=(), init=False)

    def recipe(self, window: int | None, settings: FeatureSettings) -> dict[str, Any]:  # noqa: ARG002
        """All that decides the values of its feature."""
        return {"own": self.table, "column": self.column, "holds": self.holds}

    def values(self, events: Events, row: NDArray[np.int64], cutoff: NDArray[np.int64]) -> Array:
        """Return the feature (float64) where ``row`` (of the events, -1: none) is the last one known at each cutoff."""
        if not len(events):
            return np.full(row.shape, np.nan)
        stored = events.columns[self.column][np.maximum(row, 0)]
        if self.holds == "date":
            missing = (row < 0) | (stored == NO_TIME)
            return np.where(missing, np.nan, (cutoff - np.where(missing, cutoff, stored)) / DAY_US)
        return np.where(row < 0, np.nan, stored.astype(np.float64))


def last_known(events: Events, customer: NDArray[np.int32], cutoff: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each customer's last event strictly before the cutoff; -1 where there is none."""
    last = events.places(customer, cutoff) - 1
    return np.where(last >= events.offsets[customer], last, -1)


def own_features(history: History, settings: FeatureSettings, taken: Collection[str]) -> tuple[Own, ...]:
    """Return a declaration for each column of each table of own features that is there, in the order of the columns.

    Parameters
    ----------
    history : History
        Whose tables they are.
    settings : FeatureSettings
        Reads ``own``: roles and reasons.
    taken : collection of str
        Names that other features have.

    Raises
    ------
    SettingsError
        When ``features.own`` names a table or a column that is not there, or a reason that is none.
    DataError
        When a feature would have the name of another one.
    """
    _refuse_unknown(history, settings)
    declared = [
        _declare(history, table, column, settings) for table in history.own_tables for column in _of(history, table)
    ]
    seen: set[str] = set(taken)
    faults = []
    for one in declared:
        if one.name in seen:
            faults.append(
                Fault(one.table, f"its column {one.column!r} would be the feature {one.name!r}, which there is")
            )
        seen.add(one.name)
    if faults:
        raise DataError("Own features have names that are taken", faults, next_step="rename the columns or the table")
    return tuple(declared)


def _of(history: History, table: str) -> list[str]:
    return list(history.events(table).columns)


def _name(table: str) -> str:
    return table.removeprefix(OWN_PREFIX)


def _declare(history: History, table: str, column: str, settings: FeatureSettings) -> Own:
    events = history.events(table)
    said = settings.own.get(_name(table), {}).get(column, OwnFeatureSettings())
    words = events.categories.get(column)
    holds: Holds = "category" if words is not None else "date" if events.columns[column].dtype == np.int64 else "number"
    return Own(
        name=f"{_name(table)}_{column}",
        role=said.role,
        reason=said.reason,
        unit=_UNITS[holds],
        doc=f"Column {column} of the table {table}.",
        table=table,
        column=column,
        holds=holds,
        words=words or (),
    )


def _refuse_unknown(history: History, settings: FeatureSettings) -> None:
    present = {_name(table): _of(history, table) for table in history.own_tables}
    faults = []
    for name, columns in settings.own.items():
        if name not in present:
            what = f"there is no table {OWN_PREFIX}{name}{_nearest(name, present)}"
            faults.append(Fault(f"features.own.{name}", what))
            continue
        for column, said in columns.items():
            where = f"features.own.{name}.{column}"
            if column not in present[name]:
                faults.append(Fault(where, f"no such column{_nearest(column, present[name])}"))
            if said.reason is not None and said.reason not in REASONS:
                faults.append(Fault(where, f"{said.reason!r} is no reason{_nearest(said.reason, REASONS)}"))
    if faults:
        raise SettingsError(
            "The settings of own features cannot be followed",
            faults,
            expected=f"columns of the tables {OWN_PREFIX}<name> in the data, and reasons out of: {', '.join(REASONS)}",
            next_step=f"correct the names, or put the table into data/raw/{OWN_PREFIX}<name>.csv",
        )


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
