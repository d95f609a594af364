"""What the engine's choice of contacts truly earns, on demo companies with known truth.

``python -m benchmarks.policy --scenario flat --seeds 401 402 403`` makes each company once (`--cache`), learns from its
log of past offers under flat assumptions, decides one cycle within a budget, and compares the true gain of the
contacts with the best possible choice, with calling at random, by risk, and by risk × value. ``--with-truth`` also puts
the truth in place of one estimate after the other, which shows what the rest of the gain is lost by.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.companies import company_settings, trained_company
from winback.actions import Actions
from winback.pipelines.decide import make_candidates
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import judge, managers_of
from winback.pipelines.models import ModelSet
from winback.pipelines.offers import offer_log
from winback.pipelines.outcomes import offer_outcomes
from winback.pipelines.project import Project
from winback.reasons import WORDS
from winback.response import Effects, OfferOutcomes, learn_effects
from winback.settings import Settings
from winback.snapshots import snapshots_at
from winback.targeting import Candidates, Decisions, decide
from winback.targeting.kernels import NONE, accept_in_order
from winback.targeting.allocate import Room, allocate
from winback.targeting.kernels import best_two
from winback.targeting.prices import find_prices
from winback.targeting.problem import Limits, Problem
from winback.texts import Texts

#: Money per customer and cycle.
BUDGET = 75
FLAT = {"save_probability": 0.15, "capacity": None, "capacity_per_manager": None}
MANAGED = {"save_probability": 0.15, "capacity": None, "capacity_per_manager": 2}


@dataclass(frozen=True)
class Truth:
    """What is true of the candidates: uplift, cost and chance of acceptance per action, value, risk."""

    uplift: np.ndarray
    cost: np.ndarray
    accept: np.ndarray
    value: np.ndarray
    churn: np.ndarray
    revenue: np.ndarray

    @property
    def gain(self) -> np.ndarray:
        """Gain before cost of every pair."""
        return self.uplift * self.value[:, None]


@dataclass(frozen=True)
class Case:
    """All that one cycle is decided from, and the truth about it."""

    settings: Settings
    actions: Actions
    candidates: Candidates
    log: OfferOutcomes
    truth: Truth


def scenario_settings(project: Settings, scenario: str) -> Settings:
    """Return the settings of a company with the assumptions of a scenario."""
    change = {"flat": FLAT, "managers": MANAGED, "template": {}}[scenario]
    customers = project.simulate.customers
    actions = {name: action.model_copy(update=change) for name, action in project.actions.items()}
    targeting = project.targeting.model_copy(update={"budget_amount": float(BUDGET * customers)})
    return project.model_copy(update={"actions": actions, "targeting": targeting})


def make_case(project_settings: Settings, scenario: str) -> Case:
    """Let the trained models judge a company's customers and its past offers."""
    settings = scenario_settings(project_settings, scenario)
    project = Project(settings)
    history = open_history(project)
    models = ModelSet.load(project.challenger)
    log = offer_outcomes(history, offer_log(history, project, use_own_cycles=False), models, settings)
    snapshots = snapshots_at(history, [history.ends_at], settings.population)
    judged = judge(history, snapshots, models, settings, Texts("en"))
    candidates = make_candidates(history, judged, managers_of(history, snapshots), project)
    actions = Actions.from_settings(settings.actions)
    return Case(settings, actions, candidates, log, read_truth(project.truth, candidates, actions))


def read_truth(folder: Path, candidates: Candidates, actions: Actions) -> Truth:
    """Read the truth in the order of the candidates and the actions."""
    people = pd.read_parquet(folder / "as_of.parquet").set_index("customer_id").loc[candidates.customer_id]
    pairs = pd.read_parquet(folder / "actions.parquet")

    def matrix(column: str) -> np.ndarray:
        wide = pairs.pivot(index="customer_id", columns="action", values=column)
        return wide.loc[candidates.customer_id, list(actions.names)].to_numpy()

    return Truth(
        matrix("uplift"),
        matrix("expected_cost"),
        matrix("accept_probability"),
        people["value_if_kept"].to_numpy(),
        people["churn_probability"].to_numpy(),
        people["horizon_revenue"].to_numpy(),
    )


def possible_pairs(case: Case) -> np.ndarray:
    """Tell which pairs rules, channels and populations allow."""
    people, actions = case.candidates, case.actions
    columns = [
        actions.reachable(code, people.has_email, people.has_phone) & actions.meant_for(code, people.population)
        for code in range(len(actions))
    ]
    return np.column_stack(columns) & (people.excluded_rule == "")[:, None]


def best_choice(case: Case, net: np.ndarray, cost: np.ndarray, who: np.ndarray) -> np.ndarray:
    """Return the action of each customer that earns most in all within the budget, by any numbers; -1 none."""
    k = net.shape[1]
    budget = case.settings.targeting.budget_amount
    limits = Limits(budget, np.full(k, np.inf), np.full(1, np.inf), np.full((1, k), np.inf))
    value = np.where(possible_pairs(case) & who[:, None] & (net > 0), net, -np.inf)
    problem = Problem(value, cost, np.zeros(len(net), np.int32), limits)
    prices = find_prices(problem).prices
    first, _, top, _ = best_two(problem.value, problem.cost, problem.manager, prices.budget, prices.per_offer())
    taken, _ = allocate(problem, prices, np.where(top > 0, first, NONE).astype(np.int16), top)
    return taken


def call_in_order(case: Case, order: np.ndarray, who: np.ndarray, seed: int) -> np.ndarray:
    """Give customers, in their order, a random action that reaches them until the budget is spent."""
    rng = np.random.default_rng(seed)
    allowed = possible_pairs(case) & who[:, None]
    wish = np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1).astype(np.int16)
    taken, k = np.full(len(order), NONE, dtype=np.int16), len(case.actions)
    unlimited = Limits(case.settings.targeting.budget_amount, np.full(k, np.inf), np.full(1, np.inf), np.full((1, k), np.inf))
    order = order[allowed.any(axis=1)[order]]
    accept_in_order(order, wish, taken, case.truth.cost, np.zeros(len(taken), np.int32), *Room.of(unlimited).arrays())
    return taken


def true_sums(case: Case, action: np.ndarray) -> dict[str, float]:
    """Return the true gain and cost of a choice."""
    rows = np.flatnonzero(action != NONE)
    gain = float(case.truth.gain[rows, action[rows]].sum())
    cost = float(case.truth.cost[rows, action[rows]].sum())
    return {"contacts": len(rows), "gain": gain, "cost": cost, "net": gain - cost}
