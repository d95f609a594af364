"""Where customers are divided: parts are nearly equal in facts and as many as the memory asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staging_maker import write_staging
from winback.history import History
from winback.history.parts import WORK, cuts
from winback.history.stagedfile import StagedFile


@given(
    sizes=st.lists(st.integers(0, 1000), min_size=1, max_size=60),
    memory=st.integers(1, 100_000),
    at_once=st.integers(1, 4),
)
def test_no_part_is_much_larger_than_its_memory(sizes: list[int], memory: int, at_once: int) -> None:
    before = np.concatenate([[0], np.cumsum(sizes)]).astype(float)
    edges = cuts(lambda code: before[code], len(sizes), memory, at_once)
    assert edges[0] == 0
    assert edges[-1] == len(sizes)
    assert (np.diff(edges) > 0).all()
    if before[-1] * WORK * at_once <= memory:
        assert len(edges) == 2
    else:
        # what a single customer has cannot be divided
        assert np.diff(before[edges]).max() <= memory / WORK / at_once + max(sizes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    r = np.random.default_rng(3)
    orders = pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in r.integers(0, 200, 3000)],
            "ordered_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(r.integers(0, 300, 3000), unit="D"),
            "order_id": [f"o{number}" for number in range(3000)],
            "amount": 1.0,
            "margin": 0.5,
        }
    )
    write_staging({"orders": orders}, tmp_path, as_of="2025-01-01")
    path = tmp_path / "orders.parquet"
    pq.write_table(pq.read_table(path), path, row_group_size=70)
    return tmp_path


def test_parts_read_their_own_row_groups_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History.load(folder)
    expected = np.diff(history.events("orders").offsets)
    read: list[int] = []
    original = StagedFile.read
    monkeypatch.setattr(
        StagedFile, "read", lambda self, groups, column: read.extend(groups) or original(self, groups, column)
    )
    part = history.part(50, 60)
    np.testing.assert_array_equal(np.diff(part.events("orders").offsets), expected[50:60])
    own = pq.read_table(folder / "orders.parquet", columns=["customer"])["customer"].to_numpy()
    first, last = np.searchsorted(own, [50, 60])
    assert set(read) == set(range(first // 70, (last - 1) // 70 + 1))


def test_only_columns_that_are_asked_for_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = StagedFile.read
    monkeypatch.setattr(
        StagedFile, "read", lambda self, groups, column: read.append(column) or original(self, groups, column)
    )
    history = History.load(folder)
    orders = history.upto(history.ends_at - 1).events("orders")
    assert orders.has("margin")
    assert "margin" not in read
    assert orders.columns["margin"].sum() == 1500
    assert read.count("margin") == 1


def test_what_is_made_of_facts_is_made_once_for_each_history(folder: Path) -> None:
    history, made = History.load(folder), []

    def orders_of(one: History) -> int:
        return one.once("orders", lambda: made.append(one) or len(one.events("orders")))

    assert orders_of(history) == orders_of(history) == 3000
    earlier = history.upto(history.ends_at - 200 * 86_400_000_000)
    assert orders_of(earlier) < 3000
    assert orders_of(history.part(0, 10)) < 3000
    assert len(made) == 3


def test_files_without_bounds_are_read_whole(folder: Path) -> None:
    path = folder / "orders.parquet"
    expected = History.load(folder).part(20, 30).events("orders")
    pq.write_table(pq.read_table(path), path, row_group_size=70, write_statistics=False)
    found = History.load(folder).part(20, 30).events("orders")
    np.testing.assert_array_equal(found.at, expected.at)
    np.testing.assert_array_equal(found.customer, expected.customer)


@given(
    chosen=st.lists(st.integers(0, 199), min_size=1, max_size=30, unique=True).map(sorted), memory=st.integers(5, 25)
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_chosen_customers_have_their_own_facts_in_any_parts(folder: Path, chosen: list[int], memory: int) -> None:
    whole = History.load(folder)
    orders, codes = whole.events("orders"), np.array(chosen, np.int32)
    some = History.load(folder, memory_bytes=2**memory).only(codes)
    assert some.customer_ids.tolist() == whole.customer_ids[codes].tolist()
    for part in some.parts():
        found = part.events("orders")
        assert len(found.offsets) == part.n_customers + 1
        for code in range(part.n_customers):
            mine = orders.at[slice(*orders.offsets[codes[part.first + code] :][:2])]
            np.testing.assert_array_equal(found.at[slice(*found.offsets[code:][:2])], mine)
            assert (found.customer[slice(*found.offsets[code:][:2])] == code).all()
    again = some.only(np.arange(0, len(codes), 2, dtype=np.int32))
    assert again.customer_ids.tolist() == whole.customer_ids[codes[::2]].tolist()
