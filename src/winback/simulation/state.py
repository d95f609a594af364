"""What changes from week to week, and the scene on which every subsystem acts."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.simulation.belief import Belief
from winback.simulation.calendar import Calendar
from winback.simulation.company import (
    ACTIVE,
    CAUSE,
    CAUSES,
    COMPETITOR_HAZARD,
    CUSTOMERS_PER_MANAGER,
    DEPARTMENTS,
    GRIEVANCES,
    LIFE_EVENT_HAZARD,
    NEWCOMER_FACTOR,
    NEWCOMER_WEEKS,
    PRODUCTS,
    UNKNOWN_HAZARD,
    WEIGHT,
)
from winback.simulation.log import WEEK_US, Log
from winback.simulation.population import Floats, Population
from winback.simulation.streams import Streams

#: Weeks that a delivery may still be under way.
AHEAD = 5
NOT_YET = -1_000_000


@dataclass
class Staff:
    """The account managers; new ones are appended.

    Parameters
    ----------
    department : ndarray of int
    slowness : ndarray of float
        Added to the logarithm of response hours.
    rudeness : ndarray of float
        Chance that a ticket ends in a conflict.
    diligence : ndarray of float
        Factor on how often customers are contacted.
    leaves : ndarray of int
        Week in which the manager leaves the company.
    """

    department: NDArray[np.int64]
    slowness: Floats
    rudeness: Floats
    diligence: Floats
    leaves: NDArray[np.int64]


@dataclass
class State:
    """Where every customer stands; arrays have one entry per customer.

    Parameters
    ----------
    week : int
        The week that comes next.
    present : ndarray of bool
        Has ordered for the first time.
    phase, cause : ndarray of int8
        `ACTIVE`, `FADING` or `GONE`; the code of the cause, -1 while active.
    silence, contact_silence : ndarray of float
        Weeks since the last order, and since the company's last contact.
    manager : ndarray of int64
    discount : ndarray of float
    dearness : ndarray of float
        Prices paid relative to those that the customer is used to.
    basket, basket_weight : ndarray, shape (n, SLOTS)
    sold : ndarray of bool, shape (products,)
        Still in the assortment.
    grievance : ndarray of float, shape (n, grievances)
    pending : ndarray of float, shape (AHEAD, n, 2)
        Delivery and product grievances that land in the weeks to come.
    upset : ndarray of bool, shape (n, 2)
        Whether one of them landed last week.
    dropped_until, bad_route_until : ndarray of int64
        Week until which nobody calls, and until which deliveries to its door fail.
    exit_week, closing_week : ndarray of int64
        Week in which it will say why it left, or its closing becomes known; `NOT_YET` if never.
    closed_at : ndarray of int64
        Microseconds; 0 while open.
    offered_week : ndarray of int64
        Week of the last offer, `NOT_YET` before the first.
    left_at : ndarray of int64
        Microseconds; 0 while active.
    ordering : ndarray of bool
        Will certainly order in the week at hand.
    usual : ndarray of float, shape (grievances,)
        Recent mean of grievances among active customers.
    """

    week: int
    present: NDArray[np.bool_]
    phase: NDArray[np.int8]
    cause: NDArray[np.int8]
    silence: Floats
    contact_silence: Floats
    manager: NDArray[np.int64]
    discount: Floats
    dearness: Floats
    basket: NDArray[np.int32]
    basket_weight: Floats
    sold: NDArray[np.bool_]
    grievance: Floats
    pending: Floats
    upset: NDArray[np.bool_]
    dropped_until: NDArray[np.int64]
    bad_route_until: NDArray[np.int64]
    exit_week: NDArray[np.int64]
    closing_week: NDArray[np.int64]
    closed_at: NDArray[np.int64]
    offered_week: NDArray[np.int64]
    left_at: NDArray[np.int64]
    ordering: NDArray[np.bool_]
    usual: Floats


@dataclass
class Scene:
    """All that a subsystem needs to play its part of a week.

    Parameters
    ----------
    start : int
        First instant of week 0, microseconds since the epoch, UTC.
    weight : ndarray of float, shape (causes,)
        Weekly hazard per unit of each cause: the company's mix of causes.
    """

    start: int
    weight: Floats
    people: Population
    calendar: Calendar
    staff: Staff
    state: State
    belief: Belief
    streams: Streams
    log: Log

    @property
    def week_start(self) -> int:
        """First instant of the week at hand."""
        return self.start + self.state.week * WEEK_US

    def customers(self, flags: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Codes of the customers that are flagged."""
        return np.flatnonzero(flags)

    def twin(self, seed: int | None = None) -> Scene:
        """Copy everything that changes, with an empty log that keeps nothing, and on request other luck."""
        return Scene(
            start=self.start,
            weight=self.weight,
            people=self.people,
            calendar=self.calendar,
            staff=deepcopy(self.staff),
            state=deepcopy(self.state),
            belief=deepcopy(self.belief),
            streams=deepcopy(self.streams) if seed is None else Streams.of(seed),
            log=Log(keep=False),
        )


def cause_weights(mix: Mapping[str, float]) -> Floats:
    """Weekly hazards of the causes, each multiplied by the company's own factor.

    Examples
    --------
    >>> bool(cause_weights({"price": 2})[0] == 2 * cause_weights({})[0])
    True
    """
    usual = np.concatenate([WEIGHT, [COMPETITOR_HAZARD, LIFE_EVENT_HAZARD, UNKNOWN_HAZARD]])
    return np.array([usual[code] * mix.get(name, 1.0) for name, code in CAUSE.items()])


def hazards(scene: Scene) -> Floats:
    """Weekly hazard of leaving by cause, for everyone as if active.

    Returns
    -------
    ndarray of float, shape (n, causes)
    """
    people, state = scene.people, scene.state
    result = np.empty((len(people), len(CAUSES)))
    count = len(GRIEVANCES)
    result[:, :count] = state.grievance * people.sensitivity * scene.weight[:count]
    courted = scene.calendar.competitor[min(state.week, scene.calendar.competitor.shape[0] - 1)]
    newcomer = state.week - people.arrival < NEWCOMER_WEEKS
    result[:, CAUSE["competitor"]] = scene.weight[CAUSE["competitor"]] * np.where(courted, 4.0, 1.0)[people.region]
    result[:, CAUSE["life_event"]] = scene.weight[CAUSE["life_event"]]
    result[:, CAUSE["unknown"]] = (
        scene.weight[CAUSE["unknown"]] * people.frailty * np.where(newcomer & (people.arrival >= 0), NEWCOMER_FACTOR, 1)
    )
    return result


def hire(generator: np.random.Generator, department: NDArray[np.int64], week: int) -> Staff:
    """Draw managers who start in a week."""
    count = department.size
    rude = generator.random(count) < 0.18
    return Staff(
        department=department,
        slowness=generator.normal(0, 0.45, count) + np.where(generator.random(count) < 0.2, 0.9, 0),
        rudeness=np.where(rude, generator.uniform(0.15, 0.35, count), 0.008),
        diligence=np.clip(generator.normal(1.0, 0.2, count), 0.5, 1.4),
        leaves=week + 8 + generator.geometric(0.006, count),
    )


def first_state(people: Population, streams: Streams) -> tuple[State, Staff]:
    """Make the state in which the first week begins, and the first managers."""
    generator = streams.staff
    count = len(people)
    managers = max(len(DEPARTMENTS), round(count / CUSTOMERS_PER_MANAGER))
    staff = hire(generator, np.arange(managers) % len(DEPARTMENTS), 0)
    per_department = np.array([(staff.department == each).sum() for each in range(len(DEPARTMENTS))])
    choice = np.floor(generator.random(count) * per_department[people.department]).astype(np.int64)
    founder = people.arrival < 0
    state = State(
        week=0,
        present=founder.copy(),
        phase=np.full(count, ACTIVE, dtype=np.int8),
        cause=np.full(count, -1, dtype=np.int8),
        silence=np.where(founder, np.floor(generator.random(count) * people.gap_weeks), 0.0),
        contact_silence=np.where(founder, generator.random(count) * people.contact_weeks, 0.0),
        manager=choice * len(DEPARTMENTS) + people.department,
        discount=people.discount.copy(),
        dearness=np.ones(count),
        basket=people.basket.copy(),
        basket_weight=people.basket_weight.copy(),
        sold=np.ones(PRODUCTS, dtype=bool),
        grievance=np.zeros((count, len(GRIEVANCES))),
        pending=np.zeros((AHEAD, count, 2)),
        upset=np.zeros((count, 2), dtype=bool),
        dropped_until=np.full(count, NOT_YET, dtype=np.int64),
        bad_route_until=np.full(count, NOT_YET, dtype=np.int64),
        exit_week=np.full(count, NOT_YET, dtype=np.int64),
        closing_week=np.full(count, NOT_YET, dtype=np.int64),
        closed_at=np.zeros(count, dtype=np.int64),
        offered_week=np.full(count, NOT_YET, dtype=np.int64),
        left_at=np.zeros(count, dtype=np.int64),
        ordering=np.zeros(count, dtype=bool),
        usual=np.zeros(len(GRIEVANCES)),
    )
    return state, staff
