"""Managers and contacts: who looks after a customer, and how often anybody calls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import DEPARTMENTS, GRIEVANCE
from winback.simulation.log import moments
from winback.simulation.state import Scene, Staff, hire

MEDIA = ("phone", "email", "visit")
#: Chance of an answer by phase: active, fading, gone.
ANSWERED = np.array([0.65, 0.5, 0.35])
#: A new manager's grievance.
STRANGER = 1.15
#: Weekly chance that a customer is handed to a colleague although its manager stays.
HANDED_OVER = 0.002
#: Weekly chance that a customer falls off the list of those to be called, and for how many weeks.
DROPPED, DROPPED_FROM, DROPPED_TO = 0.0055, 14, 32
#: Silence of the company, in usual intervals, from which a customer feels neglected; intervals per unit; the most.
FELT_FROM, PER_UNIT, MOST = 2.3, 1.4, 2.5


def advance_managers(scene: Scene) -> None:
    """Let managers leave, and hand their customers to new ones."""
    state, staff = scene.state, scene.staff
    leaving = np.flatnonzero(staff.leaves == state.week)
    if leaving.size:
        fresh = hire(scene.streams.staff, staff.department[leaving], state.week)
        replacement = np.arange(staff.department.size)
        replacement[leaving] = staff.department.size + np.arange(leaving.size)
        _append(staff, fresh)
        assign(scene, scene.customers(np.isin(state.manager, leaving)), replacement)
    moved = scene.customers(state.present & (scene.streams.staff.random(len(scene.people)) < HANDED_OVER))
    assign(scene, moved, _colleagues(scene))


def _append(staff: Staff, fresh: Staff) -> None:
    for name in Staff.__dataclass_fields__:
        setattr(staff, name, np.concatenate([getattr(staff, name), getattr(fresh, name)]))


def _colleagues(scene: Scene) -> NDArray[np.int64]:
    """For every manager, the next one of the department who is still there."""
    staff, week = scene.staff, scene.state.week
    replacement = np.arange(staff.department.size)
    for department in range(len(DEPARTMENTS)):
        there = np.flatnonzero((staff.department == department) & (staff.leaves > week))
        replacement[there] = np.roll(there, 1)
    return replacement


def assign(scene: Scene, rows: NDArray[np.int64], replacement: NDArray[np.int64]) -> None:
    """Give customers the managers that replace theirs; those who know the old one mind."""
    state = scene.state
    rows = rows[replacement[state.manager[rows]] != state.manager[rows]]
    state.manager[rows] = replacement[state.manager[rows]]
    known = rows[state.present[rows]]
    state.grievance[known, GRIEVANCE["manager_change"]] += STRANGER
    log_assignments(scene, known)


def log_assignments(scene: Scene, rows: NDArray[np.int64]) -> None:
    """Record the customers' managers as of the first morning of the week."""
    at = np.full(rows.size, scene.week_start + 6 * 3_600_000_000)
    scene.log.add("managers", customer=rows, manager_id=scene.state.manager[rows], assigned_at=at)


def replace_managers(scene: Scene, rows: NDArray[np.int64]) -> None:
    """Give customers a colleague of their manager, as an action does."""
    assign(scene, rows, _colleagues(scene))


def advance_contacts(scene: Scene) -> None:
    """Let managers call their customers, or not."""
    state, people, generator = scene.state, scene.people, scene.streams.contacts
    count = len(people)
    drops = state.present & (generator.random(count) < DROPPED)
    until = state.week + generator.integers(DROPPED_FROM, DROPPED_TO + 1, count)
    state.dropped_until = np.where(drops, np.maximum(state.dropped_until, until), state.dropped_until)
    # silence begins with the relation: nobody is neglected before it is a customer
    state.contact_silence = np.where(state.present, state.contact_silence + 1, state.contact_silence)
    due = np.where(state.contact_silence < 0.6 * people.contact_weeks, 0.35, 1.9) / people.contact_weeks
    chance = due * scene.staff.diligence[state.manager] * np.where(state.silence > 13, 0.4, 1.0)
    called = state.present & (generator.random(count) < chance) & (state.dropped_until <= state.week)
    called &= (state.closed_at == 0) & ~people.do_not_contact
    rows = scene.customers(called)
    contact(scene, rows, generator.choice(len(MEDIA), rows.size, p=[0.55, 0.3, 0.15]))
    feel_neglect(scene)


def feel_neglect(scene: Scene) -> None:
    """Set the grievance of those whom nobody calls."""
    state, people = scene.state, scene.people
    # who asked not to be called does not miss the calls
    intervals = np.where(people.do_not_contact, 0.0, state.contact_silence / people.contact_weeks)
    state.grievance[:, GRIEVANCE["neglect"]] = np.clip((intervals - FELT_FROM) / PER_UNIT, 0, MOST)


def contact(scene: Scene, rows: NDArray[np.int64], medium: NDArray[np.int64]) -> None:
    """Record contacts; whether they are answered depends on the phase, and tells of it."""
    state, generator = scene.state, scene.streams.contacts
    state.contact_silence[rows] = 0
    answered = generator.random(rows.size) < ANSWERED[state.phase[rows]]
    at = moments(generator, scene.week_start, rows.size)
    scene.log.add("contacts", customer=rows, contacted_at=at, channel=medium, answered=answered)
    likelihood = np.ones((3, len(scene.people)))
    likelihood[:, rows] = np.where(answered, ANSWERED[:, None], 1 - ANSWERED[:, None])
    scene.belief.see(*likelihood)
