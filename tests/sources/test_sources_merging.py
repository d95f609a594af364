"""Merging new rows into staged ones gives what sorting all of them gives."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from winback.sources import merging

ORDER = ["customer", "moment", "word", "amount"]


def table(rng, rows, codes):
    """Few distinct values, so that rows agree in many columns."""
    words = np.array(["a", "b", "Ж", "aa", None], object)
    customer = rng.choice(codes, rows).astype(np.int32)
    made = pa.table(
        {
            "customer": customer,
            "moment": pa.array(rng.integers(0, 4, rows).astype("datetime64[us]")),
            "word": pa.array(rng.choice(words, rows).tolist(), pa.string()),
            "amount": pa.array(rng.integers(0, 3, rows).astype(float), mask=rng.random(rows) < 0.2),
        }
    )
    return ordered(made)


def ordered(rows):
    with duckdb.connect() as connection:
        return connection.from_arrow(rows).order(", ".join(ORDER)).to_arrow_table()


@pytest.mark.parametrize("seed", range(30))
def test_merged_is_sorted(tmp_path, monkeypatch, seed):
    monkeypatch.setattr(merging, "ROW_GROUP", 7)
    rng = np.random.default_rng(seed)
    customers = int(rng.integers(1, 9))
    codes = np.sort(rng.choice(20, customers, replace=False)).astype(np.int32)
    old = table(rng, int(rng.integers(0, 60)), np.arange(customers))
    fresh = table(rng, int(rng.integers(0, 20)), np.arange(20))
    staged, again, once = (tmp_path / f"{name}.parquet" for name in ("staged", "again", "once"))
    merging.write_tables([old], old.schema, staged, ())
    merging.write_tables(merging.merged(staged, fresh, codes, "moment", ORDER), old.schema, again, ())
    moved = old.set_column(0, "customer", pa.array(codes[old["customer"].to_numpy()]))
    merging.write_tables([ordered(pa.concat_tables([moved, fresh.cast(moved.schema)]))], old.schema, once, ())
    assert again.read_bytes() == once.read_bytes()
