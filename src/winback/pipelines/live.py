"""The demo company lives on, week by week, and what it offers its customers changes what they do.

Each week begins as a real one: the tables are exported, checked and staged as they are known that morning, the promoted
models judge the customers, a policy decides, and its offers go into the log. Then the week passes. Policies that look
at nothing but the customers themselves need no tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import Fault, SettingsError
from winback.pipelines.outcomes import PastViews
from winback.pipelines.policies import Chosen, Week, choose
from winback.pipelines.policy_names import NEEDS_TABLES
from winback.pipelines.prepared import tables_of_today
from winback.settings import Settings
from winback.simulation import Interventions, World
from winback.simulation.campaigns import offer_costs
from winback.simulation.effects import ACTIONS
from winback.simulation.forecast import forecast
from winback.simulation.log import HOUR_US
from winback.simulation.prices import margin_share
from winback.simulation.state import Scene
from winback.simulation.truth import worth_of


@dataclass(frozen=True)
class WeekResult:
    """One week of a company under a policy; money.

    Parameters
    ----------
    week : str
        Its first day.
    contacts, held_out : int
        Offers made, and customers left alone on purpose.
    cost : float
        What the offers cost.
    expected_net_value : float or None
        What the policy expected them to earn after costs; None where it does not say.
    true_net_value : float
        What an ideal observer expects them to earn in the value horizon, after costs.
    orders : int
        Orders of the week.
    margin, usual_margin : float
        What these orders earned; and with each at its customer's usual margin, which varies less.
    """

    week: str
    contacts: int
    held_out: int
    cost: float
    expected_net_value: float | None
    true_net_value: float
    orders: int
    margin: float
    usual_margin: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-like values."""
        return asdict(self)


def live_on(world: World, settings: Settings, policy: str, weeks: int, tell: Callable[[str], None]) -> list[WeekResult]:
    """Let a company live under a policy; the world is changed, and logs all offers.

    Parameters
    ----------
    world : World
        At the end of its data; its ``ahead_weeks`` cover the weeks.
    settings : Settings
        The project, with promoted models where the policy needs them; its raw and staged tables are replaced.
    policy : str
        One of `winback.pipelines.policy_names.POLICIES`.
    weeks : int
        How many.
    tell : callable
        Told which week begins.
    """
    actions = tuple(settings.actions)
    if unknown := [name for name in actions if name not in ACTIONS]:
        raise SettingsError(
            "The demo company does not know these actions",
            [Fault(f"actions.{name}", "nobody knows what it would do") for name in unknown],
            expected=", ".join(ACTIONS),
        )
    lived, views = [], PastViews()
    for _ in range(weeks):
        day = datetime.fromtimestamp(world.scene.week_start / 1e6, UTC).date()
        tell(f"week of {day} under the policy {policy}")
        lived.append(_live_week(world, settings, policy, day, views))
    return lived


def _live_week(world: World, settings: Settings, policy: str, day: date, views: PastViews) -> WeekResult:
    scene = world.scene
    history = tables_of_today(scene, settings, day) if policy in NEEDS_TABLES else None
    chosen = choose(policy, Week(scene, settings, history, day, views))
    outlook = forecast(scene, chosen.customer, chosen.actions, horizon_days=settings.label.horizon_days)
    worth = worth_of(outlook, chosen.actions)
    every, treated = np.arange(len(chosen.customer)), ~chosen.held_out
    true_net = (worth.gain - worth.cost)[every, chosen.action][treated].sum()
    start, known_orders = scene.week_start, len(scene.log.batches["orders"])
    scene.state.offered_week[chosen.customer] = scene.state.week
    accepted = np.zeros(len(every), dtype=np.bool_)
    accepted[treated] = world.step(Interventions(chosen.customer[treated], chosen.action[treated], chosen.actions))
    code = np.array([list(ACTIONS).index(name) for name in chosen.actions], dtype=np.int64)[chosen.action]
    cost = np.where(treated, offer_costs(code, accepted, outlook.horizon_revenue), 0.0)
    _log(scene, chosen, code, cost, start)
    orders = scene.log.batches["orders"][known_orders:]
    return WeekResult(
        day.isoformat(),
        int(treated.sum()),
        int(chosen.held_out.sum()),
        float(cost.sum()),
        chosen.expected_net_value,
        float(true_net),
        int(sum((batch["amount"] > 0).sum() for batch in orders)),
        float(sum(batch["margin"].sum() for batch in orders)),
        _usual_margin(scene),
    )


def _log(scene: Scene, chosen: Chosen, code: NDArray[np.int64], cost: NDArray[np.float64], start: int) -> None:
    """Write the offers as past campaigns write theirs."""
    count = len(chosen.customer)
    if not count:
        return
    scene.log.add(
        "offers",
        customer=chosen.customer,
        cycle=np.full(count, start),
        action=code,
        offered_at=np.full(count, start + 7 * HOUR_US),
        held_out=chosen.held_out.astype(np.int8),
        cost=cost,
        propensity=np.round(chosen.propensity, 6),
    )


def _usual_margin(scene: Scene) -> float:
    """Return the margin of who ordered in the week that has passed, at everyone's usual basket."""
    people, state = scene.people, scene.state
    ordered = state.present & (state.silence == 0)
    amount = np.exp(people.log_amount + people.amount_spread**2 / 2)
    return float((amount * margin_share(scene))[ordered].sum())
