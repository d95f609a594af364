"""Which way of naming reasons names the true causes: several ways side by side on demo companies with known truth.

Run ``python -m benchmarks.reasons --seeds 3``. Counted are customers lost in the last nine months, who have not
returned, for one of the seven reasons that tables show; the first inferred reason, and the first three, are compared
with the planted cause. Statements (`exits`) are not used, except in the last line.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pandas as pd

from winback.features import FeatureMatrix, compute_features
from winback.history import DAY_US, History
from winback.labels import make_labels
from winback.reasons import WORDS, ReasonModel, fit_reason_model, leaving_of
from winback.reasons.attribution import attributable
from winback.reasons.stated import Stated
from winback.settings import Settings, parse_settings
from winback.simulation import simulate
from winback.snapshots import Snapshots, cutoff_schedule, snapshots_at
from winback.sources import prepare_sources
from winback.texts import Texts

INFERABLE = ("price", "product_quality", "delivery", "service", "conflict", "manager_change", "neglect")
LOST_WITHIN_DAYS = 274


@dataclass
class Company:
    """One demo company, ready to be explained; ``cause`` is the truth of each row of ``now`` ("" still there)."""

    settings: Settings
    history: History
    matrix: FeatureMatrix
    labels: np.ndarray
    now: Snapshots
    cause: np.ndarray
    hazard: np.ndarray


def make_company(folder: Path, seed: int, customers: int, causes: dict[str, float]) -> Company:
    """Simulate a company and prepare it as a user's project would be."""
    mix = "{" + ", ".join(f"{word}: {factor}" for word, factor in causes.items()) + "}"
    text = f"{{run: {{threads: 1, seed: {seed}}}, simulate: {{customers: {customers}, causes: {mix}}}}}"
    settings = parse_settings(text, root=folder)
    simulate(
        settings.simulate,
        seed=seed,
        raw_dir=folder / "data/raw",
        truth_dir=folder / "data/truth",
        horizon_days=settings.label.horizon_days,
    )
    prepare_sources(settings)
    history = History.load(settings.path("data/staging"))
    rows = snapshots_at(history, cutoff_schedule(history, settings), settings.population, include_closed=False)
    matrix = compute_features(history, rows, settings.features, threads=1)
    now = snapshots_at(history, [history.ends_at], settings.population)
    truth = pd.read_parquet(folder / "data/truth/customers.parquet").set_index("customer_id")
    truth = truth.reindex(history.customer_ids[now.customer])
    left_at = truth["left_at"].to_numpy("datetime64[us]").view(np.int64)
    recent = truth["cause"].notna().to_numpy() & (left_at >= history.ends_at - LOST_WITHIN_DAYS * DAY_US)
    hazard = truth[[f"{word}_hazard_at_leaving" for word in INFERABLE]].to_numpy()
    cause = np.where(recent, truth["cause"].fillna("").to_numpy(dtype=object), "")
    return Company(settings, history, matrix, make_labels(history, rows, settings.label), now, cause, hazard)


def ranked(score: np.ndarray) -> np.ndarray:
    """First three words of each row by falling score; a score of zero is no reason."""
    order = np.argsort(-score, axis=1, kind="stable")[:, :3]
    words = np.array(WORDS, dtype=object)[order]
    words[np.take_along_axis(score, order, axis=1) <= 0] = ""
    return words


def by_words(score: np.ndarray, reasons: tuple[str, ...]) -> np.ndarray:
    """Spread columns of some reasons over all words."""
    result = np.zeros((len(score), len(WORDS)))
    result[:, [WORDS.index(reason) for reason in reasons]] = score
    return result


def risk_model(company: Company, absolute: bool) -> np.ndarray:
    """The common way: SHAP of a model of everything, at as_of, summed by the reasons of its features."""
    matrix = company.matrix
    data = lgb.Dataset(matrix.values, company.labels, free_raw_data=True)
    settings = {"objective": "binary", "verbosity": -1, "seed": 1, "num_threads": 1, "max_bin": 63}
    booster = lgb.train(settings, data, 100)
    current = compute_features(
        company.history, company.now, company.settings.features, categories=matrix.categories, threads=1
    )
    contributions = np.asarray(booster.predict(current.values, pred_contrib=True))[:, :-1]
    contributions = np.abs(contributions) if absolute else contributions
    reasons = sorted({spec.reason for spec in matrix.specs if spec.reason})
    sums = [contributions[:, [spec.reason == word for spec in matrix.specs]].sum(axis=1) for word in reasons]
    return ranked(by_words(np.column_stack(sums), tuple(reasons)))


def drivers_at(company: Company, model: ReasonModel, when: str) -> np.ndarray:
    """Drivers of customers still active, measured at one instant; no evidence asked for."""
    leaving = leaving_of(company.history, company.now)
    at = {"as_of": company.now.cutoff, "last order": leaving.ordered, "next order due": leaving.anchor}[when]
    values = model.drivers(company.history, company.now, leaving, at, company.settings)
    assert model.attribution is not None
    return ranked(by_words(attributable(*model.attribution.excess(values))[1], model.reasons))


def variants(company: Company, model: ReasonModel) -> dict[str, Callable[[], np.ndarray]]:
    """All ways that are compared, by name; each gives three words per row."""
    history, now, settings = company.history, company.now, company.settings
    counted = company.cause[np.isin(company.cause, INFERABLE)]
    common = pd.Series(counted).value_counts().index[:3].to_numpy(dtype=object)

    def shown(stated: bool) -> np.ndarray:
        if stated:
            reasons = model.explain(history, now, settings, Texts("en"))
            return np.column_stack([reasons.words(place) for place in range(3)])
        code = (
            model.infer(history, now, settings).choose(Stated.nothing(len(now)), settings.reasons.min_confidence).code
        )
        return np.array([*WORDS, ""], dtype=object)[code.astype(int)]

    return {
        "commonest causes": lambda: np.tile(common, (len(now), 1)),
        "risk model, largest |SHAP|": lambda: risk_model(company, absolute=True),
        "risk model, SHAP raising risk": lambda: risk_model(company, absolute=False),
        "drivers at as_of": lambda: drivers_at(company, model, "as_of"),
        "drivers at the last order": lambda: drivers_at(company, model, "last order"),
        "drivers when the next was due": lambda: drivers_at(company, model, "next order due"),
        "the worse of both": lambda: ranked(model.infer(history, now, settings).probability),
        "the worse of both, with evidence": lambda: ranked(_supported(model, company)),
        "as shown (unknown if unsure)": lambda: shown(stated=False),
        "as shown, with statements": lambda: shown(stated=True),
        "knowing every hazard": lambda: ranked(by_words(np.nan_to_num(company.hazard), INFERABLE)),
    }


def _supported(model: ReasonModel, company: Company) -> np.ndarray:
    inference = model.infer(company.history, company.now, company.settings)
    return np.where(inference.evidence.supported, inference.probability, 0)


def compare(company: Company, seed: int) -> list[dict[str, object]]:
    """Accuracy of all variants on one company."""
    start = time.perf_counter()
    model = fit_reason_model(company.history, company.matrix, company.labels, company.settings)
    print(f"seed {seed}: fitted in {time.perf_counter() - start:.1f} s", flush=True)
    rows = np.isin(company.cause, INFERABLE)
    true = company.cause[rows]
    results = []
    for name, way in variants(company, model).items():
        start = time.perf_counter()
        words = way()[rows]
        results.append(
            {
                "way": name,
                "seed": seed,
                "customers": int(rows.sum()),
                "first": float(np.mean(words[:, 0] == true)),
                "among three": float(np.mean((words == true[:, None]).any(axis=1))),
                "seconds": time.perf_counter() - start,
            }
        )
    results.append(calibration(company, model, seed))
    return results


def calibration(company: Company, model: ReasonModel, seed: int) -> dict[str, object]:
    """Mean claimed confidence and share right, over all lost customers with an inferred first reason."""
    inference = model.infer(company.history, company.now, company.settings)
    choice = inference.choose(Stated.nothing(len(company.now)), company.settings.reasons.min_confidence)
    claims = (company.cause != "") & ~np.isnan(choice.confidence)
    right = np.array(WORDS, dtype=object)[choice.code[:, 0].astype(int)] == company.cause
    edges = np.quantile(choice.confidence[claims], [0, 0.25, 0.5, 0.75, 1])
    print(f"seed {seed}: confidence claimed -> share right")
    for low, high in pairwise(edges):
        inside = claims & (choice.confidence >= low) & (choice.confidence <= high)
        print(f"  {choice.confidence[inside].mean():.2f} -> {right[inside].mean():.2f}  ({inside.sum()})", flush=True)
    return {
        "way": "confidence claimed / share right",
        "seed": seed,
        "customers": int(claims.sum()),
        "first": float(choice.confidence[claims].mean()),
        "among three": float(right[claims].mean()),
        "seconds": 0.0,
    }


def main() -> None:
    """Simulate, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--customers", type=int, default=4000)
    parser.add_argument("--cause", action="append", default=[], metavar="WORD=FACTOR", help="another mix of causes")
    arguments = parser.parse_args()
    causes = {word: float(factor) for word, factor in (cause.split("=") for cause in arguments.cause)}
    results: list[dict[str, object]] = []
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        with tempfile.TemporaryDirectory() as folder:
            results += compare(make_company(Path(folder), seed, arguments.customers, causes), seed)
    table = pd.DataFrame(results)
    summary = table.groupby("way", sort=False)[["first", "among three", "seconds"]].mean()
    counts = table.groupby("way", sort=False)["customers"].sum()
    summary["± first"] = 1.96 * np.sqrt(summary["first"] * (1 - summary["first"]) / counts)
    summary["lowest first"] = table.groupby("way", sort=False)["first"].min()
    print(summary[["first", "± first", "lowest first", "among three", "seconds"]].round(3).to_string())


if __name__ == "__main__":
    main()
