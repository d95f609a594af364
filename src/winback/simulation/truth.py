"""The truth about the demo company, for tests and benchmarks; what each table says stands in `winback.simulation`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.simulation.company import ACTIVE, CAUSES, GRIEVANCES, KINDS, PHASES
from winback.simulation.effects import ACTIONS
from winback.simulation.export import customer_names, day_names, stamps, words_of
from winback.simulation.forecast import Outlook, forecast
from winback.simulation.log import NEVER
from winback.simulation.state import Scene, hazards

#: Customers whose forecasts are made at once, to bound memory.
BLOCK = 20_000


def truth_tables(
    scene: Scene,
    *,
    ordered_again: NDArray[np.bool_],
    actions: tuple[str, ...],
    horizon_days: int,
    value_days: int = 365,
    discount_rate: float = 0.10,
) -> dict[str, pa.Table]:
    """Make the tables of the truth at the beginning of the week at hand.

    Parameters
    ----------
    scene : Scene
    ordered_again : ndarray of bool, shape (customers,)
        Who did order in the horizon, in the one future that was lived through.
    actions : tuple of str
        Actions whose effects are told.
    horizon_days, value_days : int
        Windows of the label and of the value.
    discount_rate : float
        Per year.
    """
    rows = np.flatnonzero(scene.state.present)
    blocks = [rows[begin : begin + BLOCK] for begin in range(0, rows.size, BLOCK)]
    outlooks = [
        forecast(scene, block, actions, horizon_days=horizon_days, value_days=value_days, discount_rate=discount_rate)
        for block in blocks
    ]
    return {
        "customers": _customers(scene, rows),
        "as_of": _join(_as_of(scene, *pair, ordered_again) for pair in zip(blocks, outlooks, strict=True)),
        "actions": _join(_actions(*pair, actions) for pair in zip(blocks, outlooks, strict=True)),
        "departures": _departures(scene),
        "offers": _offers(scene),
    }


def _join(tables: Iterator[pa.Table]) -> pa.Table:
    return pa.concat_tables(list(tables))


def _per_cause(values: NDArray[np.float64], names: tuple[str, ...], suffix: str) -> dict[str, NDArray[np.float64]]:
    return {f"{name}_{suffix}": values[:, column] for column, name in enumerate(names)}


def _customers(scene: Scene, rows: NDArray[np.int64]) -> pa.Table:
    people, state = scene.people, scene.state
    gone = state.phase[rows] != ACTIVE
    return pa.table(
        {
            "customer_id": customer_names(rows),
            "kind": words_of(tuple(kind.name for kind in KINDS))(people.kind[rows]),
            "gap_days": people.gap_weeks[rows] * 7,
            "phase": words_of(PHASES)(state.phase[rows]),
            "left_at": stamps(np.where(gone, state.left_at[rows], NEVER)),
            "cause": words_of(CAUSES)(np.where(gone, state.cause[rows], -1)),
            **_per_cause(_last_hazard(scene, rows), CAUSES, "hazard_at_leaving"),
            **_per_cause(hazards(scene)[rows], CAUSES, "hazard"),
            **_per_cause(state.grievance[rows], GRIEVANCES, "grievance"),
            **_per_cause(people.sensitivity[rows], GRIEVANCES, "sensitivity"),
        }
    )


def _last_hazard(scene: Scene, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Hazards by cause in the week in which the customer left; missing for those who are there."""
    result = np.full((len(scene.people), len(CAUSES)), np.nan)
    departures = scene.log.table("departures")
    if departures:
        result[departures["customer"]] = departures["hazard"]
    result[scene.state.phase == ACTIVE] = np.nan
    return result[rows]


def _as_of(scene: Scene, rows: NDArray[np.int64], outlook: Outlook, ordered_again: NDArray[np.bool_]) -> pa.Table:
    belief = scene.belief
    left = belief.gone[rows] + belief.fading[rows]
    return pa.table(
        {
            "customer_id": customer_names(rows),
            "churn_probability": outlook.lost,
            "churn_probability_known_phase": outlook.lost_known,
            "is_churned": ~ordered_again[rows],
            "left_probability": left.sum(axis=1),
            "margin_if_kept": outlook.margin_if_kept,
            "margin_if_lost": outlook.margin_if_lost,
            "value_if_kept": outlook.margin_if_kept - outlook.margin_if_lost,
            "horizon_revenue": outlook.horizon_revenue,
            **_per_cause(left, CAUSES, "left_probability"),
        }
    )


@dataclass(frozen=True)
class Worth:
    """What every action would truly do for some customers, as the observer expects it; shape (n, actions)."""

    uplift: NDArray[np.float64]
    accept: NDArray[np.float64]
    cost: NDArray[np.float64]
    gain: NDArray[np.float64]


def worth_of(outlook: Outlook, actions: tuple[str, ...]) -> Worth:
    """Return uplift, chance of acceptance, expected cost, and uplift times the value of a kept customer."""
    profiles = [ACTIONS[name] for name in actions]
    contact = np.array([p.contact_cost for p in profiles])
    offer = np.array([p.offer_cost for p in profiles]) + np.outer(
        outlook.horizon_revenue, [p.offer_share for p in profiles]
    ).reshape(outlook.lost.size, len(actions))
    uplift = outlook.lost[:, None] - outlook.lost_with
    accept = np.clip(np.array([p.accept for p in profiles]) * (1 - outlook.lost[:, None]) + np.maximum(uplift, 0), 0, 1)
    value = (outlook.margin_if_kept - outlook.margin_if_lost)[:, None]
    return Worth(uplift, accept, contact + accept * offer, uplift * value)


def _actions(rows: NDArray[np.int64], outlook: Outlook, actions: tuple[str, ...]) -> pa.Table:
    count, size = rows.size, len(actions)
    worth = worth_of(outlook, actions)
    return pa.table(
        {
            "customer_id": customer_names(np.repeat(rows, size)),
            "action": words_of(actions)(np.tile(np.arange(size), count)),
            "kept_probability": (1 - outlook.lost_with).ravel(),
            "uplift": worth.uplift.ravel(),
            "uplift_known_phase": (outlook.lost_known[:, None] - outlook.lost_known_with).ravel(),
            "accept_probability": worth.accept.ravel(),
            "expected_cost": worth.cost.ravel(),
            "gain": worth.gain.ravel(),
        }
    )


def _departures(scene: Scene) -> pa.Table:
    """One row per time that somebody left, also of those who returned later."""
    rows = scene.log.table("departures")
    if not rows:
        return pa.table({"customer_id": pa.array([], pa.string()), "cause": pa.array([], pa.string())})
    return pa.table(
        {
            "customer_id": customer_names(rows["customer"]),
            "left_at": stamps(rows["left_at"]),
            "cause": words_of(CAUSES)(rows["cause"]),
            "is_fading": rows["faded"],
            **_per_cause(rows["hazard"], CAUSES, "hazard"),
            **_per_cause(rows["grievance"], GRIEVANCES, "grievance"),
        }
    )


def _offers(scene: Scene) -> pa.Table:
    rows = scene.log.table("offer_truth")
    if not rows:
        return pa.table({"cycle": pa.array([], pa.string()), "customer_id": pa.array([], pa.string())})
    return pa.table(
        {
            "cycle": day_names(rows["week_start"]),
            "customer_id": customer_names(rows["customer"]),
            "action": words_of(tuple(ACTIONS))(rows["action"]),
            "is_treated": rows["treated"],
            "phase": words_of(PHASES)(rows["phase"]),
            "cause": words_of(CAUSES)(rows["cause"]),
            "kept_probability_without": rows["kept_without"],
            "kept_probability_with": rows["kept_with"],
        }
    )
