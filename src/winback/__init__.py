"""winback: who is leaving, why, and whom it pays to win back.

The names below are what notebooks and programs may rely on. They are imported when they are first asked for, so that
``import winback`` itself costs nothing.

Examples
--------
>>> import winback
>>> settings = winback.load_settings("no/such/params.yaml")
Traceback (most recent call last):
    ...
winback.errors.SettingsError: ...
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from winback.errors import WinbackError as WinbackError
    from winback.evaluation import EvaluationReport as EvaluationReport
    from winback.features import FeatureMatrix as FeatureMatrix
    from winback.features import compute_features as compute_features
    from winback.features import registered_features as registered_features
    from winback.history import History as History
    from winback.labels import make_labels as make_labels
    from winback.model import ChurnModel as ChurnModel
    from winback.pipelines.explain import explain_customer as explain_customer
    from winback.pipelines.featurize import TrainingSet as TrainingSet
    from winback.pipelines.featurize import open_history as open_history
    from winback.pipelines.judge import Judgement as Judgement
    from winback.pipelines.judge import features_for as features_for
    from winback.pipelines.judge import judge as judge
    from winback.pipelines.models import ModelSet as ModelSet
    from winback.pipelines.project import Project as Project
    from winback.pipelines.run import run_everything as run_everything
    from winback.pipelines.run import score_now as score_now
    from winback.ranking import read_ranking as read_ranking
    from winback.settings import Settings as Settings
    from winback.settings import load_settings as load_settings
    from winback.snapshots import Snapshots as Snapshots
    from winback.snapshots import cutoff_schedule as cutoff_schedule
    from winback.snapshots import snapshots_at as snapshots_at
    from winback.splits import split_cutoffs as split_cutoffs
    from winback.tables import TABLES as TABLES
    from winback.texts import Texts as Texts

#: Where each public name lives.
_HOMES = {
    "TABLES": "winback.tables",
    "ChurnModel": "winback.model",
    "EvaluationReport": "winback.evaluation",
    "FeatureMatrix": "winback.features",
    "History": "winback.history",
    "Judgement": "winback.pipelines.judge",
    "ModelSet": "winback.pipelines.models",
    "Project": "winback.pipelines.project",
    "Settings": "winback.settings",
    "Snapshots": "winback.snapshots",
    "Texts": "winback.texts",
    "TrainingSet": "winback.pipelines.featurize",
    "WinbackError": "winback.errors",
    "compute_features": "winback.features",
    "cutoff_schedule": "winback.snapshots",
    "explain_customer": "winback.pipelines.explain",
    "features_for": "winback.pipelines.judge",
    "judge": "winback.pipelines.judge",
    "load_settings": "winback.settings",
    "make_labels": "winback.labels",
    "open_history": "winback.pipelines.featurize",
    "read_ranking": "winback.ranking",
    "registered_features": "winback.features",
    "run_everything": "winback.pipelines.run",
    "score_now": "winback.pipelines.run",
    "snapshots_at": "winback.snapshots",
    "split_cutoffs": "winback.splits",
}

__all__ = [
    "TABLES",
    "ChurnModel",
    "EvaluationReport",
    "FeatureMatrix",
    "History",
    "Judgement",
    "ModelSet",
    "Project",
    "Settings",
    "Snapshots",
    "Texts",
    "TrainingSet",
    "WinbackError",
    "compute_features",
    "cutoff_schedule",
    "explain_customer",
    "features_for",
    "judge",
    "load_settings",
    "make_labels",
    "open_history",
    "read_ranking",
    "registered_features",
    "run_everything",
    "score_now",
    "snapshots_at",
    "split_cutoffs",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
