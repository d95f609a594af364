"""Activities: visits to the site, and what loyal customers do for the company, rewarded or not."""

from __future__ import annotations

import numpy as np

from winback.simulation.company import GRIEVANCE
from winback.simulation.log import HOUR_US, moments
from winback.simulation.state import Scene

ACTIVITIES = ("site_visit", "video_view", "newsletter_click", "review", "referral", "loyalty_points")
VISITS, LOYAL, POINTS = 3, (3, 4), 5
#: How often customers are active in each phase, relative to active ones.
VISITING = np.array([1.0, 0.6, 0.12])
#: Chance of points for a loyal act, usually and while rewards are paused.
REWARDED, REWARDED_IN_PAUSE = 0.9, 0.05
UNREWARDED = 0.55
#: What a reward leaves of the grievance.
APPEASED = 0.5


def advance_loyalty(scene: Scene) -> None:
    """Let customers visit and act, and reward them or not."""
    state, people, generator = scene.state, scene.people, scene.streams.loyalty
    visits = generator.poisson(people.activity_rate * state.present * VISITING[state.phase])
    acts = generator.poisson(people.loyal_rate * state.present * VISITING[state.phase])
    rate = (people.activity_rate + people.loyal_rate) * state.present
    scene.belief.see(*(factor ** (visits + acts) * np.exp(-rate * factor) for factor in VISITING))
    visitor = np.repeat(np.arange(len(people)), visits)
    _record(scene, visitor, generator.choice(VISITS, visitor.size, p=[0.6, 0.15, 0.25]))
    actor = np.flatnonzero(acts)
    at = _record(scene, actor, generator.choice(LOYAL, actor.size, p=[0.7, 0.3]))
    paused = scene.calendar.reward_paused[state.week][people.department[actor]]
    rewarded = generator.random(actor.size) < np.where(paused, REWARDED_IN_PAUSE, REWARDED)
    happy, unhappy = actor[rewarded], actor[~rewarded]
    state.grievance[happy, GRIEVANCE["loyalty"]] *= APPEASED
    state.grievance[unhappy, GRIEVANCE["loyalty"]] += UNREWARDED
    scene.log.add("activities", customer=happy, occurred_at=at[rewarded] + HOUR_US, kind=np.full(happy.size, POINTS))


def _record(scene: Scene, rows: np.ndarray, kind: np.ndarray) -> np.ndarray:
    at = moments(scene.streams.loyalty, scene.week_start, rows.size, first_hour=7, last_hour=22)
    scene.log.add("activities", customer=rows, occurred_at=at, kind=kind)
    return at
