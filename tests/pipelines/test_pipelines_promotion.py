"""Promotion through the whole chain: honest cutoffs, refusals, force, rollback, and what MLflow answers."""

from __future__ import annotations

import json
from pathlib import Path

import lightgbm as lgb
import mlflow
import numpy as np
import pytest

from small_project import SmallProject
from winback.history import DAY_US
from winback.model import OutOfSample, load_model
from winback.pipelines.project import Project
from winback.pipelines.rivals import _champion_at
from winback.settings import load_settings
from winback.tracking import Tracker

H = 90 * DAY_US


def tamper(project: SmallProject, place: str, **changes) -> None:
    path = project.folder / place
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | changes), encoding="utf-8")


@pytest.fixture
def challenged(finished: SmallProject, tmp_path: Path) -> SmallProject:
    """A challenger that is the champion under another name."""
    project = finished.copy(tmp_path / "project")
    tamper(project, "models/challenger/about.json", version="another")
    return project


def spoil(project: SmallProject) -> None:
    """Let the challenger's twin say far too much."""
    off = {"slope": 1.0, "shift": 3.0, "rows": 1}
    tamper(project, "models/challenger/twin/model.json", calibrators={"0": off, "1": off})


def test_an_equal_challenger_is_promoted_and_the_figures_are_kept(challenged: SmallProject) -> None:
    said = challenged.winback("promote", "--json").json
    assert said["promoted"]
    assert said["compared"]["champion_judged_by"] == "twin"
    assert said["compared"]["comparison"]["gains"]["active"]["auc"]["value"] == 0
    kept = json.loads((challenged.folder / "models/champion/promotion.json").read_text(encoding="utf-8"))
    assert kept["compared"] == said["compared"]


def test_a_worse_one_is_refused_forced_with_a_reason_and_taken_back(challenged: SmallProject) -> None:
    before = (challenged.folder / "models/champion/about.json").read_text(encoding="utf-8")
    spoil(challenged)
    said = challenged.winback("promote", "--json")
    assert said.code == 0
    assert not said.json["promoted"]
    assert "active: calibration error is worse by" in " ".join(said.json["against"])
    assert (challenged.folder / "models/champion/about.json").read_text(encoding="utf-8") == before
    shown = challenged.winback("promote").out
    assert "was not promoted" in shown
    assert "money of leavers in the top tenth" in shown
    forced = challenged.winback("promote", "--force", "--why", "we know better", "--json").json
    assert forced["promoted"]
    assert forced["overruled"]
    assert forced["champion"] == "another"


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({"label": {"definition": "no_order", "horizon_days": 30}}, "it was trained on another label"),
        ({"population": {"lapsed_after_days": 30, "forget_after_days": None}}, "it was trained on another population"),
        ({"features": {"days_since_order": "x"}}, "features of the champion, such as"),
    ],
)
def test_other_definitions_and_lost_features_are_refused(challenged: SmallProject, changes, objection: str) -> None:
    tamper(challenged, "models/challenger/about.json", **changes)
    said = challenged.winback("promote", "--json").json
    assert not said["promoted"]
    assert objection in " ".join(said["against"])


def test_a_champion_without_a_twin_is_not_compared_and_that_is_said(challenged: SmallProject) -> None:
    for path in (challenged.folder / "models/champion/twin").iterdir():
        path.unlink()
    (challenged.folder / "models/champion/twin").rmdir()
    said = challenged.winback("promote", "--json").json
    assert said["promoted"]
    assert said["compared"]["notes"] == ["no snapshot is new to both models, so they were not compared"]


def champion(folder: Path, cutoffs: list[int], twin_taught: list[int]) -> Path:
    (folder / "twin").mkdir(parents=True)
    (folder / "about.json").write_text(json.dumps({"cutoffs": cutoffs}), encoding="utf-8")
    OutOfSample(np.arange(0), np.zeros(0), tuple(twin_taught), True).save(folder / "test")
    return folder


@pytest.mark.parametrize(
    ("fresh", "expected"),
    [
        ([9 * H, 10 * H], ("champion", [9 * H, 10 * H])),  # all its labels had ended
        ([9 * H - 1, 10 * H], ("champion", [10 * H])),  # one of them is new to it
        ([8 * H, 9 * H - 1], ("twin", [8 * H, 9 * H - 1])),  # it was taught them, its twin was not
        ([5 * H, 8 * H], ("twin", [8 * H])),
        ([4 * H], ("twin", [])),
    ],
)
def test_nobody_is_judged_on_what_it_was_taught(tmp_path: Path, fresh, expected) -> None:
    folder = champion(tmp_path / "champion", [2 * H, 8 * H], [2 * H, 5 * H])
    assert _champion_at(folder, fresh, H) == expected


def test_the_alias_answers_everything(finished: SmallProject) -> None:
    project = Project(load_settings(finished.params))
    tracker = Tracker(project.mlruns)
    info = tracker.champion()
    about = json.loads((project.champion / "about.json").read_text(encoding="utf-8"))
    assert info.tags["winback.version"] == about["version"]
    assert info.tags["winback.code"] == about["code"]
    assert info.parameters["label.horizon_days"] == "90"
    assert info.parameters["value.horizon_days"] == "365"
    assert {"active.auc", "active.calibration_error", "importance.symptom"} <= set(info.metrics)
    total = sum(share for name, share in info.metrics.items() if name.startswith("importance."))
    assert total == pytest.approx(1)
    mlflow.set_tracking_uri(tracker.store)
    root = mlflow.get_run(info.run_id).info.artifact_uri
    assert mlflow.artifacts.load_dict(f"{root}/inputs.json") == about["inputs"]
    assert mlflow.artifacts.load_dict(f"{root}/settings.json") == about["settings"]
    pictures = {Path(found.path).name for found in mlflow.artifacts.list_artifacts(f"{root}/figures")}
    assert {"calibration_active.png", "lift_active.png", "importance.png", "importance_by_role.png"} <= pictures


def test_mlflows_loader_gives_the_champions_raw_scores(finished: SmallProject) -> None:
    project = Project(load_settings(finished.params))
    tracker = Tracker(project.mlruns)
    mlflow.set_tracking_uri(tracker.store)
    booster = mlflow.lightgbm.load_model("models:/winback@champion")
    assert isinstance(booster, lgb.Booster)
    model = load_model(project.champion / "churn")
    rows = np.random.default_rng(0).normal(size=(20, len(model.contract_.names))).astype(np.float32)
    np.testing.assert_array_equal(booster.predict(rows, raw_score=True), model.learner_.trees.scores(rows))
    root = mlflow.get_run(tracker.champion().run_id).info.artifact_uri
    columns = mlflow.artifacts.load_dict(f"{root}/columns.json")
    assert [columns[name] for name in booster.feature_name()] == list(model.contract_.names)
