"""What learners of single customers' uplift are given."""

from __future__ import annotations

import numpy as np

from winback.features import FeatureMatrix, FeatureSpec
from winback.pipelines.page import outcomes_remarks
from winback.pipelines.uplift import LEARNED_SYMPTOMS, learner_features
from winback.response.individual import Contest
from winback.snapshots import Snapshots
from winback.texts import Texts


def spec(name: str, role: str, categories: tuple[str, ...] = ()) -> FeatureSpec:
    kind = "category" if categories else "number"
    return FeatureSpec(name, role, None, "", "", kind, categories, f"digest of {name}")  # type: ignore[arg-type]


def matrix(words: tuple[str, ...]) -> FeatureMatrix:
    specs = (
        spec("order_count_30d", "symptom"),
        spec("late_share_90d", "driver"),
        spec("region", "context", words),
        spec(LEARNED_SYMPTOMS[0], "symptom"),
    )
    rows = Snapshots(np.zeros(2, np.int32), np.zeros(2, np.int64), np.zeros(2, np.int8))
    return FeatureMatrix(np.arange(8, dtype=np.float32).reshape(2, 4), specs, rows)


def test_learners_see_drivers_context_and_few_symptoms():
    made = learner_features(matrix(("north", "south")))
    assert made.names == ("late_share_90d", "region", LEARNED_SYMPTOMS[0])
    assert made.categorical == (1,)
    assert made.values.tolist() == [[1, 2, 3], [5, 6, 7]]


def test_other_categories_are_another_definition():
    one, other = (learner_features(matrix(words)) for words in (("north", "south"), ("north", "west")))
    assert one.names == other.names
    assert one.definitions != other.definitions


def test_the_report_says_how_the_contest_ended():
    measured = {"learner": Contest("", "", 950, 120).content()}
    assert "1,000" in outcomes_remarks(measured, Texts("en"))[0]
    assert outcomes_remarks({}, Texts("en")) == ()
