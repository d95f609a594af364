"""What happened to customers, event by event, with what went wrong marked as the evidence counts it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features.activities import LOYAL_ACTS
from winback.features.deliveries import due_at
from winback.features.managers import CHANGES
from winback.features.streams import StreamData
from winback.features.surveys import DETRACTOR_UP_TO
from winback.history import DAY_US, HOUR_US, NO_TIME, Events, History, local_day_numbers
from winback.settings import FeatureSettings
from winback.tables import TABLES, own_table

Mask = NDArray[np.bool_]
_BOOLEANS = {
    (name, column.name) for name, table in TABLES.items() for column in table.columns if column.kind == "boolean"
}


def timelines(history: History, codes: NDArray[np.int32], settings: FeatureSettings) -> list[list[dict[str, Any]]]:
    """Return all known events of some customers.

    Parameters
    ----------
    history : History
        What is known.
    codes : int32[n]
        The customers.
    settings : FeatureSettings
        What is too slow, and which acts expect a reward.

    Returns
    -------
    list of list of dict
        For each customer, latest first: ``day``; ``what``, the table; ``details``, what the row says, by column;
        ``is_bad``, whether it went wrong: a late or defective delivery, a complaint, a conflict, a slow answer, a bad
        score, an act without reward, another manager, goods brought back, a statement about leaving.
    """
    found: list[list[tuple[int, str, dict[str, Any]]]] = [[] for _ in codes]
    mine = np.zeros(history.n_customers, np.bool_)
    mine[codes] = True
    place = {int(code): row for row, code in enumerate(codes)}
    for table in (*TABLES.values(), *map(own_table, history.own_tables)):
        name = table.name
        if not table.time or table.parent or not history.has(name):
            continue
        events = history.events(name)
        events = events.where(mine[events.customer])
        bad = _BAD[name](history, events, settings) if name in _BAD else np.zeros(len(events), np.bool_)
        days = days_of(events.at, history.timezone)
        for row in range(len(events)):
            said = {"day": days[row], "what": name, "details": _said(events, row, history), "is_bad": bool(bad[row])}
            found[place[int(events.customer[row])]].append((int(events.at[row]), name, said))
    return [[said for *_, said in sorted(rows, key=lambda row: (-row[0], row[1]))] for rows in found]


def days_of(at: NDArray[np.int64], timezone: str) -> list[str]:
    """Return the company's calendar days of instants (ISO).

    Examples
    --------
    >>> days_of(np.array([DAY_US - 1]), "UTC"), days_of(np.array([DAY_US - 1]), "Europe/Moscow")
    (['1970-01-01'], ['1970-01-02'])
    """
    return [str(day) for day in local_day_numbers(at, timezone).astype("datetime64[D]")]


def _said(events: Events, row: int, history: History) -> dict[str, Any]:
    """What a row says, column by column; empty cells are left out."""
    said: dict[str, Any] = {}
    for name, values in events.columns.items():
        value = values[row]
        if name in events.categories:
            if value >= 0:
                said[name] = events.categories[name][value]
        elif values.dtype == np.int64:
            if value not in (NO_TIME, events.at[row]):
                said[name] = days_of(np.array([value]), history.timezone)[0]
        elif not np.isnan(value):
            said[name] = bool(value) if (events.table, name) in _BOOLEANS else round(float(value), 2)
    return said


def _bad_orders(_: History, orders: Events, _settings: FeatureSettings) -> Mask:
    return np.asarray(orders.columns["amount"] < 0)


def _bad_deliveries(history: History, deliveries: Events, _: FeatureSettings) -> Mask:
    if not deliveries.has("delivered_at"):
        return np.zeros(len(deliveries), np.bool_)
    due, came = due_at(deliveries.at, history.timezone), deliveries.columns["delivered_at"]
    late = np.where(came == NO_TIME, due < history.ends_at, came > due)
    return late | (deliveries.columns["defective"] == 1) if deliveries.has("defective") else late


def _bad_tickets(history: History, tickets: Events, settings: FeatureSettings) -> Mask:
    bad = np.isin(tickets.columns["kind"], [tickets.code_of("kind", kind) for kind in ("complaint", "conflict")])
    hours = {"first_response_at": settings.slow_response_hours, "resolved_at": settings.slow_resolution_hours}
    for column in hours.keys() & tickets.columns.keys():
        done, deadline = tickets.columns[column], tickets.at + round(hours[column] * HOUR_US)
        bad |= np.where(done == NO_TIME, deadline < history.ends_at, done > deadline)
    return bad


def _bad_surveys(_: History, surveys: Events, _settings: FeatureSettings) -> Mask:
    if not surveys.has("nps"):
        return np.zeros(len(surveys), np.bool_)
    return np.asarray(surveys.columns["nps"] <= DETRACTOR_UP_TO)


def _bad_activities(history: History, activities: Events, settings: FeatureSettings) -> Mask:
    acts = LOYAL_ACTS.build(history, settings)
    unrewarded = acts.where(acts.measures["is_unrewarded"] > 0)
    # such an act is judged when the time for its reward is up
    return _among(activities, unrewarded, activities.at + round(settings.reward_within_days * DAY_US))


def _bad_managers(history: History, assignments: Events, settings: FeatureSettings) -> Mask:
    return _among(assignments, CHANGES.build(history, settings), assignments.at)


def _among(events: Events, others: StreamData, at: NDArray[np.int64]) -> Mask:
    """Which of the events are among others of their customer at those instants."""
    known = set(zip(others.customer.tolist(), others.at.tolist(), strict=True))
    return np.array([pair in known for pair in zip(events.customer.tolist(), at.tolist(), strict=True)], np.bool_)


def _bad_exits(_: History, exits: Events, _settings: FeatureSettings) -> Mask:
    return np.ones(len(exits), np.bool_)


_BAD: Mapping[str, Callable[[History, Events, FeatureSettings], Mask]] = {
    "orders": _bad_orders,
    "deliveries": _bad_deliveries,
    "tickets": _bad_tickets,
    "surveys": _bad_surveys,
    "activities": _bad_activities,
    "managers": _bad_managers,
    "exits": _bad_exits,
}
