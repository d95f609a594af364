"""Whom a demo company contacts with what, by one of several rules, from nobody to perfect knowledge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from winback.actions import Actions
from winback.history import History
from winback.pipelines.decide import make_candidates
from winback.pipelines.judge import judge, managers_of
from winback.pipelines.models import ModelSet
from winback.pipelines.offers import offer_log
from winback.pipelines.outcomes import PastViews, offer_outcomes
from winback.pipelines.project import Project
from winback.reasons import WORDS
from winback.response import assumed_effects, learn_effects
from winback.settings import Settings
from winback.simulation.forecast import forecast
from winback.simulation.state import Scene
from winback.simulation.truth import worth_of
from winback.snapshots import snapshots_at
from winback.targeting import Candidates, allocate_within, decide, order_within

Codes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Week:
    """The morning on which a policy decides.

    ``history`` is None for policies that do not look at the tables; ``views`` pass from week to week.
    """

    scene: Scene
    settings: Settings
    history: History | None
    day: date
    views: PastViews


@dataclass(frozen=True, eq=False)
class Chosen:
    """Offers of one week, one entry each.

    Parameters
    ----------
    customer, action : ndarray of int64
        Codes of the demo company's customers, and of ``actions``.
    actions : tuple of str
        Names.
    held_out : ndarray of bool
        Left alone on purpose.
    propensity : ndarray of float64
        Probability of the action and the arm as the engine draws them; 1 for all other policies.
    expected_net_value : float or None
        What the policy expects all contacts to earn.
    """

    customer: Codes
    action: Codes
    actions: tuple[str, ...]
    held_out: NDArray[np.bool_]
    propensity: NDArray[np.float64]
    expected_net_value: float | None = None


def choose(policy: str, week: Week) -> Chosen:
    """Let a policy decide on one morning.

    Raises
    ------
    KeyError
        For a policy that does not exist.
    """
    by_name = {"nobody": _nobody, "random": _random, "perfect": _perfect}
    if policy in by_name:
        return by_name[policy](week)
    return {"risk": _by_risk, "value_at_risk": _by_risk, "fixed": _engine, "engine": _engine}[policy](week, policy)


def _chosen(week: Week, rows: Codes, taken: NDArray[np.int16]) -> Chosen:
    """Make offers of the actions taken (-1 none) by customers."""
    some = np.flatnonzero(taken >= 0)
    actions = tuple(week.settings.actions)
    count = len(some)
    return Chosen(rows[some], taken[some].astype(np.int64), actions, np.zeros(count, bool), np.ones(count))


def _nobody(week: Week) -> Chosen:
    return _chosen(week, np.zeros(0, np.int64), np.zeros(0, np.int16))


def _free(week: Week) -> tuple[Codes, NDArray[np.bool_]]:
    """Customers whom no rule excludes, and the actions that reach them; shape (n, actions)."""
    scene, settings = week.scene, week.settings
    people, state, targeting = scene.people, scene.state, settings.targeting
    rest = max(targeting.cooldown_days, settings.label.horizon_days if targeting.wait_for_outcome else 0)
    free = state.present & (state.closed_at == 0) & ~people.do_not_contact & ~people.do_not_win_back
    rows = np.flatnonzero(free & ((state.week - state.offered_week) * 7 > rest))
    actions = Actions.from_settings(settings.actions)
    email, phone = people.has_email[rows], people.has_phone[rows]
    return rows, np.column_stack([actions.reachable(code, email, phone) for code in range(len(actions))])


def _random(week: Week) -> Chosen:
    rows, allowed = _free(week)
    generator = np.random.default_rng([week.settings.run.seed, week.scene.state.week])
    cost = _true_cost(week, rows)
    wish = _random_action(generator, allowed)
    return _chosen(week, rows, order_within(generator.permutation(len(rows)), wish, cost, _budget(week)))


def _perfect(week: Week) -> Chosen:
    rows, allowed = _free(week)
    actions = tuple(week.settings.actions)
    worth = worth_of(forecast(week.scene, rows, actions, horizon_days=week.settings.label.horizon_days), actions)
    net = np.where(allowed, worth.gain - worth.cost, -np.inf)
    return _chosen(week, rows, allocate_within(net, worth.cost, _budget(week)))


def _true_cost(week: Week, rows: Codes) -> NDArray[np.float64]:
    actions = tuple(week.settings.actions)
    return worth_of(forecast(week.scene, rows, actions, horizon_days=week.settings.label.horizon_days), actions).cost


def _budget(week: Week) -> float:
    budget = week.settings.targeting.budget_amount
    return np.inf if budget is None else budget


def _random_action(generator: np.random.Generator, allowed: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Draw one of the allowed actions for everyone; -1 where there is none."""
    drawn = np.where(allowed, generator.random(allowed.shape), -1.0).argmax(axis=1)
    return np.where(allowed.any(axis=1), drawn, -1).astype(np.int16)


def _candidates(week: Week) -> tuple[Candidates, ModelSet, History]:
    """Let the promoted models judge the customers, as the weekly job does."""
    assert week.history is not None
    project, history = Project(week.settings), week.history
    models = ModelSet.load(project.require(project.champion, "promote"))
    snapshots = snapshots_at(history, [history.ends_at], week.settings.population)
    judged = judge(history, snapshots, models, week.settings, None)
    return make_candidates(history, judged, managers_of(history, snapshots), project), models, history


def _codes(people: Candidates) -> Codes:
    """Customers of the demo company by their ids (``C000001`` is the first)."""
    return np.array([int(name[1:]) - 1 for name in people.customer_id], dtype=np.int64)


def _by_risk(week: Week, policy: str) -> Chosen:
    people, _, _ = _candidates(week)
    actions = Actions.from_settings(week.settings.actions)
    key = people.churn_probability * (people.value_if_kept if policy == "value_at_risk" else 1.0)
    reached = [actions.reachable(code, people.has_email, people.has_phone) for code in range(len(actions))]
    allowed = np.column_stack(reached) & (people.excluded_rule == "")[:, None]
    generator = np.random.default_rng([week.settings.run.seed, week.scene.state.week])
    rows = _codes(people)
    cost = _true_cost(week, rows)
    taken = order_within(np.argsort(-key, kind="stable"), _random_action(generator, allowed), cost, _budget(week))
    return _chosen(week, rows, taken)


def _engine(week: Week, policy: str) -> Chosen:
    settings, actions = week.settings, Actions.from_settings(week.settings.actions)
    people, models, history = _candidates(week)
    if policy == "fixed":
        effects = assumed_effects(actions, WORDS)
    else:
        log = offer_log(history, Project(settings), use_own_cycles=False)
        past = offer_outcomes(history, log, models, settings, week.views)
        effects = learn_effects(actions, past, WORDS)
    made = decide(
        people,
        actions,
        effects,
        settings.targeting,
        cycle=week.day.isoformat(),
        seed=settings.run.seed,
        with_curve=False,
    )
    rows = np.flatnonzero(made.arm != "")
    return Chosen(
        _codes(people)[rows],
        made.action[rows].astype(np.int64),
        actions.names,
        made.arm[rows] == "holdout",
        made.propensity[rows],
        made.totals.expected_net_value,
    )
