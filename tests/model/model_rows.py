"""Made-up snapshots whose probability of churn is known."""

import numpy as np
from scipy.special import expit

from winback.features import FeatureMatrix, FeatureSpec
from winback.history import DAY_US
from winback.settings import ModelSettings, RunSettings, Settings
from winback.snapshots import Snapshots
from winback.splits import split_cutoffs

WORDS = ("north", "south", "west")


def spec(name, kind="number", categories=(), digest=None):
    return FeatureSpec(name, "symptom", None, "", "", kind, categories, digest or f"digest-{name}")


SPECS = (spec("silence"), spec("pace"), spec("noise"), spec("gaps"), spec("region", "category", WORDS))


def settings_of(seed=7, **model):
    quick = {"bootstrap_samples": 50, "max_rounds": 150, "learning_rate": 0.1, "early_stopping_rounds": 20, "seeds": 2}
    return Settings(run=RunSettings(threads=1, seed=seed), model=ModelSettings(**(quick | model)))


def world(customers=400, cutoffs=12, every=30, seed=0, shift=0.0):
    """Features, labels, true probabilities; lapsed customers are silent for long and mostly stay lost."""
    rng = np.random.default_rng(seed)
    rows = customers * cutoffs
    values = rng.normal(size=(rows, 5)).astype(np.float32)
    values[:, 3] = np.where(rng.random(rows) < 0.4, np.nan, values[:, 3])
    values[:, 4] = rng.integers(0, 3, rows)
    population = (values[:, 0] > 0.8).astype(np.int8)
    logit = 1.5 * values[:, 0] + 2.5 * values[:, 1] * (values[:, 0] < 0) + 0.8 * (values[:, 4] == 1) - 0.5 + shift
    truth = expit(logit)
    labels = (rng.random(rows) < truth).astype(np.int8)
    snapshots = Snapshots(
        np.tile(np.arange(customers, dtype=np.int32), cutoffs),
        np.repeat(np.arange(cutoffs) * every * DAY_US, customers),
        population,
    )
    return FeatureMatrix(values, SPECS, snapshots), labels, truth


def split_of(matrix, horizon=90):
    return split_cutoffs([int(cutoff) for cutoff in np.unique(matrix.snapshots.cutoff)], horizon)
