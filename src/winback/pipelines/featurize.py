"""The snapshots that the model learns from: who stood at which past cutoff, what was known, what came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winback.errors import HistoryTooShortError
from winback.features import FeatureMatrix, compute_features
from winback.files import replacing_folder
from winback.history import History, to_datetime64
from winback.labels import make_labels
from winback.pipelines.project import Project
from winback.pipelines.stage import Context, Result
from winback.snapshots import POPULATIONS, Snapshots, cutoff_schedule, snapshots_at

LABELS = "labels.npy"


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Features and labels of all past snapshots.

    Parameters
    ----------
    matrix : FeatureMatrix
        One row per snapshot.
    labels : int8[n]
        1 churned, 0 kept.
    """

    matrix: FeatureMatrix
    labels: NDArray[np.int8]

    @classmethod
    def load(cls, project: Project) -> TrainingSet:
        """Read what ``featurize`` wrote."""
        folder = project.require(project.features, "featurize")
        return cls(FeatureMatrix.load(folder), np.load(folder / LABELS))

    def save(self, folder: Path) -> None:
        """Write matrix and labels."""
        self.matrix.save(folder)
        np.save(folder / LABELS, self.labels)


def open_history(project: Project, as_of: date | None = None) -> History:
    """Return what was known at a day, by default the day for which the tables were staged."""
    folder = project.require(project.staging, "prepare")
    instant = None if as_of is None else project.instant(as_of)
    return History.load(folder, instant, project.settings.run.memory_bytes)


def featurize(context: Context) -> Result:
    """Compute features and labels of the training snapshots."""
    history = open_history(context.project, context.as_of)
    training = make_training_set(history, context)
    context.step("writing")
    with replacing_folder(context.project.features) as folder:
        training.save(folder)
    rows = training.matrix.snapshots
    return {
        "rows": len(training.labels),
        "features": len(training.matrix.specs),
        "cutoffs": [str(cutoff)[:10] for cutoff in to_datetime64(np.unique(rows.cutoff))],
        "churn_share": {
            name: float(training.labels[rows.population == code].mean())
            for code, name in enumerate(POPULATIONS)
            if (rows.population == code).any()
        },
    }


def make_training_set(history: History, context: Context) -> TrainingSet:
    """Build the labelled snapshots of a history.

    Raises
    ------
    HistoryTooShortError
        When the history covers no complete label window after enough history to look back on.
    """
    settings = context.settings
    context.step("snapshots")
    cutoffs = cutoff_schedule(history, settings)
    snapshots = snapshots_at(history, cutoffs, settings.population, include_closed=False)
    if not len(snapshots.customer):
        raise HistoryTooShortError(
            "There is no snapshot to learn from: no customer has both a past and a complete label window",
            expected=f"orders over more than {settings.label.horizon_days} days",
            next_step="provide a longer history, or set a shorter label.horizon_days",
        )
    snapshots = _sampled(snapshots, settings.snapshots.max_rows, settings.run.seed)
    labels = make_labels(history, snapshots, settings.label)
    context.step("features")
    return TrainingSet(_features(history, snapshots, context), labels)


def _features(history: History, snapshots: Snapshots, context: Context) -> FeatureMatrix:
    settings = context.settings
    if settings.run.engine == "spark":
        # pyspark is an extra
        from winback.pipelines.cluster_features import features_on_spark

        return features_on_spark(context.project.staging, history, snapshots, settings)
    return compute_features(history, snapshots, settings.features, threads=settings.run.threads)


def _sampled(snapshots: Snapshots, limit: int, seed: int) -> Snapshots:
    """Keep whole customers, drawn at random, so that at most about ``limit`` rows remain."""
    size = len(snapshots.customer)
    if size <= limit:
        return snapshots
    customers = np.unique(snapshots.customer)
    draw = np.random.default_rng(seed).random(len(customers)) < limit / size
    return snapshots.rows(np.isin(snapshots.customer, customers[draw]))
