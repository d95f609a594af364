"""Half a year under each policy, on worlds that are alike but for what is done to customers.

Run ``python -m benchmarks.policy --cycles 26 --seeds 501 502 503``. Every policy starts from the same company on the
same day, with the same models (trained once), budget and rules; the luck of every later week is the same in all. The
learning engine starts from the log of the company's past campaigns and takes in its own offers as their windows close;
the fixed one keeps the flat assumptions. After the last offer all companies live on for a while untouched, because most
of what a kept customer brings comes later.
"""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.companies import company_settings
from winback.files import read_json, write_json
from winback.pipelines.cycles import world_of
from winback.pipelines.live import live_on
from winback.pipelines.policy_names import POLICIES
from winback.pipelines.prepared import tables_of_today
from winback.pipelines.progress import Silent
from winback.pipelines.project import Project
from winback.pipelines.stages import stage
from winback.settings import Settings
from winback.simulation import World

#: Money per customer and week; weeks without offers after the last cycle.
WEEKLY_BUDGET, AFTER = 10.0, 39


def loop_settings(cache: Path, seed: int, customers: int) -> Settings:
    """Return the settings of a company with flat assumptions and a weekly budget."""
    settings = company_settings(cache / f"loop-{customers}-{seed}", seed, customers)
    flat = {"save_probability": 0.15, "capacity": None, "capacity_per_manager": None}
    actions = {name: action.model_copy(update=flat) for name, action in settings.actions.items()}
    targeting = settings.targeting.model_copy(update={"budget_amount": WEEKLY_BUDGET * customers})
    return settings.model_copy(update={"actions": actions, "targeting": targeting})


def train_once(settings: Settings, world: World) -> None:
    """Train models on what the company knows before the first cycle, and let them score."""
    project, day = Project(settings), pd.Timestamp(world.scene.week_start, unit="us").date()
    if project.champion.is_dir():
        return
    tables_of_today(world.scene, settings, day)
    for name in ("featurize", "tune", "train"):
        stage(name).execute(settings, as_of=day, progress=Silent())
    shutil.copytree(project.challenger, project.champion)


def run_company(cache: Path, seed: int, customers: int, cycles: int, policies: tuple[str, ...]) -> dict[str, Any]:
    """Let one company live under each policy; results are kept in the cache."""
    settings = loop_settings(cache, seed, customers)
    settings.root.mkdir(parents=True, exist_ok=True)
    results, world = {}, None
    for policy in policies:
        kept = settings.root / f"{policy}-{cycles}.json"
        if not kept.exists():
            world = world or world_of(settings, cycles)
            train_once(settings, world)
            twin = deepcopy(world)
            weeks = live_on(twin, settings, policy, cycles, lambda _: None)
            after = live_on(twin, settings, "nobody", AFTER, lambda _: None)
            write_json(kept, [week.as_dict() for week in weeks + after])
        results[policy] = read_json(kept)
    return results


def realised(results: dict[str, Any], column: str) -> pd.DataFrame:
    """Return the cumulated margin minus costs of every policy beyond 'nobody', by week."""
    margin = {name: np.array([week[column] for week in weeks]) for name, weeks in results.items()}
    cost = {name: np.array([week["cost"] for week in weeks]) for name, weeks in results.items()}
    return pd.DataFrame({name: np.cumsum(margin[name] - margin["nobody"] - cost[name]) for name in results})


def expected(results: dict[str, Any]) -> pd.DataFrame:
    """Return the cumulated net value of the offers as an ideal observer expects it when they are made."""
    return pd.DataFrame({name: np.cumsum([w["true_net_value"] for w in weeks]) for name, weeks in results.items()})


def interval(values: np.ndarray) -> str:
    """Return the mean over companies with its 80 % interval (Student's t)."""
    from scipy import stats

    mean = values.mean()
    if len(values) < 2:
        return f"{mean:,.0f}"
    half = stats.t.ppf(0.9, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return f"{mean:,.0f} ± {half:,.0f}"


def compare(cache: Path, seeds: list[int], customers: int, cycles: int) -> str:
    """Run all companies under all policies and return Markdown tables."""
    companies = [run_company(cache, seed, customers, cycles, POLICIES) for seed in seeds]
    marks = [week for week in (5, 10, 15, 20, cycles) if week <= cycles]
    later, foreseen = [*marks, cycles + AFTER], [expected(company) for company in companies]
    usual, came = ([realised(company, name) for company in companies] for name in ("usual_margin", "margin"))
    return "\n\n".join(
        [
            "Money beyond 'nobody', cumulated, costs taken off; mean over companies with its 80 % interval.",
            "As the observer expects it when the offers are made:",
            over_weeks(foreseen, marks),
            "As it came, every order at its customer's usual margin:",
            over_weeks(usual, later),
            "As it came:",
            over_weeks(came, later),
            f"Shares of perfect knowledge, company by company: as expected in week {cycles} / as it came by week "
            f"{cycles + AFTER} (usual margins):",
            by_company(seeds, foreseen, usual, cycles),
            "What was spent, and what the policy itself expected; mean over companies:",
            claims(companies, cycles),
        ]
    )


def over_weeks(frames: list[pd.DataFrame], marks: list[int]) -> str:
    """Return one line per policy, and how far learning is ahead of fixed assumptions in the same company."""
    lines = ["| policy | " + " | ".join(f"week {week}" for week in marks) + " |", "|---" * (len(marks) + 1) + "|"]
    ahead = [frame["engine"] - frame["fixed"] for frame in frames]
    rows = {name: [frame[name] for frame in frames] for name in POLICIES[1:]} | {"engine − fixed": ahead}
    for name, columns in rows.items():
        cells = [interval(np.array([column.iloc[week - 1] for column in columns])) for week in marks]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def by_company(seeds: list[int], foreseen: list[pd.DataFrame], usual: list[pd.DataFrame], cycles: int) -> str:
    """Return, per policy and company, the share of what perfect knowledge earns."""
    lines = ["| policy | " + " | ".join(map(str, seeds)) + " |", "|---" * (len(seeds) + 1) + "|"]
    for name in POLICIES[1:-1]:
        cells = []
        for early, late in zip(foreseen, usual, strict=True):
            first, last = early.iloc[cycles - 1], late.iloc[-1]
            cells.append(f"{first[name] / first['perfect']:.0%} / {last[name] / last['perfect']:.0%}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def claims(companies: list[dict[str, Any]], cycles: int) -> str:
    """Return contacts, holdouts, cost, what the policy expected of its contacts, and what the observer expects."""
    columns = ("contacts", "held_out", "cost", "expected_net_value", "true_net_value")
    lines = ["| policy | contacts | held out | cost | expected by itself | by the observer |", "|---" * 6 + "|"]
    for name in POLICIES[1:]:
        frame = pd.concat([pd.DataFrame(company[name][:cycles]) for company in companies])
        sums = frame[list(columns)].apply(pd.to_numeric).sum(min_count=1) / len(companies)
        cells = ["" if np.isnan(value) else f"{value:,.0f}" for value in sums]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
