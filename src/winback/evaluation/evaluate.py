"""Evaluating a trained model on the snapshots that it had not seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.evaluation.baselines import baseline_scores
from winback.evaluation.curves import calibration_curve, gains_curve
from winback.evaluation.intervals import FEWEST, Measured, customer_weights
from winback.evaluation.metrics import Scored
from winback.evaluation.report import EvaluationReport, PopulationReport
from winback.features import FeatureMatrix
from winback.history import to_datetime64
from winback.model import ChurnModel, OutOfSample
from winback.settings import Settings
from winback.snapshots import POPULATIONS
from winback.texts import Note

Floats = NDArray[np.float64]
#: Rows on which the importance of features is measured.
_IMPORTANCE_ROWS = 4000


def evaluate_model(
    model: ChurnModel, test: OutOfSample, matrix: FeatureMatrix, labels: NDArray[np.int8], settings: Settings
) -> EvaluationReport:
    """Measure the model per population beside the baselines, with intervals by resampling customers.

    Parameters
    ----------
    model : ChurnModel
        The model that training gave.
    test : OutOfSample
        What an earlier-trained twin said of snapshots that it had not seen; that is what is judged.
    matrix : FeatureMatrix
        The features that it was trained with.
    labels : int8[n]
        Their labels.
    settings : Settings
        Reads ``model.bootstrap_samples`` and ``run.seed``.

    Returns
    -------
    EvaluationReport
    """
    taught = np.isin(matrix.snapshots.cutoff, np.asarray(test.fit_cutoffs, np.int64))
    scores = {"model": (test.probability, True)} | baseline_scores(matrix, labels, taught, test.rows)
    snapshots = matrix.snapshots.rows(test.rows)
    populations = {}
    for code, name in enumerate(POPULATIONS):
        here = snapshots.population == code
        if here.any():
            part = {score: (values[here], kind) for score, (values, kind) in scores.items()}
            populations[name] = judge(
                part,
                labels[test.rows][here],
                snapshots.customer[here].astype(np.int64),
                samples=settings.model.bootstrap_samples,
                seed=settings.run.seed,
            )
    cutoffs = tuple(
        str(to_datetime64(np.array([cutoff]))[0].astype("datetime64[s]")) for cutoff in np.unique(snapshots.cutoff)
    )
    importance = feature_importance(model, matrix.rows(test.rows))
    return EvaluationReport(populations, test.later, cutoffs, importance, (*model.notes_, *_one_sided(populations)))


def _one_sided(populations: Mapping[str, PopulationReport]) -> Iterator[Note]:
    """Where the test holds too few of one outcome, which."""
    for name, part in populations.items():
        stayed = part.rows - part.churned
        if min(part.churned, stayed) < FEWEST:
            yield {
                "id": f"model-note-test-few-{'left' if part.churned < stayed else 'stayed'}",
                "population": name,
                "count": min(part.churned, stayed),
                "rows": part.rows,
            }


def judge(
    scores: dict[str, tuple[Floats, bool]],
    labels: NDArray[np.int8],
    customer: NDArray[np.int64],
    *,
    samples: int,
    seed: int,
) -> PopulationReport:
    """Measure several scores of the same rows on the same resamples.

    Parameters
    ----------
    scores : dict of str to (float64[n], bool)
        Scores, larger meaning more likely to churn, and whether they are probabilities; ``model`` is among them.
    labels : int8[n]
        1 churned.
    customer : int64[n]
        Customer of each row.
    samples, seed : int
        Resamples of customers, and the seed of the draw.

    Returns
    -------
    PopulationReport
    """
    weights = customer_weights(customer, samples, seed)
    scored = {name: Scored.of(labels, values, is_probability=kind) for name, (values, kind) in scores.items()}
    measured = {name: Measured.of(part, weights) for name, part in scored.items()}
    others = {name: part.value["auc"] for name, part in measured.items() if name != "model"}
    usable = {name: value for name, value in others.items() if np.isfinite(value)}
    return PopulationReport(
        rows=len(labels),
        customers=len(np.unique(customer)),
        churned=int(labels.sum()),
        scores={name: part.estimates() for name, part in measured.items()},
        gains={name: measured["model"].better_than(measured[name]) for name in others},
        best_baseline=max(usable, key=lambda name: usable[name]) if usable else "",
        calibration=tuple(calibration_curve(scored["model"])),
        lift={name: tuple(gains_curve(part)) for name, part in scored.items()},
    )


def feature_importance(model: ChurnModel, matrix: FeatureMatrix) -> tuple[dict[str, Any], ...]:
    """Share of the mean absolute SHAP value that each feature has, largest first.

    Parameters
    ----------
    model : ChurnModel
        Trained.
    matrix : FeatureMatrix
        Rows to measure on; at most 4,000 of them, evenly spaced, are used.
    """
    step = max(1, len(matrix) // _IMPORTANCE_ROWS)
    sizes = np.abs(model.contributions(matrix.rows(np.arange(0, len(matrix), step)))).mean(axis=0)
    whole = float(sizes.sum()) or 1.0
    entries = [
        {"feature": spec.name, "role": spec.role, "reason": spec.reason, "share": float(size) / whole}
        for spec, size in zip(matrix.specs, sizes, strict=True)
    ]
    return tuple(sorted(entries, key=lambda entry: (-float(entry["share"] or 0), str(entry["feature"]))))
