import numpy as np
import pytest
from model_rows import settings_of, split_of, world
from sklearn.metrics import roc_auc_score

from winback.errors import HistoryTooShortError, NoModelError
from winback.features import FeatureMatrix
from winback.history import DAY_US
from winback.model import load_model, save_model, train_churn_model


@pytest.fixture(scope="module")
def trained():
    matrix, labels, _ = world()
    return train_churn_model(matrix, labels, split_of(matrix), settings_of()), matrix, labels


def test_it_comes_near_the_truth_on_new_customers(trained):
    model = trained[0].model
    fresh, labels, truth = world(customers=2000, cutoffs=1, seed=9)
    said = model.churn_probability(fresh)
    assert roc_auc_score(labels, said) - 0.5 > 0.9 * (roc_auc_score(labels, truth) - 0.5)
    assert np.abs(said - truth).mean() < 0.08
    for code in (0, 1):
        here = fresh.snapshots.population == code
        assert said[here].mean() == pytest.approx(truth[here].mean(), abs=0.05)


def test_the_test_is_later_than_all_that_taught(trained):
    result, matrix, _ = trained
    tested = matrix.snapshots.cutoff[result.test.rows]
    assert result.test.later
    every = np.unique(matrix.snapshots.cutoff)
    assert result.test.fit_cutoffs == tuple(every[every + 90 * DAY_US <= tested.min()])
    assert len(result.test.probability) == len(tested)
    assert ((result.test.probability > 0) & (result.test.probability < 1)).all()


def test_labels_of_the_test_do_not_move_its_predictions(trained):
    result, matrix, labels = trained
    changed = labels.copy()
    changed[result.test.rows] = 1 - changed[result.test.rows]
    again = train_churn_model(matrix, changed, split_of(matrix), settings_of())
    assert np.array_equal(again.test.probability, result.test.probability)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_model(trained, tmp_path):
    _, matrix, labels = trained
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        again = train_churn_model(matrix, labels, split_of(matrix), settings_of(seed=seed))
        save_model(again.model, tmp_path / name)
    files = {name: [(tmp_path / name / file).read_bytes() for file in ("model.txt", "model.json")] for name in "abc"}
    assert files["a"] == files["b"]
    assert files["a"][0] != files["c"][0]


def test_a_saved_model_says_the_same(trained, tmp_path):
    result, matrix, _ = trained
    save_model(result.model, tmp_path)
    again = load_model(tmp_path)
    assert np.array_equal(again.churn_probability(matrix), result.model.churn_probability(matrix))
    assert np.array_equal(again.contributions(matrix), result.model.contributions(matrix))
    assert again.about_["label"] == {"definition": "no_order", "horizon_days": 90}


def test_scoring_in_parts_or_in_another_order_changes_nothing(trained):
    result, matrix, _ = trained
    whole = result.model.churn_probability(matrix)
    order = np.random.default_rng(0).permutation(len(matrix))
    assert np.array_equal(result.model.churn_probability(matrix.rows(order)), whole[order])
    assert np.array_equal(result.model.churn_probability(matrix.rows(np.arange(5))), whole[:5])


def test_contributions_add_up_to_the_log_odds(trained):
    result, matrix, _ = trained
    few = matrix.rows(np.arange(300))
    said = result.model.churn_probability(few)
    for code, calibrator in result.model.calibrators_.items():
        here = few.snapshots.population == code
        rest = np.log(said / (1 - said))[here] - result.model.contributions(few)[here].sum(axis=1)
        assert np.ptp(rest) == pytest.approx(0, abs=1e-4), calibrator


def test_more_silence_means_more_risk(trained):
    result, matrix, _ = trained
    low, high = matrix.values[:200].copy(), matrix.values[:200].copy()
    low[:, 0], high[:, 0] = 0.1, 0.75
    said = [
        result.model.churn_probability(FeatureMatrix(part, matrix.specs, matrix.snapshots.rows(np.arange(200))))
        for part in (low, high)
    ]
    assert (said[1] > said[0]).mean() > 0.95


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_outcome_gives_a_constant_that_says_so(outcome, tmp_path):
    matrix, labels, _ = world(customers=50, cutoffs=3)
    result = train_churn_model(matrix, np.full_like(labels, outcome), split_of(matrix), settings_of())
    said = result.model.churn_probability(matrix)
    assert np.ptp(said) == 0
    assert abs(said[0] - outcome) < 0.02
    assert result.notes == ({"id": "model-note-all-left" if outcome else "model-note-all-stayed"},)
    save_model(result.model, tmp_path)
    assert np.array_equal(load_model(tmp_path).churn_probability(matrix), said)
    assert not result.model.contributions(matrix).any()


def test_sixty_customers_get_a_logistic_regression_that_is_better_than_chance(tmp_path):
    matrix, labels, _ = world(customers=20, cutoffs=3, every=120, seed=4)
    result = train_churn_model(matrix, labels, split_of(matrix), settings_of())
    assert result.model.learner_.kind == "linear"
    assert {"id": "model-note-no-trees"} in result.notes
    fresh, came, _ = world(customers=1000, cutoffs=1, seed=11)
    assert roc_auc_score(came, result.model.churn_probability(fresh)) > 0.65
    save_model(result.model, tmp_path)
    assert np.array_equal(load_model(tmp_path).churn_probability(fresh), result.model.churn_probability(fresh))


@pytest.mark.parametrize(
    ("cutoffs", "every", "later"), [(1, 30, False), (2, 30, False), (2, 100, True), (3, 100, True)]
)
def test_few_cutoffs_train_and_say_what_could_not_be_done(cutoffs, every, later):
    matrix, labels, _ = world(customers=150, cutoffs=cutoffs, every=every)
    result = train_churn_model(matrix, labels, split_of(matrix), settings_of())
    assert result.test.later is later
    assert result.notes
    assert roc_auc_score(labels[result.test.rows], result.test.probability) > 0.65


def test_churn_of_one_percent_trains():
    matrix, labels, truth = world(customers=600, cutoffs=8, shift=-5.5)
    assert 0.005 < labels.mean() < 0.03
    result = train_churn_model(matrix, labels, split_of(matrix), settings_of())
    said = result.model.churn_probability(matrix)
    assert said.mean() == pytest.approx(truth.mean(), abs=0.01)


def test_no_row_is_refused():
    matrix, labels, _ = world(customers=5, cutoffs=1)
    none = np.zeros(len(labels), bool)
    with pytest.raises(HistoryTooShortError):
        train_churn_model(matrix.rows(none), labels[none], split_of(matrix), settings_of())


def test_an_incomplete_or_absent_model_is_said(tmp_path, trained):
    with pytest.raises(NoModelError, match="there is no model in"):
        load_model(tmp_path)
    save_model(trained[0].model, tmp_path)
    (tmp_path / "model.txt").unlink()
    with pytest.raises(NoModelError, match="incomplete"):
        load_model(tmp_path)
