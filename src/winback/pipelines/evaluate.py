"""How good the trained model is, measured on the latest past and put beside simple rules."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winback.evaluation import EvaluationReport, evaluate_model, figures
from winback.files import replacing_folder, sha256_of_json, write_json
from winback.history import History
from winback.model import OutOfSample
from winback.pipelines.featurize import TrainingSet, open_history
from winback.pipelines.models import ModelSet
from winback.pipelines.project import Project
from winback.pipelines.stage import Context, Result
from winback.pipelines.train import TEST
from winback.settings import Settings
from winback.snapshots import snapshots_at
from winback.texts import Note, Texts, remarks
from winback.tracking import Tracker

EVALUATION = "evaluation.json"
AGREEMENT = "reasons.json"
RUN = "mlflow.json"


def evaluate(context: Context) -> Result:
    """Measure the challenger per population, compare stated with inferred reasons, and log the run in MLflow."""
    project, settings = context.project, context.settings
    training = TrainingSet.load(project)
    models = ModelSet.load(project.require(project.challenger, "train"))
    context.step("metrics with intervals")
    test = OutOfSample.load(project.challenger / TEST)
    report = evaluate_model(models.churn, test, training.matrix, training.labels, settings)
    context.step("reasons against what customers said")
    agreement = _agreement(models, open_history(project, context.as_of), settings)
    context.step("logging the run")
    with replacing_folder(project.root / "models/evaluation") as folder:
        write_json(folder / EVALUATION, report.to_json())
        write_json(folder / AGREEMENT, agreement)
        run_id = _log(project, folder, models, report)
        write_json(folder / RUN, {"run_id": run_id})
    return {
        "version": models.version,
        "rows": report.rows(),
        "test_cutoffs": list(report.cutoffs),
        "stated_reasons": agreement,
        "notes": remarks(notes_of(models.about, report), Texts("en")),
    }


def notes_of(about: Mapping[str, Any], report: EvaluationReport) -> list[Note]:
    """What neither the training of all models nor the test could do, each once."""
    return [*about["notes"], *(note for note in report.notes if note not in about["notes"])]


def _agreement(models: ModelSet, history: History, settings: Settings) -> dict[str, Any]:
    """Confusion table of stated and inferred reasons, at the history's end."""
    snapshots = snapshots_at(history, [history.ends_at], settings.population, include_closed=True)
    found: dict[str, Any] = models.reasons.agreement_with_stated(history, snapshots, settings).to_json()
    return found


def _log(project: Project, evaluation: Path, models: ModelSet, report: EvaluationReport) -> str:
    """Log parameters, metrics, figures and a folder that a rollback can put back whole."""
    about = models.about
    tags = {"winback.version": models.version, "winback.as_of": about["as_of"], "winback.code": about["code"]}
    tags["winback.data"] = sha256_of_json(about["inputs"])
    columns = {f"f{place}": name for place, name in enumerate(models.churn.contract_.names)}
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "model"
        for part in (project.challenger, evaluation):
            shutil.copytree(part, whole, dirs_exist_ok=True)
        return Tracker(project.mlruns).log_training(
            name=models.version,
            parameters={**about["settings"], "seed": about["seed"], "snapshots_count": about["snapshots"]},
            metrics=report.metrics(),
            figures=figures(report),
            model_folder=whole,
            tags=tags,
            documents={
                "settings": about["settings"],
                "inputs": about["inputs"],
                "versions": about["versions"],
                "columns": columns,
                "evaluation": report.to_json(),
            },
        )
