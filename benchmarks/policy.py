"""What the engine's choice of contacts truly earns, on demo companies with known truth.

``python -m benchmarks.policy --scenario flat --seeds 401 402 403`` makes each company once (`--cache`), learns from its
log of past offers under flat assumptions, decides one cycle within a budget, and compares the true gain of the
contacts with the best possible choice, with calling at random, by risk, and by risk × value (all with random actions
that reach the customer). ``--with-truth`` also puts the truth in place of one estimate after the other, which shows by
what the rest of the gain is lost. ``--cycles 26`` lets companies live under each policy instead (`benchmarks.loop`).
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.companies import trained_company
from benchmarks.loop import compare
from winback.actions import Actions
from winback.pipelines.decide import make_candidates
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import judge, managers_of
from winback.pipelines.models import ModelSet
from winback.pipelines.offers import offer_log
from winback.pipelines.outcomes import offer_outcomes
from winback.pipelines.project import Project
from winback.reasons import WORDS
from winback.response import OfferOutcomes, learn_effects
from winback.settings import Settings
from winback.snapshots import snapshots_at
from winback.targeting import Candidates, Decisions, allocate_within, decide, order_within
from winback.targeting.kernels import NONE

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
    judged = judge(history, snapshots, models, settings, None)
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
    allowed = possible_pairs(case) & who[:, None]
    return allocate_within(
        np.where(allowed, net, -np.inf), cost, float(case.settings.targeting.budget_amount or np.inf)
    )


def call_in_order(case: Case, order: np.ndarray, who: np.ndarray, seed: int) -> np.ndarray:
    """Give customers, in their order, a random action that reaches them until the budget is spent."""
    rng = np.random.default_rng(seed)
    allowed = possible_pairs(case) & who[:, None]
    wish = np.where(allowed, rng.random(allowed.shape), -1.0).argmax(axis=1)
    wish = np.where(allowed.any(axis=1), wish, -1).astype(np.int16)
    return order_within(order, wish, case.truth.cost, float(case.settings.targeting.budget_amount or np.inf))


def true_sums(case: Case, action: np.ndarray) -> dict[str, float]:
    """Return the true gain and cost of a choice."""
    rows = np.flatnonzero(action != NONE)
    gain = float(case.truth.gain[rows, action[rows]].sum())
    cost = float(case.truth.cost[rows, action[rows]].sum())
    return {"contacts": len(rows), "gain": gain, "cost": cost, "net": gain - cost}


def engine_choice(case: Case) -> Decisions:
    """Let the engine learn from the log and decide, without holdouts or explorers, so that only its choice counts."""
    effects = learn_effects(case.actions, case.log, WORDS)
    targeting = case.settings.targeting.model_copy(update={"holdout_share": 0.0, "explore_share": 0.0})
    return decide(case.candidates, case.actions, effects, targeting, cycle="benchmark", seed=7, with_curve=False)


def realised_net(case: Case, action: np.ndarray, seed: int) -> float:
    """Draw what the contacts earn in one future: each customer's luck is the same with and without its contact."""
    rng, truth = np.random.default_rng(seed), case.truth
    rows = np.flatnonzero(action != NONE)
    code, luck = action[rows], rng.random(len(rows))
    churn, uplift = truth.churn[rows], truth.uplift[rows, code]
    won = (luck < churn).astype(float) - (luck < churn - uplift)
    contact = case.actions.contact_cost[code]
    accept = truth.accept[rows, code]
    offer = (truth.cost[rows, code] - contact) / np.maximum(accept, 1e-9)
    return float((won * truth.value[rows] - contact - offer * (rng.random(len(rows)) < accept)).sum())


def judge_case(case: Case, seed: int) -> dict[str, float]:
    """Return what the engine's choice and its rivals truly earn, as shares of the best possible choice."""
    truth, made = case.truth, engine_choice(case)
    everyone = np.ones(len(truth.value), dtype=bool)
    best = true_sums(case, best_choice(case, truth.gain - truth.cost, truth.cost, everyone))
    action = np.where(made.decision == "contact", made.action, NONE)
    ours, rows = true_sums(case, action), np.flatnonzero(action != NONE)
    expected = float((made.uplift * case.candidates.value_if_kept)[rows].sum())
    realised = [realised_net(case, action, 50 * seed + future) for future in range(50)]
    people, rng = case.candidates, np.random.default_rng(seed)
    orders = {
        "random": rng.random(len(people)),
        "by risk": -people.churn_probability,
        "risk x value": -people.churn_probability * people.value_if_kept,
    }
    rivals = {
        name: np.mean(
            [true_sums(case, call_in_order(case, np.argsort(key), everyone, draw))["gain"] for draw in range(5)]
        )
        for name, key in orders.items()
    }
    totals = made.totals
    return {
        "offers": float(case.log.complete.sum()),
        "contacts": ours["contacts"],
        "gain": ours["gain"] / best["gain"],
        "net": ours["net"] / best["net"],
        **{name: float(gain) / best["gain"] for name, gain in rivals.items()},
        "spent": totals.spent / (totals.budget or np.inf),
        "true cost": ours["cost"] / (totals.budget or np.inf),
        "expected/true": expected / ours["gain"],
        "covered": float(np.mean([totals.low <= net <= totals.high for net in realised])),
        "realised/expected": float(np.mean(realised)) / totals.expected_net_value,
    }


def with_truth(case: Case) -> dict[str, float]:
    """Return the share of the possible gain when one estimate is replaced by its truth."""
    truth, people = case.truth, case.candidates
    effects = learn_effects(case.actions, case.log, WORDS)
    reason, everyone = effects.reason_codes(people.reason), np.ones(len(people), dtype=bool)
    uplift = np.column_stack(
        [
            effects.uplift(code, people.population, reason, people.churn_probability, people.silence_days)
            for code in range(len(case.actions))
        ]
    )
    cost = np.column_stack(
        [
            case.actions.costs(code, people.horizon_revenue, effects.accept[code, people.population])
            for code in range(len(case.actions))
        ]
    )
    value = people.value_if_kept
    risk = uplift * (truth.churn / np.maximum(people.churn_probability, 0.01))[:, None]
    best = true_sums(case, best_choice(case, truth.gain - truth.cost, truth.cost, everyone))["gain"]
    variants = {
        "as estimated": (uplift, value, cost),
        "true value": (uplift, truth.value, cost),
        "true cost": (uplift, value, truth.cost),
        "true risk": (risk, value, cost),
        "true uplift": (truth.uplift, value, cost),
    }
    return {
        name: true_sums(case, best_choice(case, u * v[:, None] - c, c, everyone))["gain"] / best
        for name, (u, v, c) in variants.items()
    }


def table(rows: list[dict[str, float]], names: list[int]) -> str:
    """Return a Markdown table with one line per company and their mean."""
    frame = pd.DataFrame(rows, index=[str(name) for name in names], dtype=float)
    frame.loc["mean"] = frame.mean()
    lines = ["| company | " + " | ".join(frame.columns) + " |", "|---" * (len(frame.columns) + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(f"{value:,.0f}" if value >= 20 else f"{value:.2f}" for value in row) + " |"
        for name, row in zip(frame.index, frame.to_numpy(), strict=True)
    ]
    return "\n".join(lines)


def main() -> None:
    """Make the companies that are not there yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", choices=["flat", "managers", "template"], default="flat")
    parser.add_argument("--seeds", type=int, nargs="+", default=[401, 402, 403])
    parser.add_argument("--customers", type=int, default=3000)
    parser.add_argument("--cache", type=Path, default=Path(".policy-cache"))
    parser.add_argument("--with-truth", action="store_true", help="replace one estimate after the other by its truth")
    parser.add_argument("--cycles", type=int, help="let the companies live so many weeks under each policy instead")
    given = parser.parse_args()
    if given.cycles:
        print(compare(given.cache, given.seeds, given.customers, given.cycles))
        return
    cases = [make_case(trained_company(given.cache, seed, given.customers), given.scenario) for seed in given.seeds]
    print(table([judge_case(case, seed) for case, seed in zip(cases, given.seeds, strict=True)], given.seeds))
    if given.with_truth:
        print(table([with_truth(case) for case in cases], given.seeds))


if __name__ == "__main__":
    main()
