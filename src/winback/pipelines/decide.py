"""The decision for every customer of a cycle, with its plain text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from winback.actions import Actions
from winback.history import History
from winback.pipelines.judge import Judgement, attribute_is, is_closed, managers_of, silence_days
from winback.pipelines.offers import offer_log
from winback.pipelines.project import Project
from winback.response import Effects
from winback.settings import Settings
from winback.targeting import Candidates, Decisions, decide, exclusion_rules
from winback.targeting.cycle import Cycle
from winback.texts import Texts


@dataclass(frozen=True, eq=False)
class Decided:
    """What was decided.

    Parameters
    ----------
    decisions : Decisions
        One row per snapshot.
    texts : pyarrow.StringArray
        The plain reason of each decision.
    managers : object[n]
        Who looks after each customer; ``""``: nobody.
    effects_notes : tuple of str
        Why actions' effects are assumed, where they are.
    """

    decisions: Decisions
    texts: pa.StringArray
    managers: NDArray[np.object_]
    effects_notes: tuple[str, ...]


def decide_all(
    history: History, judged: Judgement, effects: Effects, project: Project, cycle: str, texts: Texts
) -> Decided:
    """Decide for every judged customer; see `winback.targeting.decide`."""
    settings = project.settings
    managers = managers_of(history, judged.snapshots)
    candidates = make_candidates(history, judged, managers, project)
    actions = Actions.from_settings(settings.actions)
    made = decide(
        candidates, actions, effects, settings.targeting, cycle=cycle, seed=settings.run.seed, shifts=judged.shifts
    )
    return Decided(made, decision_texts(made, managers, settings, texts), managers, effects.notes)


def cycle_of(project: Project, effects: Effects, name: str) -> Cycle:
    """Return what a project's cycle is decided with."""
    settings = project.settings
    return Cycle(Actions.from_settings(settings.actions), effects, settings.targeting, name, settings.run.seed)


def make_candidates(
    history: History,
    judged: Judgement,
    managers: NDArray[np.object_],
    project: Project,
    last_offer_at: NDArray[np.int64] | None = None,
) -> Candidates:
    """Return the numbers that the decision is made from; the log of offers is read where their times are not given."""
    settings, snapshots = project.settings, judged.snapshots
    if last_offer_at is None:
        log = offer_log(history, project, use_own_cycles=settings.outcomes.use_own_cycles)
        last_offer_at = log.last_at(snapshots.customer, history.n_customers)
    return Candidates(
        customer_id=history.customer_ids[snapshots.customer],
        population=snapshots.population,
        churn_probability=judged.churn_probability,
        value_if_kept=judged.value.value_if_kept,
        horizon_revenue=judged.value.horizon_revenue,
        reason=judged.reasons.words(0),
        manager_id=managers,
        has_email=attribute_is(history, snapshots, "has_email", otherwise=True),
        has_phone=attribute_is(history, snapshots, "has_phone", otherwise=True),
        excluded_rule=_rules(history, judged, last_offer_at, settings),
        silence_days=silence_days(history, snapshots),
    )


def _rules(
    history: History, judged: Judgement, last_offer_at: NDArray[np.int64], settings: Settings
) -> NDArray[np.object_]:
    snapshots = judged.snapshots
    return exclusion_rules(
        as_of=history.ends_at,
        cooldown_days=settings.targeting.cooldown_days,
        window_days=settings.label.horizon_days if settings.targeting.wait_for_outcome else 0,
        do_not_contact=attribute_is(history, snapshots, "do_not_contact", otherwise=False),
        do_not_win_back=attribute_is(history, snapshots, "do_not_win_back", otherwise=False),
        is_closed=is_closed(history, snapshots),
        has_life_event=judged.reasons.words(0) == "life_event",
        last_offer_at=last_offer_at,
    )


def decision_texts(made: Decisions, managers: NDArray[np.object_], settings: Settings, texts: Texts) -> pa.StringArray:
    """Phrase every decision."""
    targeting = settings.targeting
    rest = max(targeting.cooldown_days, settings.label.horizon_days if targeting.wait_for_outcome else 0)
    given = made.details(managers, minimum=targeting.min_net_value, cooldown_days=rest)
    names = np.array([*map(texts.action, made.action_names), ""], dtype=object)
    given["action"] = names[made.action]
    messages, ids = pd.factorize(made.text_id)
    places = [np.flatnonzero(messages == code) for code in range(len(ids))]
    written = [
        texts.column(str(message), **{name: given[name][rows] for name in texts.variables(str(message)) or given})
        for message, rows in zip(ids, places, strict=True)
    ]
    if not written:
        return pa.array([], pa.string())
    # from the order of the messages back to that of the rows
    return pa.concat_arrays(written).take(pa.array(np.argsort(np.concatenate(places), kind="stable")))
