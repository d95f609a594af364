"""Who leaves, why, who fades first, and who comes back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import (
    ACTIVE,
    CAUSE,
    CAUSES,
    FADE_END,
    FADE_SHARE,
    FADING,
    FORGIVEN,
    GONE,
    MEMORY,
    RETURN_FACTOR,
    RETURN_HAZARD,
    RETURN_MEMORY_WEEKS,
)
from winback.simulation.log import HOUR_US, moments
from winback.simulation.population import Floats
from winback.simulation.state import NOT_YET, Scene, hazards

#: Share of leavers who say why, and of those whose life changed, who close for good and say so.
SAYS_WHY, CLOSES = 0.18, 0.6
#: Weight of a week in the memory of what grievances are usual.
USUAL_WEIGHT = 0.04


def return_chance(silence: Floats) -> Floats:
    """Chance that one who is gone returns by itself in a week, by cause.

    Returns
    -------
    ndarray of float, shape (n, causes)
    """
    return np.asarray(RETURN_HAZARD * np.exp(-silence / RETURN_MEMORY_WEEKS)[:, None] * RETURN_FACTOR)


def advance_leaving(scene: Scene) -> None:
    """Decide who leaves, who stops fading, and who returns in this week."""
    # this stream gives the same count of numbers each week, so that worlds can be compared
    state, generator = scene.state, scene.streams.leaving
    count = len(scene.people)
    hazard = hazards(scene)
    total = hazard.sum(axis=1)
    share = hazard / total[:, None]
    # nobody leaves in the week of its first order
    settled = state.present & (scene.people.arrival < state.week)
    chance = np.where(settled, 1 - np.exp(-total), 0.0)
    luck, choice, manner, return_luck, end_luck = generator.random((5, count))
    back = return_chance(state.silence)
    scene.belief.leave(chance, share, back)
    returning = (state.phase == GONE) & (return_luck < back[np.arange(count), np.maximum(state.cause, 0)])
    ending = (state.phase == FADING) & (end_luck < FADE_END)
    leaving = (state.phase == ACTIVE) & (luck < chance) & ~state.ordering
    cause = (choice[:, None] > np.cumsum(share, axis=1)).sum(axis=1).clip(max=len(CAUSES) - 1)
    state.phase[ending] = GONE
    _depart(scene, scene.customers(leaving), cause[leaving], manner[leaving] < FADE_SHARE, hazard[leaving])
    come_back(scene, scene.customers(returning))
    _remember_usual(scene)


def _depart(
    scene: Scene, rows: NDArray[np.int64], cause: NDArray[np.int64], fades: NDArray[np.bool_], hazard: Floats
) -> None:
    """Let customers leave: record the truth, and plan what they will say."""
    state, generator = scene.state, scene.streams.departing
    state.phase[rows] = np.where(fades, FADING, GONE)
    state.cause[rows] = cause
    state.left_at[rows] = moments(generator, scene.week_start, rows.size)
    says = generator.random(rows.size) < SAYS_WHY
    closes = (cause == CAUSE["life_event"]) & (generator.random(rows.size) < CLOSES)
    delay = generator.integers(1, 8, rows.size)
    state.exit_week[rows] = np.where(says & ~closes, state.week + delay, NOT_YET)
    state.closing_week[rows] = np.where(closes, state.week + delay, NOT_YET)
    scene.log.add(
        "departures",
        customer=rows,
        left_at=state.left_at[rows],
        cause=cause,
        faded=fades,
        hazard=hazard,
        grievance=state.grievance[rows],
    )


def come_back(scene: Scene, rows: NDArray[np.int64]) -> None:
    """Let customers return: they order in this week, and most is forgiven."""
    state = scene.state
    scene.log.add("returns", customer=rows, returned_at=np.full(rows.size, scene.week_start))
    state.phase[rows] = ACTIVE
    state.cause[rows] = -1
    state.left_at[rows] = 0
    state.exit_week[rows] = NOT_YET
    state.grievance[rows] *= FORGIVEN
    state.dearness[rows] = 1 + (state.dearness[rows] - 1) * FORGIVEN
    state.ordering[rows] = True


def close(scene: Scene) -> None:
    """Let the closings become known that are due."""
    state = scene.state
    rows = scene.customers(state.closing_week == state.week)
    state.closed_at[rows] = scene.week_start + 9 * HOUR_US
    state.phase[rows] = GONE
    scene.belief.know_gone(rows, np.full(rows.size, CAUSE["life_event"]))


def forget_grievances(scene: Scene) -> None:
    """Let a week pass over all grievances; prices, neglect have their own memory."""
    scene.state.grievance *= MEMORY


def _remember_usual(scene: Scene) -> None:
    state = scene.state
    active = state.present & (state.phase == ACTIVE)
    if active.any():
        mean = state.grievance[active].mean(axis=0)
        first = state.week == 0
        state.usual = mean if first else state.usual + USUAL_WEIGHT * (mean - state.usual)
