import json

import lightgbm as lgb
import numpy as np
import pytest
from scipy.special import expit

from winback.features import FeatureMatrix, FeatureSpec
from winback.history import DAY_US
from winback.settings import ModelSettings, RunSettings, Settings, TuningSettings
from winback.snapshots import Snapshots
from winback.tuning import tune
from winback.tuning.folds import temporal_folds


def example(cutoffs=6, customers=300, seed=0):
    rng = np.random.default_rng(seed)
    rows = cutoffs * customers
    values = rng.normal(size=(rows, 4)).astype(np.float32)
    labels = (rng.random(rows) < expit(1.5 * values[:, 0] * values[:, 1])).astype(np.int8)
    snapshots = Snapshots(
        np.tile(np.arange(customers, dtype=np.int32), cutoffs),
        np.repeat(np.arange(cutoffs) * 90 * DAY_US, customers),
        np.zeros(rows, np.int8),
    )
    specs = tuple(FeatureSpec(f"x{i}", "symptom", None, "", "", "number", (), f"d{i}") for i in range(4))
    return FeatureMatrix(values, specs, snapshots), labels


def settings_of(trials=4, **model):
    base = {"bootstrap_samples": 50, "max_rounds": 60, "early_stopping_rounds": 10, "learning_rate": 0.1}
    return Settings(
        run=RunSettings(threads=1), tuning=TuningSettings(trials=trials), model=ModelSettings(**(base | model))
    )


def test_taught_windows_end_before_the_judged_cutoff():
    matrix, labels = example()
    cutoff = matrix.snapshots.cutoff
    folds = temporal_folds(cutoff, labels, 90)
    assert len(folds) >= 2
    for fold in folds:
        assert cutoff[fold.taught].max() + 90 * DAY_US <= cutoff[fold.judged].min()


def test_hopeless_settings_are_replaced():
    matrix, labels = example()
    result = tune(matrix, labels, settings_of(trials=8, num_leaves=2, max_rounds=5, learning_rate=0.02))
    assert result.adopted
    assert result.gain.low > 0
    assert result.settings.learning_rate > 0.02 or result.settings.num_leaves > 2


def test_noise_is_not_adopted():
    matrix, _ = example()
    labels = np.random.default_rng(1).integers(0, 2, len(matrix)).astype(np.int8)
    settings = settings_of()
    result = tune(matrix, labels, settings)
    assert not result.adopted
    assert result.settings == settings.model


def test_the_same_seed_gives_the_same_trials_as_json():
    matrix, labels = example(cutoffs=4, customers=120)
    first, second = (json.dumps(tune(matrix, labels, settings_of(trials=3)).to_json()) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("trials", "cutoffs", "note"), [(0, 5, "tuning.trials is 0"), (3, 1, "too few cutoffs")])
def test_what_could_not_be_done_is_said(trials, cutoffs, note):
    matrix, labels = example(cutoffs=cutoffs, customers=60)
    result = tune(matrix, labels, settings_of(trials=trials))
    assert not result.adopted
    assert note in result.notes[0]


def test_the_rows_of_a_fold_are_binned_once_for_all_trials(monkeypatch):
    binned = []
    lazily = lgb.Dataset._lazy_init
    monkeypatch.setattr(lgb.Dataset, "_lazy_init", lambda self, **given: binned.append(1) or lazily(self, **given))
    matrix, labels = example()
    folds = temporal_folds(matrix.snapshots.cutoff, labels, 60)
    result = tune(matrix, labels, settings_of(trials=6))
    assert len({trial["parameters"]["min_data_in_leaf"] for trial in result.trials}) > 2
    assert len(binned) == 2 * len(folds)
