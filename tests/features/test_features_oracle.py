"""Every registered windowed feature, against an independent computation in SQL on random companies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from oracle import Oracle, stream_texts
from random_company import CUTOFFS, company_snapshots, load_company, random_tables

from winback.features import FeatureMatrix, Windowed, compute_features, registered_features
from winback.settings import FeatureSettings

SETTINGS = FeatureSettings()
DECLARED = [declared for declared in registered_features(SETTINGS) if isinstance(declared, Windowed)]


def everything(history, rows) -> FeatureMatrix:
    """All features, the hidden ones too."""
    shown = [replace(declared, hidden=False) for declared in registered_features(SETTINGS)]
    return compute_features(history, rows, SETTINGS, declared=shown)


def test_every_stream_has_its_sql() -> None:
    assert {declared.stream.name for declared in DECLARED} <= set(stream_texts(SETTINGS))


@pytest.mark.parametrize("seed", range(4))
def test_windowed_features_equal_sql(seed: int, tmp_path: Path) -> None:
    history = load_company(random_tables(seed), tmp_path / "staging")
    rows = company_snapshots(history)
    # the same rows again at other instants: each row has its own cutoff
    matrix = everything(history, rows)
    oracle = Oracle(tmp_path / "staging", history, rows, SETTINGS)
    seen = 0
    for declared in DECLARED:
        for window in declared.windows or (None,):
            name = declared.name if window is None else f"{declared.name}_{window}d"
            expected = oracle.feature(declared, window)
            actual = matrix.to_pandas()[name] if declared.aggregate.kind == "category" else matrix.column(name)
            assert_same(name, np.asarray(actual), expected)
            seen += 1
    assert seen > 50
    assert set(rows.cutoff) <= set(CUTOFFS)


def assert_same(name: str, actual: np.ndarray, expected: np.ndarray) -> None:
    if actual.dtype == object or expected.dtype == object:
        same = [(pd.isna(a) and pd.isna(e)) or a == e for a, e in zip(actual, expected, strict=True)]
        assert all(same), (name, actual, expected)
        return
    np.testing.assert_allclose(actual, np.asarray(expected, float), rtol=3e-6, atol=1e-4, err_msg=name)
