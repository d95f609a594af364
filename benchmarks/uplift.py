"""Learners of single customers' uplift: on a public experiment, on demo companies with known truth, on shuffled arms.

``python -m benchmarks.uplift --data hillstrom`` fits on one half of the customers of the MineThatData e-mail experiment
and measures on the other, five times. ``--data demo`` makes demo companies (`--cache`), learns from their logs of past
offers, and compares the true gain of the contacts that the engine then chooses. ``--shuffled`` holds the contest on
logs whose arms were shuffled: nothing may be adopted, nothing claimed.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from winback.actions import Actions
from winback.pipelines.decide import make_candidates
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import features_for, judge, managers_of
from winback.pipelines.models import ModelSet
from winback.pipelines.offers import offer_log
from winback.pipelines.outcomes import LookedBack, look_back
from winback.pipelines.project import Project
from winback.pipelines.stages import stage
from winback.pipelines.uplift import hold_contest, learner_features
from winback.reasons import WORDS
from winback.response import Effects, OfferOutcomes, learn_effects
from winback.response.individual import (
    LEARNERS,
    Contest,
    OfferFeatures,
    UpliftLearner,
    UpliftShifts,
    choose_learner,
    fit_beyond,
    fit_learner,
)
from winback.response.individual.gains import gain, policy_weights, qini_weights
from winback.response.individual.meta import LearningRows, Regression, doubly_robust
from winback.response.individual.offers import PastOffers
from winback.settings import ActionSettings, Settings, parse_settings
from winback.snapshots import snapshots_at
from winback.targeting import decide
from winback.texts import Texts

HILLSTROM = Path(__file__).parents[2] / "shared/data/hillstrom"
PUBLISHED = ("recency", "history_segment", "history", "mens", "womens", "zip_code", "newbie", "channel")
WORD_COLUMNS = ("history_segment", "zip_code", "channel")
STAGES = ("simulate", "prepare", "featurize", "tune", "train")
DAY_US = 86_400_000_000


# the public experiment


def hillstrom(folder: Path, mail: str) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return features, arm and visits of those who got one kind of mail or none."""
    customers = pd.read_parquet(folder / "customers.parquet")
    found = customers.merge(pd.read_parquet(folder / "outcomes.parquet"), on="customer_id", validate="1:1")
    found = found[found["arm"].isin([mail, "No E-Mail"])].reset_index(drop=True)
    features = found[list(PUBLISHED)].copy()
    for name in WORD_COLUMNS:
        features[name] = features[name].astype("category").cat.codes
    return features.astype(np.float32), (found["arm"] == mail).to_numpy(), found["visit"].to_numpy(np.float64)


def hillstrom_predictions(
    features: pd.DataFrame, treated: np.ndarray, visit: np.ndarray, fit: np.ndarray, seed: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return what every estimate says of those that it was not fitted on, and their doubly robust scores."""
    base, effect = visit[fit & ~treated].mean(), visit[fit & treated].mean() - visit[fit & ~treated].mean()
    table = OfferFeatures(
        features.to_numpy(), PUBLISHED, PUBLISHED, tuple(PUBLISHED.index(name) for name in WORD_COLUMNS)
    )
    zeros = np.zeros(len(visit), dtype=np.int64)
    context = (np.full(len(visit), 1 - base), zeros.astype(np.int8), zeros, zeros)
    design, share = table.design(*context), np.full(len(visit), treated[fit].mean())
    rows = LearningRows(
        design[fit],
        table.design_categories(),
        (visit - base - treated * effect)[fit],
        treated[fit],
        share[fit],
        np.arange(int(fit.sum())),
    )
    held = table.rows(~fit)
    held_context = tuple(part[~fit] for part in context)
    made = {}
    for kind in LEARNERS:
        learner = fit_learner(kind, rows, columns=table.columns(), actions=("mail",), reasons=("all",), seed=seed)
        made[kind] = effect + learner.shifts(held, *held_context).mean(axis=0)
    regression = Regression(rows, seed)
    every = np.ones(len(rows), dtype=np.bool_)
    expected = regression.fit(every, visit[fit]).predict(design[~fit])
    rng = np.random.default_rng(seed)
    made["womens = 1"] = features["womens"].to_numpy()[~fit].astype(np.float64)
    made["mens = 1"] = features["mens"].to_numpy()[~fit].astype(np.float64)
    made["response model (likeliest to visit)"] = expected
    made["risk model (least likely to visit)"] = 1 - expected
    made["random"] = rng.random(int((~fit).sum()))
    with_mail, without = (
        regression.fit(arm, visit[fit]).predict(design[~fit]) for arm in (rows.treated, ~rows.treated)
    )
    score = doubly_robust(visit[~fit], treated[~fit], share[~fit], with_offer=with_mail, without=without)
    return made, score


def normalised_qini(visit: np.ndarray, treated: np.ndarray, score: np.ndarray) -> float:
    """Return the Qini coefficient as scikit-uplift defines it: area over random per that of a perfect order."""

    def area(order_by: np.ndarray) -> float:
        order = np.argsort(-order_by, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(order_by[order])), len(order) - 1)
        arms = [np.cumsum(part)[ends] for part in (treated[order], ~treated[order])]
        seen = [np.cumsum(visit[order] * part)[ends] for part in (treated[order], ~treated[order])]
        curve = seen[0] - seen[1] * np.divide(arms[0], arms[1], out=np.zeros(len(ends)), where=arms[1] > 0)
        x, y = np.append(0, ends + 1), np.append(0.0, curve)
        return float(np.trapezoid(y, x) - y[-1] * x[-1] / 2)

    return area(score) / area(visit * treated - visit * ~treated)


def run_hillstrom(folder: Path, seeds: int) -> None:
    """Print Qini and policy value of every estimate, for both mails."""
    for mail in ("Womens E-Mail", "Mens E-Mail"):
        features, treated, visit = hillstrom(folder, mail)
        figures: dict[str, list[list[float]]] = {}
        for seed in range(seeds):
            fit = np.random.default_rng(seed).permutation(len(visit)) < len(visit) // 2
            predictions, score = hillstrom_predictions(features, treated, visit, fit, seed)
            who = np.arange(len(score))
            for name, made in predictions.items():
                policy, qini = (gain(rule(made), score, who) for rule in (_policy_of_rank, qini_weights))
                row = [*_thousand(qini), *_thousand(policy), normalised_qini(visit[~fit], treated[~fit], made)]
                figures.setdefault(name, []).append(row)
        print(f"\n{mail} → visit, {len(visit):,} customers, {seeds} splits in halves\n")
        print("| order by | Qini (90 % interval) | policy value (90 % interval) | Qini, scikit-uplift's |")
        print("|---|---|---|---|")
        for name, rows in sorted(figures.items(), key=lambda item: -np.mean(item[1], axis=0)[0]):
            q, ql, qh, p, pl, ph, normal = np.mean(rows, axis=0)
            print(f"| {name} | {q:.2f} ({ql:.2f} … {qh:.2f}) | {p:.1f} ({pl:.1f} … {ph:.1f}) | {normal:.4f} |")


def _policy_of_rank(prediction: np.ndarray) -> np.ndarray:
    """Spend budgets by rank alone: orders such as a risk are no effects, so their sign says nothing."""
    return policy_weights(prediction - prediction.min() + 1)


def _thousand(figure: object) -> tuple[float, float, float]:
    return tuple(1000 * getattr(figure, end) for end in ("value", "low", "high"))


# demo companies


def company(cache: Path, seed: int, customers: int) -> Settings:
    """Make a demo company and train its models, unless the cache has it; flat assumptions of 15 %."""
    root = cache / f"uplift-{customers}-{seed}"
    content = yaml.safe_load(files("winback.settings").joinpath("template.yaml").read_text(encoding="utf-8"))
    content["run"] |= {"seed": seed, "threads": 1}
    content.setdefault("simulate", {})
    content["simulate"] |= {"customers": customers}
    content["snapshots"] = {**content.get("snapshots", {}), "max_cutoffs": 10}
    content["model"] = {**content.get("model", {}), "seeds": 1, "bootstrap_samples": 20}
    for action in content["actions"].values():
        action |= {"save_probability": 0.15, "capacity": None, "capacity_per_manager": None}
    settings = parse_settings(yaml.safe_dump(content), root=root)
    settings = settings.model_copy(
        update={"targeting": settings.targeting.model_copy(update={"budget_amount": 75.0 * customers})}
    )
    root.mkdir(parents=True, exist_ok=True)
    for name in STAGES:
        if not all((root / out).is_dir() for out in stage(name).outs):
            stage(name).execute(settings)
    return settings


def past_of(settings: Settings) -> tuple[Project, ModelSet, LookedBack]:
    """Return what became of a company's past offers."""
    project = Project(settings)
    models, history = ModelSet.load(project.challenger), open_history(project, None)
    return project, models, look_back(history, offer_log(history, project, use_own_cycles=False), models, settings)


def unasked(kind: str, past: LookedBack, effects: Effects, settings: Settings) -> UpliftLearner:
    """Fit a learner on the whole log, whether it would be adopted or not."""
    offers = PastOffers.of(
        Actions.from_settings(settings.actions),
        past.outcomes,
        learner_features(past.matrix),
        past.matrix.snapshots.customer.astype(np.int64),
        past.matrix.snapshots.cutoff,
    )
    return fit_beyond(kind, offers, effects, seed=settings.run.seed)


def true_gains(settings: Settings) -> tuple[Contest, dict[str, float]]:
    """Return the contest, and the true gain before cost of the contacts that each estimate leads to."""
    project, models, past = past_of(settings)
    actions = Actions.from_settings(settings.actions)
    history = open_history(project, None)
    now = snapshots_at(history, [history.ends_at], settings.population)
    judged = judge(history, now, models, settings, Texts("en"))
    seen = learner_features(features_for(history, now, models, settings))
    people = make_candidates(history, judged, managers_of(history, judged.snapshots), project)
    effects = learn_effects(actions, past.outcomes, WORDS)
    truth = _truth(project, people.customer_id, actions.names)
    gains = {}
    for name in ("pooled", *LEARNERS):
        shifts = None
        if name != "pooled":
            shifts = UpliftShifts.of(
                unasked(name, past, effects, settings),
                effects,
                seen,
                churn=people.churn_probability,
                population=people.population,
                reason=people.reason,
            )
        made = decide(
            people, actions, effects, settings.targeting, cycle="benchmark", seed=7, shifts=shifts, with_curve=False
        )
        chosen = np.flatnonzero(made.decision == "contact")
        gains[name] = float(np.nansum(truth[chosen, made.action[chosen]]))
    return hold_contest(past.outcomes, past.matrix, settings), gains


def _truth(project: Project, customers: np.ndarray, actions: tuple[str, ...]) -> np.ndarray:
    """Return the true gain of every pair before its cost; nan where an action cannot reach a customer."""
    told = pd.read_parquet(project.truth / "actions.parquet")
    table = told.pivot_table(index="customer_id", columns="action", values="gain", observed=True)
    return table.reindex(index=pd.Index(customers), columns=pd.Index(actions)).to_numpy(np.float64)


def run_demo(cache: Path, seeds: list[int], customers: int) -> None:
    """Print contest and true gain, company by company."""
    print("| company | offers | policy value of pooled | T more | X more | DR more | adopted | true gain of pooled "
          "| T | X | DR |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for seed in seeds:
        contest, gains = true_gains(company(cache, seed, customers))
        base, *others = contest.entries
        more = [f"{1000 * e.policy_difference.value:.1f} ± {1645 * e.policy_difference.error:.1f}" for e in others]
        cells = [seed, contest.offers, f"{1000 * base.policy_value.value:.1f}", *more, contest.adopted or "pooled"]
        cells += [f"{gains['pooled']:,.0f}", *(f"{gains[kind] / gains['pooled']:.0%}" for kind in LEARNERS)]
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


# no effect at all


def made_log(seed: int, offers: int) -> dict[str, object]:
    """Return a log of a made-up company whose customers differ, for `choose_learner`."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(offers, 20)).astype(np.float32)
    action, reason = rng.integers(0, 6, offers), rng.integers(0, 5, offers)
    churn, cycle = rng.beta(2, 2, offers), np.sort(rng.integers(0, 100, offers))
    treated = rng.random(offers) < 0.75
    save = rng.uniform(0, 0.4, (6, 5))[action, reason] + 0.2 * np.sign(values[:, 0])
    uplift = np.clip(churn * save, churn - 1, churn)
    one = ActionSettings(contact_cost=10, save_probability=0.15)
    words = np.array(["price", "delivery", "service", "conflict", "neglect"], dtype=object)
    return {
        "actions": Actions.from_settings({f"action_{code}": one for code in range(6)}),
        "outcomes": OfferOutcomes.of(
            action=np.array([f"action_{code}" for code in action], dtype=object),
            reason=words[reason],
            cycle=np.array([f"{number:04d}" for number in cycle], dtype=object),
            population=rng.integers(0, 2, offers),
            churn_probability=churn,
            treated=treated,
            kept=rng.random(offers) < 1 - churn + treated * uplift,
        ),
        "features": OfferFeatures.of(values, tuple(f"feature_{place}" for place in range(20))),
        "customer": rng.integers(0, offers // 2, offers),
        "offered_at": cycle * 7 * DAY_US,
        "horizon": 90 * DAY_US,
    }


def shuffled(log: dict[str, object], seed: int) -> dict[str, object]:
    """Return the log with its arms shuffled within cycles, so that nothing that was done changed anything."""
    outcomes = log["outcomes"]
    assert isinstance(outcomes, OfferOutcomes)
    rng = np.random.default_rng(10_000 + seed)
    treated = outcomes.treated.copy()
    for cycle in pd.unique(outcomes.cycle):
        mine = outcomes.cycle == cycle
        treated[mine] = rng.permutation(treated[mine])
    return log | {"outcomes": replace(outcomes, treated=treated)}


def company_log(settings: Settings) -> dict[str, object]:
    """Return a demo company's log, for `choose_learner`."""
    _, _, past = past_of(settings)
    return {
        "actions": Actions.from_settings(settings.actions),
        "outcomes": past.outcomes,
        "features": learner_features(past.matrix),
        "customer": past.matrix.snapshots.customer.astype(np.int64),
        "offered_at": past.matrix.snapshots.cutoff,
        "horizon": settings.label.horizon_days * DAY_US,
    }


def run_shuffled(logs: Callable[[int], dict[str, object]], seeds: int) -> None:
    """Print what is adopted and claimed on shuffled logs."""
    ends = list(_shuffled_ends(logs, seeds))
    print(f"of {seeds} logs with shuffled arms: adopted {sum(adopted for adopted, _ in ends)}, ", end="")
    print(f"effects claimed {sum(claims for _, claims in ends)}, either {sum(any(end) for end in ends)}")


def _shuffled_ends(logs: Callable[[int], dict[str, object]], seeds: int) -> Iterator[tuple[bool, bool]]:
    for seed in range(seeds):
        log = shuffled(logs(seed), seed)
        contest = choose_learner(**log, seed=seed)  # type: ignore[arg-type]
        effects = learn_effects(log["actions"], log["outcomes"])  # type: ignore[arg-type]
        yield bool(contest.adopted), any(row["source"] == "measured" and row["low"] > 0 for row in effects.rows())


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=("hillstrom", "demo", "made"), default="hillstrom")
    parser.add_argument("--shuffled", action="store_true", help="hold the contest on shuffled arms (demo, made)")
    parser.add_argument("--seeds", type=int, help="splits, companies or shuffles")
    parser.add_argument("--first-seed", type=int, default=601, help="of the demo companies")
    parser.add_argument("--customers", type=int, default=4000)
    parser.add_argument("--offers", type=int, default=3000, help="of a made-up log")
    parser.add_argument("--cache", type=Path, default=Path("data/benchmarks"))
    parser.add_argument("--hillstrom", type=Path, default=HILLSTROM)
    given = parser.parse_args()
    print(f"{platform.machine()}, Python {platform.python_version()}, LightGBM {version('lightgbm')}")
    if given.data == "hillstrom":
        run_hillstrom(given.hillstrom, given.seeds or 5)
    elif given.data == "demo" and given.shuffled:
        log = company_log(company(given.cache, given.first_seed, given.customers))
        run_shuffled(lambda _: log, given.seeds or 20)
    elif given.data == "demo":
        run_demo(given.cache, [given.first_seed + place for place in range(given.seeds or 3)], given.customers)
    elif given.shuffled:
        run_shuffled(lambda seed: made_log(seed, given.offers), given.seeds or 20)
    else:
        adopted = [
            choose_learner(**made_log(seed, given.offers), seed=seed).adopted for seed in range(given.seeds or 5)
        ]  # type: ignore[arg-type]
        print(f"of {len(adopted)} logs of {given.offers:,} offers to customers who differ: {adopted}")


if __name__ == "__main__":
    main()
