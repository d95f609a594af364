"""Features, snapshots and labels computed part by part of the customers are those of the whole, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_company import AS_OF, CUTOFFS, TIMEZONE, Tables, company_snapshots, random_tables

from staging_maker import write_staging
from winback.features import FeatureMatrix, PartFeatures, compute_features, join_parts, part_features
from winback.history import History
from winback.labels import make_labels
from winback.settings import FeatureSettings, LabelSettings, PopulationSettings
from winback.snapshots import Snapshots, by_parts, snapshots_at

SETTINGS = FeatureSettings(context=("size_class", "plan"))
#: Far too little memory for anything: every customer is a part.
TIGHT = 1_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose files have row groups of a few rows, so that customers begin and end within groups."""
    tables = random_tables(4)
    tables["features_credit"] = _own(tables, 4)
    return staged(tables, tmp_path_factory.mktemp("staging"), group_rows=5)


def _own(tables: Tables, seed: int) -> pd.DataFrame:
    r = np.random.default_rng(seed)
    customers = tables["customers"]["customer_id"].repeat(2).to_numpy()
    at = r.choice(np.array(CUTOFFS) - 1, customers.size)
    words = r.choice(np.array(["a", "b", "c", None], dtype=object), customers.size)
    return pd.DataFrame(
        {
            "customer_id": customers,
            "known_at": at.view("datetime64[us]"),
            "limit": r.normal(0, 1, customers.size),
            "grade": words,
        }
    )


def staged(tables: Tables, folder: Path, group_rows: int) -> Path:
    write_staging(tables, folder, as_of=AS_OF, timezone=TIMEZONE)
    for path in folder.glob("*.parquet"):
        pq.write_table(pq.read_table(path), path, row_group_size=group_rows)
    return folder


def whole_and_parts(folder: Path, memory_bytes: int = TIGHT) -> tuple[History, History]:
    whole, divided = History.load(folder), History.load(folder, memory_bytes=memory_bytes)
    assert len(whole.parts()) == 1
    assert len(divided.parts()) > 1
    return whole, divided


def assert_identical(actual: FeatureMatrix, expected: FeatureMatrix) -> None:
    assert actual.specs == expected.specs
    different = (actual.values.view(np.int32) != expected.values.view(np.int32)).any(axis=0)
    assert not different.any(), [name for name, wrong in zip(expected.names, different, strict=True) if wrong]


def shuffled(rows: Snapshots, seed: int) -> Snapshots:
    return rows.rows(np.random.default_rng(seed).permutation(len(rows)))


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), group_rows=st.integers(1, 40), memory=st.integers(1_000, 300_000))
def test_any_parts_give_the_features_of_the_whole(seed: int, group_rows: int, memory: int) -> None:
    with TemporaryDirectory() as name:
        folder = staged(random_tables(seed), Path(name), group_rows)
        whole, divided = History.load(folder), History.load(folder, memory_bytes=memory)
        rows = shuffled(company_snapshots(whole), seed)
        assert_identical(compute_features(divided, rows, SETTINGS), compute_features(whole, rows, SETTINGS))


@pytest.mark.parametrize("threads", [1, 3])
def test_every_customer_by_itself(folder: Path, threads: int) -> None:
    whole, divided = whole_and_parts(folder)
    assert len(divided.parts()) == whole.n_customers
    rows = shuffled(company_snapshots(whole), 0)
    expected = compute_features(whole, rows, SETTINGS)
    assert {"credit_limit", "credit_grade"} < set(expected.names)
    assert_identical(compute_features(divided, rows, SETTINGS, threads=threads), expected)
    fixed = {name: words[1:] for name, words in expected.categories.items()}
    assert_identical(
        compute_features(divided, rows, SETTINGS, categories=fixed, threads=threads),
        compute_features(whole, rows, SETTINGS, categories=fixed),
    )


def test_rows_of_some_customers_only(folder: Path) -> None:
    whole, divided = whole_and_parts(folder)
    rows = company_snapshots(whole)
    for some in (rows.rows(np.flatnonzero(rows.customer == rows.customer[0])), rows.rows(np.empty(0, np.int64))):
        assert_identical(compute_features(divided, some, SETTINGS), compute_features(whole, some, SETTINGS))


def test_a_part_is_a_company_of_its_own(folder: Path) -> None:
    whole = History.load(folder)
    part = whole.part(2, 5)
    assert part.customer_ids.tolist() == whole.customer_ids[2:5].tolist()
    for table in ("orders", "tickets", "managers", "features_credit"):
        events, others = part.events(table), whole.events(table)
        here = slice(others.offsets[2], others.offsets[5])
        np.testing.assert_array_equal(events.customer + 2, others.customer[here])
        np.testing.assert_array_equal(events.at, others.at[here])
        np.testing.assert_array_equal(events.offsets, others.offsets[2:6] - others.offsets[2])
    np.testing.assert_array_equal(part.attributes().columns["closed_at"], whole.attributes().columns["closed_at"][2:5])
    assert part.part(1, 3).customer_ids.tolist() == whole.customer_ids[3:5].tolist()


def _cases(whole: History, divided: History) -> Iterator[tuple[History, History, list[int]]]:
    yield whole, divided, list(CUTOFFS)
    yield whole.upto(CUTOFFS[2]), divided.upto(CUTOFFS[2]), list(CUTOFFS[:2])
    yield whole.part(1, 6), divided.part(1, 6), list(CUTOFFS)


@pytest.mark.parametrize("include_closed", [True, False])
def test_snapshots_and_labels(folder: Path, include_closed: bool) -> None:
    label = LabelSettings(horizon_days=60)
    for whole, divided, cutoffs in _cases(*whole_and_parts(folder)):
        assert divided.starts_at == whole.starts_at
        expected = snapshots_at(whole, cutoffs, PopulationSettings(), include_closed=include_closed)
        rows = snapshots_at(divided, cutoffs, PopulationSettings(), include_closed=include_closed)
        for column in ("customer", "cutoff", "population"):
            np.testing.assert_array_equal(getattr(rows, column), getattr(expected, column))
            assert getattr(rows, column).dtype == getattr(expected, column).dtype
        past = shuffled(rows.rows(rows.cutoff < CUTOFFS[-1]), 1)
        np.testing.assert_array_equal(make_labels(divided, past, label), make_labels(whole, past, label))


def test_rows_go_through_parts_once(folder: Path) -> None:
    _, divided = whole_and_parts(folder)
    rows = shuffled(company_snapshots(divided), 2)
    seen = []
    for part, places, some in by_parts(divided, rows):
        np.testing.assert_array_equal(some.customer + part.first, rows.customer[places])
        np.testing.assert_array_equal(some.cutoff, rows.cutoff[places])
        assert some.customer.max() < part.n_customers
        seen += places.tolist()
    assert sorted(seen) == list(range(len(rows)))


def test_parts_computed_elsewhere_are_put_together(folder: Path) -> None:
    """In any order of the parts, each of which knows its own words only."""
    whole, divided = whole_and_parts(folder)
    rows = shuffled(company_snapshots(whole), 8)
    made = []
    for part, places, some in by_parts(divided, rows):
        computed = part_features(part, some, SETTINGS, threads=1)
        made.append(PartFeatures(places, computed.values, computed.planned))
    assert len({plan.words for part in made for plan in part.planned if plan.name == "credit_grade"}) > 1
    assert_identical(join_parts(made[::-1], rows), compute_features(whole, rows, SETTINGS, threads=1))
