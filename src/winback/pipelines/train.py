"""The models, trained on the snapshots that ``featurize`` wrote."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from winback.files import read_json, replacing_folder, sha256_of_json, write_json
from winback.history import History
from winback.model import TrainedChurn, save_model, train_churn_model
from winback.pipelines.code import code_digest, versions
from winback.pipelines.featurize import TrainingSet, open_history
from winback.pipelines.models import ABOUT, ModelSet
from winback.pipelines.stage import Context, Result
from winback.pipelines.tune import with_tuned_model
from winback.reasons import fit_reason_model
from winback.reasons.leaving import median_gaps, usual_gap
from winback.settings import Settings
from winback.splits import split_cutoffs
from winback.texts import Note, Texts, remarks
from winback.value import train_value_model
from winback.watching import Reference

#: What an earlier-trained twin said of the test, and the twin itself.
TEST, TWIN = "test", "twin"


def train(context: Context) -> Result:
    """Train the models of churn, value and reasons; write them as the challenger."""
    project = context.project
    training = TrainingSet.load(project)
    settings = with_tuned_model(context.settings, project)
    history = open_history(project, context.as_of)
    cutoffs = np.unique(training.matrix.snapshots.cutoff)
    split = split_cutoffs([int(cutoff) for cutoff in cutoffs], settings.label.horizon_days)
    trained = train_churn_model(training.matrix, training.labels, split, settings, context.step)
    context.step("value of customers")
    value = train_value_model(history, training.matrix, training.labels, settings)
    context.step("reasons")
    reasons = fit_reason_model(history, settings)
    about = _about(settings, training, trained, [*_rhythm(history, settings), *trained.notes, *value.notes])
    staging = read_json(project.staging / "summary.json")
    about |= {"as_of": staging["as_of"], "inputs": staging["digests"]}
    about["version"] = f"{staging['as_of']}-{sha256_of_json(about)[:8]}"
    models = ModelSet(trained.model, value, reasons, about, _reference(training, trained))
    with replacing_folder(project.challenger) as folder:
        models.save(folder)
        trained.test.save(folder / TEST)
        if trained.twin is not None:
            save_model(trained.twin, folder / TWIN)
        write_json(folder / ABOUT, about)
    shown = {key: about[key] for key in ("version", "as_of", "snapshots")}
    return shown | {"features": len(about["features"]), "notes": remarks(about["notes"], Texts("en"))}


def _rhythm(history: History, settings: Settings) -> tuple[Note, ...]:
    """Say where most customers order so rarely that the label takes them for lost."""
    orders = history.purchases()
    usual = usual_gap(history, "orders", median_gaps(orders.at, orders.offsets))
    horizon = settings.label.horizon_days
    # NaN where nobody ordered twice
    return ({"id": "model-note-short-horizon", "usual": round(usual), "horizon": horizon},) if usual > horizon else ()


def _reference(training: TrainingSet, trained: TrainedChurn) -> Reference:
    """What the newest snapshots look like, to the model that will score."""
    cutoff = training.matrix.snapshots.cutoff
    newest = training.matrix.rows(cutoff == cutoff.max())
    return Reference.of(newest, trained.model.churn_probability(newest))


def _about(settings: Settings, training: TrainingSet, trained: TrainedChurn, notes: list[Note]) -> dict[str, Any]:
    """What made the models: with the digests of the input enough to make them again."""
    return {
        "label": settings.label.model_dump(mode="json"),
        "population": settings.population.model_dump(mode="json"),
        "model": settings.model.model_dump(mode="json"),
        "settings": {
            section: getattr(settings, section).model_dump(mode="json")
            for section in ("label", "population", "snapshots", "features", "model", "value", "reasons")
        },
        "seed": settings.run.seed,
        "features": {spec.name: spec.digest for spec in training.matrix.specs},
        "snapshots": len(training.labels),
        "cutoffs": [int(cut) for cut in np.unique(training.matrix.snapshots.cutoff)],
        "split": {part: [int(cut) for cut in cuts] for part, cuts in _parts(trained).items()},
        "notes": notes,
        "versions": versions(),
        "code": code_digest(),
    }


def _parts(trained: TrainedChurn) -> dict[str, tuple[int, ...]]:
    split = trained.split
    return {
        field.name: getattr(split, field.name)
        for field in dataclasses.fields(split)
        if field.name in ("fit", "stop", "calibrate", "test")
    }
