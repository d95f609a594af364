"""Training over the snapshots of many cutoffs: found on later cutoffs, tested on the last, refitted on all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.errors import HistoryTooShortError
from winback.features import FeatureMatrix
from winback.history import DAY_US, to_datetime64
from winback.model.boosting import TrainingRows
from winback.model.calibration import Calibrator, calibrate, fit_calibrators
from winback.model.churn import ChurnModel, seeds_of
from winback.model.contract import FeatureContract
from winback.model.learner import Learner, Recipe, build, constant_learner
from winback.model.sample import OutOfSample
from winback.model.search import can_grow_trees, identity_calibrators, search_by_folds, search_on
from winback.settings import Settings
from winback.snapshots import POPULATIONS
from winback.splits import TimeSplit
from winback.texts import Note

Floats = NDArray[np.float64]
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class TrainedChurn:
    """A trained model and what it proved.

    Parameters
    ----------
    model : ChurnModel
        Refitted on all labelled cutoffs; the one to promote.
    split : TimeSplit
        Parts of the training.
    recipe : Recipe
        What was found on held-out rows.
    test : OutOfSample
        What an earlier-trained twin said of the test.
    twin : ChurnModel or None
        That twin: it can still be judged on the test, and on whatever came later; None where the test was on other
        customers of the same time.
    notes : tuple of Note
        What could not be done.
    """

    model: ChurnModel
    split: TimeSplit
    recipe: Recipe
    test: OutOfSample
    twin: ChurnModel | None
    notes: tuple[Note, ...]


@dataclass(frozen=True, eq=False)
class _Job:
    """All that training passes around."""

    rows: TrainingRows
    population: NDArray[np.int8]
    customer: NDArray[np.int64]
    cutoff: NDArray[np.int64]
    settings: Settings

    @property
    def seed(self) -> int:
        return self.settings.run.seed

    @property
    def threads(self) -> int:
        return self.settings.run.threads

    def at(self, cutoffs: tuple[int, ...]) -> _Job:
        mask = np.isin(self.cutoff, np.asarray(cutoffs, np.int64))
        return replace(
            self,
            rows=self.rows.at(mask),
            population=self.population[mask],
            customer=self.customer[mask],
            cutoff=self.cutoff[mask],
        )

    def labelled_before(self, instant: int) -> tuple[int, ...]:
        """Cutoffs whose outcomes were all known at an instant, those in the gaps of the split among them."""
        known = np.unique(self.cutoff) + self.settings.label.horizon_days * DAY_US <= instant
        return tuple(int(cutoff) for cutoff in np.unique(self.cutoff)[known])

    def build(self, recipe: Recipe) -> Learner:
        seeds = seeds_of(self.seed, self.settings.model.seeds)
        return build(recipe, self.rows, self.settings.model, seeds, self.threads)


def train_churn_model(
    matrix: FeatureMatrix,
    labels: NDArray[np.int8],
    split: TimeSplit,
    settings: Settings,
    progress: Progress | None = None,
) -> TrainedChurn:
    """Train, test and refit.

    Parameters
    ----------
    matrix : FeatureMatrix
        Features of all labelled snapshots.
    labels : int8[n]
        1 churned, 0 kept.
    split : TimeSplit
        Which cutoffs teach, stop, calibrate and test.
    settings : Settings
        Reads ``model``, ``label``, ``population``, ``run.seed`` and ``run.threads``.
    progress : callable, optional
        Told what is being done.

    Returns
    -------
    TrainedChurn
        Its model is refitted on every labelled cutoff, so that it knows the latest data; its calibration comes from
        predictions on cutoffs later than those that had taught.

    Raises
    ------
    HistoryTooShortError
        If there is no row to learn from.
    """
    if len(labels) == 0:
        raise HistoryTooShortError("there is no labelled snapshot to train on", next_step="provide a longer history")
    say = progress or _silence
    job = _job(matrix, labels, settings)
    if len(np.unique(labels)) < 2:
        return _constant(job, matrix, split)
    plan = _choose_plan(job, split)
    say("finding the size of the model")
    trial = plan(job, split)
    say("refitting on all cutoffs")
    notes = trial.notes

    def model(learner: Learner, calibrators: dict[int, Calibrator]) -> ChurnModel:
        made = ChurnModel.of(settings.model, seed=job.seed, threads=job.threads)
        contract = FeatureContract(tuple(matrix.specs))
        return made.set_parts(learner, calibrators, contract=contract, about=_about(job, split), notes=notes)

    twin = None if trial.twin is None else model(*trial.twin)
    final = model(job.build(trial.recipe), trial.calibrators)
    return TrainedChurn(final, split, trial.recipe, trial.test, twin, notes)


def _silence(text: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, eq=False)
class _Trial:
    recipe: Recipe
    calibrators: dict[int, Calibrator]
    test: OutOfSample
    notes: tuple[Note, ...]
    twin: tuple[Learner, dict[int, Calibrator]] | None = None


def _job(matrix: FeatureMatrix, labels: NDArray[np.int8], settings: Settings) -> _Job:
    contract = FeatureContract(tuple(matrix.specs))
    snapshots = matrix.snapshots
    rows = TrainingRows(matrix.values, np.asarray(labels, np.int8), np.ones(len(labels)), contract.categorical)
    return _Job(rows, snapshots.population, snapshots.customer.astype(np.int64), snapshots.cutoff, settings)


def _choose_plan(job: _Job, split: TimeSplit) -> Callable[[_Job, TimeSplit], _Trial]:
    """By time wherever both outcomes occur in every part that needs them."""
    if not split.stop or not split.calibrate:
        return _by_customers
    if any(len(np.unique(job.at(part).rows.target)) < 2 for part in (split.fit, split.stop)):
        return _by_customers
    return _by_time if split.test else _by_customers_then_time


def _by_time(job: _Job, split: TimeSplit) -> _Trial:
    """Stop on a later cutoff, calibrate on another, test on the last."""
    fit, stop = job.at(split.fit), job.at(split.stop)
    with_trees = can_grow_trees(fit.rows.target, fit.customer)
    recipe = search_on(
        fit.rows, stop.rows, job.settings.model, seed=job.seed, threads=job.threads, with_trees=with_trees
    )
    taught = split.fit if split.stop == split.calibrate else job.labelled_before(split.calibrate[0])
    learner = job.at(taught).build(recipe)
    calibration, test = job.at(split.calibrate), job.at(split.test)
    scores = learner.scores(calibration.rows.values)
    # the test asks of the model what it will be asked in use: to have learned from all that is labelled by then
    before_test = job.labelled_before(split.test[0])
    twin = job.at(before_test).build(recipe), _later(scores, calibration)
    test_scores = twin[0].scores(test.rows.values)
    probability = calibrate(twin[1], test_scores, test.population)
    both = np.concatenate([scores, test_scores])
    final = fit_calibrators(
        both,
        np.concatenate([calibration.rows.target, test.rows.target]),
        np.concatenate([calibration.population, test.population]),
        len(POPULATIONS),
        periods=2,
    )
    rows = np.flatnonzero(np.isin(job.cutoff, split.test))
    predictions = OutOfSample(rows, probability, before_test, True)
    return _Trial(recipe, final, predictions, split.notes + _thin(with_trees), twin)


def _by_customers_then_time(job: _Job, split: TimeSplit) -> _Trial:
    """Two parts only: find everything on other customers of the first, so that the second remains an honest test."""
    fit, test = job.at(split.fit), job.at(split.calibrate)
    found = search_by_folds(
        fit.rows, fit.population, fit.customer, job.settings.model, seed=job.seed, threads=job.threads
    )
    twin = fit.build(found.recipe), found.calibrators
    scores = twin[0].scores(test.rows.values)
    probability = calibrate(found.calibrators, scores, test.population)
    rows = np.flatnonzero(np.isin(job.cutoff, split.calibrate))
    note = {"id": "model-note-size-by-customers"}
    thin = _thin(found.recipe.tree_share > 0 or can_grow_trees(fit.rows.target, fit.customer))
    predictions = OutOfSample(rows, probability, split.fit, True)
    return _Trial(found.recipe, _later(scores, test), predictions, (note, *thin), twin)


def _by_customers(job: _Job, split: TimeSplit) -> _Trial:
    """No later cutoff of use: find and test everything on other customers."""
    found = search_by_folds(
        job.rows, job.population, job.customer, job.settings.model, seed=job.seed, threads=job.threads
    )
    rows = np.flatnonzero(np.isfinite(found.scores))
    probability = calibrate(found.calibrators, found.scores[rows], job.population[rows])
    notes = (
        *(() if split.stop else split.notes),
        {"id": "model-note-not-later"},
        *_thin(can_grow_trees(job.rows.target, job.customer)),
    )
    cutoffs = tuple(int(cutoff) for cutoff in np.unique(job.cutoff))
    return _Trial(found.recipe, found.calibrators, OutOfSample(rows, probability, cutoffs, False), notes)


def _later(scores: Floats, job: _Job) -> dict[int, Calibrator]:
    """Calibrators for a later time, from one time."""
    return fit_calibrators(scores, job.rows.target, job.population, len(POPULATIONS), periods=1)


def _thin(with_trees: bool) -> tuple[Note, ...]:
    return () if with_trees else ({"id": "model-note-no-trees"},)


def _constant(job: _Job, matrix: FeatureMatrix, split: TimeSplit) -> TrainedChurn:
    """All snapshots ended alike: there is nothing to tell apart."""
    learner = constant_learner(job.rows.target, job.rows.values.shape[1])
    outcome = "left" if job.rows.target[0] else "stayed"
    notes = ({"id": f"model-note-all-{outcome}"},)
    model = ChurnModel.of(job.settings.model, seed=job.seed, threads=job.threads)
    model.set_parts(
        learner,
        identity_calibrators(),
        contract=FeatureContract(tuple(matrix.specs)),
        about=_about(job, split),
        notes=notes,
    )
    rows = np.arange(len(job.rows))
    probability = calibrate(model.calibrators_, learner.scores(matrix.values), job.population)
    cutoffs = tuple(int(cutoff) for cutoff in np.unique(job.cutoff))
    return TrainedChurn(model, split, Recipe(0.0, 0), OutOfSample(rows, probability, cutoffs, False), None, notes)


def _about(job: _Job, split: TimeSplit) -> dict[str, Any]:
    """What a model must say of itself, as plain values."""
    settings = job.settings
    parts = {"fit": split.fit, "stop": split.stop, "calibrate": split.calibrate, "test": split.test}
    return {
        "label": settings.label.model_dump(),
        "population": settings.population.model_dump(),
        "seed": job.seed,
        "snapshots": len(job.rows),
        "customers": len(np.unique(job.customer)),
        "churned": int(job.rows.target.sum()),
        "cutoffs": [_day(cutoff) for cutoff in np.unique(job.cutoff)],
        "split": {name: [_day(cutoff) for cutoff in cutoffs] for name, cutoffs in parts.items()},
        "versions": {name: version(name) for name in ("winback", "lightgbm", "numpy")},
    }


def _day(cutoff: int) -> str:
    return str(to_datetime64(np.array([cutoff]))[0].astype("datetime64[s]"))
