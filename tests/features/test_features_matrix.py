"""The feature matrix: choosing, saving, loading; categories that are fixed at training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from random_company import company_snapshots, load_company, random_tables

from winback.errors import DataError, SettingsError
from winback.features import FeatureMatrix, compute_features
from winback.features.categories import MAX_WORDS
from winback.history import History
from winback.settings import FeatureSettings

SETTINGS = FeatureSettings(context=("plan",))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return load_company(random_tables(5), tmp_path / "staging")


@pytest.fixture
def matrix(history: History) -> FeatureMatrix:
    return compute_features(history, company_snapshots(history), SETTINGS)


def test_what_is_saved_is_loaded(matrix: FeatureMatrix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winback.features.matrix.GROUP_ROWS", 4)
    matrix.save(tmp_path / "features")
    loaded = FeatureMatrix.load(tmp_path / "features")
    assert loaded.specs == matrix.specs
    assert loaded.values.dtype == np.float32
    np.testing.assert_array_equal(loaded.values, matrix.values)
    for key in ("customer", "cutoff", "population"):
        expected = getattr(matrix.snapshots, key)
        assert getattr(loaded.snapshots, key).dtype == expected.dtype
        np.testing.assert_array_equal(getattr(loaded.snapshots, key), expected)


def test_saving_twice_gives_the_same_bytes(matrix: FeatureMatrix, tmp_path: Path) -> None:
    for name in ("one", "two"):
        matrix.save(tmp_path / name)
    for file in ("features.parquet", "features.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_empty_matrix_is_saved_too(matrix: FeatureMatrix, tmp_path: Path) -> None:
    matrix.rows(np.zeros(len(matrix), bool)).save(tmp_path / "features")
    assert FeatureMatrix.load(tmp_path / "features").values.shape == (0, len(matrix.names))


def test_a_folder_without_features_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No features in"):
        FeatureMatrix.load(tmp_path)


def test_choosing(matrix: FeatureMatrix) -> None:
    part = matrix.select(["silence_ratio", "order_count_90d"])
    assert part.names == ("silence_ratio", "order_count_90d")
    np.testing.assert_array_equal(part.column("order_count_90d"), matrix.column("order_count_90d"))
    symptoms = matrix.select(np.array([spec.role == "symptom" for spec in matrix.specs]))
    assert "customer_region" not in symptoms
    with pytest.raises(KeyError, match="no feature 'customer_region'"):
        symptoms.column("customer_region")
    two = matrix.rows(np.array([2, 0]))
    assert two.snapshots.customer.tolist() == matrix.snapshots.customer[[2, 0]].tolist()


def test_only_some_features(history: History) -> None:
    rows = company_snapshots(history)
    matrix = compute_features(history, rows, SETTINGS, only=lambda spec: spec.name == "silence_ratio")
    whole = compute_features(history, rows, SETTINGS)
    assert matrix.names == ("silence_ratio",)
    assert matrix.specs[0] == whole.specs[whole.names.index("silence_ratio")]
    np.testing.assert_array_equal(matrix.column("silence_ratio"), whole.column("silence_ratio"))


def test_words_are_fixed_and_unseen_ones_are_missing(history: History) -> None:
    rows = company_snapshots(history)
    fixed = {"customer_region": ("south", "west")}
    free = compute_features(history, rows, SETTINGS).to_pandas()["customer_region"]
    matrix = compute_features(history, rows, SETTINGS, categories=fixed)
    assert matrix.categories["customer_region"] == ("south", "west")
    south = (free == "south").to_numpy()
    assert (~south).any()
    assert south.any()
    np.testing.assert_array_equal(matrix.column("customer_region")[south], 0)
    assert np.isnan(matrix.column("customer_region")[~south]).all()


def test_too_many_words_keep_the_frequent_ones(make_staging) -> None:
    tables = random_tables(6)
    orders = tables["orders"].iloc[[0] * (MAX_WORDS + 60)].copy()
    orders["order_id"] = [str(number) for number in range(len(orders))]
    orders["customer_id"] = orders["order_id"]
    orders["amount"] = 5.0
    orders["recorded_at"] = None
    rare = [f"rare{number}" for number in range(len(orders) - 30)]
    customers = orders[["customer_id"]].assign(plan=[*rare, *["zz"] * 30])
    history = load_company({"orders": orders, "customers": customers}, make_staging({"orders": orders}).parent / "many")
    matrix = compute_features(history, company_snapshots(history), SETTINGS)
    words = matrix.categories["customer_plan"]
    assert len(words) == MAX_WORDS
    assert "zz" in words
    assert list(words) == sorted(words)


def test_context_that_is_not_there_is_refused(history: History) -> None:
    with pytest.raises(SettingsError, match="no column 'plann' \\(did you mean 'plan'") as error:
        compute_features(history, company_snapshots(history), FeatureSettings(context=("plann", "nothing")))
    assert len(error.value.faults) == 2


def test_digest_follows_the_settings_and_the_definition(history: History) -> None:
    rows = company_snapshots(history)
    digests = {spec.name: spec.digest for spec in compute_features(history, rows, SETTINGS).specs}
    assert digests["order_count_90d"] != digests["order_count_180d"]
    again = {spec.name: spec.digest for spec in compute_features(history, rows, SETTINGS).specs}
    assert again == digests


def test_pandas_view(matrix: FeatureMatrix, history: History) -> None:
    frame = matrix.to_pandas(history)
    assert frame["customer_id"].tolist() == history.customer_ids[matrix.snapshots.customer].tolist()
    assert set(frame["population"]) <= {"active", "lapsed"}
    assert frame["customer_region"].dtype == "category"
