"""One customer: what happened, how likely it leaves, why, and what every action would earn."""

from __future__ import annotations

import difflib
from datetime import date
from typing import Any

import numpy as np

from winback.actions import Actions
from winback.errors import UsageError
from winback.files import read_json
from winback.history import DAY_US, NO_TIME, Events, History, to_datetime64
from winback.pipelines.decide import make_candidates
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import Judgement, judge, managers_of
from winback.pipelines.models import ModelSet
from winback.pipelines.outcomes import EFFECTS
from winback.pipelines.project import Project
from winback.pipelines.score import texts_of
from winback.pipelines.stage import Result
from winback.pipelines.uplift import shifts_of
from winback.response import Effects
from winback.settings import Settings
from winback.snapshots import POPULATIONS, Snapshots, snapshots_at
from winback.tables import TABLES, own_table
from winback.targeting.arithmetic import arithmetic

#: Past cutoffs at which the risk is shown, and how far they lie apart.
PAST_CUTOFFS, DAYS_APART = 6, 30
#: Events of the history that are shown, latest first.
SHOWN_EVENTS = 40


def explain_customer(settings: Settings, customer_id: str, *, as_of: date | None = None) -> Result:
    """Gather all that is known of one customer.

    Parameters
    ----------
    settings : Settings
        The project.
    customer_id : str
        Whom to explain.
    as_of : date, optional
        The day; by default that of the staged tables.

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
    code = _code(history, customer_id)
    now = _only(snapshots_at(history, [history.ends_at], settings.population), code)
    if not len(now):
        raise UsageError(f"Customer {customer_id} had not ordered before {_day(history.ends_at)}")
    judged = judge(history, now, models, settings, texts_of(settings))
    return {
        "customer": _facts(history, judged, customer_id),
        "reasons": _reasons(judged),
        "actions": _actions(history, judged, project),
        "risk": _past_risk(history, code, models, settings),
        "timeline": timeline(history, code)[:SHOWN_EVENTS],
    }


def _code(history: History, customer_id: str) -> int:
    ids = history.customer_ids
    place = int(np.searchsorted(ids, customer_id))
    if place < len(ids) and ids[place] == customer_id:
        return place
    near = difflib.get_close_matches(customer_id, ids.tolist(), n=1) if len(ids) <= 200_000 else []
    hint = f"did you mean {near[0]}?" if near else "ids are compared letter by letter"
    raise UsageError(f"There is no customer {customer_id!r}", next_step=hint)


def _only(snapshots: Snapshots, code: int) -> Snapshots:
    return snapshots.rows(snapshots.customer == code)


def _facts(history: History, judged: Judgement, customer_id: str) -> dict[str, Any]:
    orders = history.purchases()
    code = judged.snapshots.customer[0]
    mine = slice(orders.offsets[code], orders.offsets[code + 1])
    value = judged.value
    return {
        "customer_id": customer_id,
        "as_of": _day(history.ends_at),
        "population": POPULATIONS[judged.snapshots.population[0]],
        "manager_id": str(managers_of(history, judged.snapshots)[0]),
        "orders": int(mine.stop - mine.start),
        "first_order": _day(orders.at[mine.start]),
        "last_order": _day(orders.at[mine.stop - 1]),
        "days_since_order": int((history.ends_at - orders.at[mine.stop - 1]) // DAY_US),
        "revenue_amount": float(orders.columns["amount"][mine].sum()),
        "churn_probability": float(judged.churn_probability[0]),
        "margin_if_kept": float(value.margin_if_kept[0]),
        "margin_if_lost": float(value.margin_if_lost[0]),
        "value_if_kept": float(value.value_if_kept[0]),
    }


def _reasons(judged: Judgement) -> list[dict[str, Any]]:
    reasons = judged.reasons
    rows = []
    for place in range(3):
        word = str(reasons.words(place)[0])
        if word:
            share = float(reasons.share[0, place])
            rows.append(
                {
                    "reason": word,
                    "share": None if np.isnan(share) else share,
                    "confidence": float(reasons.confidence[0]) if place == 0 else None,
                    "evidence": str(reasons.text[0, place]),
                }
            )
    return rows


def _actions(history: History, judged: Judgement, project: Project) -> list[dict[str, Any]]:
    """Every action's arithmetic, best first."""
    settings = project.settings
    people = make_candidates(history, judged, managers_of(history, judged.snapshots), project)
    actions = Actions.from_settings(settings.actions)
    effects = Effects.from_content(read_json(project.require(project.outcomes, "outcomes") / EFFECTS))
    shifts = shifts_of(judged, effects, project)
    rows = []
    for code, action in enumerate(actions):
        found = arithmetic(people, actions, effects, np.array([code], np.int16), shifts)
        reachable = bool(actions.reachable(code, people.has_email, people.has_phone)[0])
        meant = POPULATIONS[people.population[0]] in action.settings.populations
        rows.append(
            {
                "action": action.name,
                **{name: float(found[name][0]) for name in ("uplift", "uplift_low", "uplift_high")},
                "source": str(found["uplift_source"][0]),
                "value_if_kept": float(people.value_if_kept[0]),
                **{name: float(found[name][0]) for name in ("contact_cost", "offer_cost", "accept", "expected_cost")},
                "expected_net_value": float(found["expected_net_value"][0]),
                "possible": "yes" if reachable and meant else "not reachable" if meant else "not for this population",
            }
        )
    excluded = str(people.excluded_rule[0])
    for row in rows if excluded else []:
        row["possible"] = f"excluded: {excluded}"
    return sorted(rows, key=lambda row: -row["expected_net_value"])


def _past_risk(history: History, code: int, models: ModelSet, settings: Settings) -> list[dict[str, Any]]:
    """Risk at past cutoffs, each with what was known then, oldest first."""
    cutoffs = [history.ends_at - place * DAYS_APART * DAY_US for place in reversed(range(PAST_CUTOFFS))]
    rows = _only(snapshots_at(history, cutoffs, settings.population), code)
    if not len(rows):
        return []
    judged = judge(history, rows, models, settings, texts_of(settings))
    return [
        {
            "cutoff": _day(cutoff),
            "population": POPULATIONS[population],
            "churn_probability": float(risk),
            "reason": str(reason),
        }
        for cutoff, population, risk, reason in zip(
            rows.cutoff, rows.population, judged.churn_probability, judged.reasons.words(0), strict=True
        )
    ]


def timeline(history: History, code: int) -> list[dict[str, Any]]:
    """Return all known events of one customer, latest first: day, table, and what the row says."""
    rows: list[tuple[int, str, str]] = []
    for table in [*TABLES.values(), *map(own_table, history.own_tables)]:
        name = table.name
        if not table.time or table.parent or not history.has(name):
            continue
        events = history.events(name)
        mine = range(events.offsets[code], events.offsets[code + 1])
        rows += [(int(events.at[place]), name, _said(events, place)) for place in mine]
    rows.sort(key=lambda row: (-row[0], row[1], row[2]))
    return [{"day": _day(at), "what": what, "details": details} for at, what, details in rows]


def _said(events: Events, place: int) -> str:
    """What a row says, column by column; empty cells are left out."""
    parts = []
    for name, values in events.columns.items():
        value = values[place]
        if name in events.categories:
            text = events.categories[name][value] if value >= 0 else ""
        elif values.dtype == np.int64:
            text = "" if value in (NO_TIME, events.at[place]) else _day(value)
        else:
            text = "" if np.isnan(value) else f"{value:,.2f}".removesuffix(".00")
        if text:
            parts.append(f"{name} {text}")
    return ", ".join(parts)


def _day(at: int | np.int64) -> str:
    return str(to_datetime64(np.array([at]))[0])[:10]
