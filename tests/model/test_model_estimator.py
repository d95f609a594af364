import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import estimator_checks_generator

from winback.errors import NoModelError
from winback.model import ChurnModel, load_model, save_model

QUICK = {"max_rounds": 30, "learning_rate": 0.2, "early_stopping_rounds": 5, "seeds": 1, "threads": 1}


def table_of(rows=600, seed=0):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "months": rng.exponential(20, rows),
            "contract": rng.choice(["month", "year", None], rows),
            "paperless": rng.random(rows) < 0.5,
        }
    )
    risk = 1 / (1 + table.months / 10) * np.where(table.contract == "month", 1.0, 0.4)
    return table, np.where(rng.random(rows) < risk, "left", "kept")


def test_it_learns_from_a_table_with_words_gaps_and_booleans():
    model = ChurnModel(**QUICK).fit(*table_of())
    table, came = table_of(seed=1)
    said = model.predict_proba(table)
    assert list(model.classes_) == ["kept", "left"]
    assert list(model.feature_names_in_) == ["months", "contract", "paperless"]
    assert said.sum(axis=1) == pytest.approx(1)
    assert roc_auc_score(came == "left", said[:, 1]) > 0.7
    assert set(model.predict(table)) <= {"kept", "left"}


def test_words_unknown_to_the_training_are_gaps_and_missing_columns_are_refused():
    table, came = table_of()
    model = ChurnModel(**QUICK).fit(table, came)
    gap, strange = table.assign(contract=None), table.assign(contract="never seen")
    assert model.predict_proba(strange) == pytest.approx(model.predict_proba(gap.astype({"contract": "string"})))
    with pytest.raises((NoModelError, ValueError), match="months"):
        model.predict_proba(table.drop(columns="months"))


def test_it_can_be_cloned_and_saved(tmp_path):
    table, came = table_of()
    model = clone(ChurnModel(**QUICK)).fit(table, came)
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    assert np.array_equal(again.predict_proba(table), model.predict_proba(table))
    assert again.get_params() == model.get_params()


CHECKS = list(estimator_checks_generator(ChurnModel(**QUICK)))


@pytest.mark.parametrize("number", range(len(CHECKS)), ids=[check.func.__name__ for _, check in CHECKS])
def test_it_keeps_the_conventions_of_scikit_learn(number):
    estimator, check = CHECKS[number]
    check(estimator)
