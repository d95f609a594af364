"""Actions upon customers, and what they really change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import ACTIVE, CAUSE, FADING, GRIEVANCE, GRIEVANCES
from winback.simulation.effects import ACTIONS, CONTENT, Profile, effect_matrix, persuasion
from winback.simulation.leaving import come_back
from winback.simulation.population import Floats
from winback.simulation.relations import MEDIA, contact, replace_managers
from winback.simulation.state import Scene, hazards


@dataclass(frozen=True)
class Interventions:
    """Actions of one week, one entry per customer, each customer at most once.

    Parameters
    ----------
    customer : ndarray of int64
        Codes of customers.
    action : ndarray of int64
        Index into ``actions``.
    actions : tuple of str
        Names, all of them known to `winback.simulation.effects.ACTIONS`.
    """

    customer: NDArray[np.int64]
    action: NDArray[np.int64]
    actions: tuple[str, ...]


def is_content(hazard: Floats) -> NDArray[np.bool_]:
    """Who has so little to complain of that being approached can only bother it; ``hazard`` by cause, (n, causes)."""
    return np.asarray(hazard[:, : len(GRIEVANCES)].sum(axis=1) < CONTENT)


def healing_factors(actions: tuple[str, ...]) -> Floats:
    """What actions leave of the hazards of active customers, shape (actions, grievances).

    A personal contact ends neglect altogether.
    """
    left = np.array([1 - ACTIONS[name].healing() for name in actions]).reshape(len(actions), len(GRIEVANCES))
    for row, name in enumerate(actions):
        if ACTIONS[name].medium:
            left[row, GRIEVANCE["neglect"]] = 0.0
    return left


def apply(scene: Scene, interventions: Interventions) -> NDArray[np.bool_]:
    """Do it, before anything else happens in the week.

    Returns
    -------
    ndarray of bool
        Whether each offer was taken up.
    """
    rows, action = interventions.customer, interventions.action
    if not rows.size:
        return np.zeros(0, dtype=bool)
    state, generator = scene.state, scene.streams.outreach
    profiles = [ACTIONS[name] for name in interventions.actions]
    # the week's own passing has not been counted yet
    factor = persuasion(scene.people.responsiveness[rows], state.silence[rows] + 1)
    chance = np.clip(effect_matrix(interventions.actions)[action] * factor[:, None], 0, 0.95)
    off = np.where(is_content(hazards(scene)[rows]), np.array([p.harm for p in profiles])[action], 0.0)
    accept = np.array([p.accept for p in profiles])[action]
    scene.belief.persuade(rows, chance, off, CAUSE["unknown"])
    luck, harm_luck, accept_luck = generator.random((3, rows.size))
    phase = state.phase[rows].copy()
    own = chance[np.arange(rows.size), np.maximum(state.cause[rows], 0)]
    won = (phase != ACTIVE) & (luck < own)
    _heal(scene, rows, action, interventions.actions, phase == ACTIVE)
    _drive_off(scene, rows[(phase == ACTIVE) & (harm_luck < off)])
    come_back(scene, rows[won])
    _approach(scene, rows, action, profiles)
    return np.asarray(won | ((phase == ACTIVE) & (accept_luck < accept)))


def _heal(
    scene: Scene,
    rows: NDArray[np.int64],
    action: NDArray[np.int64],
    actions: tuple[str, ...],
    active: NDArray[np.bool_],
) -> None:
    state = scene.state
    left = np.array([1 - ACTIONS[name].healing() for name in actions])[action[active]]
    state.grievance[rows[active]] *= left
    price = left[:, GRIEVANCE["price"]]
    state.dearness[rows[active]] = 1 + (state.dearness[rows[active]] - 1) * price


def _drive_off(scene: Scene, rows: NDArray[np.int64]) -> None:
    """Let content customers start to fade, for no reason that any table shows."""
    state = scene.state
    state.phase[rows] = FADING
    state.cause[rows] = CAUSE["unknown"]
    state.left_at[rows] = scene.week_start
    scene.log.add(
        "departures",
        customer=rows,
        left_at=state.left_at[rows],
        cause=state.cause[rows].astype(np.int64),
        faded=np.ones(rows.size, dtype=bool),
        hazard=hazards(scene)[rows],
        grievance=state.grievance[rows],
    )


def _approach(scene: Scene, rows: NDArray[np.int64], action: NDArray[np.int64], profiles: list[Profile]) -> None:
    """Count personal actions as contacts, and carry a change of manager out."""
    medium = np.array([MEDIA.index(p.medium) if p.medium else -1 for p in profiles])[action]
    personal = medium >= 0
    contact(scene, rows[personal], medium[personal])
    changing = np.array([p is ACTIONS["change_manager"] for p in profiles])[action]
    replace_managers(scene, rows[changing])
