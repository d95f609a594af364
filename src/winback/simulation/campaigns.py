"""The company's past campaigns: every four weeks some customers are drawn, some of them held out at random."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from winback.simulation.effects import ACTIONS
from winback.simulation.forecast import forecast
from winback.simulation.log import HOUR_US
from winback.simulation.outreach import Interventions, apply
from winback.simulation.population import Floats
from winback.simulation.state import Scene

EVERY_WEEKS = 4
#: The first campaign comes after this share of all weeks.
FIRST = 0.3
#: Share of all customers drawn in a campaign, and of those drawn the share that is held out.
DRAWN, HELD_OUT = 0.05, 0.25
COOLDOWN_WEEKS = 8
#: Who has been silent for longer than so many of its usual gaps is drawn so many times likelier.
SILENT_GAPS, SILENT_FACTOR = 1.5, 4.0
#: Nobody remembers customers who have been silent for longer.
FORGOTTEN_WEEKS = 52


def is_campaign_week(week: int, weeks: int) -> bool:
    """Whether a campaign begins in the week."""
    first = int(weeks * FIRST)
    return week >= first and (week - first) % EVERY_WEEKS == 0


def run_campaign(scene: Scene, horizon_days: int) -> None:
    """Draw customers, actions and arms; treat the treated; log both arms and the truth about them."""
    generator = scene.streams.campaigns
    rows = _draw(scene)
    actions = tuple(ACTIONS)
    odds = _odds(scene, rows, actions)
    action = (generator.random(rows.size)[:, None] > np.cumsum(odds, axis=1)).sum(axis=1)
    treated = generator.random(rows.size) >= HELD_OUT
    propensity = odds[np.arange(rows.size), action] * np.where(treated, 1 - HELD_OUT, HELD_OUT)
    outlook = forecast(scene, rows, actions, horizon_days=horizon_days, value_days=horizon_days)
    scene.log.add(
        "offer_truth",
        customer=rows,
        week_start=np.full(rows.size, scene.week_start),
        action=action,
        treated=treated,
        phase=scene.state.phase[rows],
        cause=scene.state.cause[rows],
        kept_without=1 - outlook.lost,
        kept_with=1 - outlook.lost_with[np.arange(rows.size), action],
    )
    accepted = np.zeros(rows.size, dtype=bool)
    accepted[treated] = apply(scene, Interventions(rows[treated], action[treated], actions))
    scene.state.offered_week[rows] = scene.state.week
    scene.log.add(
        "offers",
        customer=rows,
        cycle=np.full(rows.size, scene.week_start),
        action=action,
        offered_at=np.full(rows.size, scene.week_start + 7 * HOUR_US),
        held_out=(~treated).astype(np.int8),
        cost=np.where(treated, offer_costs(action, accepted, outlook.horizon_revenue), 0.0),
        propensity=np.round(propensity, 6),
    )


def _draw(scene: Scene) -> NDArray[np.int64]:
    """Draw customers, the silent ones likelier than others."""
    state, people, generator = scene.state, scene.people, scene.streams.campaigns
    free = state.present & (state.closed_at == 0) & ~people.do_not_contact & ~people.do_not_win_back
    free &= (state.week - state.offered_week >= COOLDOWN_WEEKS) & (state.silence < FORGOTTEN_WEEKS)
    silent = (state.silence > SILENT_GAPS * people.gap_weeks) & (state.silence >= 3)
    weight = np.where(free, np.where(silent, SILENT_FACTOR, 1.0), 0.0)
    with np.errstate(divide="ignore"):
        key = np.log(generator.random(len(people))) / weight
    count = min(round(DRAWN * int(state.present.sum())), int(free.sum()))
    return np.sort(np.argsort(-key, kind="stable")[:count])


def _odds(scene: Scene, rows: NDArray[np.int64], actions: tuple[str, ...]) -> Floats:
    """Chance of each action for each customer: none that would not reach it."""
    people = scene.people
    weight = np.array([ACTIONS[name].weight for name in actions])
    reach = np.array([ACTIONS[name].reach for name in actions])
    odds = np.tile(weight, (rows.size, 1))
    odds[np.ix_(~people.has_email[rows], reach == "email")] = 0
    odds[np.ix_(~people.has_phone[rows], reach == "phone")] = 0
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def offer_costs(action: NDArray[np.int64], accepted: NDArray[np.bool_], revenue: Floats) -> Floats:
    """Return what treated offers cost: contact always, the offer when it is taken up; actions by code of `ACTIONS`."""
    profiles = list(ACTIONS.values())
    contact = np.array([p.contact_cost for p in profiles])[action]
    offer = np.array([p.offer_cost for p in profiles])[action]
    share = np.array([p.offer_share for p in profiles])[action]
    return np.round(contact + accepted * (offer + share * revenue), 2)


def cycle_name(instant: int) -> str:
    """Name of the cycle that begins at an instant: its day.

    Examples
    --------
    >>> cycle_name(0)
    '1970-01-01'
    """
    return datetime.fromtimestamp(instant / 1e6, UTC).date().isoformat()
