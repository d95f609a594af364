"""A feature sees only its own customer's facts that were known strictly before its own cutoff."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from random_company import CUTOFFS, Tables, company_snapshots, load_company, random_tables

from winback.features import FeatureMatrix, compute_features
from winback.history import DAY_US, History
from winback.settings import FeatureSettings
from winback.snapshots import Snapshots
from winback.tables import TABLES

SETTINGS = FeatureSettings(context=("size_class", "plan"))
SEEDS = st.integers(0, 2**32 - 1)
EVENT_TABLES = tuple(name for name in TABLES if name not in ("customers", "order_items"))


def assert_identical(actual: FeatureMatrix, expected: FeatureMatrix) -> None:
    assert actual.specs == expected.specs
    different = (actual.values.view(np.int32) != expected.values.view(np.int32)).any(axis=0)
    assert not different.any(), [name for name, wrong in zip(expected.names, different, strict=True) if wrong]


def rows_at(history: History, cutoff: int) -> Snapshots:
    rows = company_snapshots(history)
    return rows.rows(rows.cutoff == cutoff)


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, place=st.integers(0, len(CUTOFFS) - 1))
def test_truncated_history_gives_the_same_bytes(seed: int, place: int) -> None:
    with TemporaryDirectory() as folder:
        history = load_company(random_tables(seed), Path(folder))
        rows = rows_at(history, CUTOFFS[place])
        assert_identical(
            compute_features(history.upto(CUTOFFS[place]), rows, SETTINGS), compute_features(history, rows, SETTINGS)
        )


def altered_future(tables: Tables, cutoff: int, seed: int) -> Tables:
    """The same company, but everything that was not known at the cutoff is changed, removed or added to."""
    random = np.random.default_rng(seed)
    moment = pd.Timestamp(cutoff, unit="us")
    other = random_tables(seed)
    altered = dict(tables)
    for name in EVENT_TABLES:
        frame, contract = tables[name].copy(), TABLES[name]
        for column in [column.name for column in contract.columns if column.later and column.name in frame]:
            later = frame[column].isna() | (frame[column] >= moment)
            moved = moment + pd.to_timedelta(random.integers(0, 60 * DAY_US, len(frame)), unit="us")
            frame[column] = frame[column].where(~later, pd.Series(moved, index=frame.index))
        known = frame[contract.time].copy()
        if name == "deliveries":
            known = known.where(~(frame["delivered_at"] < known), frame["delivered_at"])
        if "recorded_at" in frame:
            known = known.where(~(frame["recorded_at"] > known), frame["recorded_at"])
        future = known >= moment
        if name == "deliveries":  # known by a record at the latest: what was promised later than that is not touched
            frame.loc[future, "defective"] = True
        frame = frame[~future | (random.random(len(frame)) < 0.5)]
        altered[name] = pd.concat([frame, _future_rows(other[name], contract.time, moment)], ignore_index=True)
    # orders that are gone take their lines with them; new ones bring theirs
    mine = tables["order_items"]
    altered["order_items"] = mine[mine["order_id"].isin(altered["orders"]["order_id"])]
    return altered


def _future_rows(frame: pd.DataFrame, time: str, moment: pd.Timestamp) -> pd.DataFrame:
    rows = frame[frame[time] >= moment].copy()
    for key in ("order_id", "ticket_id", "cycle"):
        if key in rows:
            rows[key] = "new" + rows[key].astype(str)
    if "delivered_at" in rows:
        rows = rows[rows["delivered_at"].isna() | (rows["delivered_at"] >= moment)]
    return rows[rows["customer_id"].isin({f"c{number}" for number in range(7)})]


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, other=SEEDS, place=st.integers(0, len(CUTOFFS) - 2))
@example(seed=5927236, other=1, place=0)  # two tickets of the same instant, answered later
def test_facts_after_the_cutoff_change_nothing(seed: int, other: int, place: int) -> None:
    cutoff = CUTOFFS[place]
    tables = random_tables(seed)
    with TemporaryDirectory() as folder:
        history = load_company(tables, Path(folder) / "was")
        changed = load_company(altered_future(tables, cutoff, other), Path(folder) / "now")
        assume(list(changed.customer_ids) == list(history.customer_ids))
        rows = rows_at(history, cutoff)
        assert rows_at(changed, cutoff).customer.tolist() == rows.customer.tolist()
        assert_identical(compute_features(changed, rows, SETTINGS), compute_features(history, rows, SETTINGS))


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_order_of_input_rows_and_batches_change_nothing(seed: int) -> None:
    tables = random_tables(seed)
    random = np.random.default_rng(seed)
    shuffled = {name: frame.sample(frac=1, random_state=seed % 1000) for name, frame in tables.items()}
    with TemporaryDirectory() as folder:
        history = load_company(tables, Path(folder) / "a")
        again = load_company(shuffled, Path(folder) / "b")
        rows = company_snapshots(history)
        whole = compute_features(history, rows, SETTINGS)
        assert_identical(compute_features(again, rows, SETTINGS), whole)
        order = random.permutation(len(rows))
        mixed = compute_features(history, rows.rows(order), SETTINGS, categories=whole.categories)
        assert_identical(mixed, whole.rows(order))
        part = order[: len(order) // 3]
        assert_identical(
            compute_features(history, rows.rows(part), SETTINGS, categories=whole.categories, threads=1),
            whole.rows(part),
        )


@settings(max_examples=6, deadline=None)
@given(seed=SEEDS)
def test_other_customers_change_nothing(seed: int) -> None:
    tables = random_tables(seed)
    with TemporaryDirectory() as folder:
        history = load_company(tables, Path(folder) / "all")
        rows = rows_at(history, CUTOFFS[-1])
        name = history.customer_ids[rows.customer[0]]
        own = {key: frame[frame["customer_id"] == name] for key, frame in tables.items() if key != "order_items"}
        own["order_items"] = tables["order_items"][tables["order_items"]["order_id"].isin(own["orders"]["order_id"])]
        alone = load_company(own, Path(folder) / "one")
        expected = compute_features(history, rows.rows(np.array([0])), SETTINGS)
        row = Snapshots(np.zeros(1, np.int32), rows.cutoff[:1], rows.population[:1])
        actual = compute_features(alone, row, SETTINGS, categories=expected.categories)
        np.testing.assert_array_equal(actual.values.view(np.int32), expected.values.view(np.int32))


def test_blocks_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = load_company(random_tables(3), tmp_path)
    rows = company_snapshots(history)
    whole = compute_features(history, rows, SETTINGS)
    monkeypatch.setattr("winback.features.blocks.BLOCK_ROWS", 3)
    assert_identical(compute_features(history, rows, SETTINGS), whole)
