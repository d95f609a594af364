import json

import numpy as np
import pytest
from value_world import history_of, labelled, snapshots_of

from winback.errors import HistoryTooShortError, NoModelError
from winback.features import compute_features
from winback.settings import RunSettings, Settings, ValueSettings
from winback.value import ValueModel, money_after, order_margins, train_value_model
from winback.value.horizon import Window, choose_window, stretch_kept


def settings_of(**value):
    return Settings(run=RunSettings(threads=1), value=ValueSettings(**value))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return history_of(tmp_path_factory.mktemp("company"), customers=400, days=900, seed=5)


@pytest.fixture(scope="module")
def trained(world):
    settings = settings_of(horizon_days=180)
    matrix, labels = labelled(world.upto(world.ends_at), [200, 290, 380, 470, 560], settings)
    return train_value_model(world, matrix, labels, settings), settings, matrix, labels


def test_totals_come_out_on_a_later_cutoff_that_was_not_learned_from(world, trained):
    model, settings, matrix, _ = trained
    snapshots = snapshots_of(world, [700])
    features = compute_features(world, snapshots, settings.features, categories=matrix.categories, threads=1)
    came = money_after(world, snapshots, order_margins(world, 0.3), from_days=0, to_days=180, discount_rate=0.1)
    first = money_after(world, snapshots, order_margins(world, 0.3), from_days=0, to_days=90)
    said = model.predict(features)
    kept = first > 0
    assert said.margin_if_kept[kept].sum() == pytest.approx(came[kept].sum(), rel=0.15)
    top = np.argsort(-said.margin_if_kept[kept])[: kept.sum() // 5]
    assert said.margin_if_kept[kept][top].sum() == pytest.approx(came[kept][top].sum(), rel=0.2)
    assert np.corrcoef(said.margin_if_kept[kept], came[kept])[0, 1] > 0.7


def test_value_is_the_difference_and_never_below_nought(trained):
    model, _, matrix, _ = trained
    said = model.predict(matrix)
    assert said.value_if_kept == pytest.approx(np.maximum(said.margin_if_kept - said.margin_if_lost, 0))
    for part in (said.margin_if_kept, said.margin_if_lost, said.horizon_revenue):
        assert (part >= 0).all()
        assert np.isfinite(part).all()
    assert said.margin_if_lost.mean() < 0.5 * said.margin_if_kept.mean()


def test_a_saved_model_says_the_same_and_is_text(tmp_path, trained):
    model, _, matrix, _ = trained
    model.save(tmp_path)
    again = ValueModel.load(tmp_path)
    assert np.array_equal(again.predict(matrix).value_if_kept, model.predict(matrix).value_if_kept)
    assert {path.suffix for path in tmp_path.iterdir()} <= {".json", ".txt"}
    json.loads((tmp_path / "value.json").read_text())


def test_other_features_are_refused(trained):
    model, _, matrix, _ = trained
    with pytest.raises(NoModelError, match="order_count_30d: missing"):
        model.predict(matrix.select(np.array([name != "order_count_30d" for name in matrix.names])))


def test_no_model_is_said(tmp_path):
    with pytest.raises(NoModelError, match="no value model"):
        ValueModel.load(tmp_path)


def test_data_shorter_than_the_horizon_is_scaled_and_said(world, trained):
    settings = settings_of(horizon_days=365)
    short = world.upto(snapshots_of(world, [400]).cutoff[0])
    matrix, labels = labelled(short, [150, 200, 250, 300], settings)
    model = train_value_model(short, matrix, labels, settings)
    assert {"id": "model-note-window", "days": 150, "wanted": 365} in model.notes
    # what is said for a year from a third of it must be near what the year brings
    said = model.predict(matrix).margin_if_kept[labels == 0].sum()
    came = money_after(world, matrix.snapshots, order_margins(world, 0.3), from_days=0, to_days=365, discount_rate=0.1)
    assert said == pytest.approx(came[labels == 0].sum(), rel=0.25)


def test_a_higher_discount_rate_and_a_lower_margin_make_less_value(world):
    rows, labels = labelled(world, [200, 400], settings_of())
    values = [
        train_value_model(world, rows, labels, settings_of(**value)).predict(rows).value_if_kept.sum()
        for value in ({"discount_rate": 0.0}, {"discount_rate": 1.0}, {"discount_rate": 0.0, "margin_rate": 0.15})
    ]
    assert values[1] < 0.9 * values[0]
    assert values[2] == pytest.approx(0.5 * values[0], rel=1e-6)


@pytest.mark.parametrize("outcome", [0, 1])
def test_all_lost_or_none_lost_still_gives_an_answer(world, outcome):
    settings = settings_of()
    matrix, labels = labelled(world, [200, 400], settings)
    here = labels == outcome
    model = train_value_model(world, matrix.rows(here), labels[here], settings)
    said = model.predict(matrix)
    assert np.isfinite(said.value_if_kept).all()
    if outcome:
        assert {"id": "model-note-nobody-kept"} in model.notes


def test_one_customer_and_no_rows(tmp_path):
    history = history_of(tmp_path, customers=1, days=400, seed=0)
    settings = settings_of()
    matrix, labels = labelled(history, [200, 300], settings)
    assert np.isfinite(train_value_model(history, matrix, labels, settings).predict(matrix).value_if_kept).all()
    none = np.zeros(len(labels), bool)
    with pytest.raises(HistoryTooShortError):
        train_value_model(history, matrix.rows(none), labels[none], settings)


def test_a_full_window_needs_no_scaling_and_a_steady_one_scales_in_proportion():
    assert stretch_kept(10, 3, Window(365, 365, 90), 0.5, 0.1) == 1
    assert stretch_kept(10, 10, Window(180, 360, 90), 0.5, 0.0) == pytest.approx(2)
    assert stretch_kept(10, 10, Window(90, 180, 90), 0.5, 0.0) == pytest.approx(1.5)


def test_the_window_is_never_shorter_than_the_label_horizon():
    day = 86_400_000_000
    assert choose_window(np.array([0, 10, 20]) * day, 110 * day, 365, 90).days == 90
