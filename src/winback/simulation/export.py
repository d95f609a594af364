"""From what the world recorded to the input tables, as a company would export them on the morning of ``end``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winback.simulation.company import CAUSES, CHANNELS, DEPARTMENTS, INDUSTRIES, REGIONS, SIZES
from winback.simulation.effects import ACTIONS
from winback.simulation.log import DAY_US, NEVER, WEEK_US
from winback.simulation.loyalty import ACTIVITIES
from winback.simulation.relations import MEDIA
from winback.simulation.state import Scene
from winback.tables import ARMS, SURVEY_WANTS, TABLES, TICKET_KINDS, TICKET_TOPICS

Columns = dict[str, NDArray[Any]]
Writer = Callable[[NDArray[Any]], pa.Array]
STAMP = pa.timestamp("us")


def export_tables(scene: Scene, *, without: Sequence[str] = ()) -> dict[str, pa.Table]:
    """Make the input tables as they are known when the week at hand begins.

    Parameters
    ----------
    scene : Scene
    without : sequence of str
        Tables that this company does not have.

    Returns
    -------
    dict of str to pyarrow.Table
        Sorted by time; columns as in `winback.tables.TABLES`, and ``size`` for customers.
    """
    logged = {name: _logged(scene, name) for name in _EXPORT if name not in without}
    tables = logged | ({} if "customers" in without else {"customers": _customers(scene)})
    return {name: tables[name] for name in TABLES if name in tables}


def _logged(scene: Scene, name: str) -> pa.Table:
    rows = _known(scene, name)
    writers = _EXPORT[name]
    if not rows:
        rows = {source: np.empty(0, dtype=np.int64) for source, _ in writers.values()}
    return pa.table({column: write(rows[source]) for column, (source, write) in writers.items()})


def _known(scene: Scene, name: str) -> Columns:
    """Rows that are known when the week at hand begins, in order of time; what comes later is `NEVER`."""
    end = scene.week_start
    rows = scene.log.table(name)
    if not rows:
        return rows
    time = rows[_TIME[name]]
    keep = np.flatnonzero((time < end) & (rows.get("recorded_at", time) < end))
    order = keep[np.argsort(time[keep], kind="stable")]
    rows = {column: values[order] for column, values in rows.items()}
    if "defective" in rows:
        rows["defective"] = np.where(rows["delivered_at"] < end, rows["defective"], -1)
    for column in TABLES[name].columns:
        if column.later:
            rows[column.name] = np.where(rows[column.name] < end, rows[column.name], NEVER)
    return rows


def _customers(scene: Scene) -> pa.Table:
    people, state = scene.people, scene.state
    rows = np.flatnonzero(state.present)
    first = scene.start + np.maximum(people.arrival[rows], 0).astype(np.int64) * WEEK_US
    registered = first - (people.known_days[rows] * DAY_US).astype(np.int64) // 1_000_000 * 1_000_000
    closed = np.where(state.closed_at[rows] > 0, state.closed_at[rows], NEVER)
    return pa.table(
        {
            "customer_id": customer_names(rows),
            "registered_at": stamps(registered),
            "region": words_of(REGIONS)(people.region[rows]),
            "channel": words_of(CHANNELS)(people.channel[rows]),
            "department": words_of(DEPARTMENTS)(people.department[rows]),
            "industry": words_of(INDUSTRIES)(people.industry[rows]),
            "manager_id": _named("M", 4)(state.manager[rows]),
            "has_email": _flag(people.has_email[rows]),
            "has_phone": _flag(people.has_phone[rows]),
            "do_not_contact": _flag(people.do_not_contact[rows]),
            "do_not_win_back": _flag(people.do_not_win_back[rows]),
            "closed_at": stamps(closed),
            "size": words_of(SIZES)(people.size[rows]),
        }
    )


def _named(prefix: str, width: int, first: int = 0) -> Writer:
    def write(numbers: NDArray[Any]) -> pa.Array:
        digits = pc.utf8_lpad(pa.array(numbers + first, pa.int64()).cast(pa.string()), width, "0")
        return pc.binary_join_element_wise(prefix, digits, "")

    return write


def words_of(words: Sequence[str]) -> Writer:
    """Words by code; -1 becomes missing."""

    def write(codes: NDArray[Any]) -> pa.Array:
        index = pa.array(np.where(codes < 0, 0, codes).astype(np.int32), mask=codes < 0)
        return pa.DictionaryArray.from_arrays(index, pa.array(words, pa.string())).cast(pa.string())

    return write


def stamps(values: NDArray[Any]) -> pa.Array:
    """Times; `NEVER` becomes missing."""
    return pa.array(np.where(values == NEVER, 0, values), pa.int64(), mask=values == NEVER).cast(STAMP)


def _number(values: NDArray[Any]) -> pa.Array:
    return pa.array(values.astype(np.float64))


def _whole(values: NDArray[Any]) -> pa.Array:
    return pa.array(values.astype(np.int64))


def _flag(values: NDArray[Any]) -> pa.Array:
    """True and false; -1 becomes missing."""
    return pa.array(values.astype(np.int8) > 0, pa.bool_(), mask=values.astype(np.int8) < 0)


def day_names(values: NDArray[Any]) -> pa.Array:
    """Dates as text, such as the names of cycles."""
    return pc.strftime(stamps(values), format="%Y-%m-%d")


#: Customer ids, such as ``C000017``.
customer_names = _named("C", 6, first=1)
_order_names = _named("O", 8, first=1)

#: For every table and column: which recorded column it comes from, and how it is written.
_EXPORT: Mapping[str, Mapping[str, tuple[str, Writer]]] = {
    "orders": {
        "order_id": ("number", _order_names),
        "customer_id": ("customer", customer_names),
        "ordered_at": ("ordered_at", stamps),
        "amount": ("amount", _number),
        "margin": ("margin", _number),
        "discount": ("discount", _number),
        "channel": ("channel", words_of(CHANNELS)),
        "recorded_at": ("recorded_at", stamps),
    },
    "order_items": {
        "order_id": ("number", _order_names),
        "product_id": ("product", _named("P", 3, first=1)),
        "quantity": ("quantity", _number),
        "unit_price": ("unit_price", _number),
    },
    "tickets": {
        "ticket_id": ("number", _named("T", 7, first=1)),
        "customer_id": ("customer", customer_names),
        "opened_at": ("opened_at", stamps),
        "kind": ("kind", words_of(TICKET_KINDS)),
        "topic": ("topic", words_of(TICKET_TOPICS)),
        "first_response_at": ("first_response_at", stamps),
        "resolved_at": ("resolved_at", stamps),
        "recorded_at": ("recorded_at", stamps),
    },
    "deliveries": {
        "order_id": ("number", _order_names),
        "customer_id": ("customer", customer_names),
        "promised_at": ("promised_at", stamps),
        "delivered_at": ("delivered_at", stamps),
        "defective": ("defective", _flag),
    },
    "surveys": {
        "customer_id": ("customer", customer_names),
        "answered_at": ("answered_at", stamps),
        "nps": ("nps", _whole),
        "wants": ("wants", words_of(SURVEY_WANTS)),
        "recorded_at": ("recorded_at", stamps),
    },
    "contacts": {
        "customer_id": ("customer", customer_names),
        "contacted_at": ("contacted_at", stamps),
        "channel": ("channel", words_of(MEDIA)),
        "answered": ("answered", _flag),
    },
    "managers": {
        "customer_id": ("customer", customer_names),
        "manager_id": ("manager_id", _named("M", 4)),
        "assigned_at": ("assigned_at", stamps),
    },
    "activities": {
        "customer_id": ("customer", customer_names),
        "occurred_at": ("occurred_at", stamps),
        "kind": ("kind", words_of(ACTIVITIES)),
    },
    "exits": {
        "customer_id": ("customer", customer_names),
        "recorded_at": ("recorded_at", stamps),
        "reason": ("reason", words_of(CAUSES)),
    },
    "offers": {
        "cycle": ("cycle", day_names),
        "customer_id": ("customer", customer_names),
        "action": ("action", words_of(tuple(ACTIONS))),
        "offered_at": ("offered_at", stamps),
        "arm": ("held_out", words_of(ARMS)),
        "cost": ("cost", _number),
        "propensity": ("propensity", _number),
    },
}
#: The recorded time that decides whether a row has happened.
_TIME = {
    **{name: table.time for name, table in TABLES.items()},
    "order_items": "ordered_at",
    "deliveries": "ordered_at",
}
