"""What else a user would do: rules, regression, purchase models, and other boosters on our features."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.model_tasks import Task
from benchmarks.purchase_model import expected_purchases, purchase_summary
from winback.evaluation.baselines import baseline_scores
from winback.model import FeatureContract, TrainedChurn, TrainingRows, train_churn_model
from winback.splits import split_cutoffs

Floats = NDArray[np.float64]
#: A score, larger meaning likelier to churn, and whether it is a probability.
Score = tuple[Floats, bool]
Predict = Callable[[NDArray[np.float32]], Floats]
#: Learns from rows with so many trees, or as many as are best for later rows; gives them, and their number.
Grow = Callable[[TrainingRows, TrainingRows | int, int], tuple[Predict, int]]

OURS = "model"
NAMES: Mapping[str, str] = MappingProxyType(
    {
        OURS: "ours",
        "truth": "true probability",
        "recency": "recency",
        "cadence": "cadence",
        "frequency": "frequency",
        "logistic": "logistic regression, RFM",
        "bgnbd": "BG/NBD expected purchases",
        "lightgbm_rfm": "LightGBM, RFM",
        "hist": "scikit-learn's HistGradientBoosting, our features",
        "xgboost": "XGBoost, our features",
        "catboost": "CatBoost, our features",
    }
)
RFM = ("days_since_order", "days_since_first_order", "order_count_365d", "order_amount_365d")
_RATE, _MOST, _PATIENCE = 0.05, 1000, 50


def trained(task: Task) -> TrainedChurn:
    """Train as ``winback train`` would have at the cut."""
    labels = task.labels[~task.now]
    split = split_cutoffs(task.cutoffs, task.settings.label.horizon_days)
    return train_churn_model(task.matrix.rows(~task.now), labels, split, task.settings)


def ours(task: Task) -> Score:
    """What `trained` says of those at the cut."""
    return trained(task).model.churn_probability(task.matrix.rows(task.now)), True


def fixed_scores(task: Task) -> dict[str, Score]:
    """Every way that has no seed."""
    scores = baseline_scores(task.matrix, task.labels, ~task.now, np.flatnonzero(task.now))
    scores["bgnbd"] = _bgnbd(task), False
    if task.truth is not None:
        scores["truth"] = task.truth, True
    return scores


def seeded_scores(task: Task) -> dict[str, Score]:
    """Ours and the other boosters, with the seed of the task's settings."""
    scores = {OURS: ours(task), "lightgbm_rfm": _boosted(task, _grow_lightgbm, RFM)}
    for name, grow in GROWERS.items():
        if name not in missing():
            scores[name] = _boosted(task, grow, task.matrix.names)
    return scores


def missing() -> tuple[str, ...]:
    """Peers that are not installed here."""
    return tuple(name for name in ("xgboost", "catboost") if find_spec(name) is None)


def _bgnbd(task: Task) -> Floats:
    now = task.matrix.snapshots.rows(task.now)
    summary = purchase_summary(task.history, int(now.cutoff[0]))
    expected = pd.Series(expected_purchases(summary, task.settings.label.horizon_days), index=summary.index)
    return -expected.reindex(now.customer).to_numpy(np.float64)


def _boosted(task: Task, grow: Grow, names: tuple[str, ...]) -> Score:
    """Number of trees found on other rows, then grown again on all that was labelled at the cut."""
    learned, watched = _learned_and_watched(task)
    seed = task.settings.run.seed
    chosen = task.matrix.select(names)
    # scikit-learn refuses columns that are all gaps, such as what takes a year to be known
    chosen = chosen.select(np.isfinite(chosen.values[learned]).any(axis=0))
    contract = FeatureContract(tuple(chosen.specs))
    rows = TrainingRows(chosen.values, task.labels, np.ones(len(task.labels)), contract.categorical)
    _, rounds = grow(rows.at(learned), rows.at(watched), seed)
    predict, _ = grow(rows.at(~task.now), rounds, seed)
    return predict(chosen.values[task.now]), True


def _learned_and_watched(task: Task) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows to learn from, and rows that say when to stop: of a later cutoff, else of every fifth customer."""
    split = split_cutoffs(task.cutoffs, task.settings.label.horizon_days)
    snapshots = task.matrix.snapshots
    if split.stop:
        return snapshots.at(split.fit), snapshots.at(split.stop)
    fifth = snapshots.customer % 5 == 0
    return ~task.now & ~fifth, ~task.now & fifth


def _grow_lightgbm(rows: TrainingRows, until: TrainingRows | int, seed: int) -> tuple[Predict, int]:
    parameters = {"objective": "binary", "learning_rate": _RATE, "seed": seed, "num_threads": 1, "verbosity": -1}
    train = lgb.Dataset(rows.values, rows.target, categorical_feature=list(rows.categorical), free_raw_data=False)
    if isinstance(until, int):
        booster = lgb.train(parameters, train, until)
        return booster.predict, until
    watched = lgb.Dataset(until.values, until.target, reference=train, free_raw_data=False)
    stop = lgb.early_stopping(_PATIENCE, verbose=False)
    booster = lgb.train(parameters, train, _MOST, valid_sets=[watched], callbacks=[stop])
    return booster.predict, int(booster.best_iteration)


def _grow_hist(rows: TrainingRows, until: TrainingRows | int, seed: int) -> tuple[Predict, int]:
    common: dict[str, Any] = {"learning_rate": _RATE, "random_state": seed}
    common["categorical_features"] = list(rows.categorical) or None
    if isinstance(until, int):
        model = HistGradientBoostingClassifier(max_iter=until, early_stopping=False, **common)
        model.fit(rows.values, rows.target)
        return _of_classifier(model), until
    model = HistGradientBoostingClassifier(max_iter=_MOST, early_stopping=True, n_iter_no_change=_PATIENCE, **common)
    model.fit(rows.values, rows.target, X_val=until.values, y_val=until.target)
    return _of_classifier(model), int(np.argmax(model.validation_score_[1:])) + 1


def _grow_xgboost(rows: TrainingRows, until: TrainingRows | int, seed: int) -> tuple[Predict, int]:
    from xgboost import XGBClassifier

    common: dict[str, Any] = {"learning_rate": _RATE, "random_state": seed, "n_jobs": 1}
    if isinstance(until, int):
        model = XGBClassifier(n_estimators=until, **common).fit(rows.values, rows.target)
        return _of_classifier(model), until
    model = XGBClassifier(n_estimators=_MOST, early_stopping_rounds=_PATIENCE, **common)
    model.fit(rows.values, rows.target, eval_set=[(until.values, until.target)], verbose=False)
    return _of_classifier(model), int(model.best_iteration) + 1


def _grow_catboost(rows: TrainingRows, until: TrainingRows | int, seed: int) -> tuple[Predict, int]:
    from catboost import CatBoostClassifier

    common: dict[str, Any] = {"learning_rate": _RATE, "random_seed": seed, "thread_count": 1, "verbose": False}
    common["allow_writing_files"] = False
    if isinstance(until, int):
        model = CatBoostClassifier(iterations=until, **common).fit(rows.values, rows.target)
        return _of_classifier(model), until
    model = CatBoostClassifier(iterations=_MOST, early_stopping_rounds=_PATIENCE, **common)
    model.fit(rows.values, rows.target, eval_set=(until.values, until.target))
    return _of_classifier(model), int(model.get_best_iteration()) + 1


def _of_classifier(model: Any) -> Predict:
    def predict(values: NDArray[np.float32]) -> Floats:
        return np.asarray(model.predict_proba(values)[:, 1], np.float64)

    return predict


GROWERS: Mapping[str, Grow] = MappingProxyType(
    {"hist": _grow_hist, "xgboost": _grow_xgboost, "catboost": _grow_catboost}
)
