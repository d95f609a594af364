import subprocess
import sys

import lightgbm as lgb
import numpy as np
import pytest
from matplotlib.figure import Figure

from winback.errors import NoModelError
from winback.tracking import Tracker


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 3))
    train = lgb.Dataset(values, (values[:, 0] > 0).astype(int), params={"verbosity": -1})
    booster = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, train, 3)
    (folder / "model.txt").write_text(booster.model_to_string())
    (folder / "model.json").write_text('{"format": 1}')
    return folder


@pytest.fixture(scope="module")
def tracked(tmp_path_factory, model_folder):
    tracker = Tracker(tmp_path_factory.mktemp("project") / "mlruns")
    assert tracker.champion() is None
    runs = [
        tracker.log_training(
            name=f"run {place}",
            parameters={"model": {"seeds": place}, "label": {"definition": "no_order"}},
            metrics={"active.auc": 0.8 + place / 100},
            figures={"lift_active": Figure()},
            model_folder=model_folder,
            tags={"digest.orders": f"abc{place}"},
            documents={"evaluation": {"notes": []}},
        )
        for place in (1, 2)
    ]
    return tracker, runs


def test_the_champion_answers_which_data_settings_and_figures(tracked):
    tracker, (first, _) = tracked
    version = tracker.promote(first, why="the first")
    info = tracker.champion()
    assert (info.version, info.run_id) == (version, first)
    assert info.metrics == {"active.auc": pytest.approx(0.81)}
    assert info.parameters == {"model.seeds": "1", "label.definition": "no_order"}
    assert info.tags["digest.orders"] == "abc1"


def test_rollback_goes_back_and_forth(tracked):
    tracker, (first, second) = tracked
    tracker.promote(first)
    tracker.promote(second)
    assert tracker.champion().run_id == second
    assert tracker.rollback().run_id == first
    assert tracker.champion().run_id == first
    assert tracker.rollback().run_id == second


def test_promoting_the_champion_again_keeps_the_way_back(tracked):
    tracker, (first, second) = tracked
    tracker.promote(first)
    tracker.promote(second)
    tracker.promote(second)
    assert tracker.rollback().run_id == first


def test_the_model_folder_comes_back_as_it_was(tracked, model_folder, tmp_path):
    tracker, (first, _) = tracked
    tracker.promote(first)
    tracker.fetch(tracker.champion().version, tmp_path / "champion")
    for path in model_folder.iterdir():
        assert (tmp_path / "champion" / path.name).read_bytes() == path.read_bytes()


def test_artifacts_hold_pictures_documents_and_no_pickle(tracked):
    tracker, _ = tracked
    files = {path.name for path in tracker.folder.rglob("*") if path.is_file()}
    assert {"mlflow.db", "lift_active.png", "evaluation.json", "model.txt", "model.lgb"} <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".skops"))]


def test_mlflows_own_loader_reads_the_trees(tracked, model_folder):
    import mlflow

    tracker, (first, _) = tracked
    mlflow.set_tracking_uri(tracker.store)
    models = mlflow.MlflowClient().search_logged_models(
        [mlflow.get_run(first).info.experiment_id], f"source_run_id = '{first}'"
    )
    loaded = mlflow.lightgbm.load_model(models[0].model_uri)
    expected = lgb.Booster(model_str=(model_folder / "model.txt").read_text())
    rows = np.random.default_rng(1).normal(size=(5, 3))
    assert np.array_equal(loaded.predict(rows), expected.predict(rows))


def test_nothing_to_go_back_to_and_unknown_runs_are_said(tmp_path):
    tracker = Tracker(tmp_path / "mlruns")
    with pytest.raises(NoModelError, match="no earlier champion"):
        tracker.rollback()
    with pytest.raises(NoModelError, match="no model of run nowhere"):
        tracker.promote("nowhere")


def test_importing_the_room_does_not_import_mlflow():
    code = "import sys, winback.tracking; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
