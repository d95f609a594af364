"""Common checks that walk the registry: a new feature is tested before its author writes a test."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from random_company import AS_OF, TIMEZONE, company_snapshots, load_company, random_tables

from winback.features import REASONS, ROLES, Attribute, Derived, Windowed, compute_features, registered_features
from winback.history import DAY_US, History
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots
from winback.tables import TABLES

SETTINGS = FeatureSettings(context=("size_class", "plan"))
DECLARED = registered_features(SETTINGS)
BY_NAME = {name: declared for declared in DECLARED for name in declared.names()}
OPTIONAL = sorted(set(TABLES) - {"orders"})


def tables_of(name: str) -> set[str]:
    """Tables that a feature cannot do without."""
    declared = BY_NAME[name]
    if isinstance(declared, Windowed):
        return {declared.stream.table, *(table for table, _ in declared.stream.needs)}
    if isinstance(declared, Attribute):
        return {"customers"}
    assert isinstance(declared, Derived)
    window = next((int(name.rsplit("_", 1)[1][:-1]) for _ in declared.windows), None)
    return set().union(*(tables_of(part) for part in declared.inputs(window)))


@pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: declared.names()[0])
def test_declaration_is_complete(declared) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z]", declared.name), "windows stand last and come from the declaration"
    assert declared.role in ROLES
    assert len(declared.doc) >= 8
    assert declared.doc.endswith(".")
    assert declared.unit
    assert list(declared.windows) == sorted(set(declared.windows))
    if declared.role == "driver":
        assert declared.reason in REASONS
    else:
        assert declared.reason is None
    if declared.unit == "money":
        assert "amount" in declared.name
    if declared.unit == "share":
        assert declared.name.endswith("_share")


def test_streams_of_one_name_are_one() -> None:
    streams = {declared.stream for declared in DECLARED if isinstance(declared, Windowed)}
    names = [stream.name for stream in streams]
    assert len(names) == len(set(names))


@pytest.fixture
def company(tmp_path: Path) -> History:
    return load_company(random_tables(11), tmp_path / "whole")


def test_specs_come_from_declarations(company: History) -> None:
    matrix = compute_features(company, company_snapshots(company), SETTINGS)
    visible = {name for name, declared in BY_NAME.items() if not declared.hidden}
    assert set(matrix.names) == visible, "with every table there, every feature is there"
    for spec in matrix.specs:
        declared = BY_NAME[spec.name]
        assert (spec.role, spec.reason, spec.unit, spec.doc) == (
            declared.role, declared.reason, declared.unit, declared.doc,
        )  # fmt: skip
    digests = [spec.digest for spec in matrix.specs]
    assert len(set(digests)) == len(digests), "different definitions, different digests"


def test_values_keep_to_their_units(company: History) -> None:
    matrix = compute_features(company, company_snapshots(company), SETTINGS)
    assert not np.isinf(matrix.values).any()
    for spec in matrix.specs:
        values = matrix.column(spec.name)
        values = values[~np.isnan(values)]
        if spec.unit == "share" and BY_NAME[spec.name].name not in ("margin_share", "return_share"):
            assert ((values >= 0) & (values <= 1)).all(), spec.name
        if spec.name.rsplit("_", 1)[0].endswith("_count"):
            assert not np.isnan(matrix.column(spec.name)).any() or spec.name.startswith("order_count_last"), spec.name
        if spec.kind == "category":
            assert set(values.astype(int)) <= set(range(len(spec.categories)))


@pytest.mark.parametrize("absent", OPTIONAL)
def test_an_absent_table_makes_its_features_absent_and_changes_nothing_else(absent: str, tmp_path: Path) -> None:
    tables = random_tables(12)
    settings = SETTINGS if absent != "customers" else FeatureSettings()
    whole = load_company(tables, tmp_path / "whole")
    rows = company_snapshots(whole)
    expected = compute_features(whole, rows, settings)
    del tables[absent]
    if absent == "customers":  # keeps the customers' codes
        tables["customers"] = pd.DataFrame({"customer_id": whole.customer_ids})
    history = load_company(tables, tmp_path / "part")
    actual = compute_features(history, rows, settings)
    left = [name for name in expected.names if absent not in tables_of(name)]
    assert list(actual.names) == left
    np.testing.assert_array_equal(actual.values, expected.select(left).values)


def optional_columns() -> list[tuple[str, str]]:
    return [
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if not column.required and column.name != "recorded_at"
    ]


@pytest.mark.parametrize(("table", "column"), optional_columns())
def test_an_absent_column_only_takes_features_away(table: str, column: str, tmp_path: Path) -> None:
    tables = random_tables(13)
    if column not in tables[table]:
        pytest.skip("not among the random company's columns")
    whole = load_company(tables, tmp_path / "whole")
    rows = company_snapshots(whole)
    expected = compute_features(whole, rows, SETTINGS)
    tables[table] = tables[table].drop(columns=column)
    actual = compute_features(load_company(tables, tmp_path / "part"), rows, SETTINGS)
    assert set(actual.names) <= set(expected.names)


@pytest.mark.parametrize(("table", "column"), optional_columns())
def test_an_all_missing_column_is_no_crash(table: str, column: str, tmp_path: Path) -> None:
    tables = random_tables(14)
    if column not in tables[table]:
        pytest.skip("not among the random company's columns")
    tables[table] = tables[table].assign(**{column: pd.Series([None] * len(tables[table]), dtype=object)})
    history = load_company(tables, tmp_path / "staging")
    matrix = compute_features(history, company_snapshots(history), SETTINGS)
    assert len(matrix)
    assert not np.isinf(matrix.values).any()


def test_one_customer_with_one_order(make_staging) -> None:
    orders = pd.DataFrame(
        {"order_id": ["1"], "customer_id": ["a"], "ordered_at": [pd.Timestamp("2023-05-01")], "amount": [10.0]}
    )
    history = History.load(make_staging({"orders": orders}, as_of=AS_OF, timezone=TIMEZONE))
    rows = company_snapshots(history)
    assert len(rows) == 2, "at the two cutoffs after its order"
    matrix = compute_features(history, rows, FeatureSettings())
    assert matrix.column("order_count_365d").tolist() == [1, 1]
    assert np.isnan(matrix.column("order_gap_median_days")).all()
    np.testing.assert_allclose(
        matrix.column("days_since_order"), (rows.cutoff - history.events("orders").at[0]) / DAY_US
    )


def test_no_rows_give_an_empty_matrix(company: History) -> None:
    rows = company_snapshots(company)
    matrix = compute_features(company, rows.rows(np.zeros(len(rows), bool)), SETTINGS)
    assert matrix.values.shape == (0, len(matrix.names))


def test_a_customer_without_any_fact_has_no_values_but_counts(company: History) -> None:
    code = list(company.customer_ids).index("never_ordered")
    row = Snapshots(np.array([code], np.int32), np.array([company.ends_at]), np.zeros(1, np.int8))
    matrix = compute_features(company, row, SETTINGS)
    assert matrix.column("order_count_365d").tolist() == [0]
    assert matrix.column("order_amount_365d").tolist() == [0]
    assert np.isnan(matrix.column("days_since_order")).all()


def test_two_declarations_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from winback.features import purchases

    monkeypatch.setattr(purchases, "FEATURES", (*purchases.FEATURES, purchases.FEATURES[0]))
    with pytest.raises(ValueError, match="declared twice: days_since_order"):
        registered_features()


def test_a_feature_made_of_an_unknown_one_is_refused(company: History) -> None:
    lost = replace(BY_NAME["silence_ratio"], hidden=False)
    with pytest.raises(ValueError, match="'silence_ratio' is made of 'days_since_order', which is not declared"):
        compute_features(company, company_snapshots(company), SETTINGS, declared=[lost])
