from dataclasses import replace

import numpy as np
import pytest
from model_rows import SPECS, settings_of, spec, split_of, world

from winback.errors import NoModelError
from winback.features import FeatureMatrix
from winback.model import FeatureContract, train_churn_model

CONTRACT = FeatureContract(SPECS)


@pytest.mark.parametrize(
    ("specs", "difference"),
    [
        (SPECS[1:], "silence: missing"),
        ((*SPECS, spec("more")), "more: not known to the model"),
        ((spec("silence", "category", ("a",)), *SPECS[1:]), "silence: was a number, is a category"),
        ((spec("silence", digest="other"), *SPECS[1:]), "silence: its definition has changed"),
        ((*SPECS[:4], replace(SPECS[4], categories=("north", "south"))), "region: its categories have changed"),
        ((SPECS[1], SPECS[0], *SPECS[2:]), "another order"),
    ],
)
def test_every_difference_is_refused_and_named(specs, difference):
    with pytest.raises(NoModelError, match=difference):
        CONTRACT.check(specs)


def test_all_differences_are_listed_at_once():
    with pytest.raises(NoModelError) as refused:
        CONTRACT.check((spec("pace", digest="x"), spec("gaps"), spec("new")))
    text = str(refused.value)
    assert all(name in text for name in ("silence", "noise", "region", "pace", "new"))


def test_the_same_features_pass_and_survive_json():
    CONTRACT.check(SPECS)
    assert FeatureContract.from_json(CONTRACT.to_json()) == CONTRACT


def test_a_model_refuses_other_features():
    matrix, labels, _ = world(customers=40, cutoffs=2)
    model = train_churn_model(matrix, labels, split_of(matrix), settings_of()).model
    other = FeatureMatrix(matrix.values[:, 1:], SPECS[1:], matrix.snapshots)
    for use in (model.churn_probability, model.contributions):
        with pytest.raises(NoModelError, match="silence"):
            use(other)


def test_codes_unknown_to_the_training_are_scored_as_missing():
    matrix, labels, _ = world(customers=100, cutoffs=3)
    model = train_churn_model(matrix, labels, split_of(matrix), settings_of()).model
    unknown = matrix.values.copy()
    unknown[:, 4] = np.nan
    said = model.churn_probability(FeatureMatrix(unknown, matrix.specs, matrix.snapshots))
    assert np.isfinite(said).all()
