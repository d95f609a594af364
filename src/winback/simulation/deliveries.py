"""Deliveries: when goods come, and in what state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import GRIEVANCE
from winback.simulation.log import DAY_US, NEVER, WEEK_US, Orders
from winback.simulation.state import AHEAD, Scene

#: Weekly chance that deliveries to a customer's door begin to fail, for how many weeks, and how often then.
BAD_ROUTE, BAD_ROUTE_FROM, BAD_ROUTE_TO, BAD_ROUTE_LATE = 0.0045, 8, 16, 0.55
#: Share of deliveries that never come.
LOST = 0.0015
#: Grievance of a delivery that is late by `PER_UNIT_DAYS`; the most of one delivery; of a defective one.
PER_UNIT_DAYS, MOST, DEFECTIVE = 4.0, 1.8, 1.0


def advance_deliveries(scene: Scene) -> None:
    """Let this week's late and defective deliveries be felt."""
    state, people, generator = scene.state, scene.people, scene.streams.deliveries
    count = len(people)
    starts = generator.random(count) < BAD_ROUTE
    until = state.week + generator.integers(BAD_ROUTE_FROM, BAD_ROUTE_TO + 1, count)
    state.bad_route_until = np.where(starts, until, state.bad_route_until)
    landed = state.pending[0]
    state.grievance[:, GRIEVANCE["delivery"]] += landed[:, 0]
    state.grievance[:, GRIEVANCE["product_quality"]] += landed[:, 1]
    # complaints are written in the following week
    state.upset = landed > 0
    state.pending = np.concatenate([state.pending[1:], np.zeros_like(state.pending[:1])])


def deliver(scene: Scene, orders: Orders) -> NDArray[np.int64]:
    """Promise and deliver orders.

    Returns
    -------
    ndarray of int64, shape (orders,)
        When defective goods came, microseconds; 0 where none did.
    """
    state, people, generator = scene.state, scene.people, scene.streams.deliveries
    rows, count = orders.customer, orders.number.size
    route = np.where(state.bad_route_until[rows] > state.week, BAD_ROUTE_LATE, 0.0)
    region = scene.calendar.late_probability[state.week][people.region[rows]]
    late = generator.random(count) < np.maximum(route, region)
    lost = generator.random(count) < LOST
    lead = generator.integers(1, 5, count)
    promised = (orders.ordered_at // DAY_US + lead) * DAY_US
    delay = 1 + np.minimum(generator.gamma(1.3, 2.4, count), 18)
    early = generator.random(count) < 0.25
    hour = np.floor(generator.uniform(8, 18, count) * 3600).astype(np.int64) * 1_000_000
    days = np.where(late, np.floor(delay).astype(np.int64), np.where(early & (lead > 1), -1, 0))
    delivered = np.where(lost, NEVER, promised + days * DAY_US + hour)
    defective = (generator.random(count) < scene.calendar.defect_probability[state.week][orders.main_product]) & ~lost
    kept = ~people.picks_up[rows]
    _remember(
        scene, rows[kept], np.where(lost, promised + WEEK_US, delivered)[kept], _felt(days, lost, defective)[kept]
    )
    scene.log.add(
        "deliveries",
        number=orders.number[kept],
        customer=rows[kept],
        promised_at=promised[kept],
        delivered_at=delivered[kept],
        defective=defective[kept],
        ordered_at=orders.ordered_at[kept],
        recorded_at=orders.recorded_at[kept],
    )
    return np.where(kept & defective, delivered, 0)


def _felt(days: NDArray[np.int64], lost: NDArray[np.bool_], defective: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Grievances of deliveries, shape (deliveries, 2): lateness and defects."""
    lateness = np.clip(np.where(lost, MOST, np.clip(days, 0, None) / PER_UNIT_DAYS + 0.15 * (days > 0)), 0, MOST)
    return np.column_stack([lateness, np.where(defective, DEFECTIVE, 0.0)])


def _remember(scene: Scene, rows: NDArray[np.int64], at: NDArray[np.int64], felt: NDArray[np.float64]) -> None:
    """Let grievances land in the week in which the goods came, or in the next one at the earliest."""
    ahead = np.clip((at - scene.week_start) // WEEK_US - 1, 0, AHEAD - 1).astype(np.int64)
    weighted = felt * scene.people.weight_of_event[rows][:, None]
    np.add.at(scene.state.pending, (ahead, rows), weighted)
