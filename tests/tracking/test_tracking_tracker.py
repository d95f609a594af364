import subprocess
import sys

import lightgbm as lgb
import numpy as np
import pytest
from matplotlib.figure import Figure

from small_project import give_store
from winback.errors import NoModelError
from winback.tracking import Tracker


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 3))
    train = lgb.Dataset(values, (values[:, 0] > 0).astype(int), params={"verbosity": -1})
    booster = lgb.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, train, 3)
    (folder / "churn").mkdir()
    (folder / "churn/model.txt").write_text(booster.model_to_string())
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
    for name in ("churn/model.txt", "model.json"):
        assert (tmp_path / "champion" / name).read_bytes() == (model_folder / name).read_bytes()


def test_artifacts_hold_pictures_documents_and_no_pickle(tracked):
    tracker, _ = tracked
    files = {path.name for path in tracker.folder.rglob("*") if path.is_file()}
    assert {"mlflow.db", "lift_active.png", "evaluation.json", "model.txt", "model.lgb"} <= files
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".skops"))]


@pytest.mark.parametrize("address", ["models:/winback@champion", "models:/winback/{version}"])
def test_mlflows_own_loader_reads_the_champions_trees(tracked, model_folder, address):
    import mlflow

    tracker, (first, _) = tracked
    version = tracker.promote(first)
    mlflow.set_tracking_uri(tracker.store)
    loaded = mlflow.lightgbm.load_model(address.format(version=version))
    expected = lgb.Booster(model_str=(model_folder / "churn/model.txt").read_text())
    rows = np.random.default_rng(1).normal(size=(5, 3))
    assert np.array_equal(loaded.predict(rows), expected.predict(rows))


def test_a_model_without_trees_is_registered_by_its_folder(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.json").write_text("{}")
    give_store(tmp_path / "mlruns")
    tracker = Tracker(tmp_path / "mlruns")
    nothing = {"parameters": {}, "metrics": {}, "figures": {}, "tags": {"winback.data": "abc"}}
    run = tracker.log_training(name="plain", model_folder=tmp_path / "model", **nothing)
    tracker.fetch(tracker.promote(run), tmp_path / "back")
    assert (tmp_path / "back/model.json").read_text() == "{}"


def test_a_verdict_is_kept_with_the_run(tracked):
    import mlflow

    tracker, (first, second) = tracked
    tracker.note_verdict(second, {"promoted": False, "against": ["it is worse"]})
    tracker.promote(first)
    assert tracker.champion().run_id == first, "a refusal leaves the champion"
    mlflow.set_tracking_uri(tracker.store)
    run = mlflow.get_run(second)
    assert run.data.tags["winback.promoted"] == "false"
    assert mlflow.artifacts.load_dict(f"{run.info.artifact_uri}/promotion.json")["against"] == ["it is worse"]


def test_nothing_to_go_back_to_and_unknown_runs_are_said(tmp_path):
    give_store(tmp_path / "mlruns")
    tracker = Tracker(tmp_path / "mlruns")
    with pytest.raises(NoModelError, match="no earlier champion"):
        tracker.rollback()
    with pytest.raises(NoModelError, match="no model of run nowhere"):
        tracker.promote("nowhere")


def test_importing_the_room_does_not_import_mlflow():
    code = "import sys, winback.tracking; sys.exit('mlflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_choice_is_logged_without_a_model(tracked):
    import mlflow

    tracker, (first, _) = tracked
    tracker.promote(first)
    run_id = tracker.log_choice(
        name="uplift 2025-09-29",
        parameters={"adopted": "pooled"},
        metrics={"DR.policy_difference.low": -0.004},
        tags={"winback.as_of": "2025-09-29"},
        documents={"contest": {"adopted": "", "entries": [1, 2]}},
    )
    client = mlflow.MlflowClient(tracker.store)
    run = client.get_run(run_id)
    assert run.data.metrics == {"DR.policy_difference.low": -0.004}
    assert run.data.params == {"adopted": "pooled"}
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/contest.json") == {"adopted": "", "entries": [1, 2]}
    assert not client.search_model_versions(f"run_id = '{run_id}'")
    assert tracker.champion().run_id == first
