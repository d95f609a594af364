"""What will truly come: chances of not ordering in the horizon, with and without each action, and margins.

Along the path on which a customer does *not* order, everything that matters is either fixed or known in the mean:
its silence grows, its grievances fade, and it can only stay active, fade, be gone or return. So the chance of no
order is exact backward recursion over weeks, but for new grievances, which enter by their usual mean. Margins over
the longer value horizon use the long-run rate of orders in place of the exact process.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.simulation.company import (
    ACTIVE,
    CAUSE,
    FADE_END,
    FADE_ORDERING,
    FADE_SHARE,
    FADING,
    GONE,
    GRIEVANCE,
    GRIEVANCES,
    MEMORY,
)
from winback.simulation.effects import ACTIONS, effect_matrix, persuasion
from winback.simulation.leaving import return_chance
from winback.simulation.log import WEEK_US, day_shares
from winback.simulation.outreach import healing_factors, is_content
from winback.simulation.population import Floats, order_increment, seasonal_factor
from winback.simulation.prices import margin_share
from winback.simulation.state import Scene, hazards

#: Grievances that only orders can renew: without orders they only fade.
FROM_ORDERS = [GRIEVANCE["delivery"], GRIEVANCE["product_quality"]]


@dataclass(frozen=True)
class Outlook:
    """Forecasts for some customers, without action and with each action.

    Parameters
    ----------
    lost : ndarray of float, shape (n,)
        Chance of no order in the horizon, as an ideal observer judges it.
    lost_known : ndarray of float, shape (n,)
        The same for one who knows the phase.
    lost_with, lost_known_with : ndarray of float, shape (n, actions)
        With each action at the start of the horizon.
    margin_if_kept, margin_if_lost : ndarray of float, shape (n,)
        Discounted margin over the value horizon, given an order in the horizon or none.
    horizon_revenue : ndarray of float, shape (n,)
        Expected amount of orders in the horizon, given at least one.
    """

    lost: Floats
    lost_known: Floats
    lost_with: Floats
    lost_known_with: Floats
    margin_if_kept: Floats
    margin_if_lost: Floats
    horizon_revenue: Floats


@dataclass(frozen=True)
class _Path:
    """Weeks ahead of some customers; lists have one entry per week."""

    ordering: list[Floats]  # chance of an order by an active customer
    faint: list[Floats]  # by a fading one
    back: list[Floats]  # of a return, (n, causes)
    reach: list[float]  # share of the week that counts
    margin: list[Floats]  # expected discounted margin of the week while active
    one: list[Floats]  # discounted margin of one order


@dataclass(frozen=True)
class _Values:
    """What the phases are worth at one instant."""

    active: Floats
    fading: Floats
    gone: Floats


def forecast(
    scene: Scene,
    rows: NDArray[np.int64],
    actions: tuple[str, ...],
    *,
    horizon_days: int,
    value_days: int = 365,
    discount_rate: float = 0.10,
) -> Outlook:
    """Look ahead from the start of the week at hand.

    Parameters
    ----------
    scene : Scene
    rows : ndarray of int64
        Codes of customers who have ordered before.
    actions : tuple of str
    horizon_days, value_days : int
        Windows of the label and of the value.
    discount_rate : float
        Per year.
    """
    path = _path(scene, rows, max(horizon_days, value_days), discount_rate)
    weeks = -(-horizon_days // 7)
    hazard = hazards(scene)[rows]
    factors = np.vstack([np.ones(len(GRIEVANCES)), healing_factors(actions)])
    shown = [_leaving(scene, rows, hazard, factor, weeks, fresh=False) for factor in factors]
    reaches = [_reach(scene, week, horizon_days) for week in range(weeks)]
    silent = _stay_silent(path, shown, reaches, None)
    belief = _belief(scene, rows)
    known = _known(scene, rows)
    value = _values(path, _leaving(scene, rows, hazard, factors[0], len(path.margin), fresh=True))
    later = _stay_silent(path, shown[:1], reaches, value[weeks])[0]
    lost = _mix(belief, silent[0])
    total, if_lost = _mix(belief, value[0]), _mix(belief, later)
    chance = np.clip(
        effect_matrix(actions)[None]
        * persuasion(scene.people.responsiveness[rows], scene.state.silence[rows] + 1)[:, None, None],
        0,
        0.95,
    )
    off = [np.where(is_content(hazard), ACTIONS[name].harm, 0.0) for name in actions]
    kept = np.clip(1 - lost, 1e-6, None)
    return Outlook(
        lost=lost,
        lost_known=_mix(known, silent[0]),
        lost_with=_with_actions(belief, silent, chance, off),
        lost_known_with=_with_actions(known, silent, chance, off),
        margin_if_kept=(total - if_lost) / kept,
        margin_if_lost=if_lost / np.clip(lost, 1e-6, None),
        horizon_revenue=_horizon_revenue(scene, rows, path, weeks),
    )


def _path(scene: Scene, rows: NDArray[np.int64], days: int, discount_rate: float) -> _Path:
    people, state = scene.people, scene.state
    path = _Path([], [], [], [], [], [])
    worth = np.exp(people.log_amount[rows] + people.amount_spread[rows] ** 2 / 2) * margin_share(scene)[rows]
    weeks = -(-days // 7)
    first_day = float(scene.calendar.day_of_year[0]) + 7.0 * state.week
    for week in range(weeks):
        season = seasonal_factor(people.season[rows], people.season_peak[rows], (first_day + 7 * week) % 365.25)
        silence = np.maximum(state.silence[rows] + 1 + week, 1)
        increment = order_increment(people.gap_weeks[rows], people.regularity[rows], silence) * season
        now = (1 + discount_rate) ** (-(7 * week + 3.5) / 365)
        path.ordering.append(1 - np.exp(-increment))
        path.faint.append(1 - np.exp(-FADE_ORDERING * increment))
        path.back.append(return_chance(silence))
        path.reach.append(_reach(scene, week, days))
        path.one.append(worth * now)
        path.margin.append(worth * now * np.minimum(people.order_rate[rows] * season, 1))
    return path


def _reach(scene: Scene, week: int, days: int) -> float:
    """Share of a week's events that lie within so many days from now."""
    covered = min(7, days - 7 * week)
    return float(day_shares(scene.week_start + week * WEEK_US)[:covered].sum())


def _leaving(
    scene: Scene, rows: NDArray[np.int64], hazard: Floats, factor: Floats, weeks: int, *, fresh: bool
) -> list[Floats]:
    """Hazards by cause in the weeks ahead; with ``fresh``, orders renew the grievances that come with them."""
    count = len(GRIEVANCES)
    usual = scene.people.sensitivity[rows] * scene.weight[:count] * scene.state.usual
    if not fresh:
        usual[:, FROM_ORDERS] = 0
    result = []
    left = np.ones(count)
    for _ in range(weeks):
        ahead = hazard.copy()
        ahead[:, :count] = hazard[:, :count] * factor * left + usual * (1 - left)
        result.append(ahead)
        left = left * MEMORY
    return result


def _stay_silent(
    path: _Path, hazard_by_action: list[list[Floats]], reaches: list[float], end: _Values | None
) -> list[_Values]:
    """Expected ``end`` value (or 1) on the path without any order, per action, by phase at the start."""
    shape = path.back[0].shape
    last = end or _Values(np.ones(shape[0]), np.ones(shape), np.ones(shape))
    active = [last.active] * len(hazard_by_action)
    fading, gone = last.fading, last.gone
    for week, reach in reversed(list(enumerate(reaches))):
        calm = 1 - reach * path.ordering[week]
        faint = (1 - reach * path.faint[week])[:, None] * fading
        for which, hazard in enumerate(hazard_by_action):
            leave, share = _chance(hazard[week])
            left = (share * (FADE_SHARE * faint + (1 - FADE_SHARE) * gone)).sum(axis=1)
            active[which] = leave * left + (1 - leave) * calm * active[which]
        fading = FADE_END * gone + (1 - FADE_END) * faint
        gone = (1 - reach * path.back[week]) * gone
    return [_Values(each, fading, gone) for each in active]


def _chance(hazard: Floats) -> tuple[Floats, Floats]:
    total = hazard.sum(axis=1)
    return 1 - np.exp(-total), hazard / total[:, None]


def _values(path: _Path, hazard: list[Floats]) -> list[_Values]:
    """Expected discounted margin from each week on, by phase; the last entry is zero."""
    shape = path.back[0].shape
    values = [_Values(np.zeros(shape[0]), np.zeros(shape), np.zeros(shape))]
    for week in reversed(range(len(path.margin))):
        after = values[-1]
        leave, share = _chance(hazard[week])
        left = (share * (FADE_SHARE * after.fading + (1 - FADE_SHARE) * after.gone)).sum(axis=1)
        reach = path.reach[week]
        active = leave * left + (1 - leave) * (reach * path.margin[week] + after.active)
        faint = FADE_ORDERING * reach * path.margin[week][:, None] + after.fading
        fading = FADE_END * after.gone + (1 - FADE_END) * faint
        home = (path.one[week] + after.active)[:, None]
        gone = path.back[week] * home + (1 - path.back[week]) * after.gone
        values.append(_Values(active, fading, gone))
    return values[::-1]


def _belief(scene: Scene, rows: NDArray[np.int64]) -> _Values:
    belief = scene.belief
    return _Values(belief.active[rows], belief.fading[rows], belief.gone[rows])


def _known(scene: Scene, rows: NDArray[np.int64]) -> _Values:
    """The phases themselves, as certainties."""
    phase, cause = scene.state.phase[rows], np.maximum(scene.state.cause[rows], 0)
    fading = np.zeros((rows.size, scene.weight.size))
    gone = fading.copy()
    fading[np.arange(rows.size), cause] = phase == FADING
    gone[np.arange(rows.size), cause] = phase == GONE
    return _Values((phase == ACTIVE).astype(np.float64), fading, gone)


def _mix(weights: _Values, values: _Values) -> Floats:
    inner = (weights.fading * values.fading).sum(axis=1) + (weights.gone * values.gone).sum(axis=1)
    return np.asarray(weights.active * values.active + inner)


def _with_actions(start: _Values, silent: list[_Values], chance: Floats, off: list[Floats]) -> Floats:
    """Chance of no order with each action: who is won orders at once."""
    base = silent[0]
    columns = []
    for which in range(chance.shape[1]):
        not_won = 1 - chance[:, which]
        active = (1 - off[which]) * silent[which + 1].active + off[which] * base.fading[:, CAUSE["unknown"]]
        columns.append(
            start.active * active
            + (start.fading * base.fading * not_won).sum(axis=1)
            + (start.gone * base.gone * not_won).sum(axis=1)
        )
    return np.column_stack(columns) if columns else np.zeros((base.active.size, 0))


def _horizon_revenue(scene: Scene, rows: NDArray[np.int64], path: _Path, weeks: int) -> Floats:
    """Amount expected from an active customer in the horizon, but at least one order."""
    people = scene.people
    amount = np.exp(people.log_amount[rows] + people.amount_spread[rows] ** 2 / 2)
    orders = np.zeros(rows.size)
    for week in range(weeks):
        orders += path.margin[week] / path.one[week]
    return np.asarray(amount * np.maximum(orders, 1.0))
