"""One customer: what happened, how likely it leaves, why, and what every action would earn."""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.actions import Actions
from winback.errors import UsageError
from winback.files import read_json, write_text
from winback.history import DAY_US, History
from winback.pipelines.decide import make_candidates
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import Judgement, features_for, judge, managers_of
from winback.pipelines.models import ModelSet
from winback.pipelines.outcomes import EFFECTS
from winback.pipelines.project import Project, texts_of
from winback.pipelines.stage import Result
from winback.pipelines.timeline import days_of, timelines
from winback.pipelines.uplift import Adopted
from winback.reasons import leaving_of
from winback.reasons.facts import EVIDENCE_DAYS
from winback.report import render_customer
from winback.response import Effects
from winback.settings import Settings
from winback.snapshots import POPULATIONS, Snapshots, snapshots_at
from winback.targeting.arithmetic import arithmetic

#: The first customers of a cycle's list in full, in its folder.
EXPLAINED = "explained.json"
#: Parts of what an action costs.
COSTS = ("contact_cost", "offer_cost", "accept", "expected_cost")
#: Past cutoffs at which the risk is shown, and how far they lie apart.
PAST_CUTOFFS, DAYS_APART = 6, 30


def explain_customer(
    settings: Settings, customer_id: str, *, as_of: date | None = None, html: Path | None = None
) -> Result:
    """Gather all that is known of one customer.

    Parameters
    ----------
    settings : Settings
        The project.
    customer_id : str
        Whom to explain.
    as_of : date, optional
        The day; by default that of the staged tables.
    html : Path, optional
        Where to write the same as a page that opens without a network.

    Raises
    ------
    UsageError
        When nobody has that id, or the customer had not ordered by that day.
    NoModelError
        When there is no promoted model.
    """
    project = Project(settings)
    models = ModelSet.load(project.require(project.champion, "promote"))
    history = open_history(project, as_of)
    codes = np.array([_code(history, customer_id)], np.int32)
    found = explain_customers(history, codes, models, project)
    if not found:
        raise UsageError(f"Customer {customer_id} had not ordered before {days_of_end(history)}")
    if html is not None:
        write_text(html, render_customer(found[0], texts_of(settings)))
    return found[0]


def explain_customers(
    history: History, codes: NDArray[np.int32], models: ModelSet, project: Project
) -> list[dict[str, Any]]:
    """Gather all that is known of some customers, in their order; those who had not ordered yet are left out.

    Parameters
    ----------
    history, codes
        As in `timelines`.
    models : ModelSet
        Whose judgement it is.
    project : Project
        Its settings, and what past cycles have taught about the actions.

    Returns
    -------
    list of dict
        Per customer ``customer``, ``reasons``, ``actions``, ``risk`` and ``timeline``: what the terminal, ``--json``
        and both pages show.
    """
    settings = project.settings
    cutoffs = [history.ends_at - place * DAYS_APART * DAY_US for place in reversed(range(PAST_CUTOFFS))]
    everyone = snapshots_at(history, cutoffs, settings.population)
    rows = everyone.rows(np.isin(everyone.customer, codes))
    if not len(rows):
        return []
    effects = Effects.from_content(read_json(project.require(project.outcomes, "outcomes") / EFFECTS))
    at_end = rows.rows(rows.cutoff == history.ends_at)
    now = judge(history, at_end, models, settings, texts_of(settings), Adopted.load(project, effects))
    risk = models.churn.churn_probability(features_for(history, rows, models, settings))
    actions = _actions(history, now, effects, project)
    leaving = leaving_of(history, now.snapshots)
    events = timelines(history, now.snapshots.customer, settings.features)
    managers = managers_of(history, now.snapshots)
    found = {}
    for row, code in enumerate(now.snapshots.customer.tolist()):
        facts = _facts(history, now, row) | {
            "manager_id": str(managers[row]),
            "leaving_on": days_of(leaving.anchor[row : row + 1], history.timezone)[0],
            "evidence_days": EVIDENCE_DAYS,
        }
        found[code] = {
            "customer": facts,
            "reasons": _reasons(now, row),
            "actions": actions[row],
            "risk": _past_risk(history, rows, risk, code),
            "timeline": events[row],
        }
    return [found[code] for code in codes.tolist() if code in found]


def explained_in(folder: Path) -> list[Result]:
    """Return the customers that a cycle explained in full; one made before that was done has none."""
    return read_json(folder / EXPLAINED) if (folder / EXPLAINED).exists() else []


def days_of_end(history: History) -> str:
    """Day of a history's end (ISO)."""
    return days_of(np.array([history.ends_at]), history.timezone)[0]


def _code(history: History, customer_id: str) -> int:
    ids = history.customer_ids
    place = int(np.searchsorted(ids, customer_id))
    if place < len(ids) and ids[place] == customer_id:
        return place
    near = difflib.get_close_matches(customer_id, ids.tolist(), n=1) if len(ids) <= 200_000 else []
    hint = f"did you mean {near[0]}?" if near else "ids are compared letter by letter"
    raise UsageError(f"There is no customer {customer_id!r}", next_step=hint)


def _facts(history: History, judged: Judgement, row: int) -> dict[str, Any]:
    orders = history.purchases()
    code = judged.snapshots.customer[row]
    mine = slice(orders.offsets[code], orders.offsets[code + 1])
    first, *_, last = days_of(orders.at[[mine.start, mine.stop - 1]], history.timezone)
    value = judged.value
    return {
        "customer_id": str(history.customer_ids[code]),
        "as_of": days_of_end(history),
        "population": POPULATIONS[judged.snapshots.population[row]],
        "orders": int(mine.stop - mine.start),
        "first_order": first,
        "last_order": last,
        "days_since_order": int((history.ends_at - orders.at[mine.stop - 1]) // DAY_US),
        "revenue_amount": float(orders.columns["amount"][mine].sum()),
        "churn_probability": float(judged.churn_probability[row]),
        "margin_if_kept": float(value.margin_if_kept[row]),
        "margin_if_lost": float(value.margin_if_lost[row]),
        "value_if_kept": float(value.value_if_kept[row]),
    }


def _reasons(judged: Judgement, row: int) -> list[dict[str, Any]]:
    reasons = judged.reasons
    rows = []
    for place in range(3):
        word = str(reasons.words(place)[row])
        if word:
            rows.append(
                {
                    "reason": word,
                    "share": _known(reasons.share[row, place]),
                    "confidence": _known(reasons.confidence[row]) if place == 0 else None,
                    "evidence": str(reasons.text[row, place]),
                }
            )
    return rows


def _known(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)


def _actions(history: History, judged: Judgement, effects: Effects, project: Project) -> list[list[dict[str, Any]]]:
    """Every action's arithmetic for every row, best first."""
    settings = project.settings
    people = make_candidates(history, judged, managers_of(history, judged.snapshots), project)
    actions = Actions.from_settings(settings.actions)
    rows: list[list[dict[str, Any]]] = [[] for _ in range(len(people))]
    for code, action in enumerate(actions):
        found = arithmetic(people, actions, effects, np.full(len(people), code, np.int16), judged.shifts)
        reachable = actions.reachable(code, people.has_email, people.has_phone)
        for row, mine in enumerate(rows):
            meant = POPULATIONS[people.population[row]] in action.settings.populations
            obstacle = "" if reachable[row] else "unreachable"
            mine.append(
                {
                    "action": action.name,
                    **{name: float(found[name][row]) for name in ("uplift", "uplift_low", "uplift_high")},
                    "source": str(found["uplift_source"][row]),
                    "value_if_kept": float(people.value_if_kept[row]),
                    **{name: float(found[name][row]) for name in COSTS},
                    "expected_net_value": float(found["expected_net_value"][row]),
                    "obstacle": str(people.excluded_rule[row]) or (obstacle if meant else "other_population"),
                }
            )
    return [sorted(mine, key=lambda row: -row["expected_net_value"]) for mine in rows]


def _past_risk(history: History, snapshots: Snapshots, risk: NDArray[np.float64], code: int) -> list[dict[str, Any]]:
    """Risk at past cutoffs, each with what was known then, oldest first."""
    rows = np.flatnonzero(snapshots.customer == code)
    days = days_of(snapshots.cutoff[rows], history.timezone)
    return [
        {
            "cutoff": day,
            "population": POPULATIONS[snapshots.population[row]],
            "churn_probability": float(risk[row]),
        }
        for day, row in sorted(zip(days, rows.tolist(), strict=True))
    ]
