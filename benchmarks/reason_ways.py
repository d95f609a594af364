"""Ways of naming why customers left, for comparison: each gives the first three reasons of every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import shap
from numpy.typing import NDArray

from benchmarks.reason_companies import INFERABLE, Company
from winback.features import FeatureSpec, compute_features
from winback.reasons import WORDS, Inference, ReasonModel, fit_reason_model, leaving_of
from winback.reasons.exposure import exposure_of
from winback.reasons.fading import Grievance
from winback.reasons.grievances import Known, grievances_of
from winback.reasons.leaving import CONTROLS
from winback.reasons.stated import Stated
from winback.snapshots import ACTIVE, Snapshots
from winback.texts import Texts

Array = NDArray[Any]
Way = Callable[[], Array]
#: Settings of all LightGBM models here: those of the driver model that winback had before.
LIGHTGBM = {
    "learning_rate": 0.1, "num_leaves": 15, "max_bin": 63, "min_data_in_leaf": 200, "lambda_l2": 10.0,
    "feature_fraction": 0.6, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": 1, "num_threads": 1,
    "deterministic": True, "force_row_wise": True, "verbosity": -1,
}  # fmt: skip
ROUNDS = 100
#: Stayers that interventional SHAP compares with.
BACKGROUND = 100
#: A group of comparable customers counts as much as all stayers when it has so many rows.
FEW = 200


def ranked(score: Array) -> Array:
    """First three words of each row by falling score; a score of zero is no reason."""
    order = np.argsort(-score, axis=1, kind="stable")[:, :3]
    words = np.array(WORDS, dtype=object)[order]
    words[np.take_along_axis(score, order, axis=1) <= 0] = ""
    return words


def by_words(score: Array, reasons: tuple[str, ...]) -> Array:
    """Spread columns of some reasons over all words."""
    result = np.zeros((len(score), len(WORDS)))
    result[:, [WORDS.index(reason) for reason in reasons]] = score
    return result


def _sums(contributions: Array, of: list[str], reasons: tuple[str, ...]) -> Array:
    """Sum the columns of each reason."""
    return np.column_stack([contributions[:, [word == reason for word in of]].sum(axis=1) for reason in reasons])


def risk_model(company: Company, absolute: bool) -> Array:
    """The common way: SHAP of a model of everything, at as_of, summed by the reasons of its features."""
    matrix = company.matrix
    data = lgb.Dataset(matrix.values, company.labels, free_raw_data=True)
    booster = lgb.train(LIGHTGBM | {"objective": "binary"}, data, ROUNDS)
    now = company.now.rows(company.counted)
    current = compute_features(company.history, now, company.settings.features, categories=matrix.categories, threads=1)
    contributions = np.asarray(booster.predict(current.values, pred_contrib=True))[:, :-1]
    contributions = np.abs(contributions) if absolute else contributions
    of = [spec.reason or "" for spec in matrix.specs]
    reasons = tuple(sorted(set(of) - {""}))
    return ranked(by_words(_sums(contributions, of, reasons), reasons))


def _is_driver(spec: FeatureSpec) -> bool:
    return spec.role == "driver" and spec.reason is not None


@dataclass
class DriverModel:
    """A model of drivers and of how often a customer buys, learned on snapshots of customers still active."""

    company: Company

    def __post_init__(self) -> None:
        company = self.company
        drivers = company.matrix.select(np.array([_is_driver(spec) for spec in company.matrix.specs], bool))
        self.categories = drivers.categories
        self.of = [str(spec.reason) for spec in drivers.specs] + [""] * len(CONTROLS)
        self.reasons = tuple(sorted(set(self.of) - {""}))
        rows = company.rows.population == ACTIVE
        leaving = leaving_of(company.history, company.rows)
        values = np.column_stack([drivers.values, leaving.controls(company.rows.cutoff)])[rows]
        labels = company.labels[rows]
        self.booster = lgb.train(LIGHTGBM | {"objective": "binary"}, lgb.Dataset(values, labels), ROUNDS)
        stayed = np.flatnonzero(labels == 0)
        # a sample is enough for means
        self.stayed = np.random.default_rng(1).choice(stayed, min(stayed.size, 20_000), replace=False)
        self.stayers = values[self.stayed]
        self.stayer_rows = company.rows.rows(rows).rows(self.stayed)
        self.typical = self.contributions(self.stayers)

    def contributions(self, values: Array) -> Array:
        """SHAP values along the trees' paths, summed by reason."""
        return _sums(np.asarray(self.booster.predict(values, pred_contrib=True))[:, :-1], self.of, self.reasons)

    def interventional(self, values: Array) -> Array:
        """SHAP values against a background of stayers, summed by reason."""
        explainer = shap.TreeExplainer(self.booster, self.stayers[:BACKGROUND], feature_perturbation="interventional")
        return _sums(np.asarray(explainer.shap_values(values, check_additivity=False)), self.of, self.reasons)

    @cached_property
    def now(self) -> Snapshots:
        """Customers that are counted."""
        return self.company.now.rows(self.company.counted)

    @cached_property
    def instants(self) -> dict[str, Array]:
        """Drivers of the counted customers at as_of, at the last order and when the next one was due."""
        leaving = leaving_of(self.company.history, self.now)
        times = {"as_of": self.now.cutoff, "last order": leaving.ordered, "next order due": leaving.anchor}
        return {name: self._drivers(at, leaving.controls(at)) for name, at in times.items()}

    def _drivers(self, at: Array, controls: Array) -> Array:
        rows = Snapshots(self.now.customer, at, self.now.population)
        settings = self.company.settings.features
        drivers = compute_features(
            self.company.history, rows, settings, categories=self.categories, only=_is_driver, threads=1
        )
        return np.column_stack([drivers.values, controls])

    def excess(self, when: str) -> Array:
        """What each reason adds beyond what stayers live through."""
        return self.contributions(self.instants[when]) - self.typical.mean(axis=0)

    def excess_over_peers(self, when: str) -> Array:
        """What each reason adds beyond what stayers of the same region, industry, size and rhythm live through."""
        keys = pd.DataFrame(np.concatenate([self._peers(self.stayer_rows), self._peers(self.now)]))
        group = keys.groupby(list(keys.columns)).ngroup().to_numpy()
        theirs, own = group[: len(self.stayed)], group[len(self.stayed) :]
        counts = np.bincount(theirs, minlength=group.max() + 1)[:, None]
        sums = np.column_stack([np.bincount(theirs, column, len(counts)) for column in self.typical.T])
        usual = (sums + FEW * self.typical.mean(axis=0)) / (counts + FEW)
        return self.contributions(self.instants[when]) - usual[own]

    def _peers(self, rows: Snapshots) -> Array:
        """Region, industry, and thirds of size and rhythm."""
        company = self.company
        attributes = company.history.attributes().columns
        purchases = company.history.purchases()
        spent = np.add.reduceat(
            np.append(purchases.columns["amount"], 0.0), np.minimum(purchases.offsets[:-1], purchases.at.size)
        )
        size = spent / np.maximum(np.diff(purchases.offsets), 1)
        rhythm = Known(company.history, company.settings.features).gap_days
        thirds = [np.digitize(values, np.quantile(values, [1 / 3, 2 / 3])) for values in (size, rhythm)]
        columns = [attributes[name] for name in ("region", "industry")] + thirds
        return np.column_stack([column[rows.customer] for column in columns])

    def interventional_excess(self, when: str) -> Array:
        """SHAP values against a background of stayers are in excess of theirs already."""
        return self.interventional(self.instants[when])


def weekly_hazard(company: Company) -> Array:
    """LightGBM on customer-weeks with fading grievances; leaving is an order that was due and did not come."""
    settings, history = company.settings, company.history
    grievances = grievances_of(history, settings.features)
    of = [each.reason for each in grievances for _ in each.names]
    gaps = Known(history, settings.features).gap_days
    keep = np.ones(history.n_customers, bool)
    weeks = exposure_of(history.purchases(), gaps, history.ends_at, settings.label.horizon_days, keep)
    left = weeks.leaving >= 0
    whole = np.bincount(weeks.leaving[left], weeks.weeks[left])
    share = np.zeros(weeks.at.size)
    share[left] = weeks.weeks[left] / whole[weeks.leaving[left]]
    values = _weighed(grievances, weeks.customer, weeks.at)
    data = lgb.Dataset(values, share, weight=weeks.weeks)
    booster = lgb.train(LIGHTGBM | {"objective": "cross_entropy"}, data, ROUNDS)
    reasons = tuple(sorted(set(of) - {""}))

    def contributions(values: Array) -> Array:
        return _sums(np.asarray(booster.predict(values, pred_contrib=True))[:, :-1], of, reasons)

    stayers = np.random.default_rng(1).choice(np.flatnonzero(~left), 20_000, replace=False)
    now = company.now.rows(company.counted)
    leaving = leaving_of(history, now)
    found = [contributions(_weighed(grievances, now.customer, at)) for at in (leaving.ordered, leaving.anchor)]
    return ranked(by_words(np.maximum(*found) - contributions(values[stayers]).mean(axis=0), reasons))


def _weighed(grievances: tuple[Grievance, ...], customer: Array, at: Array) -> Array:
    return np.concatenate([each.weigh(customer, at) for each in grievances]).T.astype(np.float32)


@dataclass
class Additive:
    """The way that winback goes: competing hazards that add up."""

    company: Company

    @cached_property
    def model(self) -> ReasonModel:
        """Fitted as in training."""
        return fit_reason_model(self.company.history, self.company.settings)

    @cached_property
    def inference(self) -> Inference:
        """Of everybody at the end of the data."""
        return self.model.infer(self.company.history, self.company.now, self.company.settings)

    def supported(self) -> Array:
        """The chance of reasons that facts speak for."""
        return np.where(self.inference.evidence.supported, self.inference.probability, 0.0)

    def shown(self, min_confidence: float) -> Array:
        """Words that the list shows of everybody, without statements."""
        code = self.inference.choose(Stated.nothing(len(self.company.now)), min_confidence).code
        return np.array([*WORDS, ""], dtype=object)[code.astype(int)]

    def shown_with_statements(self) -> Array:
        """Words that the list shows of everybody."""
        company = self.company
        reasons = self.model.explain(company.history, company.now, company.settings, Texts("en"))
        return np.column_stack([reasons.words(place) for place in range(3)])


def ways(company: Company, additive: Additive, only: tuple[str, ...] | None = None) -> dict[str, Way]:
    """All ways that are compared, or some, by name; each gives three words for every counted customer."""
    rows = company.counted
    common = pd.Series(company.cause[rows]).value_counts().index[:3].to_numpy(dtype=object)
    draw = np.random.default_rng(company.seed)

    @cache
    def drivers() -> DriverModel:
        return DriverModel(company)

    def worse(excess: Callable[[DriverModel, str], Array]) -> Array:
        both = (excess(drivers(), when) for when in ("last order", "next order due"))
        return ranked(by_words(np.maximum(*both), drivers().reasons))

    def at(when: str) -> Way:
        return lambda: ranked(by_words(drivers().excess(when), drivers().reasons))

    found = {
        "random": lambda: draw.permuted(np.tile(np.array(INFERABLE, dtype=object), (int(rows.sum()), 1)), axis=1)[
            :, :3
        ],
        "commonest causes": lambda: np.tile(common, (int(rows.sum()), 1)),
        "risk model, largest |SHAP|": lambda: risk_model(company, absolute=True),
        "risk model, SHAP raising risk": lambda: risk_model(company, absolute=False),
        "driver model at as_of": at("as_of"),
        "driver model at the last order": at("last order"),
        "driver model when the next was due": at("next order due"),
        "driver model, worse of both": lambda: worse(DriverModel.excess),
        "driver model, over peers": lambda: worse(DriverModel.excess_over_peers),
        "driver model, interventional": lambda: worse(DriverModel.interventional_excess),
        "hazard by week, LightGBM": lambda: weekly_hazard(company),
        "hazard by week, additive": lambda: ranked(additive.inference.probability)[rows],
        "additive, with evidence": lambda: ranked(additive.supported())[rows],
        "as shown, without statements": lambda: additive.shown(company.settings.reasons.min_confidence)[rows],
        "as shown": lambda: additive.shown_with_statements()[rows],
        "knowing every hazard": lambda: ranked(by_words(company.hazard, INFERABLE))[rows],
    }
    return {name: way for name, way in found.items() if only is None or name in only}
