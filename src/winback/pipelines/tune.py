"""The search for better settings of the model."""

from __future__ import annotations

from winback.files import read_json, replacing_folder, write_json
from winback.pipelines.featurize import TrainingSet
from winback.pipelines.project import Project
from winback.pipelines.stage import Context, Result
from winback.settings import ModelSettings, Settings
from winback.tuning import tune as search

TUNED = "tuned.json"


def tune(context: Context) -> Result:
    """Search, and write the settings that the training will take; without trials the configured ones stand."""
    settings = context.settings
    if settings.tuning.trials == 0:
        result: Result = {"adopted": False, "trials": 0, "settings": settings.model.model_dump(mode="json")}
    else:
        training = TrainingSet.load(context.project)
        context.step(f"{settings.tuning.trials} trials")
        result = search(training.matrix, training.labels, settings).to_json()
    with replacing_folder(context.project.tuned) as folder:
        write_json(folder / TUNED, result)
    return result


def with_tuned_model(settings: Settings, project: Project) -> Settings:
    """Return the settings with the model's section as the search left it, where there was one."""
    path = project.tuned / TUNED
    if not path.exists():
        return settings
    found = read_json(path)
    if not found["adopted"]:
        return settings
    return settings.model_copy(update={"model": ModelSettings.model_validate(found["settings"])})
