"""Optuna over the settings that matter, scored on later cutoffs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from winback.evaluation import Estimate, Measured, Scored, customer_weights
from winback.features import FeatureMatrix
from winback.model import FeatureContract, TrainingRows
from winback.model.boosting import Contest, tree_parameters
from winback.settings import ModelSettings, Settings
from winback.tuning.folds import Fold, temporal_folds

if TYPE_CHECKING:
    import optuna

Floats = NDArray[np.float64]
#: More rows than this make the search slower, not better.
_MAX_ROWS = 150_000


@dataclass(frozen=True)
class TuningResult:
    """What a search found.

    Parameters
    ----------
    adopted : bool
        Whether the best settings beat the present ones on a cutoff that the search did not see, by more than noise.
    settings : ModelSettings
        The best where adopted, else the present ones.
    gain : Estimate or None
        How much lower the log loss of the best is on that cutoff, with its 90 % interval.
    trials : sequence of mapping
        ``parameters`` and ``log_loss`` (mean over folds) of each; the present settings, brought within
        bounds, come first.
    notes : tuple of str
        Why it ended as it did.
    """

    adopted: bool
    settings: ModelSettings
    gain: Estimate | None
    trials: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "adopted": self.adopted,
            "settings": self.settings.model_dump(),
            "gain": None if self.gain is None else self.gain.to_json(),
            "trials": [dict(trial) for trial in self.trials],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class _Job:
    rows: TrainingRows
    customer: NDArray[np.int64]
    settings: Settings
    binned: dict[Fold, Contest] = field(default_factory=dict)

    def contest(self, fold: Fold) -> Contest:
        """The fold's rows, binned at the first asking and kept for all trials."""
        if fold not in self.binned:
            taught, judged = self.rows.at(fold.taught), self.rows.at(fold.judged)
            self.binned[fold] = Contest.of(taught, judged, for_any_leaf=True)
        return self.binned[fold]

    def predict(self, fold: Fold, settings: ModelSettings) -> tuple[Floats, NDArray[np.int8]]:
        """Probabilities of the judged rows, and what came."""
        judged = self.rows.at(fold.judged)
        run, shape = self.settings.run, (int(fold.taught.sum()), judged.values.shape[1])
        parameters = tree_parameters(settings, *shape, seed=run.seed, threads=run.threads)
        booster = self.contest(fold).grow_until_worse(parameters, settings)
        scores = booster.predict(judged.values, raw_score=True, num_iteration=booster.best_iteration)
        return expit(np.asarray(scores, np.float64)), judged.target

    def log_loss(self, fold: Fold, settings: ModelSettings) -> float:
        probability, target = self.predict(fold, settings)
        chosen = np.clip(np.where(target == 1, probability, 1 - probability), 1e-15, 1)
        return float(-np.log(chosen).mean())


def tune(matrix: FeatureMatrix, labels: NDArray[np.int8], settings: Settings) -> TuningResult:
    """Search for better settings of the trees.

    Parameters
    ----------
    matrix : FeatureMatrix
        Features of all labelled snapshots.
    labels : int8[n]
        1 churned.
    settings : Settings
        Reads ``model`` (where the search starts), ``tuning``, ``label.horizon_days``, ``run.seed`` and ``run.threads``.

    Returns
    -------
    TuningResult
        The same trials for the same seed, as far as the time limit lets them run.
    """
    present = settings.model
    if settings.tuning.trials == 0:
        return TuningResult(False, present, None, (), ("no search: tuning.trials is 0",))
    keep = _thinned(matrix.snapshots.customer, settings.run.seed)
    matrix, labels = matrix.rows(keep), labels[keep]
    folds = temporal_folds(matrix.snapshots.cutoff, labels, settings.label.horizon_days)
    if len(folds) < 2:
        return TuningResult(False, present, None, (), ("too few cutoffs to search on: the settings stand",))
    rows = TrainingRows(matrix.values, labels, np.ones(len(labels)), FeatureContract(tuple(matrix.specs)).categorical)
    job = _Job(rows, matrix.snapshots.customer.astype(np.int64), settings)
    study = _search(job, folds[:-1])
    trials = tuple(
        {"parameters": trial.params, "log_loss": trial.value}
        for trial in study.trials
        if trial.value is not None and trial.state.is_finished()
    )
    best = present.model_copy(update=study.best_params)
    gain = _gain(job, folds[-1], present, best)
    adopted = gain.low is not None and gain.low > 0
    note = "better by more than noise" if adopted else "not better by more than noise: the settings stand"
    return TuningResult(adopted, best if adopted else present, gain, trials, (note,))


def _search(job: _Job, folds: Sequence[Fold]) -> optuna.Study:
    # Optuna takes long to import; only who tunes pays for it.
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=job.settings.run.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
    )
    present = job.settings.model
    study.enqueue_trial({name: bounds.clipped(getattr(present, name)) for name, bounds in _SPACE.items()})

    def objective(trial: optuna.Trial) -> float:
        settings = present.model_copy(update={name: bounds.suggest(trial, name) for name, bounds in _SPACE.items()})
        losses: list[float] = []
        for step, fold in enumerate(folds):
            losses.append(job.log_loss(fold, settings))
            trial.report(float(np.mean(losses)), step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(losses))

    tuning = job.settings.tuning
    study.optimize(objective, n_trials=tuning.trials, timeout=60 * tuning.time_limit_minutes)
    return study


@dataclass(frozen=True)
class _Bounds:
    """Within which bounds a setting is sought."""

    low: float
    high: float
    log: bool = True

    def suggest(self, trial: optuna.Trial, name: str) -> float:
        if isinstance(self.low, int):
            return int(trial.suggest_int(name, self.low, int(self.high), log=self.log))
        return float(trial.suggest_float(name, self.low, self.high, log=self.log))

    def clipped(self, value: float) -> float:
        return min(max(value, self.low), self.high)


#: What matters.
_SPACE: Mapping[str, _Bounds] = {
    "learning_rate": _Bounds(0.02, 0.12),
    "num_leaves": _Bounds(6, 128),
    "min_data_in_leaf": _Bounds(10, 500),
    "feature_fraction": _Bounds(0.2, 1.0, log=False),
    "bagging_fraction": _Bounds(0.4, 1.0, log=False),
    "lambda_l2": _Bounds(0.1, 100.0),
}


def _gain(job: _Job, fold: Fold, present: ModelSettings, best: ModelSettings) -> Estimate:
    """How much lower the loss of the best is, on a cutoff that no trial saw, paired by customer."""
    run = job.settings.run
    weights = customer_weights(job.customer[fold.judged], present.bootstrap_samples, run.seed)
    measured = [
        Measured.of(Scored.of(target, probability), weights)
        for probability, target in (job.predict(fold, settings) for settings in (present, best))
    ]
    return measured[1].better_than(measured[0])["log_loss"]


def _thinned(customer: NDArray[np.int32], seed: int) -> NDArray[np.int64]:
    """Rows of as many randomly drawn customers as make up the most that is searched on."""
    if len(customer) <= _MAX_ROWS:
        return np.arange(len(customer))
    distinct, place = np.unique(customer, return_inverse=True)
    share = _MAX_ROWS / len(customer)
    drawn = np.random.default_rng(seed).random(len(distinct)) < share
    return np.flatnonzero(drawn[place])
